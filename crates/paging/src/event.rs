//! What goes in and out of the state machine.

use std::collections::VecDeque;
use std::fmt;

use crate::{PageCursor, PageRequest, PagingError};

/// Identifies one request of a [`Pager`](crate::Pager).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(not(test), derive(Hash))]
pub struct Ticket(pub(crate) u64);

/// Tests compare states in which the same requests carry other numbers.
#[cfg(test)]
impl std::hash::Hash for Ticket {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

/// What the answers so far amount to.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<R, E> {
    /// The next run of the list.
    Page(ReadyPage<R>),
    /// The next page could not be read. Nothing follows but [`End`](Self::End).
    Failed(PageRequest, PageFailure<E>),
    /// The scan has ended.
    End,
}

/// Why a page could not be read.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
pub enum PageFailure<E> {
    /// The source failed.
    Source(E),
    /// The answer breaks a rule.
    Rule(PagingError),
}

/// Records that follow those of the page before, none of them delivered yet.
#[cfg_attr(test, derive(Clone, Hash))]
pub struct ReadyPage<R> {
    /// The request whose answer this is: its page is no longer held.
    pub ticket: Ticket,
    /// What was requested.
    pub request: PageRequest,
    /// The records; none only where an interrupted page is searched for and what came holds nothing of it: the position moves.
    pub records: VecDeque<R>,
    /// Where a scan resumes after any number of these records.
    pub cursor: PageCursor,
}

impl<R> fmt::Debug for ReadyPage<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyPage")
            .field("request", &self.request)
            .field("records", &self.records.len())
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}

/// What a [`Pager`](crate::Pager) has in flight and ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Load {
    /// Pages requested and not answered.
    pub in_flight: usize,
    /// Pages answered and not taken.
    pub ready: usize,
    /// The fresh records that all these are expected to bring.
    pub records: usize,
    /// Whether the page whose turn is next is among them.
    pub front_requested: bool,
}

impl Load {
    /// Pages in flight and ready together.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.in_flight + self.ready
    }
}
