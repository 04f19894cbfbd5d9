//! Answers that are broken, endless or meant to harm, over HTTP: each ends in a clear error or a sensible reading, never
//! in a panic, a hang, or memory beyond the cap.

// Clippy takes helpers of tests for code that ships.
#![allow(clippy::unwrap_used)]

mod bodies;
mod elsewhere;
mod markers;
mod memory;
mod raw;
mod reading;
