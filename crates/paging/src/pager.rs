//! The state machine: what to request next, here is an answer, what came of it. It routes between the parts that own
//! the state.

use crate::anchors::AnchorEstimator;
use crate::boundary::{self, BoundaryProbe, BoundaryVerdict, Clip};
use crate::catch_up::{CatchUp, CaughtUp};
use crate::cursor::has_reached;
use crate::end_probe::{EndProbe, EndVerdict, HeldPage};
use crate::layout::{Layout, MarkerSource};
use crate::overlap::RunEnd;
use crate::phase::Phase;
use crate::planner::{self, Knowledge, Plan};
use crate::reassembly::{Anchor, Answered, Front, Junction, Reassembly};
use crate::termination::Termination;
use crate::{
    Cursor, Event, Identity, Load, Marker, Offset, Page, PageCursor, PageFailure, PageRequest, PageSize, PagingError,
    ReadyPage, Ticket,
};

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
            termination: Termination::new(limit, cursor.delivered(), cursor.is_start()),
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
            return self.phase.question_mut().map(|question| question.ask(ticket));
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
        let asked = self.phase.question().is_some_and(|question| question.is_requested());
        self.reassembly.busy() + usize::from(asked) + usize::from(self.settled.is_some())
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

// Planning, and what the answers show.
impl<R: Identity, E> Pager<R, E> {
    fn plan(&mut self, ahead: usize) {
        if let Plan::Discard(index) = planner::plan(&self.knowledge(), ahead) {
            self.discard_from(index);
        }
        match planner::plan(&self.knowledge(), ahead) {
            Plan::Keep | Plan::Discard(_) => {}
            Plan::Append { anchor, expected } => {
                self.reassembly.append(self.layout.window(anchor, expected), Anchor::Returned);
            }
            Plan::Estimate { anchor, expected } => {
                self.reassembly.append(self.layout.window(Some(anchor), expected), Anchor::Estimated);
            }
        }
    }

    fn learn(&mut self, request: &PageRequest, page: &Page<R>, is_estimated: bool) {
        self.layout.learn(page);
        if !page.records.is_empty() {
            self.termination.observe_records();
        }
        if !is_estimated {
            self.termination.observe_count(page.count);
        }
        // The head of the list has no marker, but its first record may.
        if request.marker.is_none() && self.layout.marker_source() == MarkerSource::RecordId {
            let first = page.records.first().and_then(Identity::identity).and_then(|id| id.parse().ok());
            self.anchors.learn(first, page.marker, page.records.len().saturating_sub(1));
        }
    }

    /// Joins the page at `index` with its neighbours, as far as they are there.
    fn settle(&mut self, index: usize) {
        // The page before first: it may make this one redundant, and then the next one meets another.
        for index in [index, index + 1] {
            match self.reassembly.join(index) {
                Junction::Undecided | Junction::Joined => {}
                Junction::Redundant => {
                    self.anchors.spend(0);
                    return self.settle(index);
                }
                Junction::Gap => return self.close_gap(index),
            }
        }
    }

    /// Sees to what lies between the page at `index` and the run before it.
    fn close_gap(&mut self, index: usize) {
        let Some(left) = self.reassembly.end_before(index) else { return };
        let (marker, length) = (left.marker(), left.length());
        let estimated = self.reassembly.is_estimated(index).then(|| self.reassembly.anchor(index));
        let between = estimated.and_then(|anchor| self.anchors.between(marker, anchor));
        let next = PageRequest::after(marker, self.layout.limit());
        match (marker, between) {
            // Below the end of the list, and so is all after it.
            _ if self.reassembly.is_blank(index) => {
                self.discard_from(index);
                self.reassembly.append([next], Anchor::Returned);
            }
            // An estimate that went too far: what lies between is read like any other part of the list.
            (Some(anchor), Some(records)) => {
                let window = self.layout.window(Some(anchor), Some(records));
                let inserted = self.reassembly.insert_before(index, window);
                self.settle(index + inserted + 1);
            }
            (Some(_), None) if self.reassembly.mark_bridged(index) => {
                self.reassembly.insert_before(index, [next]);
                self.settle(index + 2);
            }
            // The pages of this server do not reach as far as was thought, or too much changed between.
            _ => {
                self.layout.shrink(length);
                self.discard_from(index);
            }
        }
    }

    /// Gives up the estimated window that holds `index`, and estimates: the service does not take such markers.
    fn refuse_estimates(&mut self, index: usize) {
        self.discard_from(self.reassembly.window_start(index));
        self.anchors.refuse();
    }

    fn discard_from(&mut self, index: usize) {
        for _ in 0..self.reassembly.discard_from(index) {
            self.anchors.spend(0);
        }
    }

    fn put_back_furthest(&mut self) -> bool {
        let is_put_back = self.reassembly.put_back_furthest();
        if is_put_back {
            self.anchors.spend(0);
        }
        is_put_back
    }
}

// Moving the frontier.
impl<R: Identity, E> Pager<R, E> {
    /// Moves the frontier to the end of the page at the front, unless the page shows that the scan ends, or raises a
    /// question.
    fn advance(&mut self, answered: Answered<R>) {
        if answered.page.records.is_empty() {
            return self.advance_empty(answered);
        }
        self.phase = Phase::Scanning;
        let Answered { ticket, request, mut page, end, skip } = answered;
        let after = self.reassembly.frontier().marker();
        let clip = boundary::clip(&page, &end, self.cursor.until(), &self.layout);
        if let Clip::Within(own) = clip {
            page.records.truncate(own);
        }
        let brought = page.records.len();
        let records = page.records.split_off(skip.min(brought));
        let held = HeldPage { ticket, request, records };
        match (clip, end.marker()) {
            (Clip::Refine, _) => self.refine(held),
            (Clip::Probe, _) => self.probe_boundary(held),
            (Clip::Within(_), _) => self.finish(held, self.cursor.until()),
            (Clip::Last, marker) => self.finish(held, marker),
            (Clip::All, None) => {
                let returned = page.marker.zip(after);
                let rule = returned.map_or(PagingError::MarkerMissing, |(returned, after)| {
                    PagingError::MarkerNotBelow { after, returned }
                });
                self.probe_end(held, rule);
            }
            (Clip::All, Some(marker)) => self.deliver(held, marker, end),
        }
    }

    /// Delivers a page, and continues below its marker.
    fn deliver(&mut self, held: HeldPage<R>, marker: Marker, end: RunEnd) {
        let after = self.reassembly.frontier().marker();
        if let Err(rule) = self.termination.admit(after, marker) {
            self.reassembly.cancel(held.ticket);
            return self.fail(held.request, PageFailure::Rule(rule));
        }
        let fresh = held.records.len();
        self.tail = self.layout.offset(fresh.saturating_sub(1)).map(|offset| PageRequest {
            marker: after,
            offset,
            limit: self.layout.limit().max(PageSize::TWO),
        });
        self.reassembly.advance(end);
        let next = self.cursor.moved_to(marker, fresh);
        self.hand_out(held, next);
    }

    /// Delivers the last page: what lies below `marker` belongs to another part.
    fn finish(&mut self, held: HeldPage<R>, marker: Option<Marker>) {
        let next = self.cursor.finished(marker, held.records.len());
        self.hand_out(held, next);
        self.end();
    }

    fn hand_out(&mut self, held: HeldPage<R>, next: Cursor) {
        let HeldPage { ticket, request, records } = held;
        self.termination.add(records.len());
        self.anchors.spend(records.len());
        let start = std::mem::replace(&mut self.cursor, next.clone());
        if records.is_empty() {
            return self.reassembly.cancel(ticket);
        }
        let cursor = PageCursor::new(start, next, &records);
        self.settled = Some(ReadyPage { ticket, request, records, cursor });
    }

    /// An empty page at the frontier: the end, unless a marker shows that more follows, or the answer is a silent one.
    fn advance_empty(&mut self, Answered { ticket, request, page, end, .. }: Answered<R>) {
        self.reassembly.cancel(ticket);
        let after = self.reassembly.frontier().marker();
        if let Some(marker) = end.marker().filter(|_| end.lies_below(after)) {
            self.phase = Phase::Scanning;
            return match self.termination.admit(after, marker) {
                Err(rule) => self.fail(request, PageFailure::Rule(rule)),
                Ok(()) if self.cursor.until().is_some_and(|until| has_reached(marker, until)) => self.end(),
                Ok(()) => {
                    self.tail = None;
                    self.cursor = self.cursor.moved_to(marker, 0);
                    self.reassembly.advance(RunEnd::at(Some(marker)));
                }
            };
        }
        let is_silent = page.count.is_none() && page.marker.is_none();
        let is_rechecked = matches!(self.phase, Phase::RecheckingEmptyPage);
        if is_silent && !is_rechecked && self.termination.doubts_silence() {
            self.discard_from(0);
            self.phase = Phase::RecheckingEmptyPage;
        } else if is_silent && self.termination.lacks_records() {
            self.probe_silence(request);
        } else {
            self.end();
        }
    }

    fn end(&mut self) {
        self.discard_from(0);
        self.phase = Phase::Done;
    }

    fn fail(&mut self, request: PageRequest, failure: PageFailure<E>) {
        self.discard_from(0);
        self.phase = Phase::Failing(request, failure);
    }
}

// Questions.
impl<R: Identity, E> Pager<R, E> {
    /// The part ends within a page of records whose markers are not known: smaller pages, whose ends are.
    fn refine(&mut self, held: HeldPage<R>) {
        self.reassembly.cancel(held.ticket);
        match self.layout.refine(held.records.len()) {
            Ok(()) => self.discard_from(0),
            Err(rule) => self.fail(held.request, PageFailure::Rule(rule)),
        }
    }

    fn probe_boundary(&mut self, held: HeldPage<R>) {
        self.discard_from(0);
        // A page is clipped only where the part has an end.
        if let Some(until) = self.cursor.until() {
            self.phase = Phase::ProbingBoundary(BoundaryProbe::new(held, until));
        }
    }

    /// A page cannot be continued by its marker: asks what follows it.
    fn probe_end(&mut self, held: HeldPage<R>, rule: PagingError) {
        self.discard_from(0);
        let after = self.reassembly.frontier().marker();
        // The last record comes again, with what follows it. Where pages hold one record, it would come alone.
        let limit = self.layout.limit().max(PageSize::TWO);
        let holds_one = self.layout.holds_one_record() && self.termination.joined() > 0;
        let last = held.last().filter(|_| !holds_one).map(str::to_owned);
        let offset = held.records.len() - usize::from(last.is_some());
        let question = self.layout.offset(offset).map(|offset| PageRequest { marker: after, offset, limit });
        self.phase = Phase::ProbingEnd(match (question, last) {
            (Some(question), Some(last)) => EndProbe::overlapping(held, last, question, rule),
            (Some(question), None) => EndProbe::after(held, question, rule),
            (None, _) => {
                self.reassembly.cancel(held.ticket);
                return self.fail(held.request, PageFailure::Rule(rule));
            }
        });
    }

    /// These records follow a page without a marker, again without one.
    fn continue_without_marker(&mut self, mut held: HeldPage<R>, following: Vec<R>) {
        if self.layout.marker_source() != MarkerSource::Opaque && self.anchors.are_accepted() {
            match EndProbe::by_id(held, self.layout.limit()) {
                Ok(probe) => return self.phase = Phase::ProbingEnd(probe),
                Err(page) => held = page,
            }
        }
        held.records.extend(following);
        self.probe_end(held, PagingError::MarkerMissing);
    }

    /// The service does not take ids as markers: continues by offset, as far as that reaches.
    fn refuse_ids(&mut self, held: HeldPage<R>) {
        self.anchors.refuse();
        self.probe_end(held, PagingError::MarkerMissing);
    }

    /// Two silent answers in a row claim the end, although more was counted: asks what follows the last record.
    fn probe_silence(&mut self, request: PageRequest) {
        self.discard_from(0);
        let rule = PagingError::EmptyPages {
            counted: self.termination.counted().unwrap_or_default(),
            joined: self.termination.joined(),
        };
        let last = self.reassembly.frontier().last().map(str::to_owned);
        match last.zip(self.tail) {
            Some((last, question)) => self.phase = Phase::ProbingEnd(EndProbe::after_silence(last, question, rule)),
            None => self.fail(request, PageFailure::Rule(rule)),
        }
    }

    fn handle_answer(&mut self, ticket: Ticket, result: Result<Page<R>, E>) {
        let page = match result {
            Ok(page) => page,
            Err(error) => return self.handle_failed_answer(error),
        };
        match std::mem::replace(&mut self.phase, Phase::Scanning) {
            Phase::CatchingUp(catch_up) => self.catch_up(catch_up, ticket, page),
            Phase::ProbingEnd(probe) => {
                self.reassembly.cancel(ticket);
                self.settle_end(probe, page);
            }
            Phase::ProbingBoundary(probe) => {
                self.reassembly.cancel(ticket);
                match probe.judge(&page) {
                    BoundaryVerdict::Above(held) => self.finish(held, self.cursor.until()),
                    BoundaryVerdict::Below(held) => {
                        self.reassembly.cancel(held);
                        self.end();
                    }
                    BoundaryVerdict::Undecided(probe) => self.phase = Phase::ProbingBoundary(probe),
                    BoundaryVerdict::Lost(held) => self.reassembly.cancel(held),
                }
            }
            phase => self.phase = phase,
        }
    }

    fn handle_failed_answer(&mut self, error: E) {
        let Some(request) = self.phase.question().map(|question| question.request()) else { return };
        match std::mem::replace(&mut self.phase, Phase::Scanning) {
            Phase::CatchingUp(mut catch_up) if catch_up.has_another_way() => {
                catch_up.take_another_way();
                self.phase = Phase::CatchingUp(catch_up);
                return;
            }
            Phase::ProbingEnd(probe) => {
                let is_by_id = probe.is_by_id();
                match probe.into_held() {
                    Some(held) if is_by_id => return self.refuse_ids(held),
                    held => held.into_iter().for_each(|held| self.reassembly.cancel(held.ticket)),
                }
            }
            Phase::ProbingBoundary(probe) => self.reassembly.cancel(probe.held_ticket()),
            _ => {}
        }
        self.fail(request, PageFailure::Source(error));
    }

    fn catch_up(&mut self, mut catch_up: CatchUp, ticket: Ticket, page: Page<R>) {
        let request = catch_up.question().request();
        let silence = PagingError::EmptyPages {
            counted: self.termination.counted().unwrap_or_default(),
            joined: self.termination.joined(),
        };
        let caught_up = catch_up.handle_page(ticket, page, self.reassembly.first_identity(), silence);
        let (ready, next) = match caught_up {
            Ok(CaughtUp::Partly(ready)) => (ready, None),
            Ok(CaughtUp::Wholly(ready, cursor)) => (ready, Some(cursor)),
            Err(rule) => {
                self.reassembly.cancel(ticket);
                return self.fail(request, PageFailure::Rule(rule));
            }
        };
        if ready.is_none() {
            self.reassembly.cancel(ticket);
        }
        self.termination.add(ready.as_ref().map_or(0, |page| page.records.len()));
        self.settled = ready;
        match next {
            None => self.phase = Phase::CatchingUp(catch_up),
            Some(cursor) if cursor.is_end() => {
                self.cursor = cursor;
                self.end();
            }
            Some(cursor) => self.cursor = cursor,
        }
    }

    fn settle_end(&mut self, probe: EndProbe<R>, page: Page<R>) {
        let request = probe.question().request();
        match probe.judge(page) {
            EndVerdict::Ends(Some(held)) => self.finish(held, None),
            EndVerdict::Ends(None) => self.end(),
            EndVerdict::Moved { probe, by } => match self.layout.offset(request.offset.get() + by) {
                Some(offset) => self.phase = Phase::ProbingEnd(probe.asks(PageRequest { offset, ..request })),
                None => {
                    probe.held_ticket().into_iter().for_each(|ticket| self.reassembly.cancel(ticket));
                    self.fail(request, PageFailure::Rule(probe.rule()));
                }
            },
            EndVerdict::Breaks(held, rule) => {
                held.into_iter().for_each(|held| self.reassembly.cancel(held.ticket));
                self.fail(request, PageFailure::Rule(rule));
            }
            EndVerdict::Misses(held) => self.refuse_ids(held),
            EndVerdict::ContinuesAt { mut held, marker } => {
                // The last record comes again, as the first of the next page.
                held.records.pop();
                let end = RunEnd::new(marker, held.last(), held.records.len());
                self.deliver(held, marker, end);
            }
            EndVerdict::Lost(held, rule) => {
                held.into_iter().for_each(|held| self.reassembly.cancel(held.ticket));
                // From the frontier again: an edit took the record away.
                if !self.termination.lose_probe() {
                    self.fail(request, PageFailure::Rule(rule));
                }
            }
            EndVerdict::Continues { held, following, marker: None } => self.continue_without_marker(held, following),
            EndVerdict::Continues { mut held, following, marker: Some(marker) } => {
                held.records.extend(following);
                let end = RunEnd::new(marker, held.last(), held.records.len());
                self.deliver(held, marker, end);
            }
        }
    }
}
