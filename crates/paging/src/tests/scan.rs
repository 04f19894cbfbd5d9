//! A scan of the model, one operation after another, with its oracle.

use std::collections::{HashSet, VecDeque};

use super::model::{List, Manner, Record};
use crate::{Cursor, Event, Offset, Page, PageRequest, PageSize, Pager, ReadyPage, Ticket};

/// One thing that happens during a scan. Indices are taken modulo what there is.
#[derive(Clone, Debug)]
pub(super) enum Operation {
    /// The driver asks for a request; the service may look at its list at once, or when it answers.
    Request {
        early: bool,
    },
    /// An answer arrives.
    Answer(usize),
    /// An answer arrives without anything in it, once in a row.
    Silence(usize),
    /// A request fails.
    Fail(usize),
    /// The consumer takes records.
    Take(usize),
    Create,
    Delete(usize),
    Hide(usize),
    Show(usize),
    /// The scan stops, and resumes from its cursor, cut into parts at these places.
    Stop(Vec<usize>),
}

/// How a scan is made.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    pub(super) manner: Manner,
    pub(super) limit: usize,
    pub(super) reach: usize,
    pub(super) ahead: usize,
}

struct InFlight {
    ticket: Ticket,
    request: PageRequest,
    early: Option<Result<Page<Record>, ()>>,
}

/// A scan in progress.
pub(super) struct Scan {
    setup: Setup,
    list: List,
    pager: Pager<Record, ()>,
    in_flight: Vec<InFlight>,
    /// Where the pager began.
    start: Cursor,
    page: Option<(ReadyPage<Record>, usize)>,
    /// The parts that follow.
    parts: VecDeque<Cursor>,
    delivered: Vec<u64>,
    was_split: bool,
    requests: usize,
    failures: usize,
    /// The requests whose last answer was silent.
    silenced: HashSet<PageRequest>,
    ended: bool,
}

impl Scan {
    pub(super) fn new(setup: &Setup, list: List) -> Self {
        Self {
            pager: pager(setup, Cursor::default()),
            setup: setup.clone(),
            list,
            in_flight: Vec::new(),
            start: Cursor::default(),
            page: None,
            parts: VecDeque::new(),
            delivered: Vec::new(),
            was_split: false,
            requests: 0,
            failures: 0,
            silenced: HashSet::new(),
            ended: false,
        }
    }

    pub(super) fn apply(&mut self, operation: &Operation) -> Result<(), String> {
        match operation {
            Operation::Request { early } => {
                self.request(self.setup.ahead, *early);
            }
            Operation::Answer(index) => {
                if let Some(in_flight) = self.take_in_flight(*index) {
                    self.answer(in_flight);
                }
            }
            Operation::Silence(index) => {
                if let Some(in_flight) = self.take_in_flight(*index) {
                    if self.silenced.contains(&in_flight.request) {
                        self.answer(in_flight);
                    } else {
                        self.silenced.insert(in_flight.request);
                        self.pager.handle_page(in_flight.ticket, Ok(Page::new(Vec::new(), None, None)));
                    }
                }
            }
            Operation::Fail(index) => {
                if let Some(in_flight) = self.take_in_flight(*index) {
                    self.pager.handle_page(in_flight.ticket, Err(()));
                }
            }
            Operation::Take(records) => {
                for _ in 0..*records {
                    if !self.take()? {
                        break;
                    }
                }
            }
            Operation::Create => self.list.create(16),
            Operation::Delete(index) => self.edit(*index, List::delete),
            Operation::Hide(index) => self.edit(*index, List::hide),
            // The known limit: whether the last record lies above a boundary can only be probed where its page has no
            // marker, and a record that re-enters between two questions answers both with yes.
            Operation::Show(_) if self.was_split && !self.setup.manner.last_has_marker => {}
            Operation::Show(index) => self.edit(*index, List::show),
            Operation::Stop(places) => self.stop(places),
        }
        self.drop_cancelled()
    }

    /// Lets the scan run to its end without edits or faults; returns how many requests were made in all.
    pub(super) fn finish(mut self) -> Result<usize, String> {
        let most = 400 + 60 * (self.list.len() + self.delivered.len());
        let mut steps = 0;
        while !self.ended {
            steps += 1;
            if steps > most {
                return Err(format!("the scan does not end: {} delivered", self.delivered.len()));
            }
            if self.take()? {
                continue;
            }
            // A consumer that waits has one page at least in flight.
            while self.request(self.setup.ahead.max(usize::from(self.in_flight.is_empty())), false) {
                self.drop_cancelled()?;
            }
            self.drop_cancelled()?;
            if self.in_flight.is_empty() {
                let moved = self.take()?;
                if !moved && !self.ended {
                    return Err("nothing to wait for".to_owned());
                }
                continue;
            }
            let in_flight = self.in_flight.remove(0);
            self.answer(in_flight);
            self.drop_cancelled()?;
        }
        self.check_end()?;
        Ok(self.requests)
    }

    fn check_end(&self) -> Result<(), String> {
        let delivered: HashSet<_> = self.delivered.iter().collect();
        match self.list.throughout().iter().rev().find(|key| !delivered.contains(key)) {
            Some(missing) => Err(format!("{missing} was there throughout and is missing")),
            None => Ok(()),
        }
    }

    fn edit(&mut self, index: usize, edit: fn(&mut List, u64)) {
        if let Some(key) = self.list.key_at(index) {
            edit(&mut self.list, key);
        }
    }

    fn request(&mut self, ahead: usize, early: bool) -> bool {
        let Some((ticket, request)) = self.pager.poll_request(ahead) else { return false };
        self.requests += 1;
        let early = early.then(|| self.list.answer(&self.setup.manner, &request).ok_or(()));
        self.in_flight.push(InFlight { ticket, request, early });
        true
    }

    fn take_in_flight(&mut self, index: usize) -> Option<InFlight> {
        let index = index.checked_rem(self.in_flight.len())?;
        Some(self.in_flight.remove(index))
    }

    fn answer(&mut self, in_flight: InFlight) {
        self.silenced.remove(&in_flight.request);
        let result = match in_flight.early {
            Some(early) => early,
            None => self.list.answer(&self.setup.manner, &in_flight.request).ok_or(()),
        };
        self.pager.handle_page(in_flight.ticket, result);
    }

    /// Delivers one record; whether anything moved.
    fn take(&mut self) -> Result<bool, String> {
        if let Some((page, delivered)) = &mut self.page
            && *delivered < page.records.len()
        {
            let key = page.records[*delivered].key;
            *delivered += 1;
            if self.delivered.last().is_some_and(|last| *last <= key) {
                return Err(format!("{key} came after {:?}", self.delivered.last()));
            }
            self.delivered.push(key);
            return Ok(true);
        }
        if self.ended {
            return Ok(false);
        }
        match self.pager.poll_event() {
            None => Ok(false),
            Some(Event::Page(page)) if page.records.is_empty() && !page.cursor.start().is_partial() => {
                Err("an empty page was delivered".to_owned())
            }
            Some(Event::Page(page)) => {
                self.page = Some((page, 0));
                Ok(true)
            }
            Some(Event::Failed(_, failure)) => {
                self.failures += 1;
                if !self.setup.manner.may_fail_with(&failure) || self.failures > 40 {
                    return Err(format!("failed: {failure:?}"));
                }
                self.stop(&[]);
                Ok(true)
            }
            Some(Event::End) => {
                match self.parts.pop_front() {
                    Some(part) => self.resume(part),
                    None => self.ended = true,
                }
                Ok(true)
            }
        }
    }

    fn stop(&mut self, places: &[usize]) {
        let cursor = match &self.page {
            Some((page, delivered)) => page.cursor.before(page.records.iter().skip(*delivered)),
            None => self.start.clone(),
        };
        if self.ended {
            return;
        }
        let boundaries = places.iter().filter_map(|place| self.list.boundary(&self.setup.manner, *place));
        let parts = cursor.split(boundaries);
        self.was_split |= parts.len() > 1;
        for part in parts.into_iter().rev() {
            self.parts.push_front(part);
        }
        if let Some(first) = self.parts.pop_front() {
            self.resume(first);
        }
    }

    fn resume(&mut self, cursor: Cursor) {
        #[cfg(feature = "serde")]
        let cursor: Cursor = serde_json::from_str(&serde_json::to_string(&cursor).unwrap()).unwrap();
        self.start = cursor;
        self.pager = pager(&self.setup, self.start.clone());
        self.in_flight.clear();
        self.page = None;
    }

    fn drop_cancelled(&mut self) -> Result<(), String> {
        while let Some(ticket) = self.pager.poll_cancelled() {
            self.in_flight.retain(|other| other.ticket != ticket);
        }
        match self.in_flight.len() > self.setup.ahead.max(1) {
            true => Err(format!("{} in flight", self.in_flight.len())),
            false => Ok(()),
        }
    }
}

fn pager(setup: &Setup, cursor: Cursor) -> Pager<Record, ()> {
    Pager::with_reach(PageSize::new(setup.limit).unwrap(), cursor, Offset::new(setup.reach).unwrap())
}
