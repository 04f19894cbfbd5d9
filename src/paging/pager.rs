//! The state machine: what to ask next, here is an answer, what came of it.
//!
//! Knows the pages asked for, in the order of the list, and judges their seams. Must not know who fetches them, or how.

use std::collections::VecDeque;

use super::edge::{self, Edge, Seam};
use super::guard::{Guard, PagingError};
use super::tally::Tally;
use super::window::window;
use super::{Identity, Marker, Offset, Page, PageRequest, PageSize, Position};

/// Tells one request of a [`Pager`] from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

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

/// What a [`Pager`] has under way and ready.
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

#[derive(Debug)]
enum State<T, E> {
    Planned,
    Asked(Ticket),
    Answered { page: Page<T>, end: Edge, joined: Option<usize> },
    Failed(E),
}

/// A page of the plan, in its place in the list.
#[derive(Debug)]
struct Slot<T, E> {
    request: PageRequest,
    state: State<T, E>,
    /// Whether a bridge was laid to this page before.
    bridged: bool,
}

impl<T, E> Slot<T, E> {
    fn planned(request: PageRequest) -> Self {
        Self { request, state: State::Planned, bridged: false }
    }

    fn is_planned(&self) -> bool {
        matches!(self.state, State::Planned)
    }

    fn ticket(&self) -> Option<Ticket> {
        match self.state {
            State::Asked(ticket) => Some(ticket),
            _ => None,
        }
    }

    fn join(&mut self, skip: Option<usize>) {
        if let State::Answered { joined, .. } = &mut self.state {
            *joined = skip;
        }
    }
}

/// Reads a list by the paging rules of the service, exactly, several pages at once.
///
/// Ask it for requests with [`ask`](Self::ask), bring the answers in any order with [`answer`](Self::answer), and take
/// the list in order with [`next`](Self::next).
#[derive(Debug)]
pub struct Pager<T, E> {
    limit: PageSize,
    /// Where the run of joined pages ends.
    frontier: Edge,
    /// The pages beyond it, in the order of the list.
    slots: VecDeque<Slot<T, E>>,
    /// How many records a jump goes on by; 0 as long as nothing is known of the records.
    stride: usize,
    tally: Tally,
    guard: Guard,
    resumed: Position,
    /// Whether each returned marker was the last record's id, so far.
    ids_are_markers: bool,
    tickets: u64,
    abandoned: Vec<Ticket>,
    stuck: Option<(PageRequest, PagingError)>,
    ended: bool,
}

impl<T: Identity, E> Pager<T, E> {
    /// Reads pages of `limit` records from `position` on.
    #[must_use]
    pub fn new(limit: PageSize, position: Position) -> Self {
        Self {
            limit,
            frontier: Edge { marker: position.after, ..Edge::default() },
            slots: VecDeque::new(),
            stride: 0,
            tally: Tally::new(limit, position.delivered),
            guard: Guard::new(),
            ended: position.ended,
            resumed: position,
            ids_are_markers: true,
            tickets: 0,
            abandoned: Vec::new(),
            stuck: None,
        }
    }

    /// The next page worth asking for while at most `ahead` pages are asked for or wait to be taken.
    ///
    /// A page that everything waits for is asked for even then: the furthest page gives way to it.
    pub fn ask(&mut self, ahead: usize) -> Option<(Ticket, PageRequest)> {
        if self.ended || self.stuck.is_some() || ahead == 0 {
            return None;
        }
        let busy = self.slots.iter().filter(|slot| !slot.is_planned()).count();
        if busy >= ahead {
            if !self.slots.front().is_some_and(Slot::is_planned) {
                return None;
            }
            self.put_back_furthest();
        }
        if !self.slots.iter().any(Slot::is_planned) {
            self.plan();
        }
        let slot = self.most_useful(ahead)?;
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.slots[slot].state = State::Asked(ticket);
        Some((ticket, self.slots[slot].request))
    }

    /// Takes the answer to a request. An answer that nobody waits for any more is dropped.
    pub fn answer(&mut self, ticket: Ticket, answer: Result<Page<T>, E>) {
        let is_asked = |slot: &Slot<T, E>| slot.ticket() == Some(ticket);
        let Some(place) = self.slots.iter().position(is_asked) else { return };
        let slot = &mut self.slots[place];
        match answer {
            Err(error) => slot.state = State::Failed(error),
            Ok(page) => {
                self.learn(&page);
                let slot = &mut self.slots[place];
                let end = Edge::of(&page, &slot.request, self.ids_are_markers);
                slot.state = State::Answered { page, end, joined: None };
                self.settle(place);
            }
        }
    }

    /// The requests whose answers nobody waits for any more.
    pub fn abandoned(&mut self) -> impl Iterator<Item = Ticket> {
        self.abandoned.drain(..)
    }

    /// What is under way and ready beyond the frontier.
    #[must_use]
    pub fn load(&self) -> Load {
        let mut load =
            Load { front_is_coming: self.slots.front().is_some_and(|slot| !slot.is_planned()), ..Load::default() };
        for slot in &self.slots {
            match &slot.state {
                State::Planned => continue,
                State::Asked(_) => load.in_flight += 1,
                State::Answered { page, .. } => {
                    load.ready += 1;
                    load.ready_bytes += page.bytes;
                }
                State::Failed(_) => load.ready += 1,
            }
            load.records += self.brings(slot);
        }
        load
    }

    /// What was delivered before a resume and has not been met again.
    #[must_use]
    pub fn carried(&self) -> &Position {
        &self.resumed
    }

    /// How many records the service says there are.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        self.tally.counted()
    }

    /// Takes the next run of the list, if it is there.
    pub fn next(&mut self) -> Step<T, E> {
        loop {
            if let Some((request, rule)) = self.stuck.take() {
                self.end();
                return Step::Failed(request, Trouble::Rule(rule));
            }
            if self.ended {
                return Step::End;
            }
            match self.slots.front() {
                Some(Slot { state: State::Answered { joined: Some(_), .. } | State::Failed(_), .. }) => {}
                _ => return Step::Wait,
            }
            match self.slots.pop_front().map(|slot| (slot.request, slot.state)) {
                Some((request, State::Failed(error))) => {
                    self.end();
                    return Step::Failed(request, Trouble::Source(error));
                }
                Some((request, State::Answered { page, end, joined: Some(skip) })) => {
                    if let Some(joined) = self.advance(request, page, end, skip) {
                        return Step::Page(joined);
                    }
                }
                _ => return Step::Wait,
            }
        }
    }

    /// Moves the frontier behind `page`; `None` when that is the end of the list.
    fn advance(&mut self, request: PageRequest, page: Page<T>, end: Edge, skip: usize) -> Option<Joined<T>> {
        let after = self.frontier.marker;
        let brought = page.records.len();
        if brought == 0 && end.marker.zip(after).and_then(|(end, after)| end.is_below(&after)) != Some(true) {
            self.end();
            return None;
        }
        let skip = skip.max(self.resumed.delivered_in(&page.records));
        self.tally.add(brought, brought - skip);
        let is_last = self.tally.is_complete() || (end.marker.is_none() && self.tally.may_be_complete());
        if is_last {
            self.end();
        } else if let Err(rule) = self.may_go_on(after, &page, &end) {
            self.stuck = Some((request, rule));
        }
        self.resumed.pass(end.marker);
        let marker = end.marker;
        self.frontier = end;
        Some(Joined { page, skip, request, after, marker, is_last })
    }

    fn may_go_on(&mut self, after: Option<Marker>, page: &Page<T>, end: &Edge) -> Result<(), PagingError> {
        match (end.marker, after.zip(page.marker)) {
            (Some(marker), _) => self.guard.pass(after, marker),
            (None, Some((after, returned))) => Err(PagingError::MarkerNotBelow { after, returned }),
            (None, None) => Err(PagingError::MarkerMissing),
        }
    }

    fn end(&mut self) {
        self.ended = true;
        self.drop_from(0);
    }

    /// Learns from an answer how this list is paged.
    fn learn(&mut self, page: &Page<T>) {
        self.tally.hear(page.count);
        let Some(last) = page.records.last() else { return };
        let identity = last.identity();
        if let Some(marker) = page.marker {
            self.ids_are_markers &= identity.and_then(|id| id.parse().ok()) == Some(marker);
        }
        let length = page.records.len();
        self.stride = match identity {
            None => 0,
            Some(_) => self.stride.max(length.saturating_sub(1)),
        };
    }

    /// Judges the seams of the page at `place` with the pages before and behind it, as far as they are there.
    fn settle(&mut self, place: usize) {
        // The seam above first: it may drop the page, and then the next one meets another.
        for place in [place, place + 1] {
            let Some(Slot { request, state: State::Answered { page, end, joined: None }, bridged }) =
                self.slots.get(place)
            else {
                continue;
            };
            let left = match place.checked_sub(1).map(|left| &self.slots[left].state) {
                None => &self.frontier,
                Some(State::Answered { end, .. }) => end,
                Some(_) => continue,
            };
            match edge::judge(left, request, page, end) {
                Seam::Joined { skip } => self.slots[place].join(Some(skip)),
                Seam::Covered => {
                    self.slots.remove(place);
                    self.slots.get_mut(place).into_iter().for_each(|next| next.join(None));
                    return self.settle(place);
                }
                Seam::Apart if *bridged || left.marker.is_none() => {
                    // The pages of this server do not reach as far as was thought, or too much changed between.
                    self.stride = left.length.saturating_sub(1);
                    return self.drop_from(place);
                }
                Seam::Apart => {
                    let bridge = Slot::planned(PageRequest::after(left.marker, self.limit));
                    if page.records.is_empty() {
                        // A jump beyond the end: no page further down can hold more.
                        self.drop_from(place);
                    } else {
                        self.slots[place].bridged = true;
                    }
                    self.slots.insert(place, bridge);
                    return self.settle(place + 2);
                }
            }
        }
    }

    fn drop_from(&mut self, place: usize) {
        let tickets = self.slots.drain(place..).filter_map(|slot| slot.ticket());
        self.abandoned.extend(tickets);
    }

    /// Takes back the furthest page that was asked for, to make room. It is asked for again in its turn.
    fn put_back_furthest(&mut self) {
        if let Some(slot) = self.slots.iter_mut().rev().find(|slot| !slot.is_planned()) {
            self.abandoned.extend(slot.ticket());
            slot.state = State::Planned;
        }
    }

    /// Plans the window behind the furthest page, if its marker is known and records are expected there.
    fn plan(&mut self) {
        let tail = match self.slots.back().map(|slot| &slot.state) {
            None => &self.frontier,
            Some(State::Answered { page, end, .. }) if !page.records.is_empty() => end,
            Some(_) => return,
        };
        let expected = self.expected_behind();
        match tail.marker {
            _ if expected == Some(0) && !self.slots.is_empty() => {}
            Some(anchor) => self.slots.extend(window(anchor, self.limit, self.stride, expected).map(Slot::planned)),
            None if self.slots.is_empty() => self.slots.push_back(Slot::planned(PageRequest::after(None, self.limit))),
            None => {}
        }
    }

    fn expected_behind(&self) -> Option<u64> {
        let planned: usize = self.slots.iter().map(|slot| self.brings(slot)).sum();
        self.tally.expected_behind(planned as u64)
    }

    /// How many fresh records a page brings, or is thought to.
    fn brings(&self, slot: &Slot<T, E>) -> usize {
        match &slot.state {
            State::Answered { page, joined, .. } => page.records.len().saturating_sub(joined.unwrap_or(1)),
            State::Failed(_) => 0,
            _ if slot.request.offset == Offset::ZERO => self.tally.page_length(),
            _ => self.stride,
        }
    }

    /// The planned page to ask for next: in the order of the list, except that the far page of a window comes before
    /// those between when the read-ahead reaches it, since its marker opens the next window.
    fn most_useful(&self, ahead: usize) -> Option<usize> {
        let first = self.slots.iter().position(Slot::is_planned)?;
        let far = self.slots.len() - 1;
        let opens_a_window =
            first > 0 && far < ahead && self.slots[far].is_planned() && self.expected_behind() != Some(0);
        Some(if opens_a_window { far } else { first })
    }
}
