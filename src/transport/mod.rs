//! What every HTTP transport of this crate shares.

pub(crate) mod error_answer;
