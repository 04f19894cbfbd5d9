//! The pure rules against a model of the service.
#![allow(clippy::unwrap_used)]

mod exhaustive;
mod model;
mod property;
mod scan;
mod transitions;
