//! The state machine: what to ask next, here is an answer, what came of it.
//!
//! Knows the pages asked for, in the order of the list, and judges their seams. Must not know who fetches them, or how.

use std::collections::VecDeque;

use super::edge::Edge;
use super::guard::Guard;
use super::guess::Guesser;
use super::slot::{Slot, State};
use super::tally::Tally;
use super::{
    Identity, Joined, Load, Marker, Page, PageRequest, PageSize, PagingError, Position, Step, Ticket, Trouble,
};

/// Reads a list by the paging rules of the service, exactly, several pages at once.
///
/// Ask it for requests with [`ask`](Self::ask), bring the answers in any order with [`answer`](Self::answer), and take
/// the list in order with [`step`](Self::step).
#[derive(Debug)]
pub struct Pager<T, E> {
    pub(super) limit: PageSize,
    /// Where the run of joined pages ends.
    pub(super) frontier: Edge,
    /// The pages beyond it, in the order of the list.
    pub(super) slots: VecDeque<Slot<T, E>>,
    /// How many records a jump goes on by; 0 as long as nothing is known of the records.
    pub(super) stride: usize,
    pub(super) tally: Tally,
    pub(super) guesser: Guesser,
    guard: Guard,
    pub(super) resumed: Position,
    /// Whether each returned marker was the last record's id, so far.
    ids_are_markers: bool,
    /// Whether the end of the part that is read has to be found within a page.
    closer: bool,
    tickets: u64,
    pub(super) abandoned: Vec<Ticket>,
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
            tally: Tally::new(limit, position.delivered, position.is_whole()),
            guesser: Guesser::new(),
            guard: Guard::new(),
            ended: position.ended
                || position.until.is_some_and(|until| position.after.is_some_and(|after| after <= until)),
            resumed: position,
            ids_are_markers: true,
            closer: false,
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
        self.plan(ahead);
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
        let Slot { request, guessed, .. } = self.slots[place];
        match answer {
            // A marker that the service did not hand out may be refused, and nothing depends on it.
            Err(_) if guessed => self.forget_guess(place),
            Err(error) => self.slots[place].state = State::Failed(error),
            Ok(page) => {
                let end = Edge::of(&page, &request, self.ids_are_markers);
                self.learn(&request, &page, &end);
                if guessed && !end.lies_below(request.marker) {
                    return self.forget_guess(place);
                }
                self.slots[place].state = State::Answered { page, end, joined: None };
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
    pub fn step(&mut self) -> Step<T, E> {
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

    /// Moves the frontier behind `page`; `None` when there is nothing to take: the list has ended, or one has to look
    /// closer.
    fn advance(&mut self, request: PageRequest, mut page: Page<T>, end: Edge, skip: usize) -> Option<Joined<T>> {
        let after = self.frontier.marker;
        let brought = page.records.len();
        if brought == 0 && (end.marker.is_none() || !end.lies_below(after)) {
            self.end();
            return None;
        }
        let Some(own) = self.within_the_part(&page, &end) else {
            self.look_closer(brought - skip);
            return None;
        };
        page.records.truncate(own);
        let skip = skip.max(self.resumed.delivered_in(&page.records)).min(own);
        let brought = own;
        self.tally.add(brought, brought - skip);
        self.guesser.spend(brought - skip);
        let is_last = match end.marker {
            Some(marker) if self.resumed.until.is_some_and(|until| marker <= until) => true,
            Some(_) => self.tally.is_complete(),
            None => self.tally.is_complete_without_marker(after.is_some()),
        };
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

    /// How many of the page's records belong to the part that is read; `None` when the page goes beyond it and nothing
    /// tells where.
    fn within_the_part(&self, page: &Page<T>, end: &Edge) -> Option<usize> {
        let Some(until) = self.resumed.until else { return Some(page.records.len()) };
        if end.marker.is_some_and(|marker| marker >= until) {
            return Some(page.records.len());
        }
        let id = |record: &_| Identity::identity(record).and_then(|id| id.parse::<Marker>().ok());
        let ids = page.records.iter().map(id).collect::<Option<Vec<_>>>().filter(|_| self.ids_are_markers);
        match ids {
            Some(ids) => Some(ids.iter().take_while(|id| **id >= until).count()),
            None if page.records.len() <= 1 => Some(0),
            None => None,
        }
    }

    /// The part ends within a page of records whose markers are not known: smaller pages, whose ends are.
    fn look_closer(&mut self, records: usize) {
        self.drop_from(0);
        (self.closer, self.stride) = (true, 0);
        // Between 1 and 50: half of a page.
        self.limit = PageSize::new(records / 2).unwrap_or(PageSize::MIN);
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
    fn learn(&mut self, request: &PageRequest, page: &Page<T>, end: &Edge) {
        self.tally.hear(page.count);
        let Some(last) = page.records.last() else { return };
        let identity = last.identity();
        if let Some(marker) = page.marker {
            self.ids_are_markers &= identity.and_then(|id| id.parse().ok()) == Some(marker);
        }
        let length = page.records.len();
        match request.marker {
            Some(anchor) => self.guesser.learn(Some(anchor), end.marker, request.offset.get() + length),
            // The head of the list has no marker, but its first record may.
            None if self.ids_are_markers => {
                let first = page.records.first().and_then(Identity::identity).and_then(|id| id.parse().ok());
                self.guesser.learn(first, end.marker, length - 1);
            }
            None => {}
        }
        self.stride = match identity {
            _ if self.closer => 0,
            None => 0,
            Some(_) => self.stride.max(length.saturating_sub(1)),
        };
    }
}
