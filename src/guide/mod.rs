//! The manual: one page a subject, nothing to call.
//!
//! - [`connecting`]: the address, credentials, signing, the quota, certificates and proxies.
//! - [`exactness`]: what "exactly once" means while the list changes, and what it does not mean.
//! - [`read_ahead`]: what is fetched when, how much of it, and how to choose.
//! - [`resuming`]: checkpoints, and what to store with them.
//! - [`watching`]: what is created, changes and is deleted, and waiting for one task.
//! - [`errors`]: what can fail, where it is reported, and what is retried.
//! - [`embedding`]: the stream in another SDK, without this crate's HTTP client.
//! - [`simulator`]: a service on loopback, for the tests of your program.
//!
//! Why it works, with windows and overlaps drawn, is in the crate [`iotda_paging`], where the rules are.

pub mod connecting;
pub mod embedding;
pub mod errors;
pub mod exactness;
pub mod read_ahead;
pub mod resuming;
pub mod simulator;
pub mod watching;
