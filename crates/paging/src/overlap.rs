//! Where a run of the list ends, and whether a page continues it: overlaps, judged by identity.

use crate::{Identity, Marker, Offset, Page, PageRequest};

/// The lower end of a run of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(Hash))]
pub(crate) struct RunEnd {
    /// The marker that continues the run; `None` at the head of the list, or where none was returned.
    marker: Option<Marker>,
    /// The identity of the last record, where it has one.
    last: Option<Box<str>>,
    /// How many records the page held that ends here.
    length: usize,
}

impl RunEnd {
    /// The end of a run of which only the marker is known.
    pub(crate) fn at(marker: Option<Marker>) -> Self {
        Self { marker, ..Self::default() }
    }

    /// The end of a run at `marker`, whose last record is called `last`.
    pub(crate) fn new(marker: Option<Marker>, last: Option<&str>, length: usize) -> Self {
        Self { marker, last: last.map(Box::from), length }
    }

    /// Where `page`, the answer to `request`, ends.
    pub(crate) fn of<R: Identity>(page: &Page<R>, request: &PageRequest) -> Self {
        let last = page.records.last().and_then(Identity::identity);
        let marker = page.marker_beyond(request);
        Self { marker, last: last.map(Box::from), length: page.records.len() }
    }

    pub(crate) fn marker(&self) -> Option<Marker> {
        self.marker
    }

    pub(crate) fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }

    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Whether the run may end here when it was read from below `above`: not where a marker shows that it went up.
    pub(crate) fn lies_below(&self, above: Option<Marker>) -> bool {
        self.marker.zip(above).is_none_or(|(end, above)| end.is_below(&above) == Some(true))
    }

    /// Whether a page so requested begins where this run ends: no record can lie between.
    fn is_continued_by(&self, request: &PageRequest) -> bool {
        request.offset == Offset::ZERO && request.marker == self.marker
    }

    fn lies_at_or_above(&self, other: &Self) -> bool {
        self.marker.zip(other.marker).is_some_and(|(own, other)| own.is_below(&other) == Some(false))
    }
}

/// How a page lies to the run before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overlap {
    /// They meet: the first `skip` records of the page are in the run already.
    Joined { skip: usize },
    /// The page lies within the run and proves nothing of what follows.
    Redundant,
    /// The last record of the run is not in the page: records may lie between.
    Gap,
}

/// Judges the overlap of a run that ends at `left` and the page that answered `request` and ends at `end`.
pub(crate) fn judge<R: Identity>(left: &RunEnd, request: &PageRequest, page: &Page<R>, end: &RunEnd) -> Overlap {
    let found = left.last().and_then(|last| {
        let is_last = |record: &R| record.identity() == Some(last);
        page.records.iter().position(is_last)
    });
    // A marker is exclusive. A server that returns its record all the same repeats it, and maybe the page before.
    if left.is_continued_by(request) {
        return Overlap::Joined { skip: found.map_or(0, |index| index + 1) };
    }
    match found {
        Some(index) if index + 1 == page.records.len() => Overlap::Redundant,
        Some(index) => Overlap::Joined { skip: index + 1 },
        None if end.lies_at_or_above(left) => Overlap::Redundant,
        None => Overlap::Gap,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::PageSize;

    struct Row(String);

    impl Identity for Row {
        fn identity(&self) -> Option<&str> {
            Some(&self.0)
        }
    }

    fn marker(number: u128) -> Marker {
        Marker::from_value(number).unwrap()
    }

    fn judged(offset: usize, numbers: &[u128]) -> Overlap {
        let left = RunEnd::new(Some(marker(5)), Some("5"), 3);
        assert_eq!((left.marker(), left.last(), left.length()), (Some(marker(5)), Some("5"), 3));
        let rows = numbers.iter().map(|number| Row(number.to_string())).collect();
        let page = Page::new(rows, numbers.last().map(|number| marker(*number)), None);
        let after = Some(marker(if offset == 0 { 5 } else { 8 }));
        let request = PageRequest { marker: after, offset: Offset::new(offset).unwrap(), limit: PageSize::MAX };
        judge(&left, &request, &page, &RunEnd::of(&page, &request))
    }

    #[test]
    fn pages_join_where_the_last_record_of_the_run_is() {
        assert_eq!(judged(2, &[5, 4]), Overlap::Joined { skip: 1 });
        assert_eq!(judged(2, &[6, 5, 4]), Overlap::Joined { skip: 2 });
        assert_eq!(judged(2, &[4, 3]), Overlap::Gap);
        // They lie within the run.
        assert_eq!(judged(2, &[7, 6, 5]), Overlap::Redundant);
        assert_eq!(judged(2, &[5]), Overlap::Redundant);
        assert_eq!(judged(2, &[7, 6]), Overlap::Redundant);
    }

    #[test]
    fn a_page_after_the_marker_of_the_run_continues_it() {
        assert_eq!(judged(0, &[4, 3]), Overlap::Joined { skip: 0 });
        assert_eq!(judged(0, &[]), Overlap::Joined { skip: 0 });
        assert_eq!(judged(0, &[5, 4]), Overlap::Joined { skip: 1 });
    }

    #[test]
    fn a_run_ends_below_where_it_was_read_from() {
        let lies_below =
            |end: Option<u128>, above: Option<u128>| RunEnd::at(end.map(marker)).lies_below(above.map(marker));
        assert!(lies_below(Some(5), Some(7)) && lies_below(None, Some(7)) && lies_below(Some(5), None));
        assert!(!lies_below(Some(7), Some(7)) && !lies_below(Some(9), Some(7)));
    }
}
