//! The page of `batchtasks summary --html` in a real browser: Chromium without a window, driven by ChromeDriver.
//!
//! `.ci/browser` installs both. Where they are not there the tests say so and show nothing.

// Clippy takes helpers of tests for code that ships.
#![allow(clippy::unwrap_used)]

mod browser;
mod page;
#[path = "../command/world.rs"]
#[allow(dead_code, reason = "the tests of the command need more of it")]
mod world;
