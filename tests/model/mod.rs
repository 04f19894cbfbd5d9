//! A list as the service keeps it, in a few lines and without any of the crate's paging code: the truth that the
//! paging rules are held against.
#![allow(dead_code)]

pub(crate) mod source;

use std::collections::BTreeMap;

use iotda_batch_tasks::{Identity, Page, PageRequest};

/// A record that is nothing but its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record(pub(crate) String);

impl Identity for Record {
    fn identity(&self) -> Option<&str> {
        Some(&self.0)
    }
}

/// A small generator, so that a case is told by one number.
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
    pub(crate) cap: usize,
    pub(crate) counts: bool,
    pub(crate) empty_marker: EmptyMarker,
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
    pub(crate) fn spread(length: usize, mut step: impl FnMut(u64) -> u64) -> Self {
        let mut last = 0;
        let mut next = |number| {
            last += step(number).max(1);
            (last, number % 2 == 0)
        };
        let records: BTreeMap<u64, bool> = (1..=2 * length as u64).map(&mut next).collect();
        let throughout = records.iter().filter(|(_, shown)| **shown).map(|(id, _)| (*id, ())).collect();
        Self {
            newest: records.last_key_value().map_or(0, |(id, _)| id + 16),
            records,
            throughout,
            cap: 50,
            counts: true,
            empty_marker: EmptyMarker::Absent,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.records.values().filter(|shown| **shown).count()
    }

    /// The records that every reading must bring, newest first.
    pub(crate) fn throughout(&self) -> Vec<String> {
        self.throughout.keys().rev().map(|number| id(*number)).collect()
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
        let below = match request.marker {
            Some(marker) => {
                assert!(marker.as_str().len() == 24, "the service refuses {request}");
                u128::from_str_radix(marker.as_str(), 16).expect("hexadecimal")
            }
            None => u128::MAX,
        };
        let bound = u64::try_from(below).unwrap_or(u64::MAX);
        let shown = self.records.range(..bound).rev().filter(|(_, shown)| **shown).map(|(number, _)| id(*number));
        let ids: Vec<String> = shown.skip(offset).take(limit.min(self.cap)).collect();
        let marker = match (ids.last(), self.empty_marker) {
            (Some(last), _) => Some(last.parse().unwrap()),
            (None, EmptyMarker::Absent) => None,
            (None, EmptyMarker::Echo) => request.marker,
        };
        let count = self.counts.then(|| self.len() as u64);
        Page::new(ids.into_iter().map(|id| Ok(Record(id))).collect(), marker, count)
    }
}
