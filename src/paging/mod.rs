//! The paging rules of the service, pure: no async, no I/O, no clock.
//!
//! Knows requests, markers and rows that can be told apart; must not know JSON, HTTP or tasks.

mod marker;
mod request;

pub use marker::Marker;
pub use request::{Offset, PageRequest, PageSize};
