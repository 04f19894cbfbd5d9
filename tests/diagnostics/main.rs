//! What the client tells: that credentials are taken, why they are not, what it does; and that it tells no secret.

// Clippy takes helpers of tests for code that ships.
#![allow(clippy::unwrap_used)]

mod credentials;
mod listener;
mod secrets;
mod traces;
