//! The command as a shell sees it: the built program, its stdout, its stderr and its exit code.

// Clippy takes helpers of tests for code that ships.
#![allow(clippy::unwrap_used)]

mod arguments;
mod ends;
mod formats;
mod selection;
mod simulate;
mod summary;
mod world;
