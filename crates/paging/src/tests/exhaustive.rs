//! Every scan of every small list: all interleavings of requests, answers, losses, edits and resumes, up to a size.
//!
//! A scope fixes how the service answers, how the scan is made, and how many edits, faults and stops may happen. Within
//! it, a depth-first search visits each state once. The oracle has no windows: it keeps the list's history and
//! what was delivered, and demands that each record that was there throughout comes, that records come newest first and
//! none twice, that the scan ends, and that it never waits for nothing.
//!
//! `EXHAUSTIVE=deep` searches larger scopes, for about an hour.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, Hash, RandomState};
use std::time::Instant;

use super::model::{Cap, Counts, EmptyPage, Foreign, List, Manner, Markers, Names, Record};
use crate::{Cursor, Event, Offset, Page, PageFailure, PageRequest, PageSize, Pager, PagingError, ReadyPage, Ticket};

/// What a search covers.
#[derive(Clone, Copy, Debug)]
struct Scope {
    manner: Manner,
    /// Records at the start, all in the filter, and one more that is not.
    length: usize,
    limit: usize,
    reach: usize,
    ahead: usize,
    edits: u8,
    faults: u8,
    stops: u8,
}

impl Scope {
    fn is_undisturbed(&self) -> bool {
        (self.edits, self.faults, self.stops) == (0, 0, 0) && self.manner == Manner::PLAIN
    }

    /// The bound on requests: pages that overlap by one record, and the one that shows the end. With read-ahead, one more
    /// may be requested before the end is known; estimates may cost as many again as are in flight.
    fn most_requests(&self) -> usize {
        let stride = self.limit.max(2) - 1;
        let window = self.reach / stride + 1;
        match self.ahead {
            0 | 1 => self.length.saturating_sub(self.limit).div_ceil(stride) + 2,
            ahead if ahead <= window => self.length.div_ceil(stride) + 2,
            ahead => self.length.div_ceil(stride) + 6 + ahead,
        }
    }
}

/// Longer paths mean that the scan does not end.
const MOST_STEPS: usize = 300;

#[derive(Clone, Hash)]
struct InFlight {
    ticket: Ticket,
    request: PageRequest,
    early: Option<Result<Page<Record>, ()>>,
}

#[derive(Clone, Hash)]
struct State {
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
    ended: bool,
}

#[derive(Clone, Copy, Debug)]
enum Move {
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
    fn new(scope: &Scope) -> Self {
        let mut list = List::new((1..=scope.length as u64 + 1).map(|number| 100 + 4 * number));
        // One that may enter the filter, in the middle.
        if let Some(key) = list.key_at(scope.length.div_ceil(2)) {
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

    fn moves(&self, scope: &Scope) -> Vec<Move> {
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
    fn apply(mut self, scope: &Scope, chosen: Move) -> Result<Option<Self>, String> {
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
                // An empty first answer at the head is an empty list.
                if self.in_flight[index].request.marker.is_none() && self.pager.count().is_none() {
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
                    let is_expected = matches!(
                        failure,
                        PageFailure::Source(())
                            | PageFailure::Rule(PagingError::MarkerMissing | PagingError::EmptyPages { .. })
                    );
                    self.broken += u8::from(matches!(failure, PageFailure::Rule(_)));
                    if !is_expected || self.broken > 2 {
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
                let cursor = page.cursor.after(delivered);
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
}

fn pager(scope: &Scope, cursor: Cursor) -> Pager<Record, ()> {
    Pager::with_reach(PageSize::new(scope.limit).unwrap(), cursor, Offset::new(scope.reach).unwrap())
}

/// Visits every state of the scope; returns how many there are.
fn search(scope: &Scope) -> Result<u64, String> {
    let hashers = [RandomState::new(), RandomState::new()];
    let digest = |state: &State| hashers.each_ref().map(|hasher| hasher.hash_one(state));
    let mut visited = HashSet::new();
    let mut path: Vec<(State, Vec<Move>, Option<Move>)> = Vec::new();
    let first = State::new(scope);
    visited.insert(digest(&first));
    let moves = first.moves(scope);
    path.push((first, moves, None));
    while let Some((state, moves, _)) = path.last_mut() {
        let Some(chosen) = moves.pop() else {
            path.pop();
            continue;
        };
        let explain = |error: &str, path: &[(State, Vec<Move>, Option<Move>)]| {
            let made: Vec<_> = path.iter().filter_map(|(_, _, made)| *made).chain([chosen]).collect();
            format!("{error}: {scope:?} by {made:?}")
        };
        let next = state.clone().apply(scope, chosen);
        match next {
            Err(error) => return Err(explain(&error, &path)),
            Ok(None) => {}
            Ok(Some(next)) if visited.insert(digest(&next)) => {
                if path.len() > MOST_STEPS {
                    return Err(explain("the scan does not end", &path));
                }
                let moves = next.moves(scope);
                if !next.ended && next.is_stuck(scope) {
                    return Err(explain("it waits for nothing", &path));
                }
                path.push((next, moves, Some(chosen)));
            }
            Ok(Some(_)) => {}
        }
    }
    Ok(visited.len() as u64)
}

impl State {
    /// Whether nothing is in flight, nothing can be requested, and nothing comes.
    fn is_stuck(&self, scope: &Scope) -> bool {
        if !self.in_flight.is_empty() {
            return false;
        }
        let mut pager = self.pager.clone();
        pager.poll_event().is_none() && pager.poll_request(scope.ahead.max(1)).is_none()
    }
}

/// The scopes of one run, in groups that are reported together.
fn scopes(deep: bool) -> Vec<(&'static str, Vec<Scope>)> {
    let base = Scope { manner: Manner::PLAIN, length: 4, limit: 2, reach: 2, ahead: 2, edits: 1, faults: 0, stops: 0 };
    // A deep search adds a record to each list, a page to each read-ahead, and an edit where there are some.
    let extra = usize::from(deep);
    let mut groups = Vec::new();
    let sizes = move |scope: Scope, ahead: usize| {
        let scope = Scope { length: scope.length + extra, ..scope };
        (1..=4).flat_map(move |limit| {
            (0..=ahead + extra).map(move |ahead| Scope { limit, ahead, reach: limit.max(2), ..scope })
        })
    };
    // Two windows at least.
    let long = |scope: Scope| Scope { length: scope.length.max(2 * scope.limit + 3), ..scope };
    groups.push(("nothing happens", sizes(Scope { edits: 0, length: 12, ..base }, 5).collect()));
    groups.push(("page sizes and read-ahead, an edit", sizes(Scope { length: 6, ..base }, 4).map(long).collect()));
    groups.push(("page sizes and read-ahead, two edits", sizes(Scope { edits: 2, ..base }, 2).collect()));
    groups.push(("two faults", sizes(Scope { faults: 2, edits: 0, ..base }, 4).collect()));
    groups.push(("a fault and an edit", sizes(Scope { faults: 1, ..base }, 2).collect()));
    groups.push(("a stop at any item, in parts, and an edit", sizes(Scope { stops: 1, ..base }, 2).collect()));
    groups.push(("two stops", sizes(Scope { stops: 2, edits: 0, ..base }, 2).collect()));
    groups.push(("two stops and an edit", sizes(Scope { stops: 2, length: 3, ..base }, 1).collect()));
    let manners = manners();
    let each = |scope: Scope| {
        let scope = Scope { length: scope.length + extra, ahead: scope.ahead + extra, ..scope };
        manners
            .iter()
            .flat_map(move |manner| [1, 2, 3].map(|limit| Scope { manner: *manner, limit, reach: 3, ..scope }))
    };
    groups.push(("manners of the service, an edit", each(Scope { length: 5, ahead: 3, ..base }).collect()));
    groups.push((
        "manners of the service, a stop and an edit",
        each(Scope { length: 3, ahead: 1, stops: 1, ..base }).collect(),
    ));
    groups.push(("manners of the service, a fault", each(Scope { length: 4, faults: 1, edits: 0, ..base }).collect()));
    groups.push((
        "manners of the service, a fault and a stop",
        each(Scope { length: 3, faults: 1, edits: 0, stops: 1, ..base }).collect(),
    ));
    let foreign = [Foreign::Takes, Foreign::Refuses, Foreign::ReadsFromTheHead, Foreign::FindsNothing];
    let counts = [Counts::Exact, Counts::TenTimes, Counts::Tenth, Counts::Absent];
    groups.push((
        "estimated anchors, an edit",
        foreign
            .into_iter()
            .flat_map(|foreign| counts.map(|counts| Manner { foreign, counts, ..Manner::PLAIN }))
            .flat_map(|manner| {
                [(4, 3), (5, 3)].map(|(length, ahead)| Scope {
                    manner,
                    length: length + extra,
                    limit: 2,
                    reach: 1,
                    ahead: ahead + extra,
                    ..base
                })
            })
            .collect(),
    ));
    groups
}

fn manners() -> Vec<Manner> {
    let plain = Manner::PLAIN;
    let mut manners = Vec::new();
    for counts in [Counts::PageLength, Counts::Zero, Counts::TenTimes, Counts::Absent] {
        for empty in [EmptyPage::NoMarker, EmptyPage::Echo, EmptyPage::Silent] {
            manners.push(Manner { counts, empty, ..plain });
        }
    }
    for cap in [Cap::Fixed(1), Cap::Fixed(2), Cap::Varying(3)] {
        manners.extend([Counts::Exact, Counts::PageLength].map(|counts| Manner { cap, counts, ..plain }));
    }
    for markers in [Markers::TwoAbove, Markers::DaysAbove, Markers::Opaque] {
        for names in [Names::Ids, Names::Random, Names::LikeMarkers] {
            manners.push(Manner { markers, names, ..plain });
        }
    }
    for markers in [Markers::Ids, Markers::TwoAbove, Markers::Opaque] {
        manners.push(Manner { markers, last_has_marker: false, ..plain });
    }
    manners
}

#[test]
fn every_scan_of_every_small_list_is_exact() {
    let deep = std::env::var("EXHAUSTIVE").is_ok_and(|depth| depth == "deep");
    let began = Instant::now();
    let mut total = 0;
    for (name, scopes) in scopes(deep) {
        let (began, number) = (Instant::now(), scopes.len());
        let states: u64 = std::thread::scope(|threads| {
            let halves: Vec<_> = [0, 1]
                .map(|half| {
                    let scopes = &scopes;
                    threads.spawn(move || {
                        let own = scopes.iter().skip(half).step_by(2);
                        own.map(|scope| search(scope).unwrap_or_else(|error| panic!("{error}"))).sum::<u64>()
                    })
                })
                .into_iter()
                .collect();
            halves.into_iter().map(|half| half.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).sum()
        });
        println!("{states:>10} states in {number:>3} scopes, {:>6.1} s: {name}", began.elapsed().as_secs_f64());
        total += states;
    }
    println!("{total:>10} states in all, {:.1} s", began.elapsed().as_secs_f64());
    assert!(total > 1000, "the search visited nothing");
}
