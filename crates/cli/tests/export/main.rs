//! `batchtasks export`: the built program, the files that it writes, and what is left when it is stopped.

// Clippy takes helpers of tests for code that ships.
#![allow(clippy::unwrap_used)]

#[cfg(unix)]
mod disk;
#[cfg(unix)]
mod kills;
#[cfg(unix)]
mod locks;
#[cfg(feature = "parquet")]
mod parquet;
mod refusals;
mod resume;
#[allow(dead_code, reason = "other commands are tested with the rest of it")]
#[path = "../command/world.rs"]
mod service;
mod whole;
mod world;
