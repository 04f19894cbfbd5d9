//! What goes in and out of the state machine.

use super::{Marker, Page, PageRequest, PagingError};

/// Tells one request of a [`Pager`](super::Pager) from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub(super) u64);

/// What came of the answers so far.
#[derive(Debug)]
pub enum Step<T, E> {
    /// The next run of the list.
    Page(Joined<T>),
    /// An answer has to come first, or a request to be made.
    Wait,
    /// The page whose turn it is could not be had. Nothing follows.
    Failed(PageRequest, Trouble<E>),
    /// The list has ended.
    End,
}

/// Why a page could not be had.
#[derive(Debug)]
pub enum Trouble<E> {
    /// The source said so.
    Source(E),
    /// Its answer breaks a rule.
    Rule(PagingError),
}

/// A page that was joined to what came before.
#[derive(Debug)]
pub struct Joined<T> {
    /// The page; its first [`skip`](Self::skip) records were in earlier ones.
    pub page: Page<T>,
    /// How many records to leave out.
    pub skip: usize,
    /// The request that brought it.
    pub request: PageRequest,
    /// The marker that the fresh records begin behind.
    pub after: Option<Marker>,
    /// The marker that the list goes on behind.
    pub marker: Option<Marker>,
    /// Whether this is known to be the last page.
    pub is_last: bool,
}

/// What a [`Pager`](super::Pager) has under way and ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Load {
    /// Pages asked for and not answered.
    pub in_flight: usize,
    /// Pages answered and not taken.
    pub ready: usize,
    /// The bytes of the pages that are ready.
    pub ready_bytes: usize,
    /// The fresh records that all these are thought to bring.
    pub records: usize,
    /// Whether the page whose turn is next is among them.
    pub front_is_coming: bool,
}

impl Load {
    /// Pages in flight and ready together.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.in_flight + self.ready
    }
}
