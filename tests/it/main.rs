//! The library as its users see it: in memory on a paused clock, and over HTTP against the simulator.
//!
//! One program, since all of it links the same things. Tests that time, measure or observe a whole process have their own.

// Clippy takes helpers of tests for code that ships.
#![allow(clippy::unwrap_used)]

#[path = "../fixture/mod.rs"]
mod fixture;
#[path = "../model/mod.rs"]
mod model;

mod adaptive_depth;
mod anchor_estimation;
mod combinations;
mod exactness;
#[cfg(feature = "client")]
mod examples;
mod fleet;
#[cfg(feature = "client")]
mod fleet_sub_tasks;
mod fuzz_smoke;
mod limits;
#[cfg(feature = "client")]
mod lists;
#[cfg(feature = "client")]
mod malformed_responses;
mod merged;
mod parts;
mod readme_comparison;
mod resume;
#[cfg(feature = "client")]
mod slow_link;
mod source_adapters;
mod stream;
mod time;
#[cfg(feature = "tower")]
mod tower;
#[cfg(feature = "client")]
mod trust;
#[cfg(feature = "client")]
mod two_processes;
mod watch;
#[cfg(feature = "client")]
mod wire;
