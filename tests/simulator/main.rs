//! The simulator on the wire, through a client of a few lines: never through the crate's own reading side.

mod details;
mod faults;
mod rules;
mod running;
mod wire;
