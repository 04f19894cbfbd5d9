//! What is known of how a list is paged.

use crate::{Identity, Marker, Offset, Page, PageRequest, PageSize, PagingError};

/// Where the markers of a list come from, as far as answers have shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(Hash))]
#[non_exhaustive]
pub enum MarkerSource {
    /// No answer has shown it yet.
    Unknown,
    /// Each returned marker was the id of the last record of its page.
    RecordId,
    /// A returned marker was not.
    Opaque,
}

impl MarkerSource {
    /// What one page shows by itself: its `last` record, and the marker that came with it.
    ///
    /// An identity that is no marker shows nothing: that of an unreadable record, say.
    pub fn of<R: Identity>(last: Option<&R>, marker: Option<Marker>) -> Self {
        let id = last.and_then(Identity::identity).and_then(|id| id.parse::<Marker>().ok());
        match marker.zip(id) {
            Some((marker, id)) if marker == id => Self::RecordId,
            Some(_) => Self::Opaque,
            None => Self::Unknown,
        }
    }

    /// What both show together.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Opaque, _) | (_, Self::Unknown) => self,
            (_, other) => other,
        }
    }
}

/// How a list is paged: what to request, and how far a page and a window reach.
///
/// Invariants: `stride` is below the length of a page that was seen; it is 0 where a page has nothing to overlap by.
/// Once refined, it stays 0. `Opaque` is final.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Hash))]
pub(crate) struct Layout {
    limit: PageSize,
    /// The largest offset.
    reach: usize,
    /// How many records one jump advances by.
    stride: usize,
    /// The longest page so far; 0 before the first.
    longest: usize,
    markers: MarkerSource,
    /// Whether pages are small since the end of a part lies within one.
    refined: bool,
}

impl Layout {
    pub(crate) fn new(limit: PageSize, reach: Offset) -> Self {
        Self { limit, reach: reach.get(), stride: 0, longest: 0, markers: MarkerSource::Unknown, refined: false }
    }

    pub(crate) fn limit(&self) -> PageSize {
        self.limit
    }

    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    pub(crate) fn marker_source(&self) -> MarkerSource {
        self.markers
    }

    /// The offset of so many records, if one request reaches that far.
    pub(crate) fn offset(&self, records: usize) -> Option<Offset> {
        Offset::new(records).ok().filter(|_| records <= self.reach)
    }

    /// How many records a page of this list holds, as far as is known.
    pub(crate) fn page_length(&self) -> usize {
        if self.longest == 0 { self.limit.get() } else { self.longest }
    }

    /// Whether no page held more than one record, although more were requested.
    pub(crate) fn holds_one_record(&self) -> bool {
        self.longest == 1 && self.limit > PageSize::MIN
    }

    /// How many pages one marker reaches.
    pub(crate) fn pages_in_a_window(&self) -> usize {
        self.reach.checked_div(self.stride).map_or(1, |jumps| jumps + 1)
    }

    /// The requests that read about `expected` records (all that the window reaches when `None`) below `anchor`, in the
    /// order of the list.
    ///
    /// Each page begins `stride` records after the one before, so that it repeats that page's last record. A stride of 0
    /// leaves nothing to repeat: then the window is one page.
    pub(crate) fn window(
        &self,
        anchor: Option<Marker>,
        expected: Option<u64>,
    ) -> impl Iterator<Item = PageRequest> + use<> {
        let reach = self.pages_in_a_window();
        let pages = match expected {
            Some(expected) if self.stride > 0 => {
                let needed = expected.saturating_sub(1).div_ceil(self.stride as u64);
                usize::try_from(needed).unwrap_or(reach).clamp(1, reach)
            }
            _ => reach,
        };
        let (stride, limit) = (self.stride, self.limit);
        // At most the reach: the window is reach / stride + 1 pages.
        let offset = move |page: usize| Offset::new(page * stride).unwrap_or(Offset::MAX);
        (0..pages).map(move |page| PageRequest { marker: anchor, offset: offset(page), limit })
    }

    /// Learns from an answer.
    pub(crate) fn learn<R: Identity>(&mut self, page: &Page<R>) {
        self.learn_markers(page);
        if page.records.is_empty() {
            return;
        }
        self.longest = self.longest.max(page.records.len());
        if !self.refined && page.records.iter().any(|record| record.identity().is_some()) {
            self.stride = self.stride.max(page.records.len() - 1);
        }
    }

    /// Learns where markers come from: from any answer, a probe's too.
    pub(crate) fn learn_markers<R: Identity>(&mut self, page: &Page<R>) {
        self.markers = self.markers.and(MarkerSource::of(page.records.last(), page.marker));
    }

    /// The pages of this list do not reach as far as was thought: one held `records` records.
    pub(crate) fn shrink(&mut self, records: usize) {
        self.stride = records.saturating_sub(1);
    }

    /// The part ends within a page of `records` records whose markers are not known: requests smaller pages, whose
    /// ends are.
    pub(crate) fn refine(&mut self, records: usize) -> Result<(), PagingError> {
        if self.refined && records > self.limit.get() {
            return Err(PagingError::PageTooLong { limit: self.limit.get(), records });
        }
        (self.refined, self.stride) = (true, 0);
        // Between 1 and 50: half of a page.
        self.limit = PageSize::new(records.min(self.limit.get()) / 2).unwrap_or(PageSize::MIN);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    struct Row(&'static str);

    impl Identity for Row {
        fn identity(&self) -> Option<&str> {
            Some(self.0).filter(|id| !id.is_empty())
        }
    }

    fn layout(length: usize) -> Layout {
        let mut layout = Layout::new(PageSize::MAX, Offset::MAX);
        layout.learn(&Page::new((0..length).map(|_| Row("x")).collect(), None, None));
        layout
    }

    fn offsets(length: usize, expected: Option<u64>) -> Vec<usize> {
        layout(length).window(None, expected).map(|request| request.offset.get()).collect()
    }

    #[test]
    fn eleven_pages_of_50_overlap_by_one_record_each() {
        assert_eq!(offsets(50, None), [0, 49, 98, 147, 196, 245, 294, 343, 392, 441, 490]);
    }

    #[test]
    fn only_as_many_pages_as_records_are_expected() {
        for (expected, pages) in [(0, 1), (1, 1), (50, 1), (51, 2), (99, 2), (100, 3), (540, 11), (541, 11), (9999, 11)]
        {
            assert_eq!(offsets(50, Some(expected)).len(), pages, "{expected}");
        }
    }

    #[test]
    fn nothing_to_repeat_means_one_page() {
        assert_eq!(offsets(1, None), [0]);
        assert_eq!(offsets(1, Some(7)), [0]);
    }

    #[test]
    fn pages_of_two_reach_to_offset_500() {
        let all = offsets(2, None);
        assert_eq!((all.len(), all[500]), (501, 500));
    }

    fn source(pages: &[(&'static str, &str)]) -> MarkerSource {
        let mut layout = Layout::new(PageSize::MAX, Offset::MAX);
        for (last, marker) in pages {
            layout.learn(&Page::new(vec![Row("x"), Row(last)], marker.parse().ok(), None));
        }
        layout.marker_source()
    }

    const ID: &str = "5c8ba99030344005c02316ad";
    const OTHER: &str = "5c8ba99030344005c02316af";

    #[test]
    fn an_id_is_a_marker_only_after_an_answer_has_shown_it() {
        assert_eq!(source(&[]), MarkerSource::Unknown);
        assert_eq!(source(&[(ID, "")]), MarkerSource::Unknown);
        assert_eq!(source(&[(ID, ID)]), MarkerSource::RecordId);
        assert_eq!(source(&[(ID, OTHER)]), MarkerSource::Opaque);
        assert_eq!(source(&[(ID, OTHER), (ID, ID)]), MarkerSource::Opaque);
        assert_eq!(source(&[(ID, ID), (ID, OTHER)]), MarkerSource::Opaque);
    }

    #[test]
    fn a_record_without_an_id_shows_nothing_of_markers() {
        assert_eq!(source(&[(ID, ID), ("", OTHER)]), MarkerSource::RecordId);
        assert_eq!(source(&[(ID, ID), ("unreadable", OTHER)]), MarkerSource::RecordId);
    }

    #[test]
    fn pages_are_as_long_as_the_longest() {
        assert_eq!(Layout::new(PageSize::TWO, Offset::MAX).page_length(), 2);
        assert_eq!([layout(1), layout(7)].map(|layout| layout.page_length()), [1, 7]);
        assert_eq!([layout(1), layout(2)].map(|layout| layout.holds_one_record()), [true, false]);
        let mut single = Layout::new(PageSize::MIN, Offset::MAX);
        single.learn(&Page::new(vec![Row("x")], None, None));
        assert!(!single.holds_one_record());
    }

    #[test]
    fn pages_without_identities_have_nothing_to_overlap_by() {
        let mut layout = Layout::new(PageSize::MAX, Offset::MAX);
        layout.learn(&Page::new(vec![Row(""), Row("")], None, None));
        assert_eq!(layout.stride(), 0);
        layout.learn(&Page::new(vec![Row(""), Row("x"), Row("")], None, None));
        assert_eq!(layout.stride(), 2);
        layout.refine(3).unwrap();
        layout.learn(&Page::new(vec![Row("x"), Row("y")], None, None));
        assert_eq!(layout.stride(), 0);
    }

    #[test]
    fn pages_are_refined_by_halves() {
        let mut layout = layout(50);
        // The first one may be longer than requested.
        for (records, limit) in [(60, 25), (25, 12), (5, 2)] {
            layout.refine(records).unwrap();
            assert_eq!(layout.limit().get(), limit, "{records}");
        }
    }

    #[test]
    fn a_page_longer_than_requested_cannot_be_refined() {
        let mut layout = layout(50);
        layout.refine(3).unwrap();
        assert_eq!((layout.limit().get(), layout.stride()), (1, 0));
        assert_eq!(layout.refine(3), Err(PagingError::PageTooLong { limit: 1, records: 3 }));
    }
}
