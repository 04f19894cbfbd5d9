//! The sibling lists, over HTTP and against the simulator: exact in each of their shapes.

mod exact;
mod fixture;
mod operations;
mod records;
mod resume;
