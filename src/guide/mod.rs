//! The manual: one page a subject. There is nothing to call in here.
//!
//! - [`exactness`]: what "every task once" means while the list changes, and what it does not mean.
//! - [`read_ahead`]: what is fetched when, how much of it, and how to choose.
//! - [`resuming`]: checkpoints, and what to store with them.
//! - [`errors`]: what can go wrong, where it shows, and what is tried again.
//! - [`embedding`]: the engine in another SDK, without this crate's HTTP client.
//! - [`simulator`]: a service on loopback, for the tests of your own program.
//!
//! Why it works, with windows and seams drawn, is told where the rules are: in [`paging`](crate::paging).

pub mod embedding;
pub mod errors;
pub mod exactness;
pub mod read_ahead;
pub mod resuming;
pub mod simulator;
