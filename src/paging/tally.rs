//! How long the list is thought to be, and when it has ended.

use super::PageSize;

/// Counts what was joined against what the service says of the whole.
///
/// `page.count` is a hint: it may be absent, it changes under edits, and whether the marker counts as part of the query
/// is not documented. So the largest one seen is used, and never alone.
#[derive(Debug)]
pub(super) struct Tally {
    joined: u64,
    counted: Option<u64>,
    limit: usize,
    /// The longest page so far; 0 before the first.
    longest: usize,
    last_was_short: bool,
    /// Whether a short page can be the proof of the end: not on a server whose pages vary, nor where only a part of
    /// the list is read.
    short_is_proof: bool,
}

impl Tally {
    pub(super) fn new(limit: PageSize, delivered: u64, whole: bool) -> Self {
        Self {
            joined: delivered,
            counted: None,
            limit: limit.get(),
            longest: 0,
            last_was_short: false,
            short_is_proof: whole,
        }
    }

    /// A page told how many records there are.
    pub(super) fn hear(&mut self, count: Option<u64>) {
        self.counted = self.counted.max(count);
    }

    /// A page of `records` records, `fresh` of them not seen before, was joined.
    pub(super) fn add(&mut self, records: usize, fresh: usize) {
        if self.last_was_short && fresh > 0 {
            self.short_is_proof = false;
        }
        // A short first page of a longer list is no end: the server caps its pages, and that is its full length.
        let caps = self.longest == 0 && self.counted.is_some_and(|counted| counted > records as u64);
        self.last_was_short = records < self.page_length() && !caps;
        self.longest = self.longest.max(records);
        self.joined = self.joined.saturating_add(fresh as u64);
    }

    /// Whether fewer records were joined than were counted.
    pub(super) fn lacks_records(&self) -> bool {
        self.counted.is_some_and(|counted| self.joined < counted)
    }

    /// Whether the page just added was the last: short, with as many records joined as were ever counted.
    pub(super) fn is_complete(&self) -> bool {
        self.short_is_proof && self.last_was_short && self.counted.is_some_and(|counted| self.joined >= counted)
    }

    /// Whether the page just added, which came without a marker, was the last: as many records were joined as were
    /// counted, or it is short, and the service did hand out markers before (`after_marker`) or does not count.
    pub(super) fn is_complete_without_marker(&self, after_marker: bool) -> bool {
        match self.counted {
            Some(counted) if self.joined >= counted => true,
            Some(_) => self.last_was_short && after_marker,
            None => self.last_was_short,
        }
    }

    /// How many records a page of this server holds, as far as is known.
    pub(super) fn page_length(&self) -> usize {
        if self.longest == 0 { self.limit } else { self.longest }
    }

    pub(super) fn counted(&self) -> Option<u64> {
        self.counted
    }

    /// How many records are thought to follow when `planned` are on their way; `None` when nobody knows.
    ///
    /// Just beyond the count one more record is expected, so that a single page looks for the end; once more records
    /// than that were joined, the count was no count.
    pub(super) fn expected_behind(&self, planned: u64) -> Option<u64> {
        let counted = self.counted.filter(|counted| self.joined <= counted.saturating_add(self.limit as u64))?;
        Some(counted.saturating_sub(self.joined.saturating_add(planned)))
    }
}
