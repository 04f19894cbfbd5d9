//! The page that is being handed out.

use std::collections::VecDeque;

use crate::error::{Error, RecordError};
use crate::paging::{Cursor, Identity, Marker, PageCursor, PageRequest, ReadyPage};

/// What identifies a record.
struct Named<'a>(Option<&'a str>);

impl Identity for Named<'_> {
    fn identity(&self) -> Option<&str> {
        self.0
    }
}

/// The page that is being handed out.
pub(super) struct Current<T> {
    records: VecDeque<Result<T, RecordError>>,
    request: PageRequest,
    cursor: PageCursor,
    handed_out: usize,
    /// How many records were handed out before it.
    before: u64,
}

impl<T: Identity> Current<T> {
    pub(super) fn new(page: ReadyPage<Result<T, RecordError>>) -> Self {
        let before = page.cursor.start().delivered();
        Self { records: page.records, request: page.request, cursor: page.cursor, handed_out: 0, before }
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<Result<T, Error>> {
        let record = self.records.pop_front()?;
        self.handed_out += 1;
        Some(record.map_err(|mut error| {
            error.request = Some(self.request);
            error.into()
        }))
    }

    pub(super) fn peek(&self, place: usize) -> Option<&Result<T, RecordError>> {
        self.records.get(place)
    }

    /// The records that are still to be handed out.
    pub(super) fn records(&self) -> impl Iterator<Item = &Result<T, RecordError>> {
        self.records.iter()
    }

    #[inline]
    pub(super) fn remaining(&self) -> usize {
        self.records.len()
    }

    pub(super) fn marker(&self) -> Option<Marker> {
        self.cursor.marker()
    }

    /// How many records were handed out, of this page and before.
    pub(super) fn delivered(&self) -> u64 {
        self.before.saturating_add(self.handed_out as u64)
    }

    /// Where a later scan resumes.
    pub(super) fn position(&self) -> Cursor {
        self.cursor.before(self.records.iter())
    }

    /// Where a later scan resumes that begins with `last`, the record that was handed out last.
    pub(super) fn position_before(&self, last: &T) -> Cursor {
        let rest = self.records.iter().map(|record| record.identity());
        let rest: Vec<_> = std::iter::once(last.identity()).chain(rest).map(Named).collect();
        self.cursor.before(rest.iter())
    }
}
