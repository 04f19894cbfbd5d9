//! The pure rules against a model of the service.
#![allow(clippy::unwrap_used)]

mod estimates;
mod exhaustive;
mod hand;
mod interrupted;
mod model;
mod property;
mod scan;
mod transitions;
