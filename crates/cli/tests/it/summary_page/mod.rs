//! The page of `batchtasks summary --html` in a real browser: Chromium without a window, driven by ChromeDriver.
//!
//! `.ci/browser` installs both. Where they are not there the tests say so and show nothing.

mod browser;
mod page;
