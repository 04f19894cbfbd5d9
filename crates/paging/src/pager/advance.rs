//! Moving the frontier: what becomes of the page at the front.

use std::collections::VecDeque;

use super::Pager;
use crate::boundary::{self, Clip};
use crate::cursor::has_reached;
use crate::end_probe::HeldPage;
use crate::overlap::RunEnd;
use crate::phase::Phase;
use crate::reassembly::Answered;
use crate::{Cursor, Identity, Marker, PageCursor, PageFailure, PageRequest, PageSize, PagingError, ReadyPage};

impl<R: Identity, E> Pager<R, E> {
    /// Moves the frontier to the end of the page at the front, unless the page shows that the scan ends, or raises a
    /// question.
    pub(super) fn advance(&mut self, answered: Answered<R>) {
        if answered.page.records.is_empty() {
            return self.advance_empty(answered);
        }
        self.phase = Phase::Scanning;
        let Answered { ticket, request, page, end, skip } = answered;
        let after = self.reassembly.frontier().marker();
        let held = HeldPage { ticket, request, records: VecDeque::from(page.records) };
        let Some(held) = self.clip(held, skip, &end) else { return };
        if held.records.is_empty() {
            return self.advance_repeated(held, end);
        }
        match end.marker() {
            None => {
                let rule = PagingError::of_stuck_marker(page.marker, after);
                // The record of the marker itself: what was requested after it is not what came.
                let is_inclusive = after.is_some() && held.last().and_then(|last| last.parse().ok()) == after;
                match is_inclusive {
                    true => {
                        self.reassembly.cancel(held.ticket);
                        self.fail(held.request, PageFailure::Rule(rule));
                    }
                    false => self.probe_end(held, rule),
                }
            }
            Some(marker) => self.deliver(held, marker, end),
        }
    }

    /// Clips records that lie at the frontier, down to `end`, at the end of the part; the first `skip` were read before.
    /// They come back if all of them belong to the part and more may follow.
    pub(super) fn clip(&mut self, mut held: HeldPage<R>, skip: usize, end: &RunEnd) -> Option<HeldPage<R>> {
        let clip = boundary::clip(&held.records, end, self.cursor.until(), &self.layout);
        if let Clip::Within(own) = clip {
            held.records.truncate(own);
        }
        // Without moving those that stay: they may be large.
        held.records.drain(..skip.min(held.records.len()));
        match clip {
            Clip::All => return Some(held),
            Clip::Last => self.finish(held, end.marker()),
            Clip::Within(_) => self.finish(held, self.cursor.until()),
            Clip::Refine => self.refine(held),
            Clip::Probe => self.probe_boundary(held),
        }
        None
    }

    /// A page that was to follow the run and only repeats it: continues below its marker, if that advances.
    fn advance_repeated(&mut self, held: HeldPage<R>, end: RunEnd) {
        let after = self.reassembly.frontier().marker();
        match end.marker().filter(|marker| self.termination.admit(after, *marker).is_ok()) {
            Some(_) => {
                self.tail = None;
                self.reassembly.cancel(held.ticket);
                self.reassembly.advance(end);
            }
            None => self.probe_repetition(held),
        }
    }

    /// Delivers a page, and continues below its marker.
    pub(super) fn deliver(&mut self, held: HeldPage<R>, marker: Marker, end: RunEnd) {
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
    pub(super) fn finish(&mut self, held: HeldPage<R>, marker: Option<Marker>) {
        let next = self.cursor.finished(marker, held.records.len());
        self.hand_out(held, next);
        self.end();
    }

    pub(super) fn hand_out(&mut self, held: HeldPage<R>, next: Cursor) {
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
    pub(super) fn advance_empty(&mut self, Answered { ticket, request, page, end, .. }: Answered<R>) {
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
        let is_silent = page.is_silent();
        let is_rechecked = matches!(self.phase, Phase::RecheckingEmptyPage);
        if is_silent && !is_rechecked {
            self.discard_from(0);
            self.phase = Phase::RecheckingEmptyPage;
        } else if is_silent && self.termination.lacks_records() {
            self.probe_silence(request);
        } else {
            self.end();
        }
    }

    pub(super) fn end(&mut self) {
        self.discard_from(0);
        self.phase = Phase::Done;
    }

    pub(super) fn fail(&mut self, request: PageRequest, failure: PageFailure<E>) {
        self.discard_from(0);
        self.phase = Phase::Failing(request, failure);
    }
}
