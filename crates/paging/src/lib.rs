//! The paging rules of Huawei Cloud IoTDA's lists as a state machine: no async, no I/O, no clock.
//!
//! A list is read by requests with a `limit` of at most 50, a `marker` and an `offset` of at most 500. [`Pager`] plans
//! these requests, several at once, and turns the answers, in whatever order they come, into the list: every record that
//! is there throughout the scan comes exactly once, newest first, while other records are created, deleted, and enter or
//! leave the filter. `iotda-batch-tasks` drives it over HTTP; any other driver will do.
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
//! Without a marker, offsets count from the head of the list, which moves. So the first page is requested alone, and its
//! marker anchors the first window.
//!
//! # Overlaps
//! Where two pages meet, the record that both hold shows what happened between the two answers:
//!
//! ```text
//! found first        ...x y z|            nothing                      join
//!                          z|a b ...
//! found deeper       ...x y z|            records came in above        drop up to it, join
//!                    n y z|a b ...
//! found last         ...x y z|            nothing new in the page      drop the page
//!                      x y z|
//! not found          ...x y z|            records may be lost          keep the page; request a bridge after z:
//!                              c d ...      z|a b c d|                   it joins by its anchor, and the page to it
//! ```
//!
//! If bridge and page do not meet either, everything fetched ahead is discarded, and the scan continues after the last
//! joined page. That is always exact: one answer is one consistent run of the list, so a record that is there throughout
//! lies in the run that covers its place; joined runs leave no place uncovered; and ids descend, so nothing comes twice.
//!
//! # Estimated anchors
//! With more read-ahead than a window has pages, the next anchor is estimated from how far apart the markers seen so far
//! lie. Overlaps judge the estimate: too high, and a page or two are dropped; too low, and the gap is read like any other
//! part of the list. No end and no count is believed from such a page. A service that refuses such a marker is read
//! without estimates from then on, and so is a list that makes them cost more than one page in sixteen.
//!
//! # The end
//! The end is an empty answer at the frontier. Neither a short page nor a count proves it, nor both together: a server
//! may cap its pages by number or by bytes, and counts are hints. So each scan takes one request more than it has pages.
//! An empty answer that gives neither a count nor a marker is requested again before it is believed.
//!
//! # Parts and interrupted pages
//! A [`Cursor`] says where a scan resumes and where it ends. An interrupted page is resumed by the identities of its
//! records that are still to come, and then at the marker that the page ended with. The end of a part within a page is
//! found by ids only where answers have shown that ids are markers; elsewhere by smaller pages.
//!
//! # By hand
//! ```
//! use iotda_paging::{Cursor, Event, Identity, Page, PageRequest, PageSize, Pager};
//!
//! #[derive(Debug)]
//! struct Task(String);
//!
//! impl Identity for Task {
//!     fn identity(&self) -> Option<&str> {
//!         Some(&self.0)
//!     }
//! }
//!
//! // A service with three tasks.
//! let answer = |request: &PageRequest| {
//!     let below = request.marker.map_or(4, |marker| u32::from_str_radix(marker.as_str(), 16).unwrap());
//!     let numbers = (1..below).rev().skip(request.offset.get()).take(request.limit.get());
//!     let tasks: Vec<_> = numbers.map(|number| Task(format!("{number:024x}"))).collect();
//!     let marker = tasks.last().and_then(|task| task.0.parse().ok());
//!     Page::new(tasks, marker, Some(3))
//! };
//!
//! let mut pager = Pager::<Task, ()>::new(PageSize::new(2)?, Cursor::default());
//! let mut delivered = 0;
//! loop {
//!     match pager.poll_event() {
//!         Some(Event::Page(page)) => delivered += page.records.len(),
//!         Some(Event::End) => break,
//!         Some(other) => panic!("{other:?}"),
//!         None => {
//!             let (ticket, request) = pager.poll_request(1).expect("something to request");
//!             pager.handle_page(ticket, Ok(answer(&request)));
//!         }
//!     }
//! }
//! assert_eq!(delivered, 3);
//! # Ok::<(), iotda_paging::ArgumentError>(())
//! ```

mod anchors;
mod boundary;
mod catch_up;
mod cursor;
mod end_probe;
mod error;
mod event;
mod layout;
mod marker;
mod overlap;
mod page;
mod pager;
mod phase;
mod planner;
mod question;
mod reassembly;
mod request;
mod segment;
mod termination;

pub use cursor::{Cursor, PageCursor};
pub use error::{ArgumentError, PagingError};
pub use event::{Event, Load, PageFailure, ReadyPage, Ticket};
pub use layout::MarkerSource;
pub use marker::Marker;
pub use page::{Identity, Page};
pub use pager::Pager;
pub use request::{Offset, PageRequest, PageSize};

/// The example of the README is run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests;
