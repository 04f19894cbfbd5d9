//! One answer of the service, and what its records are told apart by.

use super::Marker;
use crate::error::RecordError;

/// What records are told apart by.
///
/// Pages overlap by one record, and a seam between two pages holds when that record is found in both.
/// `None` means that records of this kind have no identity: then pages are read one by one, marker by marker.
pub trait Identity {
    /// Whether the service says that the identity is the marker of the record, so that it may stand in for a marker
    /// that is missing. It says so of batch tasks; of other lists it shows otherwise.
    const IS_MARKER: bool = false;

    /// The text that is the same for the same record in every answer, and for no other record of the list.
    fn identity(&self) -> Option<&str>;
}

impl Identity for RecordError {
    fn identity(&self) -> Option<&str> {
        self.identity.as_deref()
    }
}

impl<T: Identity, E: Identity> Identity for Result<T, E> {
    const IS_MARKER: bool = T::IS_MARKER;

    fn identity(&self) -> Option<&str> {
        match self {
            Ok(record) => record.identity(),
            Err(error) => error.identity(),
        }
    }
}

/// One answer of the service: a run of the list, newest first, and what was said of the rest.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page<T> {
    /// The records in the order of the list. One that could not be read keeps its place.
    pub records: Vec<Result<T, RecordError>>,
    /// `page.marker`: where the next page begins. `None` where it was absent, `null` or empty.
    pub marker: Option<Marker>,
    /// `page.count`: how many records match, as far as the service said. A hint.
    pub count: Option<u64>,
    /// How many bytes the page holds, for the byte budget of the read-ahead: the length of the body is near enough.
    pub bytes: usize,
    /// How many requests it took, at least 1. A source that retries says so here, for `progress()`.
    pub attempts: u32,
    /// Whether the service throttled on the way; the stream then halves its read-ahead.
    pub throttled: bool,
}

impl<T> Page<T> {
    /// A page of `records` with the marker and the count that came with it.
    #[must_use]
    pub fn new(records: Vec<Result<T, RecordError>>, marker: Option<Marker>, count: Option<u64>) -> Self {
        Self { records, marker, count, bytes: 0, attempts: 1, throttled: false }
    }

    /// Says how many bytes the page holds.
    #[must_use]
    pub fn with_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// Says how many requests it took.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Says whether the service throttled on the way.
    #[must_use]
    pub fn with_throttled(mut self, throttled: bool) -> Self {
        self.throttled = throttled;
        self
    }
}
