//! One list being read: the paging rules, the requests under way, and the page that is being handed out.

use std::task::Context;

use super::current::Current;
use super::fetches::{Asker, Fetches};
use super::progress::Progress;
use crate::error::{Error, FailureKind, PageError, SourceError};
use crate::paging::{Identity, Load, Marker, Page, PageRequest, PageSize, Pager, Position, Step, Trouble};
use crate::source::PageSource;

/// A list that is read into a stream, maybe beside others.
pub(super) struct Lane<T> {
    name: String,
    pager: Pager<T, SourceError>,
    fetches: Fetches<T>,
    current: Option<Current<T>>,
    /// Where the reading stood before the first page.
    start: Position,
    /// Whether the list may be left out when the service refuses it at the first request.
    optional: bool,
    phase: Phase,
    /// The id of the record at the head, once it was asked for.
    rank: Option<Option<Marker>>,
    delivered: u64,
    pages: u64,
    requests: u64,
    retries: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Reading,
    Ended,
    Failed,
}

/// What a lane has at its head.
pub(super) enum Head {
    /// A record, ready.
    Record,
    /// A page has to come first.
    Wait,
    /// The list could not be read on.
    Failed(Error),
    /// Nothing more.
    End,
}

impl<T: Identity + Send + 'static> Lane<T> {
    pub(super) fn new(
        name: String,
        source: impl PageSource<T>,
        size: PageSize,
        position: Position,
        optional: bool,
    ) -> Self {
        Self::at(name, Fetches::new(source), size, position, optional)
    }

    /// Another reading of the same list, from `position`.
    pub(super) fn part(&self, size: PageSize, position: Position) -> Self {
        Self::at(self.name.clone(), self.fetches.beside(), size, position, self.optional)
    }

    fn at(name: String, fetches: Fetches<T>, size: PageSize, position: Position, optional: bool) -> Self {
        Self {
            name,
            pager: Pager::new(size, position.clone()),
            fetches,
            current: None,
            phase: if position.ended { Phase::Ended } else { Phase::Reading },
            rank: None,
            delivered: position.delivered,
            start: position,
            optional,
            pages: 0,
            requests: 0,
            retries: 0,
        }
    }

    /// Takes the answers that have come. Returns the bytes of each page, and whether the service throttled.
    pub(super) fn collect(&mut self, cx: &mut Context<'_>, mut arrived: impl FnMut(usize, bool)) {
        while let std::task::Poll::Ready((ticket, answer)) = self.fetches.poll(cx) {
            let attempts = match &answer {
                Ok(page) => page.attempts,
                Err(error) => error.attempt(),
            };
            self.retries += u64::from(attempts.saturating_sub(1));
            if let Ok(Page { bytes, throttled, .. }) = &answer {
                arrived(*bytes, *throttled);
            }
            self.pager.answer(ticket, answer);
        }
        self.abort_abandoned();
    }

    pub(super) fn has_news(&self) -> bool {
        self.fetches.has_news()
    }

    /// Asks for one page more, if there is one worth asking for while at most `ahead` are under way or ready.
    pub(super) fn ask(&mut self, ahead: usize) -> bool {
        let Some((ticket, request)) = self.pager.ask(ahead) else { return false };
        self.abort_abandoned();
        self.requests += 1;
        self.fetches.start(ticket, request);
        true
    }

    fn abort_abandoned(&mut self) {
        for ticket in self.pager.abandoned() {
            self.fetches.abort(ticket);
        }
    }

    /// Moves on to the next page as long as there is no record at hand.
    pub(super) fn head(&mut self) -> Head {
        loop {
            if self.has_record() {
                return Head::Record;
            }
            if self.phase != Phase::Reading {
                return Head::End;
            }
            match self.pager.step() {
                Step::Page(joined) => {
                    self.pages += 1;
                    self.current = Some(Current::new(joined));
                }
                Step::Wait => return Head::Wait,
                Step::Failed(request, trouble) => {
                    let failure = told(trouble);
                    if !self.may_be_left_out(&failure) {
                        self.end(Phase::Failed);
                        return Head::Failed(self.error(request, failure));
                    }
                    tracing::warn!(list = %self.name, %failure, "the service does not know this list: left out");
                    self.end(Phase::Ended);
                }
                Step::End => self.end(Phase::Ended),
            }
        }
    }

    fn end(&mut self, phase: Phase) {
        self.phase = phase;
        self.fetches.abort_all();
    }

    /// Whether the list may be left out if the service does not know it, as far as is known before the first page.
    pub(super) fn may_be_left_out_yet(&self) -> bool {
        self.optional && self.pages == 0
    }

    fn may_be_left_out(&self, failure: &SourceError) -> bool {
        self.optional && self.pages == 0 && failure.is_bad_request()
    }

    fn error(&self, request: PageRequest, failure: SourceError) -> Error {
        page_error(&self.name, request, failure)
    }

    /// An error that ends the reading from outside the pages.
    pub(super) fn fail(&mut self, failure: SourceError, size: PageSize) -> Error {
        self.end(Phase::Failed);
        self.error(PageRequest::after(self.position().after, size), failure)
    }

    /// Hands out the record at the head.
    #[inline]
    pub(super) fn take(&mut self) -> Option<Result<T, Error>> {
        let record = self.current.as_mut()?.next()?;
        self.delivered = self.delivered.saturating_add(1);
        self.rank = None;
        Some(record)
    }

    /// Asks for single pages of the list, beside the reading.
    pub(super) fn asker(&self) -> ListAsker<T> {
        ListAsker { name: self.name.clone(), asker: self.fetches.asker() }
    }

    /// Gives up what is under way.
    pub(super) fn stop(&mut self) {
        self.fetches.abort_all();
    }

    /// How new the record at the head is: its id. A record without a readable id comes before all others, since it has
    /// no other place.
    pub(super) fn rank(&mut self) -> Option<Marker> {
        let head = || self.current.as_ref()?.peek()?.identity()?.parse().ok();
        *self.rank.get_or_insert_with(head)
    }
}

impl<T: Identity> Lane<T> {
    #[inline]
    pub(super) fn has_record(&self) -> bool {
        self.current.as_ref().is_some_and(|current| current.remaining() > 0)
    }

    pub(super) fn current(&self) -> Option<&Current<T>> {
        self.current.as_ref()
    }

    pub(super) fn position(&self) -> Position {
        let mut position = match &self.current {
            Some(current) => current.position(self.pager.carried()),
            None => self.start.clone(),
        };
        position.delivered = self.delivered;
        position.ended |= self.phase == Phase::Ended && !self.has_record();
        position
    }

    /// What is under way and ready beyond the page that is being handed out.
    pub(super) fn load(&self) -> Load {
        self.pager.load()
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn pages(&self) -> u64 {
        self.pages
    }

    /// Whether a page has to come before the next record.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_reading() && !self.has_record()
    }

    pub(super) fn is_reading(&self) -> bool {
        self.phase == Phase::Reading
    }

    pub(super) fn progress(&self) -> Progress {
        Progress {
            delivered: self.delivered,
            count: self.pager.count(),
            pages: self.pages,
            requests: self.requests + self.retries,
            retries: self.retries,
        }
    }
}

/// Asks for single pages of a list.
pub(super) struct ListAsker<T> {
    name: String,
    asker: Asker<T>,
}

impl<T> ListAsker<T> {
    pub(super) async fn page(&self, request: PageRequest) -> Result<Page<T>, Error> {
        self.asker.page(request).await.map_err(|failure| page_error(&self.name, request, failure))
    }
}

fn page_error(name: &str, request: PageRequest, failure: SourceError) -> Error {
    let list = (!name.is_empty()).then(|| name.to_owned());
    Error::Page(Box::new(PageError { list, request, failure }))
}

fn told(trouble: Trouble<SourceError>) -> SourceError {
    match trouble {
        Trouble::Source(failure) => failure,
        Trouble::Rule(rule) => {
            SourceError::new(FailureKind::Paging, "the answer breaks a paging rule").with_cause(rule)
        }
    }
}
