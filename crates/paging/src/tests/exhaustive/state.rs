//! One state of a scan and its list, and the moves that lead to others.

use std::collections::VecDeque;

use super::scopes::{Hidden, Scope};
use crate::tests::model::{List, Markers, Record};
use crate::{Cursor, Event, Offset, Page, PageFailure, PageRequest, PageSize, Pager, ReadyPage, Ticket};

#[derive(Clone, Hash)]
struct InFlight {
    ticket: Ticket,
    request: PageRequest,
    early: Option<Result<Page<Record>, ()>>,
}

#[derive(Clone, Hash)]
pub(super) struct State {
    list: List,
    pager: Pager<Record, ()>,
    in_flight: Vec<InFlight>,
    page: Option<ReadyPage<Record>>,
    start: Cursor,
    parts: VecDeque<Cursor>,
    /// The last record that was delivered.
    last: Option<u64>,
    edits: u8,
    faults: u8,
    stops: u8,
    /// Requests, counted where nothing disturbs the scan.
    requests: usize,
    /// Rules that were broken in a row.
    broken: u8,
    pub(super) ended: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Move {
    Request { early: bool },
    Answer(usize),
    Fail(usize),
    Silence(usize),
    Next,
    Create,
    Delete(usize),
    Toggle(usize),
    Stop { delivered: usize, boundary: Option<usize> },
}

impl State {
    pub(super) fn new(scope: &Scope) -> Self {
        let mut list = List::new((1..=scope.length as u64 + 1).map(|number| 100 + 4 * number));
        // One that may enter the filter.
        let hidden = match scope.hidden {
            Hidden::Middle => scope.length.div_ceil(2),
            Hidden::Last => scope.length,
        };
        if let Some(key) = list.key_at(hidden) {
            list.hide(key);
        }
        Self {
            list,
            pager: pager(scope, Cursor::default()),
            in_flight: Vec::new(),
            page: None,
            start: Cursor::default(),
            parts: VecDeque::new(),
            last: None,
            edits: scope.edits,
            faults: scope.faults,
            stops: scope.stops,
            requests: 0,
            broken: 0,
            ended: false,
        }
    }

    pub(super) fn moves(&self, scope: &Scope) -> Vec<Move> {
        let mut moves = Vec::new();
        if self.ended {
            return moves;
        }
        moves.push(Move::Next);
        moves.push(Move::Request { early: false });
        if self.edits > 0 {
            moves.push(Move::Request { early: true });
        }
        for index in 0..self.in_flight.len() {
            moves.push(Move::Answer(index));
            if self.faults > 0 {
                moves.extend([Move::Fail(index), Move::Silence(index)]);
            }
        }
        if self.edits > 0 {
            moves.push(Move::Create);
            moves.extend((0..self.list.len()).flat_map(|index| [Move::Delete(index), Move::Toggle(index)]));
        }
        if self.stops > 0 {
            let records = self.page.as_ref().map_or(0, |page| page.records.len());
            for delivered in 0..=records {
                moves.push(Move::Stop { delivered, boundary: None });
                if scope.manner.markers != Markers::Opaque {
                    moves.extend((0..self.list.len()).map(|index| Move::Stop { delivered, boundary: Some(index) }));
                }
            }
        }
        moves
    }

    /// Makes a move; `None` where it changes nothing.
    pub(super) fn apply(mut self, scope: &Scope, chosen: Move) -> Result<Option<Self>, String> {
        match chosen {
            Move::Request { early } => {
                // A consumer that waits has one page at least in flight.
                let ahead = scope.ahead.max(usize::from(self.in_flight.is_empty()));
                let Some((ticket, request)) = self.pager.poll_request(ahead) else { return Ok(None) };
                self.requests += usize::from(scope.is_undisturbed());
                if self.requests > scope.most_requests() {
                    return Err(format!("{} requests", self.requests));
                }
                let early = early.then(|| self.list.answer(&scope.manner, &request).ok_or(()));
                self.in_flight.push(InFlight { ticket, request, early });
            }
            Move::Answer(index) => {
                let InFlight { ticket, request, early } = self.in_flight.remove(index);
                let result = early.unwrap_or_else(|| self.list.answer(&scope.manner, &request).ok_or(()));
                self.pager.handle_page(ticket, result);
            }
            Move::Fail(index) => {
                self.faults -= 1;
                self.pager.handle_page(self.in_flight.remove(index).ticket, Err(()));
            }
            Move::Silence(index) => {
                // Where nothing is known of the list, two such answers in a row mean an empty one.
                let is_first = self.faults == scope.faults;
                if !is_first && self.in_flight[index].request.marker.is_none() && self.pager.count().is_none() {
                    return Ok(None);
                }
                self.faults -= 1;
                self.pager.handle_page(self.in_flight.remove(index).ticket, Ok(Page::new(Vec::new(), None, None)));
            }
            Move::Next => match self.pager.poll_event() {
                // A question may have come up.
                None => {}
                Some(Event::Page(page)) => {
                    self.deliver_rest()?;
                    self.broken = 0;
                    self.page = Some(page);
                }
                Some(Event::Failed(_, failure)) => {
                    self.broken += u8::from(matches!(failure, PageFailure::Rule(_)));
                    if !scope.manner.may_fail_with(&failure) || self.broken > 2 {
                        return Err(format!("failed: {failure:?}"));
                    }
                    let records = self.page.as_ref().map_or(0, |page| page.records.len());
                    self.stop(scope, records, None)?;
                }
                Some(Event::End) => {
                    self.deliver_rest()?;
                    match self.parts.pop_front() {
                        Some(part) => self.resume(scope, part),
                        None => {
                            self.ended = true;
                            self.check_end()?;
                        }
                    }
                }
            },
            Move::Create => {
                self.edits -= 1;
                self.list.create(4);
            }
            Move::Delete(index) => {
                self.edits -= 1;
                let Some(key) = self.list.key_at(index) else { return Ok(None) };
                self.list.delete(key);
            }
            Move::Toggle(index) => {
                self.edits -= 1;
                let Some(key) = self.list.key_at(index) else { return Ok(None) };
                if self.list.is_shown(key) { self.list.hide(key) } else { self.list.show(key) }
            }
            Move::Stop { delivered, boundary } => {
                self.stops -= 1;
                self.stop(scope, delivered, boundary)?;
            }
        }
        while let Some(ticket) = self.pager.poll_cancelled() {
            self.in_flight.retain(|other| other.ticket != ticket);
        }
        if self.in_flight.len() > scope.ahead.max(1) {
            return Err(format!("{} in flight", self.in_flight.len()));
        }
        Ok(Some(self))
    }

    fn deliver_rest(&mut self) -> Result<(), String> {
        let page = self.page.take();
        page.into_iter().flat_map(|page| page.records).try_for_each(|record| self.deliver(record.key))
    }

    fn deliver(&mut self, key: u64) -> Result<(), String> {
        if self.last.is_some_and(|last| last <= key) {
            return Err(format!("{key} came after {:?}", self.last));
        }
        let missed = self.list.throughout().range(key + 1..self.last.unwrap_or(u64::MAX)).next();
        self.last = Some(key);
        missed.map_or(Ok(()), |missed| Err(format!("{missed} was there throughout and is missing before {key}")))
    }

    fn check_end(&self) -> Result<(), String> {
        let missed = self.list.throughout().range(..self.last.unwrap_or(u64::MAX)).next();
        missed.map_or(Ok(()), |missed| Err(format!("{missed} was there throughout and is missing at the end")))
    }

    fn stop(&mut self, scope: &Scope, delivered: usize, boundary: Option<usize>) -> Result<(), String> {
        let cursor = match self.page.take() {
            Some(page) => {
                let cursor = page.cursor.before(page.records.iter().skip(delivered));
                page.records.iter().take(delivered).try_for_each(|record| self.deliver(record.key))?;
                cursor
            }
            None => self.start.clone(),
        };
        let boundary = boundary.and_then(|index| self.list.boundary(&scope.manner, index));
        for part in cursor.split(boundary).into_iter().rev() {
            self.parts.push_front(part);
        }
        if let Some(first) = self.parts.pop_front() {
            self.resume(scope, first);
        }
        Ok(())
    }

    fn resume(&mut self, scope: &Scope, cursor: Cursor) {
        self.start = cursor;
        self.pager = pager(scope, self.start.clone());
        self.in_flight.clear();
        self.page = None;
    }

    /// Whether nothing is in flight, nothing can be requested, and nothing comes.
    pub(super) fn is_stuck(&self, scope: &Scope) -> bool {
        if !self.in_flight.is_empty() {
            return false;
        }
        let mut pager = self.pager.clone();
        pager.poll_event().is_none() && pager.poll_request(scope.ahead.max(1)).is_none()
    }
}

fn pager(scope: &Scope, cursor: Cursor) -> Pager<Record, ()> {
    Pager::with_reach(PageSize::new(scope.limit).unwrap(), cursor, Offset::new(scope.reach).unwrap())
}
