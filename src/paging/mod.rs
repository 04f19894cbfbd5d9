//! The paging rules of the service, pure: no async, no I/O, no clock.
//!
//! Knows requests, markers and records that can be told apart; must not know JSON, HTTP or tasks.

mod doubt;
mod edge;
mod guard;
mod guess;
mod marker;
mod page;
mod pager;
mod part;
mod plan;
mod position;
mod request;
mod seams;
mod slot;
mod step;
mod tally;
mod window;

pub use guard::PagingError;
pub use marker::Marker;
pub use page::{Identity, Page};
pub use pager::Pager;
pub use position::Position;
pub use request::{Offset, PageRequest, PageSize};
pub use step::{Joined, Load, Step, Ticket, Trouble};
