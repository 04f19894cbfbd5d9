//! Compares what was in the lists with what a client delivered.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::error::Error;
use std::fmt;

use super::event::{Answer, AnswerOutcome, Event, Fields};
use super::list_name::ListName;
use super::{History, Verdict};
use crate::id::RecordId;

/// What [`History::check`] demands.
///
/// ```
/// use iotda_simulator::CheckOptions;
///
/// let failed = CheckOptions::new().list("batchtasks?task_type=softwareUpgrade&status=Fail");
/// let side_by_side = CheckOptions::new().unordered();
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct CheckOptions {
    lists: Vec<ListName>,
    is_unordered: bool,
    first_request: u64,
}

impl CheckOptions {
    /// The client scanned every list that the history has a page of, newest first.
    pub fn new() -> Self {
        Self::default()
    }

    /// The client scanned this list; called again, this one too. It is written as in its requests, without what only
    /// chooses the page: `devices`, or `batchtasks?task_type=softwareUpgrade&status=Fail`.
    pub fn list(mut self, list: &str) -> Self {
        self.lists.push(ListName::parse(list));
        self
    }

    /// The client began with this request, by its number: what was requested before was for others.
    pub fn from_request(mut self, number: u64) -> Self {
        self.first_request = number;
        self
    }

    /// The client may deliver in any order.
    pub fn unordered(mut self) -> Self {
        self.is_unordered = true;
        self
    }
}

impl History {
    /// Whether a client that delivered these ids, in this order, scanned exactly.
    ///
    /// The scan of a list lasts from the first page of it in the history to the last one. Exact means:
    /// - Every record that was in the list at each of these pages was delivered.
    /// - No record was delivered twice.
    /// - Whatever was delivered was in the list at one of these pages at least.
    /// - The records of each list were delivered newest first, by their keys. Between lists no order is demanded.
    ///
    /// Damaged pages count as pages, since a client can have read a part of them. So do pages that no client received:
    /// another client that reads the same list lengthens the scan, and so demands less.
    ///
    /// # Errors
    /// When there is nothing to check, or the scanned lists are not clear: see [`CheckError`].
    pub fn check<I>(&self, options: &CheckOptions, delivered: I) -> Result<Verdict, CheckError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let mut scans = self.scans(options)?;
        for event in &self.events {
            for scan in &mut scans {
                scan.apply(event);
            }
        }
        let mut verdict = Verdict {
            lists: scans.iter().map(|scan| scan.name.to_string()).collect(),
            pages: scans.iter().map(|scan| scan.pages).sum(),
            ..Verdict::default()
        };
        let mut delivered_once: HashSet<String> = HashSet::new();
        let mut doubled = HashSet::new();
        for id in delivered {
            let id = id.as_ref();
            verdict.delivered += 1;
            if !delivered_once.insert(id.to_owned()) {
                if doubled.insert(id.to_owned()) {
                    verdict.doubled.push(id.to_owned());
                }
                continue;
            }
            let mut found: Vec<_> =
                scans.iter_mut().filter_map(|scan| scan.key_of(id).map(|key| (scan, key))).collect();
            match found.as_mut_slice() {
                [] => verdict.never_there.push(id.to_owned()),
                [(scan, key)] if !options.is_unordered => {
                    if scan.lowest.is_some_and(|lowest| lowest < *key) {
                        verdict.out_of_order.push(id.to_owned());
                    } else {
                        scan.lowest = Some(*key);
                    }
                }
                // A record that moved from one list to another has a place in both.
                _ => {}
            }
        }
        for scan in &scans {
            let (throughout, for_a_while) = scan.records();
            verdict.throughout += throughout.len();
            verdict.for_a_while += for_a_while;
            let lost = throughout.into_iter().filter(|id| !delivered_once.contains(*id));
            verdict.lost.extend(lost.map(str::to_owned));
        }
        Ok(verdict)
    }

    /// The lists that the history has a page of, written as in [`CheckOptions::list`].
    #[must_use]
    pub fn lists(&self) -> Vec<String> {
        self.names(0).iter().map(ListName::to_string).collect()
    }

    fn names(&self, first_request: u64) -> BTreeSet<ListName> {
        let pages = self.events.iter().filter_map(|event| page(event, first_request));
        pages.map(|page| ListName { path: page.list.clone(), filter: page.filter.clone() }).collect()
    }

    fn scans(&self, options: &CheckOptions) -> Result<Vec<Scan<'_>>, CheckError> {
        if !matches!(self.events.first(), Some(Event::Begin { .. })) {
            return Err(CheckError::NoBeginning);
        }
        let there = self.names(options.first_request);
        if there.is_empty() {
            return Err(CheckError::NoPage);
        }
        if let Some(unknown) = options.lists.iter().find(|list| !there.contains(list)) {
            return Err(CheckError::UnknownList { list: unknown.to_string(), lists: self.lists() });
        }
        let is_chosen = |name: &ListName| options.lists.is_empty() || options.lists.contains(name);
        let chosen: Vec<ListName> = there.into_iter().filter(is_chosen).collect();
        for (index, name) in chosen.iter().enumerate() {
            if chosen[..index].iter().any(|other| other.overlaps(name)) {
                return Err(CheckError::OverlappingLists { lists: self.lists() });
            }
        }
        Ok(chosen.into_iter().map(|name| Scan::new(name, options.first_request)).collect())
    }
}

/// A page that was requested by this request or a later one.
fn page(event: &Event, first_request: u64) -> Option<&Answer> {
    match event {
        Event::Answer(answer) if answer.outcome == AnswerOutcome::Page && answer.request >= first_request => {
            Some(answer)
        }
        _ => None,
    }
}

/// One list from its first page to its last.
struct Scan<'a> {
    name: ListName,
    first_request: u64,
    /// How many pages there were.
    pages: u64,
    records: HashMap<&'a str, Presence>,
    /// The key of the lowest record that was delivered.
    lowest: Option<RecordId>,
}

/// At which pages a record was in the list.
struct Presence {
    key: RecordId,
    /// Since which page it is there.
    since: Option<u64>,
    /// At how many pages it was there, before it left.
    before: u64,
}

impl Presence {
    /// At how many of so many pages it was there.
    fn at(&self, pages: u64) -> u64 {
        self.before + self.since.map_or(0, |since| pages - since)
    }
}

impl<'a> Scan<'a> {
    fn new(name: ListName, first_request: u64) -> Self {
        Self { name, first_request, pages: 0, records: HashMap::new(), lowest: None }
    }

    fn apply(&mut self, event: &'a Event) {
        match event {
            Event::Put { list, id, key, fields } if *list == self.name.path => self.put(id, *key, fields),
            Event::Gone { list, id } if *list == self.name.path => self.leave(id),
            _ => {
                let page = page(event, self.first_request);
                if page.is_some_and(|page| page.list == self.name.path && page.filter == self.name.filter) {
                    self.pages += 1;
                }
            }
        }
    }

    fn put(&mut self, id: &'a str, key: RecordId, fields: &Fields) {
        if !fields.match_filter(&self.name.filter) {
            return self.leave(id);
        }
        let presence = self.records.entry(id).or_insert(Presence { key, since: None, before: 0 });
        presence.since.get_or_insert(self.pages);
    }

    fn leave(&mut self, id: &str) {
        if let Some(presence) = self.records.get_mut(id) {
            presence.before = presence.at(self.pages);
            presence.since = None;
        }
    }

    /// The key of a record that was in the list at some page.
    fn key_of(&self, id: &str) -> Option<RecordId> {
        self.records.get(id).filter(|presence| presence.at(self.pages) > 0).map(|presence| presence.key)
    }

    /// The records that were there at every page, newest first, and how many were there at some only.
    fn records(&self) -> (Vec<&'a str>, usize) {
        let mut throughout = Vec::new();
        let mut for_a_while = 0;
        for (id, presence) in &self.records {
            match presence.at(self.pages) {
                0 => {}
                pages if pages == self.pages => throughout.push((presence.key, *id)),
                _ => for_a_while += 1,
            }
        }
        throughout.sort_unstable_by(|one, other| other.cmp(one));
        (throughout.into_iter().map(|(_, id)| id).collect(), for_a_while)
    }
}

/// A history cannot be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckError {
    /// The history is a part without the beginning, or was not recorded.
    NoBeginning,
    /// The history has no page of any list.
    NoPage,
    /// The history has no page of this list.
    UnknownList {
        /// The list.
        list: String,
        /// Those that it has pages of.
        lists: Vec<String>,
    },
    /// One record can be in two of the lists, so that it is not clear how often it has to be delivered: the scanned ones
    /// must be [named](CheckOptions::list).
    OverlappingLists {
        /// The lists that the history has pages of.
        lists: Vec<String>,
    },
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBeginning => f.write_str("the history has no beginning"),
            Self::NoPage => f.write_str("the history has no page of any list"),
            Self::UnknownList { list, lists } => {
                write!(f, "the history has no page of {list}, but of {}", lists.join(", "))
            }
            Self::OverlappingLists { lists } => {
                write!(f, "a record can be in two of these lists, name the one that was scanned: {}", lists.join(", "))
            }
        }
    }
}

impl Error for CheckError {}
