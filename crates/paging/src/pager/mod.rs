//! The state machine: what to request next, here is an answer, what came of it. It routes between the parts that own
//! the state.

mod advance;
mod gaps;
mod questions;

use crate::anchors::AnchorEstimator;
use crate::catch_up::CatchUp;
use crate::cursor::has_reached;
use crate::layout::{Layout, MarkerSource};
use crate::overlap::RunEnd;
use crate::phase::Phase;
use crate::planner::{self, Knowledge};
use crate::reassembly::{Front, Reassembly};
use crate::termination::Termination;
use crate::{Cursor, Event, Identity, Load, Offset, Page, PageFailure, PageRequest, PageSize, ReadyPage, Ticket};

/// Scans a list by the paging rules of the service, exactly, several pages at once.
///
/// Poll it for requests with [`poll_request`](Self::poll_request), bring the answers in any order with
/// [`handle_page`](Self::handle_page), and take the list in order with [`poll_event`](Self::poll_event). Requests that
/// [`poll_cancelled`](Self::poll_cancelled) names are no longer needed.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
pub struct Pager<R, E> {
    phase: Phase<R, E>,
    reassembly: Reassembly<R, E>,
    layout: Layout,
    anchors: AnchorEstimator,
    termination: Termination,
    /// Where the scan resumes at the frontier.
    cursor: Cursor,
    /// A page that a question settled, not taken yet.
    settled: Option<ReadyPage<R>>,
    /// The request whose page begins with the last record of the run, once a page was joined.
    tail: Option<PageRequest>,
}

// Commands and polls.
impl<R: Identity, E> Pager<R, E> {
    /// Reads pages of `limit` records from `cursor` on.
    #[must_use]
    pub fn new(limit: PageSize, cursor: Cursor) -> Self {
        Self::with_reach(limit, cursor, Offset::MAX)
    }

    /// The same for a service whose largest offset is `reach`.
    pub(crate) fn with_reach(limit: PageSize, cursor: Cursor, reach: Offset) -> Self {
        let phase = if cursor.is_end() {
            Phase::Done
        } else if cursor.is_partial() {
            Phase::CatchingUp(CatchUp::new(cursor.clone(), limit))
        } else {
            Phase::Scanning
        };
        Self {
            phase,
            reassembly: Reassembly::new(cursor.resumes_after()),
            layout: Layout::new(limit, reach),
            anchors: AnchorEstimator::new(),
            termination: Termination::new(limit, cursor.delivered()),
            cursor,
            settled: None,
            tail: None,
        }
    }

    /// The next page worth requesting while at most `ahead` pages are in flight or ready.
    ///
    /// A page that everything waits for is requested even then: the furthest page gives way to it.
    pub fn poll_request(&mut self, ahead: usize) -> Option<(Ticket, PageRequest)> {
        if ahead == 0 || matches!(self.phase, Phase::Failing(..) | Phase::Done) {
            return None;
        }
        let is_full = self.busy() >= ahead;
        if self.phase.question().is_some_and(|question| !question.is_requested()) {
            // One page that was settled has to be taken before the next question.
            if self.settled.is_some() || (is_full && !self.put_back_furthest()) {
                return None;
            }
            let ticket = self.reassembly.issue_ticket();
            return self.phase.question_mut().map(|question| question.send(ticket));
        }
        if !self.phase.reads_ahead() || self.ends_with_the_region() {
            return None;
        }
        if is_full {
            // Nothing but a question or the front is worth more than what is there.
            let waits_for_front = self.reassembly.is_planned(0) && !matches!(self.phase, Phase::CatchingUp(_));
            if !waits_for_front || !self.put_back_furthest() {
                return None;
            }
        }
        self.plan(ahead);
        let index = planner::choose(&self.knowledge(), ahead)?;
        Some(self.reassembly.request(index))
    }

    /// Takes the answer to a request. An answer that is no longer needed is dropped.
    pub fn handle_page(&mut self, ticket: Ticket, result: Result<Page<R>, E>) {
        if self.phase.question().and_then(|question| question.ticket()) == Some(ticket) {
            return self.handle_answer(ticket, result);
        }
        let Some((index, request)) = self.reassembly.in_flight(ticket) else { return };
        let is_estimated = self.reassembly.is_estimated(index);
        match result {
            // A marker that the service did not return may be refused, and nothing depends on it.
            Err(_) if is_estimated => self.refuse_estimates(index),
            Err(error) => self.reassembly.fail(index, error),
            Ok(page) => {
                self.learn(&request, &page, is_estimated);
                let end = RunEnd::of(&page, &request);
                if is_estimated && !end.lies_below(request.marker) {
                    return self.refuse_estimates(index);
                }
                self.anchors.learn(request.marker, end.marker(), request.offset.get() + page.records.len());
                self.reassembly.fill(index, page, end);
                self.settle(index);
            }
        }
    }

    /// Takes what comes next, if it is there: the next run of the list, the failure that ends the scan, or its end.
    /// `None` where an answer has to come first, or a request to be made.
    pub fn poll_event(&mut self) -> Option<Event<R, E>> {
        loop {
            if let Some(page) = self.settled.take() {
                return Some(Event::Page(page));
            }
            match std::mem::replace(&mut self.phase, Phase::Done) {
                Phase::Done => return Some(Event::End),
                Phase::Failing(request, failure) => return Some(Event::Failed(request, failure)),
                phase => self.phase = phase,
            }
            if !matches!(self.phase, Phase::Scanning | Phase::RecheckingEmptyPage) {
                return None;
            }
            match self.reassembly.pop_front()? {
                Front::Failed(request, error) => self.fail(request, PageFailure::Source(error)),
                Front::Answered(answered) => self.advance(answered),
            }
        }
    }

    /// A ticket whose page is no longer needed, if there is one: a request in flight to cancel, or an answered page that
    /// was dropped.
    pub fn poll_cancelled(&mut self) -> Option<Ticket> {
        self.reassembly.pop_cancelled()
    }
}

// Getters.
impl<R: Identity, E> Pager<R, E> {
    /// What is in flight and ready beyond the frontier.
    #[must_use]
    pub fn load(&self) -> Load {
        let mut load = self.reassembly.load(&self.layout);
        if let Some(question) = self.phase.question() {
            question.add_to(&mut load);
        }
        if let Some(page) = &self.settled {
            load.ready += 1;
            load.records += page.records.len();
            load.front_requested = true;
        }
        load
    }

    /// How many records there are, according to the service.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        self.termination.counted()
    }

    /// Where the markers of the list come from, as far as answers have shown it.
    #[must_use]
    pub fn marker_source(&self) -> MarkerSource {
        self.layout.marker_source()
    }

    fn knowledge(&self) -> Knowledge<'_, R, E> {
        Knowledge {
            layout: &self.layout,
            anchors: &self.anchors,
            termination: &self.termination,
            reassembly: &self.reassembly,
            until: self.cursor.until(),
        }
    }

    fn busy(&self) -> usize {
        let is_in_flight = self.phase.question().is_some_and(|question| question.is_requested());
        self.reassembly.busy() + usize::from(is_in_flight) + usize::from(self.settled.is_some())
    }

    /// Whether nothing lies below the region that is searched.
    fn ends_with_the_region(&self) -> bool {
        let Phase::CatchingUp(_) = self.phase else { return false };
        match self.cursor.resumes_after() {
            Some(through) => self.cursor.until().is_some_and(|until| has_reached(through, until)),
            None => true,
        }
    }
}
