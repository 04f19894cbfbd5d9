//! One list, or a part of one, being read: the paging rules, and the page that is being handed out.

use super::current::Current;
use super::list_source::{Answer, ListSource};
use super::order::SortKey;
use super::progress::Progress;
use crate::error::{Error, FailureKind, SourceError};
use crate::paging::{Identity, Load, Marker, Page, PageRequest, PageSize, Pager, Position, Step, Ticket, Trouble};

/// A list that is read into a stream, maybe beside others. Makes requests and takes answers; fetches nothing.
pub(super) struct Lane<T> {
    list: ListSource<T>,
    pager: Pager<T, SourceError>,
    current: Option<Current<T>>,
    /// Where the scan stood before the first page.
    start: Position,
    phase: Phase,
    markers: Markers,
    /// What the pager has in flight and ready, as of its last change.
    load: Load,
    /// Whether the pager has nothing to request before its next change.
    is_drained: bool,
    delivered: u64,
    pages: u64,
    requests: u64,
    retries: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Reading,
    Ended,
    /// The service does not know the list.
    LeftOut,
    Failed,
}

/// What the answers show of the list's markers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Markers {
    Unknown,
    /// So far each is the id of its page's last record.
    Ids,
    /// One was not.
    Others,
}

impl Markers {
    /// What `page` shows, by itself.
    pub(super) fn of<T: Identity>(page: &Page<T>) -> Self {
        let last = page.records.last().and_then(Identity::identity).and_then(|id| id.parse::<Marker>().ok());
        match (page.marker, last) {
            (Some(marker), Some(last)) if marker == last => Self::Ids,
            (Some(_), Some(_)) => Self::Others,
            // An id that cannot be read, or that is none, shows nothing.
            _ => Self::Unknown,
        }
    }
}

/// What a lane has at its head.
pub(super) enum Head {
    /// A record, ready.
    Record,
    /// A page has to come first.
    Wait,
    /// The list could not be read any further.
    Failed(Error),
    /// Nothing more.
    End,
}

impl<T: Identity> Lane<T> {
    pub(super) fn new(list: ListSource<T>, size: PageSize, position: Position) -> Self {
        Self {
            list,
            pager: Pager::new(size, position.clone()),
            current: None,
            phase: if position.ended { Phase::Ended } else { Phase::Reading },
            markers: Markers::Unknown,
            load: Load::default(),
            is_drained: false,
            delivered: position.delivered,
            start: position,
            pages: 0,
            requests: 0,
            retries: 0,
        }
    }

    /// Takes the answer to a request.
    pub(super) fn handle_answer(&mut self, ticket: Ticket, answer: Answer<T>) {
        let attempts = match &answer {
            Ok(page) => page.attempts,
            Err(error) => error.attempt(),
        };
        self.retries += u64::from(attempts.saturating_sub(1));
        if let Ok(page) = &answer
            && self.markers != Markers::Others
        {
            let shown = Markers::of(page);
            self.markers = if shown == Markers::Unknown { self.markers } else { shown };
        }
        self.pager.answer(ticket, answer);
        self.changed();
    }

    /// The next request, if there is one worth making while at most `ahead` pages are in flight or ready.
    pub(super) fn poll_request(&mut self, ahead: usize) -> Option<(Ticket, PageRequest)> {
        let request = self.pager.ask(ahead);
        self.changed();
        self.requests += u64::from(request.is_some());
        request
    }

    /// The requests whose answers are not needed any more.
    pub(super) fn cancelled(&mut self) -> impl Iterator<Item = Ticket> {
        self.pager.abandoned()
    }

    /// Moves on to the next page as long as there is no record at hand.
    pub(super) fn advance(&mut self) -> Head {
        loop {
            if self.has_record() {
                return Head::Record;
            }
            if self.phase != Phase::Reading {
                return Head::End;
            }
            let step = self.pager.step();
            self.changed();
            match step {
                Step::Page(joined) => {
                    self.pages += 1;
                    self.current = Some(Current::new(joined));
                }
                Step::Wait => return Head::Wait,
                Step::Failed(request, trouble) => {
                    let failure = failure_of(trouble);
                    if !(self.is_at_the_start() && self.list.is_left_out(&failure)) {
                        self.phase = Phase::Failed;
                        return Head::Failed(self.list.error(request, failure));
                    }
                    tracing::warn!(list = %self.list.name(), %failure, "the service does not know this list: left out");
                    self.phase = Phase::LeftOut;
                }
                Step::End => self.phase = Phase::Ended,
            }
        }
    }

    /// Whether no page of the list has come yet, neither here nor before a checkpoint.
    fn is_at_the_start(&self) -> bool {
        self.pages == 0 && self.start == Position::default()
    }

    /// Makes no further request before something changes.
    pub(super) fn set_drained(&mut self) {
        self.is_drained = true;
    }

    /// Counts the requests of the lane that this one replaces as its own.
    pub(super) fn count_requests_of(&mut self, other: &Self) {
        (self.requests, self.retries) = (other.requests, other.retries);
    }

    /// Counts a request made outside the scan.
    pub(super) fn count_request(&mut self) {
        self.requests += 1;
    }

    fn changed(&mut self) {
        self.load = self.pager.load();
        self.is_drained = false;
    }

    /// An error that ends the scan from outside the pages.
    pub(super) fn fail(&mut self, failure: SourceError, size: PageSize) -> Error {
        self.phase = Phase::Failed;
        self.list.error(PageRequest::after(self.position().after, size), failure)
    }

    /// Hands out the record at the head.
    #[inline]
    pub(super) fn take(&mut self) -> Option<Result<T, Error>> {
        let record = self.current.as_mut()?.next()?;
        self.delivered = self.delivered.saturating_add(1);
        Some(record)
    }

    /// How new the record at the head is.
    pub(super) fn sort_key(&self) -> SortKey {
        SortKey::of(self.current.as_ref().and_then(|current| current.peek()?.identity()))
    }

    #[inline]
    pub(super) fn has_record(&self) -> bool {
        self.current.as_ref().is_some_and(|current| current.remaining() > 0)
    }

    /// The records of the page at hand that are still to be handed out.
    pub(super) fn at_hand(&self) -> impl Iterator<Item = &T> {
        self.current.iter().flat_map(Current::records).flatten()
    }

    /// How many records are at hand.
    pub(super) fn ready(&self) -> usize {
        self.current.as_ref().map_or(0, Current::remaining)
    }

    /// The marker of the page at hand.
    pub(super) fn marker(&self) -> Option<Marker> {
        self.current.as_ref()?.marker()
    }

    pub(super) fn position(&self) -> Position {
        let mut position = match &self.current {
            Some(current) => current.position(self.pager.carried()),
            None => self.start.clone(),
        };
        position.delivered = self.delivered;
        position.ended |= matches!(self.phase, Phase::Ended | Phase::LeftOut) && !self.has_record();
        position
    }

    /// What is in flight and ready beyond the page that is being handed out.
    pub(super) fn load(&self) -> &Load {
        &self.load
    }

    /// Whether a request may be worth making.
    pub(super) fn may_request(&self) -> bool {
        self.is_reading() && !self.is_drained
    }

    pub(super) fn list(&self) -> &ListSource<T> {
        &self.list
    }

    pub(super) fn markers(&self) -> Markers {
        self.markers
    }

    pub(super) fn pages(&self) -> u64 {
        self.pages
    }

    pub(super) fn is_reading(&self) -> bool {
        self.phase == Phase::Reading
    }

    pub(super) fn progress(&self) -> Progress {
        Progress {
            delivered: self.delivered,
            count: if self.phase == Phase::LeftOut { Some(0) } else { self.pager.count() },
            pages: self.pages,
            requests: self.requests + self.retries,
            retries: self.retries,
        }
    }
}

fn failure_of(trouble: Trouble<SourceError>) -> SourceError {
    match trouble {
        Trouble::Source(failure) => failure,
        Trouble::Rule(rule) => {
            SourceError::new(FailureKind::Paging, "the answer breaks a paging rule").with_cause(rule)
        }
    }
}
