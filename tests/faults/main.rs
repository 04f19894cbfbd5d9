//! 20,000 tasks over HTTP while requests fail, hang, are throttled, refused or no longer authorised: every
//! scan is complete and exact, and ends in time. All times are real, so no other tests run beside these.

// Clippy takes helpers of tests for code that ships.
#![allow(clippy::unwrap_used)]

#[path = "../fixture/mod.rs"]
mod fixture;
mod outages;
mod quotas;
mod service;
mod set_aside;
mod storms;
mod tokens;
