//! What the client reports: which credentials it uses, why some are refused, what it does; and that it reports no secret.

// Clippy takes helpers of tests for code that ships.
#![allow(clippy::unwrap_used)]

mod credentials;
mod recorder;
mod secrets;
mod traces;
