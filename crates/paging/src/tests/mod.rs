//! The pure rules against a model of the service.
#![allow(clippy::unwrap_used)]

#[cfg(feature = "serde")]
mod cursors;
mod estimates;
mod exhaustive;
mod hand;
mod interrupted;
mod model;
mod planning;
mod property;
mod scan;
mod transitions;
