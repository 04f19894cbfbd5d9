//! The lists beside the batch tasks, over HTTP and against the simulator: exact in each of their shapes.
#![allow(clippy::unwrap_used)]

mod exact;
mod records;
mod resume;
mod world;
