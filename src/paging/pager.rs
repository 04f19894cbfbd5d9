//! The state machine: what to ask next, here is an answer, what came of it.
//!
//! Knows the pages asked for, in the order of the list, and judges their seams. Must not know who fetches them, or how.

use std::collections::VecDeque;

use super::doubt::Doubt;
use super::edge::Edge;
use super::guard::Guard;
use super::guess::Guesser;
use super::part::Within;
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
    /// Whether each returned marker was the last record's id; `None` as long as nothing says so or otherwise.
    pub(super) ids_are_markers: Option<bool>,
    /// Whether the end of the part that is read has to be found within a page.
    pub(super) closer: bool,
    /// Whether the page behind the frontier was empty, without a word on why, and is being asked for again.
    asked_again: bool,
    tickets: u64,
    pub(super) abandoned: Vec<Ticket>,
    pub(super) stuck: Option<(PageRequest, PagingError)>,
    /// What is being asked before the reading goes on or ends.
    pub(super) doubt: Option<Doubt<T, E>>,
    /// Whether the page at hand lies below the part that is read, where that had to be asked.
    pub(super) is_below_the_part: Option<bool>,
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
            ids_are_markers: T::IS_MARKER.then_some(true),
            closer: false,
            asked_again: false,
            tickets: 0,
            abandoned: Vec::new(),
            stuck: None,
            doubt: None,
            is_below_the_part: None,
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
                let end = Edge::of(&page, &request, self.ids_are_markers());
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
            // An answer that says nothing at all, though more was counted, is asked for once more.
            let says_nothing = page.count.is_none() && self.tally.lacks_records() && !self.asked_again;
            match says_nothing {
                true => self.drop_from(0),
                false => self.end(),
            }
            self.asked_again = true;
            return None;
        }
        self.asked_again = false;
        let own = match self.within_the_part(&page, &end) {
            Within::Known(own) => own,
            Within::LookCloser => {
                self.look_closer(brought - skip);
                return None;
            }
            Within::Ask(until) => {
                let state = State::Answered { page, end, joined: Some(skip) };
                self.doubt_the_border(Slot { state, ..Slot::planned(request) }, until);
                return None;
            }
        };
        let is_cut = own < brought;
        page.records.truncate(own);
        let repeated = skip.min(own);
        let skip = repeated.max(self.resumed.delivered_in(&page.records));
        let brought = own;
        self.tally.add(brought, brought - skip);
        self.guesser.spend(brought - skip);
        let is_last = match end.marker {
            _ if is_cut => true,
            Some(marker) if self.resumed.until.is_some_and(|until| marker <= until) => true,
            Some(_) => self.tally.is_complete(),
            None => self.tally.is_complete_without_marker(after.is_some()),
        };
        if is_last {
            self.end();
        } else if let Err(rule) = self.may_go_on(after, &page, &end) {
            match end.marker {
                Some(_) => self.stuck = Some((request, rule)),
                None => self.doubt_the_end(request, rule, after, &end, own - repeated),
            }
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

    pub(super) fn end(&mut self) {
        self.ended = true;
        self.drop_from(0);
    }

    pub(super) fn ids_are_markers(&self) -> bool {
        self.ids_are_markers == Some(true)
    }

    /// Learns from an answer how this list is paged.
    fn learn(&mut self, request: &PageRequest, page: &Page<T>, end: &Edge) {
        self.tally.hear(page.count);
        let Some(last) = page.records.last() else { return };
        let identity = last.identity();
        if let Some(marker) = page.marker {
            let is_marker = identity.and_then(|id| id.parse().ok()) == Some(marker);
            self.ids_are_markers = Some(is_marker && self.ids_are_markers != Some(false));
        }
        let length = page.records.len();
        match request.marker {
            Some(anchor) => self.guesser.learn(Some(anchor), end.marker, request.offset.get() + length),
            // The head of the list has no marker, but its first record may.
            None if self.ids_are_markers() => {
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
