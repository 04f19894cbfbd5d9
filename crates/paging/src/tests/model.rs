//! The service's list in a few lines, without any paging code: the truth that scans are compared with.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Identity, Marker, Page, PageFailure, PageRequest, PagingError};

/// A record: its place in the list, for the oracle alone, and its identity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Record {
    pub(super) key: u64,
    identity: Option<String>,
}

impl Identity for Record {
    fn identity(&self) -> Option<&str> {
        self.identity.as_deref()
    }
}

/// What identifies a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Names {
    /// 24 hexadecimal digits in the order of the list.
    Ids,
    /// Texts that say nothing of the order.
    Random,
    /// Texts that could be markers and are none, in no order.
    LikeMarkers,
    /// Nothing.
    Absent,
}

/// What markers look like, against ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Markers {
    /// The ids.
    Ids,
    /// The ids and two more: the id of another record, maybe.
    TwoAbove,
    /// Far above all ids, in the same order.
    DaysAbove,
    /// Texts without order.
    Opaque,
    /// None at all.
    Absent,
}

/// How many records a page holds at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Cap {
    None,
    Fixed(usize),
    /// As by bytes: it depends on the records, so that the pages of one window are not equally long.
    Varying(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Counts {
    Exact,
    PageLength,
    Zero,
    TenTimes,
    Tenth,
    Absent,
}

/// What a page without records carries beside its count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum EmptyPage {
    NoMarker,
    /// The marker of the request, or the one that the service assumes when none is sent. So does a last page without a
    /// marker.
    Echo,
    /// Neither count nor marker.
    Silent,
}

/// What the service does with a marker that it did not return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Foreign {
    Takes,
    Refuses,
    ReadsFromTheHead,
    FindsNothing,
}

/// How the service answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Manner {
    pub(super) names: Names,
    pub(super) markers: Markers,
    pub(super) cap: Cap,
    pub(super) counts: Counts,
    pub(super) empty: EmptyPage,
    pub(super) foreign: Foreign,
    /// Whether the last page carries a marker, if it has records.
    pub(super) last_has_marker: bool,
}

impl Manner {
    pub(super) const PLAIN: Self = Self {
        names: Names::Ids,
        markers: Markers::Ids,
        cap: Cap::None,
        counts: Counts::Exact,
        empty: EmptyPage::NoMarker,
        foreign: Foreign::Takes,
        last_has_marker: true,
    };
}

impl Manner {
    /// Whether a scan of such a service may fail so: after an edit nothing may say where it continues.
    pub(super) fn may_fail_with(&self, failure: &PageFailure<()>) -> bool {
        match failure {
            PageFailure::Source(())
            | PageFailure::Rule(PagingError::MarkerMissing | PagingError::EmptyPages { .. }) => true,
            PageFailure::Rule(PagingError::MarkerNotBelow { after, returned }) => {
                after == returned && self.empty == EmptyPage::Echo
            }
            PageFailure::Rule(_) => false,
        }
    }
}

const DAYS: u128 = 345_600 << 64;
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// The list: keys from new to old, each in the filter or out of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct List {
    records: BTreeMap<u64, bool>,
    newest: u64,
    /// The keys that were in the filter from the start and never left it.
    throughout: BTreeSet<u64>,
    /// The markers that the service returned.
    returned: BTreeSet<String>,
}

impl List {
    /// Records with these keys, all in the filter.
    pub(super) fn new(keys: impl IntoIterator<Item = u64>) -> Self {
        let records: BTreeMap<_, _> = keys.into_iter().map(|key| (key, true)).collect();
        let throughout = records.keys().copied().collect();
        let newest = records.last_key_value().map_or(100, |(key, _)| *key);
        Self { records, newest, throughout, returned: BTreeSet::new() }
    }

    pub(super) fn throughout(&self) -> &BTreeSet<u64> {
        &self.throughout
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn create(&mut self, step: u64) {
        self.newest += step;
        self.records.insert(self.newest, true);
    }

    pub(super) fn key_at(&self, index: usize) -> Option<u64> {
        self.records.keys().rev().nth(index.checked_rem(self.records.len())?).copied()
    }

    pub(super) fn delete(&mut self, key: u64) {
        self.records.remove(&key);
        self.throughout.remove(&key);
    }

    pub(super) fn hide(&mut self, key: u64) {
        self.records.insert(key, false);
        self.throughout.remove(&key);
    }

    pub(super) fn show(&mut self, key: u64) {
        self.records.insert(key, true);
    }

    pub(super) fn is_shown(&self, key: u64) -> bool {
        self.records.get(&key) == Some(&true)
    }

    pub(super) fn visible(&self) -> usize {
        self.records.values().filter(|shown| **shown).count()
    }

    /// What the service answers; `None` where it refuses the marker.
    pub(super) fn answer(&mut self, manner: &Manner, request: &PageRequest) -> Option<Page<Record>> {
        let is_foreign = request.marker.is_some_and(|marker| !self.returned.contains(marker.as_str()));
        let mut marker = request.marker;
        if is_foreign {
            match manner.foreign {
                Foreign::Takes => {}
                Foreign::Refuses => return None,
                Foreign::ReadsFromTheHead => marker = None,
                Foreign::FindsNothing => return Some(Page::new(Vec::new(), None, Some(0))),
            }
        }
        let bound = match marker {
            Some(marker) => manner.markers.bound(&marker)?,
            None => u64::MAX,
        };
        let mut below = self.records.range(..bound).rev().filter(|(_, shown)| **shown).map(|(key, _)| *key);
        let mut keys: Vec<u64> = below.by_ref().skip(request.offset.get()).take(request.limit.get()).collect();
        let most = match manner.cap {
            Cap::None => usize::MAX,
            Cap::Fixed(cap) => cap,
            Cap::Varying(cap) => 1 + (keys.first().unwrap_or(&0).wrapping_mul(FACTOR) >> 40) as usize % cap,
        };
        let is_last = keys.len() <= most && below.next().is_none();
        keys.truncate(most);
        let marker = match keys.last() {
            Some(last) if manner.last_has_marker || !is_last => manner.markers.of(*last),
            _ if manner.empty == EmptyPage::Echo && manner.markers != Markers::Absent => {
                request.marker.or_else(|| manner.markers.default())
            }
            _ => None,
        };
        self.returned.extend(marker.map(|marker| marker.as_str().to_owned()));
        let exact = self.visible() as u64;
        let count = match manner.counts {
            _ if keys.is_empty() && manner.empty == EmptyPage::Silent => None,
            Counts::Exact => Some(exact),
            Counts::PageLength => Some(keys.len() as u64),
            Counts::Zero => Some(0),
            Counts::TenTimes => Some(10 * exact),
            Counts::Tenth => Some(exact / 10),
            Counts::Absent => None,
        };
        let records = keys.into_iter().map(|key| Record { key, identity: manner.names.of(key) }).collect();
        Some(Page::new(records, marker, count))
    }

    /// A boundary between parts: a marker of this service, and one that it returned if it takes no others.
    pub(super) fn boundary(&self, manner: &Manner, index: usize) -> Option<Marker> {
        if manner.foreign == Foreign::Takes {
            return manner.markers.of(self.key_at(index)?);
        }
        let returned = self.returned.iter().nth(index.checked_rem(self.returned.len())?)?;
        returned.parse().or_else(|_| Marker::opaque(returned)).ok()
    }
}

impl Names {
    fn of(self, key: u64) -> Option<String> {
        let hidden = key.wrapping_mul(FACTOR);
        match self {
            Self::Ids => Some(format!("{key:024x}")),
            Self::Random => Some(format!("row {hidden:x}")),
            Self::LikeMarkers => Some(format!("5c8ba990{hidden:016x}")),
            Self::Absent => None,
        }
    }
}

impl Markers {
    fn of(self, key: u64) -> Option<Marker> {
        let key_value = u128::from(key);
        match self {
            Self::Ids => Marker::from_value(key_value),
            Self::TwoAbove => Marker::from_value(key_value + 2),
            Self::DaysAbove => Marker::from_value(key_value + DAYS),
            Self::Opaque => Marker::opaque(&format!("Row_Z-{key:016x}")).ok(),
            Self::Absent => None,
        }
    }

    /// What the service assumes when none is sent.
    fn default(self) -> Option<Marker> {
        "ffffffffffffffffffffffff".parse().ok().filter(|_| !matches!(self, Self::Opaque | Self::Absent))
    }

    /// Only records below this key lie below the marker.
    fn bound(self, marker: &Marker) -> Option<u64> {
        let value = || marker.value();
        let bound = match self {
            Self::Ids | Self::Absent => value()?,
            Self::TwoAbove => value()?.saturating_sub(2),
            Self::DaysAbove => value()?.saturating_sub(DAYS),
            Self::Opaque => u128::from_str_radix(marker.as_str().strip_prefix("Row_Z-")?, 16).ok()?,
        };
        Some(u64::try_from(bound).unwrap_or(u64::MAX))
    }
}
