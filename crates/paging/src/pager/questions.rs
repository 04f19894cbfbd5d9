//! The questions that have to be answered before the scan continues, and what their answers decide.

use super::Pager;
use crate::boundary::{BoundaryProbe, BoundaryVerdict};
use crate::catch_up::{CatchUp, CaughtUp};
use crate::end_probe::{EndProbe, EndVerdict, HeldPage};
use crate::layout::MarkerSource;
use crate::overlap::RunEnd;
use crate::phase::Phase;
use crate::question::Question;
use crate::{Identity, Page, PageFailure, PageRequest, PageSize, PagingError, Ticket};

impl<R: Identity, E> Pager<R, E> {
    /// The part ends within a page of records whose markers are not known: smaller pages, whose ends are.
    pub(super) fn refine(&mut self, held: HeldPage<R>) {
        self.reassembly.cancel(held.ticket);
        match self.layout.refine(held.records.len()) {
            Ok(()) => self.discard_from(0),
            Err(rule) => self.fail(held.request, PageFailure::Rule(rule)),
        }
    }

    pub(super) fn probe_boundary(&mut self, held: HeldPage<R>) {
        self.discard_from(0);
        // A page is clipped only where the part has an end.
        if let Some(until) = self.cursor.until() {
            self.phase = Phase::ProbingBoundary(BoundaryProbe::new(held, until));
        }
    }

    /// A page cannot be continued by its marker: probes what follows it.
    pub(super) fn probe_end(&mut self, held: HeldPage<R>, rule: PagingError) {
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

    /// Records follow a page without a marker, again without one.
    pub(super) fn continue_without_marker(&mut self, mut held: HeldPage<R>) {
        if self.layout.marker_source() != MarkerSource::Opaque && self.anchors.are_accepted() {
            match EndProbe::by_id(held, self.layout.limit()) {
                Ok(probe) => return self.phase = Phase::ProbingEnd(probe),
                Err(page) => held = page,
            }
        }
        self.probe_end(held, PagingError::MarkerMissing);
    }

    /// The service does not take ids as markers: continues by offset, as far as that reaches.
    pub(super) fn refuse_ids(&mut self, held: HeldPage<R>) {
        self.anchors.refuse();
        self.probe_end(held, PagingError::MarkerMissing);
    }

    /// Two silent answers in a row claim the end, although more was counted: probes what follows the last record.
    pub(super) fn probe_silence(&mut self, request: PageRequest) {
        let counted = self.termination.counted().unwrap_or_default();
        self.probe_tail(request, PagingError::EmptyPages { counted, joined: self.termination.joined() });
    }

    /// A page only repeats what was read: probes what follows the last record.
    pub(super) fn probe_repetition(&mut self, held: HeldPage<R>) {
        self.reassembly.cancel(held.ticket);
        let after = self.reassembly.frontier().marker();
        self.probe_tail(held.request, PagingError::of_stuck_marker(after, after));
    }

    fn probe_tail(&mut self, request: PageRequest, rule: PagingError) {
        self.discard_from(0);
        let last = self.reassembly.frontier().last().map(str::to_owned);
        match last.zip(self.tail) {
            Some((last, question)) => self.phase = Phase::ProbingEnd(EndProbe::after_delivered(last, question, rule)),
            None => self.fail(request, PageFailure::Rule(rule)),
        }
    }

    pub(super) fn handle_answer(&mut self, ticket: Ticket, result: Result<Page<R>, E>) {
        let page = match result {
            Ok(page) => page,
            Err(error) => return self.handle_failed_answer(error),
        };
        self.layout.learn_markers(&page);
        // To a probe, an empty answer is a verdict: a silent one is not taken for it at once.
        if page.is_silent()
            && let Phase::ProbingEnd(_) | Phase::ProbingBoundary(_) = self.phase
            && self.phase.question_mut().is_some_and(Question::repeat)
        {
            return self.reassembly.cancel(ticket);
        }
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

    pub(super) fn handle_failed_answer(&mut self, error: E) {
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

    pub(super) fn catch_up(&mut self, mut catch_up: CatchUp, ticket: Ticket, page: Page<R>) {
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

    pub(super) fn settle_end(&mut self, probe: EndProbe<R>, page: Page<R>) {
        let request = probe.question().request();
        match probe.judge(page) {
            EndVerdict::Ends(Some(held)) => self.finish(held, None),
            EndVerdict::Ends(None) => self.end(),
            EndVerdict::Moved { probe, by } => match self.layout.offset(request.offset.get() + by) {
                Some(offset) => self.phase = Phase::ProbingEnd(probe.with_question(PageRequest { offset, ..request })),
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
                held.records.pop_back();
                let end = RunEnd::new(Some(marker), held.last(), held.records.len());
                self.deliver(held, marker, end);
            }
            EndVerdict::Lost(held, rule) => {
                held.into_iter().for_each(|held| self.reassembly.cancel(held.ticket));
                // From the frontier again: an edit took the record away.
                if !self.termination.lose_probe() {
                    self.fail(request, PageFailure::Rule(rule));
                }
            }
            EndVerdict::Continues { mut held, following, marker } => {
                held.records.extend(following);
                let end = RunEnd::new(marker, held.last(), held.records.len());
                match (self.clip(held, 0, &end), marker) {
                    (Some(held), Some(marker)) => self.deliver(held, marker, end),
                    (Some(held), None) => self.continue_without_marker(held),
                    // Where the part ends, or how to find that out, is known.
                    (None, _) => {}
                }
            }
        }
    }
}
