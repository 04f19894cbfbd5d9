//! A list as the service keeps it, in a few lines and without any of the crate's paging code: the truth that the
//! paging rules are held against.
#![allow(dead_code)]

pub(crate) mod source;

use std::collections::{BTreeMap, BTreeSet};

use iotda_batch_tasks::{Identity, Marker, Page, PageRequest};

/// A record: its true place in the list, for the tests alone, and its identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record(pub(crate) String, Option<String>);

impl Identity for Record {
    fn identity(&self) -> Option<&str> {
        self.1.as_deref()
    }
}

/// What the identities of records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// Ids that lie in the order of the list: where [`Markers::Ids`] are the markers, the same texts.
    Ordered,
    /// Texts of another kind that say nothing of the order.
    Random,
    /// Texts that could be markers and are none, in no order.
    LikeMarkers,
    /// Nothing.
    Absent,
}

/// What markers look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Markers {
    /// The ids.
    Ids,
    /// Two above the ids, as captured answers of sibling lists show.
    TwoAbove,
    /// Four days above the ids, as in the vendor's own sample.
    FourDaysOff,
    /// Other values in the same order.
    Moved,
    /// Texts of the wider alphabet, which have no order.
    Wide,
    /// Texts of the wider alphabet that are hexadecimal by chance, in no order.
    Scattered,
}

const FOUR_DAYS: u128 = (4 * 24 * 3600) << 64;
const MOVED: u128 = 0x5c90_fa7d << 64;
/// An odd number, and the one that undoes a multiplication with it.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
const UNDO: u64 = 0xF1DE_83E1_9937_733D;

impl Names {
    fn of(self, number: u64) -> Option<String> {
        let hidden = number.wrapping_mul(FACTOR);
        match self {
            Self::Ordered => Some(id(number)),
            Self::Random => Some(format!("row {hidden:x}")),
            Self::LikeMarkers => Some(format!("5c8ba990{hidden:016x}")),
            Self::Absent => None,
        }
    }
}

impl Markers {
    fn of(self, number: u64) -> Marker {
        match self {
            Self::Ids => id(number).parse().unwrap(),
            Self::TwoAbove => id(number + 2).parse().unwrap(),
            Self::FourDaysOff => format!("{:024x}", FOUR_DAYS + u128::from(number)).parse().unwrap(),
            Self::Moved => format!("{:024x}", MOVED + 3 * u128::from(number)).parse().unwrap(),
            Self::Wide => Marker::opaque(&format!("Row_Z-{:016x}", number.wrapping_mul(FACTOR))).unwrap(),
            Self::Scattered => Marker::opaque(&format!("5c8ba990{:016x}", number.wrapping_mul(FACTOR))).unwrap(),
        }
    }

    /// Whether the service takes the marker: in a list whose markers have no order, no other than its own.
    pub(crate) fn accept(self, marker: Marker) -> bool {
        let prefix = match self {
            Self::Ids | Self::TwoAbove | Self::FourDaysOff | Self::Moved => return marker.as_str().len() == 24,
            Self::Wide => "Row_Z-",
            Self::Scattered => "5c8ba990",
        };
        let digits = marker.as_str().strip_prefix(prefix);
        digits.is_some_and(|digits| digits.len() == 16 && u64::from_str_radix(digits, 16).is_ok())
    }

    /// Only records below this number lie below the marker.
    fn bound(self, marker: Marker) -> u64 {
        let text = marker.as_str();
        let value = || {
            assert!(text.len() == 24, "the service refuses {text}");
            u128::from_str_radix(text, 16).expect("hexadecimal")
        };
        match self {
            Self::Ids => u64::try_from(value()).unwrap_or(u64::MAX),
            Self::TwoAbove => u64::try_from(value().saturating_sub(2)).unwrap_or(u64::MAX),
            Self::FourDaysOff => u64::try_from(value().saturating_sub(FOUR_DAYS)).unwrap_or(u64::MAX),
            Self::Moved => u64::try_from(value().saturating_sub(MOVED).div_ceil(3)).unwrap_or(u64::MAX),
            Self::Wide | Self::Scattered => {
                let digits = text.strip_prefix(if self == Self::Wide { "Row_Z-" } else { "5c8ba990" });
                let digits = digits.expect("the service refuses other markers");
                u64::from_str_radix(digits, 16).unwrap().wrapping_mul(UNDO)
            }
        }
    }
}

/// A small generator, so that a case follows from one number.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % bound.max(1) as u64) as usize
    }

    pub(crate) fn one_in(&mut self, odds: usize) -> bool {
        odds > 0 && self.below(odds) == 0
    }
}

/// What the counts say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    Right,
    Absent,
    Zero,
    /// How many records the page holds.
    OfThePage,
    Double,
    Tenfold,
    ATenth,
}

/// A change of the list; positions are taken modulo its length.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Edit {
    Create,
    Delete(u16),
    /// Out of the filter.
    Leave(u16),
    /// Into the filter, maybe again.
    Enter(u16),
}

/// What the marker of a page without records looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EmptyMarker {
    Absent,
    Echo,
}

/// The list: ids from new to old, each in the filter or out of it.
#[derive(Clone, Debug)]
pub(crate) struct List {
    records: BTreeMap<u64, bool>,
    newest: u64,
    /// The ids that were in the filter from the start and never left it.
    throughout: BTreeMap<u64, ()>,
    /// The ids that were created later and never left the filter.
    arrived: BTreeSet<u64>,
    pub(crate) cap: usize,
    pub(crate) counts: bool,
    pub(crate) count_form: Counts,
    pub(crate) empty_marker: EmptyMarker,
    /// Whether the last page carries a marker, if it has records.
    pub(crate) last_has_marker: bool,
    pub(crate) names: Names,
    pub(crate) markers: Markers,
}

pub(crate) fn id(number: u64) -> String {
    format!("{number:024x}")
}

impl List {
    /// `length` records in the filter, evenly spread, and a hidden one between any two of them.
    pub(crate) fn new(length: usize) -> Self {
        Self::spread(length, |_| 16)
    }

    /// The same, with so much between one id and the next.
    pub(crate) fn spread(length: usize, step: impl FnMut(u64) -> u64) -> Self {
        Self::spread_from(0, length, step)
    }

    /// One of several lists whose ids lie between each other's: each starts from another number below 16.
    pub(crate) fn starting_from(start: u64, length: usize) -> Self {
        Self::spread_from(start, length, |_| 16)
    }

    fn spread_from(start: u64, length: usize, mut step: impl FnMut(u64) -> u64) -> Self {
        let mut last = start;
        let mut next = |number| {
            last += step(number).max(1);
            (last, number % 2 == 0)
        };
        let records: BTreeMap<u64, bool> = (1..=2 * length as u64).map(&mut next).collect();
        let throughout = records.iter().filter(|(_, shown)| **shown).map(|(id, _)| (*id, ())).collect();
        Self {
            newest: records.last_key_value().map_or(start, |(id, _)| id + 16),
            records,
            throughout,
            arrived: BTreeSet::new(),
            cap: 50,
            counts: true,
            count_form: Counts::Right,
            empty_marker: EmptyMarker::Absent,
            last_has_marker: true,
            names: Names::Ordered,
            markers: Markers::Ids,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.records.values().filter(|shown| **shown).count()
    }

    /// The records that every reading must bring, newest first.
    pub(crate) fn throughout(&self) -> Vec<String> {
        self.throughout.keys().rev().map(|number| id(*number)).collect()
    }

    /// The identity of the record of this id.
    pub(crate) fn name_of(&self, id: &str) -> Option<String> {
        self.names.of(u64::from_str_radix(id, 16).unwrap())
    }

    /// The newest number so far, whether its record is still there or not.
    pub(crate) fn newest(&self) -> u64 {
        self.newest
    }

    /// The records created above this number that never left the filter.
    pub(crate) fn arrived_above(&self, number: u64) -> impl Iterator<Item = String> {
        self.arrived.range(number + 1..).map(|number| id(*number))
    }

    /// The records of now are the ones to be counted as there throughout.
    pub(crate) fn settle(&mut self) {
        self.throughout = self.records.iter().filter(|(_, shown)| **shown).map(|(id, _)| (*id, ())).collect();
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.records.iter().rev().filter(|(_, shown)| **shown).map(|(number, _)| id(*number)).collect()
    }

    pub(crate) fn delete(&mut self, id: &str) {
        let number = u64::from_str_radix(id, 16).unwrap();
        self.records.remove(&number);
        self.throughout.remove(&number);
    }

    /// Adds a record with this id, which counts as there from the start.
    pub(crate) fn create(&mut self, number: u64) {
        self.records.insert(number, true);
        self.throughout.insert(number, ());
    }

    /// A marker so far down the list, in hundredths of its length; below its end above 100.
    pub(crate) fn marker_at(&self, percent: usize) -> Marker {
        let place = self.records.len() * percent / 100;
        self.markers.of(self.records.keys().rev().nth(place).copied().unwrap_or(0))
    }

    pub(crate) fn apply(&mut self, edit: Edit) {
        let at = |index: u16| {
            let index = usize::from(index) % self.records.len().max(1);
            self.records.keys().nth(index).copied()
        };
        match edit {
            Edit::Create => {
                self.newest += 16;
                self.records.insert(self.newest, true);
                self.arrived.insert(self.newest);
            }
            Edit::Delete(index) => {
                if let Some(number) = at(index) {
                    self.records.remove(&number);
                    self.throughout.remove(&number);
                    self.arrived.remove(&number);
                }
            }
            Edit::Leave(index) => {
                if let Some(number) = at(index) {
                    self.records.insert(number, false);
                    self.throughout.remove(&number);
                    self.arrived.remove(&number);
                }
            }
            Edit::Enter(index) => {
                if let Some(number) = at(index) {
                    self.records.insert(number, true);
                }
            }
        }
    }

    /// Creates, deletes, lets in or puts out a record.
    pub(crate) fn edit(&mut self, random: &mut Random) {
        let any = |random: &mut Random, records: &BTreeMap<u64, bool>| {
            records.keys().nth(random.below(records.len())).copied()
        };
        match random.below(4) {
            0 => {
                self.newest += 16;
                self.records.insert(self.newest, true);
            }
            1 => {
                if let Some(number) = any(random, &self.records) {
                    self.records.remove(&number);
                    self.throughout.remove(&number);
                }
            }
            2 => {
                if let Some(number) = any(random, &self.records) {
                    self.records.insert(number, true);
                }
            }
            _ => {
                if let Some(number) = any(random, &self.records) {
                    self.records.insert(number, false);
                    self.throughout.remove(&number);
                }
            }
        }
    }

    /// What the service answers, after it has checked the request.
    pub(crate) fn answer(&self, request: &PageRequest) -> Page<Record> {
        let limit = request.limit.get();
        let offset = request.offset.get();
        assert!((1..=50).contains(&limit) && offset <= 500, "the service refuses {request}");
        let bound = request.marker.map_or(u64::MAX, |marker| self.markers.bound(marker));
        let mut below = self.records.range(..bound).rev().filter(|(_, shown)| **shown).map(|(number, _)| *number);
        let numbers: Vec<u64> = below.by_ref().skip(offset).take(limit.min(self.cap)).collect();
        let is_last = below.next().is_none();
        let marker = match (numbers.last(), self.empty_marker) {
            (Some(_), _) if is_last && !self.last_has_marker => None,
            (Some(last), _) => Some(self.markers.of(*last)),
            (None, EmptyMarker::Absent) => None,
            (None, EmptyMarker::Echo) => request.marker,
        };
        let count = match self.count_form {
            Counts::Right => Some(self.len()),
            Counts::Absent => None,
            Counts::Zero => Some(0),
            Counts::OfThePage => Some(numbers.len()),
            Counts::Double => Some(2 * self.len()),
            Counts::Tenfold => Some(10 * self.len()),
            Counts::ATenth => Some(self.len() / 10),
        };
        let count = count.filter(|_| self.counts).map(|count| count as u64);
        let records = numbers.into_iter().map(|number| Ok(Record(id(number), self.names.of(number)))).collect();
        Page::new(records, marker, count)
    }
}
