//! Where a scan of a list, or of a part of it, resumes: exact to the record.

use std::collections::VecDeque;

use crate::{Identity, Marker};

/// Where a scan resumes: below which marker, and which records of an interrupted page are still to come.
///
/// The marker alone is exact at the end of a page. In mid-page there is no marker that the service returned, so the
/// cursor names the records of that page that were not delivered yet, at most a page of them, and the marker that the
/// page ended with. A scan that resumes delivers those of them that are still there, wherever they then are, and
/// continues at that marker. So nothing comes twice, however often a scan is stopped: no other record from above that
/// marker is delivered.
///
/// Records without an identity can only be counted. That is exact as long as the page does not change. Each of its
/// delivered records that has gone since then hides one that was not delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(Hash))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct Cursor {
    /// Every record above this marker was delivered; `None` at the head of the list.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    after: Option<Marker>,
    /// The identities of the records of the interrupted page that are still to come.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pending: Vec<String>,
    /// How many records without identity were delivered from below `after`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_zero"))]
    skip: u64,
    /// How many records without identity of the interrupted page are still to come.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_zero"))]
    unnamed: u64,
    /// The marker that the interrupted page ended with; `None` where it was known to be the last.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    through: Option<Marker>,
    /// How many records were delivered in all.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_zero"))]
    delivered: u64,
    /// Where the scan ends: records below this marker belong to another part.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    until: Option<Marker>,
    /// Whether the scan had ended.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_false"))]
    ended: bool,
}

#[cfg(feature = "serde")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(feature = "serde")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Cursor {
    /// The part of a list that lies below `after`, down to and with the record at `until`.
    #[must_use]
    pub fn part(after: Option<Marker>, until: Option<Marker>) -> Self {
        Self { after, until, ..Self::default() }
    }

    /// A scan that has nothing left to read.
    #[must_use]
    pub fn at_end() -> Self {
        Self { ended: true, ..Self::default() }
    }

    /// The same scan with nothing left to read.
    #[must_use]
    pub fn into_end(self) -> Self {
        Self { delivered: self.delivered, ..Self::at_end() }
    }

    /// Whether this is the whole list, from its head.
    #[must_use]
    pub fn is_start(&self) -> bool {
        *self == Self::default()
    }

    /// Whether nothing is left to read.
    #[must_use]
    pub fn is_end(&self) -> bool {
        let is_passed = |marker| self.until.is_some_and(|until| has_reached(marker, until));
        self.ended || (!self.is_partial() && self.after.is_some_and(is_passed))
    }

    /// How many records were delivered in all.
    #[must_use]
    pub fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Where the scan ends: the last record of this part is the one at this marker.
    #[must_use]
    pub fn until(&self) -> Option<Marker> {
        self.until
    }

    /// Whether the markers lie in the order in which a scan returns them: not in a cursor that was altered.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.through.zip(self.after).is_none_or(|(through, after)| through.is_below(&after) != Some(false))
    }

    /// Below which marker the pages begin of which nothing was delivered; `None` at the head of the list.
    #[must_use]
    pub fn resumes_after(&self) -> Option<Marker> {
        if self.is_partial() { self.through } else { self.after }
    }

    /// The markers that the cursor holds.
    pub fn markers(&self) -> impl Iterator<Item = Marker> {
        [self.after, self.through, self.until].into_iter().flatten()
    }

    /// Cuts what is left at `boundaries` into parts, in the order of the list, disjoint and together the whole.
    ///
    /// Take boundaries from what the service returned: it may refuse other markers, or answer nothing for them. A boundary
    /// that does not lie within what is left is not used; above all, an interrupted page is never cut.
    #[must_use]
    pub fn split(&self, boundaries: impl IntoIterator<Item = Marker>) -> Vec<Self> {
        let mut boundaries: Vec<_> = boundaries.into_iter().filter(|boundary| self.can_be_cut_at(boundary)).collect();
        boundaries.sort_by(|above, below| below.cmp(above));
        boundaries.dedup();
        let mut parts = Vec::with_capacity(boundaries.len() + 1);
        let mut rest = self.clone();
        for boundary in boundaries {
            parts.push(Self { until: Some(boundary), ..rest });
            rest = Self::part(Some(boundary), self.until);
        }
        parts.push(rest);
        parts
    }

    fn can_be_cut_at(&self, boundary: &Marker) -> bool {
        let is_below_the_start = match self.resumes_after() {
            Some(start) => boundary.is_below(&start) == Some(true),
            None => !self.is_partial() && boundary.value().is_some(),
        };
        is_below_the_start && !self.ended && self.until.is_none_or(|until| until.is_below(boundary) == Some(true))
    }

    /// Whether a page was interrupted, of which records are still to come.
    pub(crate) fn is_partial(&self) -> bool {
        !self.pending.is_empty() || self.unnamed > 0
    }

    /// Below which marker the records lie that are left, those of an interrupted page included; `None` at the head of the
    /// list.
    #[must_use]
    pub fn after(&self) -> Option<Marker> {
        self.after
    }

    pub(crate) fn through(&self) -> Option<Marker> {
        self.through
    }

    pub(crate) fn first_pending(&self) -> Option<&str> {
        self.pending.first().map(String::as_str)
    }

    /// The cursor after a page of `fresh` records that ended with `marker`.
    pub(crate) fn moved_to(&self, marker: Marker, fresh: usize) -> Self {
        self.after_page(Some(marker), fresh, false)
    }

    /// The cursor after the last page of the scan, which brought `fresh` records. What lies below `marker` belongs to
    /// another part; `None` where nothing lies below.
    pub(crate) fn finished(&self, marker: Option<Marker>, fresh: usize) -> Self {
        self.after_page(marker, fresh, true)
    }

    fn after_page(&self, after: Option<Marker>, fresh: usize, ended: bool) -> Self {
        let delivered = self.delivered.saturating_add(fresh as u64);
        Self { after, until: self.until, delivered, ended, ..Self::default() }
    }

    /// Takes the records that are still to come out of a page of the interrupted region.
    pub(crate) fn claim<R: Identity>(&mut self, records: Vec<R>) -> VecDeque<R> {
        records.into_iter().filter(|record| self.claims(record.identity())).collect()
    }

    fn claims(&mut self, identity: Option<&str>) -> bool {
        match identity {
            Some(identity) => {
                let index = self.pending.iter().position(|pending| pending == identity);
                // Those before it would have come before it: they were not there, and need not come any more.
                index.map(|index| self.pending.drain(..=index)).is_some()
            }
            None if self.skip > 0 => {
                self.skip -= 1;
                false
            }
            None if self.unnamed > 0 => {
                self.unnamed -= 1;
                true
            }
            None => false,
        }
    }

    /// The records without identity that were still to come are gone.
    pub(crate) fn lose_unnamed(&mut self) {
        (self.skip, self.unnamed) = (0, 0);
    }

    /// The interrupted region has been searched down to `marker`, and `fresh` of its records were found.
    pub(crate) fn searched_to(&mut self, marker: Marker, fresh: usize) {
        self.after = Some(marker);
        self.found(fresh);
    }

    /// `fresh` of the records that are still to come were found.
    pub(crate) fn found(&mut self, fresh: usize) {
        self.delivered = self.delivered.saturating_add(fresh as u64);
    }
}

/// Whether a scan at `marker` has passed `boundary`.
pub(crate) fn has_reached(marker: Marker, boundary: Marker) -> bool {
    marker == boundary || marker.is_below(&boundary) == Some(true)
}

/// Where a scan resumes after any number of the records of one page.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(Hash))]
pub struct PageCursor {
    span: Box<Span>,
    records: usize,
    unnamed: u64,
}

/// Where a scan resumes before the first record of a page, and after the last.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(Hash))]
struct Span {
    start: Cursor,
    end: Cursor,
}

impl PageCursor {
    pub(crate) fn new<R: Identity>(start: Cursor, end: Cursor, records: &VecDeque<R>) -> Self {
        Self { span: Box::new(Span { start, end }), records: records.len(), unnamed: unnamed(records.iter()) }
    }

    /// Where a scan resumes before the first record of the page.
    #[must_use]
    pub fn start(&self) -> &Cursor {
        &self.span.start
    }

    /// Where a scan resumes while `rest` of the page's records, its last ones, are still to be delivered.
    #[must_use]
    pub fn before<'a, R: Identity + 'a>(&self, rest: impl ExactSizeIterator<Item = &'a R> + Clone) -> Cursor {
        let Span { start, end } = &*self.span;
        let delivered = self.records.saturating_sub(rest.len());
        if rest.len() == 0 {
            return end.clone();
        }
        if delivered == 0 {
            return start.clone();
        }
        let to_come = unnamed(rest.clone());
        let mut pending: Vec<String> = rest.filter_map(Identity::identity).map(str::to_owned).collect();
        // Of a region that is searched page by page, later pages may hold more.
        pending.extend_from_slice(&end.pending);
        Cursor {
            pending,
            skip: start.skip + self.unnamed.saturating_sub(to_come),
            unnamed: to_come + end.unnamed,
            through: if start.is_partial() { start.through } else { end.after },
            delivered: start.delivered.saturating_add(delivered as u64),
            after: start.after,
            until: start.until,
            ended: false,
        }
    }

    /// The marker that the page ended with: the next page begins below it. `None` where nothing follows.
    #[must_use]
    pub fn marker(&self) -> Option<Marker> {
        self.span.end.after
    }
}

/// How many records have no identity.
fn unnamed<'a, R: Identity + 'a>(records: impl Iterator<Item = &'a R>) -> u64 {
    records.filter(|record| record.identity().is_none()).count() as u64
}
