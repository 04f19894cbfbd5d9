//! The paging rules of the service, pure: no async, no I/O, no clock.
//!
//! Knows requests, markers and records that can be told apart; must not know JSON, HTTP or tasks.

mod edge;
mod guard;
mod marker;
mod page;
mod pager;
mod position;
mod request;
mod tally;
mod window;

pub use guard::PagingError;
pub use marker::Marker;
pub use page::{Identity, Page};
pub use pager::{Joined, Load, Pager, Step, Ticket, Trouble};
pub use position::Position;
pub use request::{Offset, PageRequest, PageSize};
