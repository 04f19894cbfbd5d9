//! The paging rules of the service, pure: no async, no I/O, no clock.
//!
//! Knows requests, markers and records that can be told apart; must not know JSON, HTTP or tasks.
//!
//! # Windows
//! A marker anchors a window: the pages that offsets 0 to 500 reach below it. Each page repeats the last record of the
//! one before, so eleven pages of 50 hold 540 records, and the marker returned with the last of them anchors the next
//! window, which repeats nothing:
//!
//! ```text
//! anchor A                                                     returned with the page at 490: anchor B
//! |0 ............ 49|                                          |
//!                |49 ............ 98|                          |0 ............ 49|
//!                               |98 ...   ...   490 ...... 539|               |49 ...
//! ```
//!
//! Without a marker, offsets count from the head of the list, which moves. So the first page is asked for alone, and its
//! marker anchors the first window.
//!
//! # Seams
//! Where two pages meet, the record that both hold tells what happened between the two answers:
//!
//! ```text
//! found first        ...x y z|            nothing                      join
//!                          z|a b ...
//! found deeper       ...x y z|            records came in above        drop up to it, join
//!                    n y z|a b ...
//! found last         ...x y z|            nothing new in the page      drop the page
//!                      x y z|
//! not found          ...x y z|            records may be lost          keep the page; ask for a bridge behind z:
//!                              c d ...      z|a b c d|                   it joins by its anchor, and the page to it
//! ```
//!
//! If bridge and page do not meet either, everything fetched ahead is thrown away, and the reading goes on behind the last
//! joined page. That is always exact: one answer is one consistent run of the list, so a record that is there all the
//! time lies in the run that covers its place; joined runs leave no place uncovered; and ids descend, so nothing comes
//! twice.
//!
//! # Guesses
//! With more read-ahead than a window has pages, the next anchor is guessed from how far apart the markers seen so far
//! lie. The seams judge the guess: too high, and a page or two are dropped; too low, and the gap is read like any other
//! part of the list. A service that refuses such a marker is read without guesses from then on, and so is a list that
//! makes them cost more than one page in sixteen.
//!
//! # The end
//! An empty page where the last one ended; or a page shorter than this server's pages are, once as many records were
//! joined as were ever counted. A short page alone proves nothing, since servers may cap their pages, and a count alone
//! proves nothing either. An empty answer that gives no count, though more was counted, is asked for once more.
//!
//! # By hand
//! [`Pager`] is the state machine. Any driver will do:
//!
//! ```
//! use iotda_batch_tasks::paging::{Page, PageRequest, Pager, Position, Step};
//! use iotda_batch_tasks::{BatchTask, PageSize};
//!
//! // A service with three tasks.
//! let answer = |request: &PageRequest| {
//!     let below = request.marker.map_or(4, |marker| u32::from_str_radix(marker.as_str(), 16).unwrap());
//!     let ids = (1..below).rev().skip(request.offset.get()).take(request.limit.get());
//!     let tasks: Vec<_> = ids.map(|number| Ok(BatchTask::new(format!("{number:024x}")))).collect();
//!     let marker = tasks.last().and_then(|task| task.as_ref().ok()?.task_id.parse().ok());
//!     Page::new(tasks, marker, Some(3))
//! };
//!
//! let mut pager = Pager::<BatchTask, ()>::new(PageSize::new(2)?, Position::default());
//! let mut delivered = 0;
//! loop {
//!     match pager.step() {
//!         Step::Page(joined) => delivered += joined.page.records.len() - joined.skip,
//!         Step::Wait => {
//!             let (ticket, request) = pager.ask(1).expect("something to ask for");
//!             pager.answer(ticket, Ok(answer(&request)));
//!         }
//!         Step::End => break,
//!         Step::Failed(request, trouble) => panic!("{request}: {trouble:?}"),
//!     }
//! }
//! assert_eq!(delivered, 3);
//! # Ok::<(), iotda_batch_tasks::ArgumentError>(())
//! ```

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
