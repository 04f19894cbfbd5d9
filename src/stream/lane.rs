//! One list, or a part of one, being read: the paging rules, and the page that is being handed out.

use super::current::Current;
use super::list_source::{Answer, ListSource};
use super::order::SortKey;
use super::progress::Progress;
use crate::error::{Error, FailureKind, RecordError, SourceError};
use crate::paging::{Cursor, Event, Identity, Marker, MarkerSource, PageFailure, PageRequest, PageSize, Pager, Ticket};
use crate::source::Fetched;

/// One of the lists that are read into a stream. Makes requests and takes answers; fetches nothing.
pub(super) struct Lane<T> {
    list: ListSource<T>,
    pager: Pager<Result<T, RecordError>, SourceError>,
    current: Option<Current<T>>,
    /// The position of the scan before the first page.
    start: Cursor,
    phase: Phase,
    /// The bytes of the pages that the pager holds.
    held: Vec<(Ticket, usize)>,
    /// What the pager has in flight and ready, as of its last change.
    load: Load,
    /// Whether the pager has nothing to request before its next change.
    is_drained: bool,
    /// Whether the pager has nothing to hand out before its next change.
    is_idle: bool,
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

/// What a lane has in flight and ready beyond the page that is being handed out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Load {
    /// Pages requested and not answered.
    pub(super) in_flight: usize,
    /// Pages answered and not taken.
    pub(super) ready: usize,
    /// The bytes of the pages that are ready.
    pub(super) bytes: usize,
    /// The fresh records that all these are expected to bring.
    pub(super) records: usize,
    /// Whether the page whose turn is next is among them.
    pub(super) front_requested: bool,
}

impl Load {
    /// Pages in flight and ready together.
    pub(super) fn pages(&self) -> usize {
        self.in_flight + self.ready
    }

    /// In a sum, counts `after` where `before` was counted.
    pub(super) fn replace(&mut self, before: &Self, after: &Self) {
        self.in_flight = self.in_flight - before.in_flight + after.in_flight;
        self.ready = self.ready - before.ready + after.ready;
        self.bytes = self.bytes - before.bytes + after.bytes;
        self.records = self.records - before.records + after.records;
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
    pub(super) fn new(list: ListSource<T>, size: PageSize, start: Cursor) -> Self {
        Self {
            list,
            pager: Pager::new(size, start.clone()),
            current: None,
            phase: if start.is_end() { Phase::Ended } else { Phase::Reading },
            load: Load::default(),
            is_drained: false,
            is_idle: false,
            held: Vec::new(),
            start,
            pages: 0,
            requests: 0,
            retries: 0,
        }
    }

    /// Takes the answer to a request.
    pub(super) fn handle_answer(&mut self, ticket: Ticket, answer: Answer<T>) {
        let attempts = match &answer {
            Ok(fetched) => fetched.attempts,
            Err(error) => error.attempt(),
        };
        self.retries += u64::from(attempts.saturating_sub(1));
        let page = answer.map(|Fetched { page, bytes, .. }| {
            self.held.push((ticket, bytes));
            page.into_paging()
        });
        self.pager.handle_page(ticket, page);
        self.changed();
    }

    /// The next request, if there is one worth making while at most `ahead` pages are in flight or ready.
    pub(super) fn poll_request(&mut self, ahead: usize) -> Option<(Ticket, PageRequest)> {
        let request = self.pager.poll_request(ahead);
        self.changed();
        self.requests += u64::from(request.is_some());
        request
    }

    /// A request whose answer is not needed any more.
    pub(super) fn poll_cancelled(&mut self) -> Option<Ticket> {
        let ticket = self.pager.poll_cancelled()?;
        self.release(ticket);
        Some(ticket)
    }

    /// The pager holds the page of this request no longer.
    fn release(&mut self, ticket: Ticket) {
        if let Some(index) = self.held.iter().position(|(other, _)| *other == ticket) {
            let (_, bytes) = self.held.swap_remove(index);
            self.load.bytes = self.load.bytes.saturating_sub(bytes);
        }
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
            // Each answer has all lanes looked at that wait for one, and there may be a thousand.
            if self.is_idle {
                return Head::Wait;
            }
            let event = self.pager.poll_event();
            self.changed();
            match event {
                Some(Event::Page(page)) => {
                    // One that was searched in vain for what was interrupted is none that the consumer has had.
                    self.pages += u64::from(!page.records.is_empty());
                    self.release(page.ticket);
                    self.current = Some(Current::new(page));
                }
                Some(Event::Failed(request, failure)) => {
                    let failure = source_error(failure);
                    if !(self.is_at_the_start() && self.list.is_left_out(&failure)) {
                        self.phase = Phase::Failed;
                        return Head::Failed(self.list.error(request, failure));
                    }
                    tracing::warn!(list = %self.list.name(), %failure, "the service does not know this list: left out");
                    self.phase = Phase::LeftOut;
                }
                Some(_) => self.phase = Phase::Ended,
                None => {
                    self.is_idle = true;
                    return Head::Wait;
                }
            }
        }
    }

    /// Whether no page of the list has come yet, neither here nor before a checkpoint.
    fn is_at_the_start(&self) -> bool {
        self.pages == 0 && self.start.is_start()
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
        let load = self.pager.load();
        self.load = Load {
            in_flight: load.in_flight,
            ready: load.ready,
            bytes: self.held.iter().map(|(_, bytes)| bytes).sum(),
            records: load.records,
            front_requested: load.front_requested,
        };
        (self.is_drained, self.is_idle) = (false, false);
    }

    /// An error that ends the scan from outside the pages.
    pub(super) fn fail(&mut self, failure: SourceError, size: PageSize) -> Error {
        self.phase = Phase::Failed;
        self.list.error(PageRequest::after(self.position().resumes_after(), size), failure)
    }

    /// Hands out the record at the head.
    #[inline]
    pub(super) fn take(&mut self) -> Option<Result<T, Error>> {
        self.current.as_mut()?.next()
    }

    /// How new the record at this place is, from 0 at the head.
    pub(super) fn sort_key(&self, place: usize) -> SortKey {
        SortKey::of(self.current.as_ref().and_then(|current| current.peek(place)?.identity()))
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

    /// Where a later scan resumes.
    pub(super) fn position(&self) -> Cursor {
        let position = self.current.as_ref().map_or_else(|| self.start.clone(), Current::position);
        match self.phase {
            Phase::Ended | Phase::LeftOut if !self.has_record() => position.into_end(),
            _ => position,
        }
    }

    /// Where a later scan resumes that begins with `last`, the record that was handed out last and is of this lane.
    pub(super) fn position_before(&self, last: &T) -> Cursor {
        self.current.as_ref().map_or_else(|| self.start.clone(), |current| current.position_before(last))
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

    pub(super) fn marker_source(&self) -> MarkerSource {
        self.pager.marker_source()
    }

    pub(super) fn pages(&self) -> u64 {
        self.pages
    }

    pub(super) fn is_reading(&self) -> bool {
        self.phase == Phase::Reading
    }

    /// Whether everything had been read before the resume.
    pub(super) fn had_ended(&self) -> bool {
        self.start.is_end()
    }

    /// How many records were handed out, those before a resume included.
    fn delivered(&self) -> u64 {
        self.current.as_ref().map_or_else(|| self.start.delivered(), Current::delivered)
    }

    pub(super) fn progress(&self) -> Progress {
        Progress {
            delivered: self.delivered(),
            count: if self.phase == Phase::LeftOut { Some(0) } else { self.pager.count() },
            pages: self.pages,
            requests: self.requests + self.retries,
            retries: self.retries,
        }
    }
}

fn source_error(failure: PageFailure<SourceError>) -> SourceError {
    match failure {
        PageFailure::Source(failure) => failure,
        PageFailure::Rule(rule) => {
            SourceError::new(FailureKind::Paging, "the answer breaks a paging rule").with_cause(rule)
        }
    }
}
