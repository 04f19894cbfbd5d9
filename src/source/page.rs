//! What a source answers: a page, and what it took to get it.

use crate::error::RecordError;
use crate::paging::Marker;

/// One answer of the service: a run of the list, newest first, and what was returned with it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page<T> {
    /// The records in the order of the list. One that could not be read keeps its place.
    pub records: Vec<Result<T, RecordError>>,
    /// `page.marker`: where the next page begins. `None` where it was absent, `null` or empty.
    pub marker: Option<Marker>,
    /// `page.count`: how many records match, according to the service. A hint.
    pub count: Option<u64>,
    /// The length of the body, where it was read from one.
    pub(crate) bytes: usize,
}

impl<T> Page<T> {
    /// A page of `records` with the marker and the count that came with it.
    #[must_use]
    pub fn new(records: Vec<Result<T, RecordError>>, marker: Option<Marker>, count: Option<u64>) -> Self {
        Self { records, marker, count, bytes: 0 }
    }

    /// Notes the length of the body that the page was read from.
    pub(crate) fn with_bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    /// As the paging rules take it.
    pub(crate) fn into_paging(self) -> iotda_paging::Page<Result<T, RecordError>> {
        iotda_paging::Page::new(self.records, self.marker, self.count)
    }
}

/// A page, and what it took to get it: what [`PageSource::fetch_measured`](super::PageSource::fetch_measured) returns.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Fetched<T> {
    /// The page.
    pub page: Page<T>,
    /// How many bytes the page holds, for the byte budget of the read-ahead: the length of the body is near enough.
    pub bytes: usize,
    /// How many requests it took, at least 1, for `progress()`.
    pub attempts: u32,
    /// Whether the service throttled on the way; the stream then halves its read-ahead.
    pub throttled: bool,
}

impl<T> Fetched<T> {
    /// A page that one request brought. Where [`decode::page`](crate::decode::page) read it, its bytes are known.
    #[must_use]
    pub fn new(page: Page<T>) -> Self {
        Self { bytes: page.bytes, page, attempts: 1, throttled: false }
    }

    /// Sets how many bytes the page holds.
    #[must_use]
    pub fn with_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// Sets how many requests it took.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets whether the service throttled on the way.
    #[must_use]
    pub fn with_throttled(mut self, throttled: bool) -> Self {
        self.throttled = throttled;
        self
    }
}

impl<T> From<Page<T>> for Fetched<T> {
    fn from(page: Page<T>) -> Self {
        Self::new(page)
    }
}
