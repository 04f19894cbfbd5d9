//! The run of joined pages, and the pages beyond it in the order of the list.

use std::collections::VecDeque;

use crate::layout::Layout;
use crate::overlap::{self, Overlap, RunEnd};
use crate::segment::{Anchor, Segment, State, expected_records};
use crate::{Identity, Load, Marker, Page, PageRequest, Ticket};

/// A page at the front that was taken out.
pub(crate) struct Answered<R> {
    pub(crate) ticket: Ticket,
    pub(crate) request: PageRequest,
    pub(crate) page: Page<R>,
    pub(crate) end: RunEnd,
    /// How many of the first records are in the run already.
    pub(crate) skip: usize,
}

/// What is at the front.
pub(crate) enum Front<R, E> {
    Answered(Answered<R>),
    Failed(PageRequest, E),
}

/// What an attempt to join two neighbours found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Junction {
    /// One of them is not there yet, or they were joined before.
    Undecided,
    Joined,
    /// The lower page brought nothing new. It was removed.
    Redundant,
    /// Records may lie between.
    Gap,
}

/// Owns the frontier, the segments beyond it, the tickets, and the list of those that are no longer needed.
///
/// Invariants, checked in debug builds:
/// - A segment is joined only to a frontier or to an answered segment directly before it.
/// - A page without records from an estimated anchor is never joined.
/// - No ticket occurs twice.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
pub(crate) struct Reassembly<R, E> {
    frontier: RunEnd,
    segments: VecDeque<Segment<R, E>>,
    cancelled: Vec<Ticket>,
    tickets: Tickets,
}

/// The number of the last ticket.
#[derive(Clone, Debug, Default)]
struct Tickets(u64);

/// Tests compare states in which the same requests carry other numbers.
#[cfg(test)]
impl std::hash::Hash for Tickets {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

impl<R: Identity, E> Reassembly<R, E> {
    pub(crate) fn new(after: Option<Marker>) -> Self {
        Self {
            frontier: RunEnd::at(after),
            segments: VecDeque::new(),
            cancelled: Vec::new(),
            tickets: Tickets::default(),
        }
    }

    pub(crate) fn frontier(&self) -> &RunEnd {
        &self.frontier
    }

    pub(crate) fn len(&self) -> usize {
        self.segments.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// The index of the first segment that was not requested.
    pub(crate) fn first_planned(&self) -> Option<usize> {
        self.segments.iter().position(Segment::is_planned)
    }

    pub(crate) fn is_planned(&self, index: usize) -> bool {
        self.segments.get(index).is_some_and(Segment::is_planned)
    }

    pub(crate) fn is_estimated(&self, index: usize) -> bool {
        self.segments.get(index).is_some_and(|segment| segment.anchor == Anchor::Estimated)
    }

    /// How many segments are in flight or hold a page.
    pub(crate) fn busy(&self) -> usize {
        self.segments.iter().filter(|segment| !segment.is_planned()).count()
    }

    /// Where the run before `index` ends, if that is known and more may follow.
    pub(crate) fn end_before(&self, index: usize) -> Option<&RunEnd> {
        match index.checked_sub(1).map(|left| &self.segments[left].state) {
            None => Some(&self.frontier),
            Some(State::Answered { page, end, .. }) if !page.records.is_empty() => Some(end),
            Some(_) => None,
        }
    }

    /// The request of the last segment, while it is in flight.
    pub(crate) fn last_in_flight(&self) -> Option<&PageRequest> {
        let last = self.segments.back()?;
        matches!(last.state, State::InFlight(_)).then_some(&last.request)
    }

    /// The furthest end that is known of the window at `anchor`, and how many records below the anchor it lies.
    pub(crate) fn furthest_end(&self, anchor: Option<Marker>) -> Option<(Marker, usize)> {
        let window = self.segments.iter().rev().take_while(|segment| segment.request.marker == anchor);
        let known = window.filter_map(|segment| match &segment.state {
            State::Answered { page, end, .. } => {
                Some((end.marker()?, segment.request.offset.get() + page.records.len()))
            }
            _ => None,
        });
        known.into_iter().next()
    }

    /// The identity of the first record beyond the frontier, once it is there.
    pub(crate) fn first_identity(&self) -> Option<&str> {
        match &self.segments.front()?.state {
            State::Answered { page, joined: Some(skip), .. } => page.records.get(*skip)?.identity(),
            _ => None,
        }
    }

    /// Appends planned pages.
    pub(crate) fn append(&mut self, requests: impl IntoIterator<Item = PageRequest>, anchor: Anchor) {
        self.segments.extend(requests.into_iter().map(|request| Segment::planned(request, anchor)));
    }

    /// Plans pages before the one at `index`; returns how many.
    pub(crate) fn insert_before(&mut self, index: usize, requests: impl IntoIterator<Item = PageRequest>) -> usize {
        let below = self.segments.split_off(index);
        let before = self.segments.len();
        self.append(requests, Anchor::Returned);
        let inserted = self.segments.len() - before;
        self.segments.extend(below);
        inserted
    }

    /// Issues a ticket for a request that is not a segment.
    pub(crate) fn issue_ticket(&mut self) -> Ticket {
        self.tickets.0 += 1;
        Ticket(self.tickets.0)
    }

    /// Marks the planned segment at `index` as requested.
    pub(crate) fn request(&mut self, index: usize) -> (Ticket, PageRequest) {
        let ticket = self.issue_ticket();
        let segment = &mut self.segments[index];
        debug_assert!(segment.is_planned(), "requested twice");
        segment.state = State::InFlight(ticket);
        (ticket, segment.request)
    }

    /// The index and the request of the segment in flight with this ticket.
    pub(crate) fn in_flight(&self, ticket: Ticket) -> Option<(usize, PageRequest)> {
        let is_it = |segment: &Segment<R, E>| matches!(segment.state, State::InFlight(own) if own == ticket);
        let index = self.segments.iter().position(is_it)?;
        Some((index, self.segments[index].request))
    }

    /// The request at `index` failed.
    pub(crate) fn fail(&mut self, index: usize, error: E) {
        if let Some(ticket) = self.segments[index].ticket() {
            self.segments[index].state = State::Failed(ticket, error);
        }
    }

    /// The request at `index` was answered by a page that ends at `end`.
    pub(crate) fn fill(&mut self, index: usize, page: Page<R>, end: RunEnd) {
        if let Some(ticket) = self.segments[index].ticket() {
            self.segments[index].state = State::Answered { ticket, page, end, joined: None };
        }
        self.check();
    }

    /// Joins the page at `index` to the run before it, if both are there.
    pub(crate) fn join(&mut self, index: usize) -> Junction {
        let Some(Segment { request, anchor, state: State::Answered { page, end, joined: None, .. }, .. }) =
            self.segments.get(index)
        else {
            return Junction::Undecided;
        };
        let Some(left) = self.answered_end_before(index) else { return Junction::Undecided };
        // The estimate may be a marker that the service never returned, for which it has no answer.
        if page.records.is_empty() && *anchor == Anchor::Estimated {
            return Junction::Gap;
        }
        match overlap::judge(left, request, page, end) {
            Overlap::Joined { skip } => {
                self.set_joined(index, Some(skip));
                self.check();
                Junction::Joined
            }
            Overlap::Redundant => {
                self.remove(index);
                // The page after it meets another one now.
                self.set_joined(index, None);
                self.check();
                Junction::Redundant
            }
            Overlap::Gap => Junction::Gap,
        }
    }

    fn answered_end_before(&self, index: usize) -> Option<&RunEnd> {
        match index.checked_sub(1).map(|left| &self.segments[left].state) {
            None => Some(&self.frontier),
            Some(State::Answered { end, .. }) => Some(end),
            Some(_) => None,
        }
    }

    /// Whether the answered page at `index` holds no records.
    pub(crate) fn is_blank(&self, index: usize) -> bool {
        matches!(&self.segments[index].state, State::Answered { page, .. } if page.records.is_empty())
    }

    /// The marker that the segment at `index` is anchored at.
    pub(crate) fn anchor(&self, index: usize) -> Option<Marker> {
        self.segments[index].request.marker
    }

    /// Notes that a bridge to the page at `index` is requested; whether that is the first one.
    pub(crate) fn mark_bridged(&mut self, index: usize) -> bool {
        !std::mem::replace(&mut self.segments[index].bridged, true)
    }

    /// Discards the segments from `index` on; returns how many were requested in vain.
    pub(crate) fn discard_from(&mut self, index: usize) -> usize {
        let discarded = self.segments.split_off(index.min(self.segments.len()));
        let before = self.cancelled.len();
        self.cancelled.extend(discarded.iter().filter_map(Segment::ticket));
        self.cancelled.len() - before
    }

    /// The first segment of the window that the one at `index` lies in.
    pub(crate) fn window_start(&self, index: usize) -> usize {
        let Segment { request, anchor, .. } = &self.segments[index];
        let is_in_it = |other: &Segment<R, E>| other.anchor == *anchor && other.request.marker == request.marker;
        self.segments.iter().position(is_in_it).unwrap_or(index)
    }

    /// Gives up the furthest page that was requested, to make room. It is requested again in its turn.
    pub(crate) fn put_back_furthest(&mut self) -> bool {
        let Some(segment) = self.segments.iter_mut().rev().find(|segment| !segment.is_planned()) else { return false };
        self.cancelled.extend(segment.ticket());
        segment.state = State::Planned;
        true
    }

    /// Takes the page at the front, once it is joined, or its failure.
    pub(crate) fn pop_front(&mut self) -> Option<Front<R, E>> {
        match self.segments.front()?.state {
            State::Answered { joined: Some(_), .. } | State::Failed(..) => {}
            _ => return None,
        }
        let Segment { request, state, .. } = self.segments.pop_front()?;
        match state {
            State::Answered { ticket, page, end, joined: Some(skip) } => {
                Some(Front::Answered(Answered { ticket, request, page, end, skip }))
            }
            State::Failed(ticket, error) => {
                self.cancelled.push(ticket);
                Some(Front::Failed(request, error))
            }
            _ => None,
        }
    }

    /// Moves the frontier to the end of the page that was taken.
    pub(crate) fn advance(&mut self, end: RunEnd) {
        self.frontier = end;
        self.check();
    }

    /// Notes a ticket whose page is no longer needed.
    pub(crate) fn cancel(&mut self, ticket: Ticket) {
        self.cancelled.push(ticket);
    }

    pub(crate) fn pop_cancelled(&mut self) -> Option<Ticket> {
        self.cancelled.pop()
    }

    /// What is in flight and ready, with the fresh records that it is expected to bring.
    pub(crate) fn load(&self, layout: &Layout) -> Load {
        let mut load = Load {
            front_requested: self.segments.front().is_some_and(|segment| !segment.is_planned()),
            ..Load::default()
        };
        for segment in &self.segments {
            match segment.state {
                State::Planned => continue,
                State::InFlight(_) => load.in_flight += 1,
                State::Answered { .. } | State::Failed(..) => load.ready += 1,
            }
            load.records += expected_records(segment, layout);
        }
        load
    }

    /// How many fresh records all segments are expected to bring, the planned ones too.
    pub(crate) fn expected_records(&self, layout: &Layout) -> u64 {
        self.segments.iter().map(|segment| expected_records(segment, layout) as u64).sum()
    }

    fn remove(&mut self, index: usize) {
        if let Some(segment) = self.segments.remove(index) {
            self.cancelled.extend(segment.ticket());
        }
    }

    fn set_joined(&mut self, index: usize, skip: Option<usize>) {
        if let Some(Segment { state: State::Answered { joined, .. }, .. }) = self.segments.get_mut(index) {
            *joined = skip;
        }
    }

    fn check(&self) {
        #[cfg(debug_assertions)]
        for (index, segment) in self.segments.iter().enumerate() {
            if let State::Answered { joined: Some(skip), page, .. } = &segment.state {
                debug_assert!(self.answered_end_before(index).is_some(), "joined to nothing");
                debug_assert!(*skip <= page.records.len(), "more skipped than there is");
                debug_assert!(
                    segment.anchor == Anchor::Returned || !page.records.is_empty(),
                    "an estimate was the end"
                );
            }
            let ticket = segment.ticket();
            let is_twice =
                self.segments.iter().skip(index + 1).any(|other| ticket.is_some() && other.ticket() == ticket);
            debug_assert!(!is_twice, "a ticket occurs twice");
        }
    }
}
