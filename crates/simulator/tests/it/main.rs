//! The simulator on the wire, through a client of a few lines: never through the crate's own reading side.

// Clippy takes helpers of tests for code that ships.
#![allow(clippy::unwrap_used)]

mod credentials;
mod details;
mod faults;
mod history;
mod rows;
mod rules;
mod running;
mod wire;
