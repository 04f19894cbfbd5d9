//! Where a page ends, and whether the next one begins there: seams, judged by identity.

use super::page::Identity;
use super::{Marker, Offset, Page, PageRequest};

/// The lower end of a run of the list.
#[derive(Clone, Debug, Default)]
pub(super) struct Edge {
    /// The marker that continues the run; `None` at the head of the list, or where none was returned.
    pub(super) marker: Option<Marker>,
    /// The identity of the last record, where records have one.
    pub(super) last: Option<Box<str>>,
    /// How many records the page held that ends here.
    pub(super) length: usize,
}

/// The marker that the service takes for granted when none is sent (section 1 of the API page).
const DEFAULT_MARKER: &str = "ffffffffffffffffffffffff";

impl Edge {
    /// Whether the run may end here when it was read from below `above`: not where a marker says that it went up.
    pub(super) fn lies_below(&self, above: Option<Marker>) -> bool {
        self.marker.zip(above).is_none_or(|(end, above)| end.is_below(&above) == Some(true))
    }

    /// Where `page`, the answer to `request`, ends.
    ///
    /// The returned marker is the authority. Where there is none, or the request's own came back, the last record's
    /// id stands in for it if `ids_are_markers`, as the service documents its marker.
    pub(super) fn of<T: Identity>(page: &Page<T>, request: &PageRequest, ids_are_markers: bool) -> Self {
        let last = page.records.last().and_then(Identity::identity);
        let asked = request.marker.or_else(|| DEFAULT_MARKER.parse().ok());
        let marker = page.marker.filter(|returned| Some(*returned) != asked);
        let id = || last.filter(|_| ids_are_markers)?.parse().ok();
        Self { marker: marker.or_else(id), last: last.map(Box::from), length: page.records.len() }
    }
}

/// How a page lies to the run before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seam {
    /// They meet: the first `skip` records of the page are in the run already.
    Joined { skip: usize },
    /// The page lies within the run and proves nothing of what follows.
    Covered,
    /// The last record of the run is not in the page: records may lie between.
    Apart,
}

/// Judges the seam between a run that ends at `left` and the page that answered `request` and ends at `end`.
pub(super) fn judge<T: Identity>(left: &Edge, request: &PageRequest, page: &Page<T>, end: &Edge) -> Seam {
    if is_exact(left, request) {
        return Seam::Joined { skip: 0 };
    }
    let found = left.last.as_deref().and_then(|last| {
        let is_last = |record: &_| Identity::identity(record) == Some(last);
        page.records.iter().position(is_last)
    });
    match found {
        Some(place) if place + 1 == page.records.len() => Seam::Covered,
        Some(place) => Seam::Joined { skip: place + 1 },
        None if ends_above(end, left) => Seam::Covered,
        None => Seam::Apart,
    }
}

/// Whether a page so requested begins where a run that ends at `left` ends: no record can lie between.
pub(super) fn is_exact(left: &Edge, request: &PageRequest) -> bool {
    request.offset == Offset::ZERO && request.marker == left.marker
}

fn ends_above(end: &Edge, left: &Edge) -> bool {
    match (&end.marker, &left.marker) {
        (Some(end), Some(left)) => end.is_below(left) == Some(false),
        _ => false,
    }
}
