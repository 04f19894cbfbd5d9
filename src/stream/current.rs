//! The page that is being handed out, and which of its records were.

use crate::error::{Error, RecordError};
use crate::paging::{Identity, Joined, Marker, PageRequest, Position};

/// The page that is being handed out.
pub(super) struct Current<T> {
    records: std::vec::IntoIter<Result<T, RecordError>>,
    identities: Identities,
    request: PageRequest,
    /// How many of its records are done with: left out, or handed out.
    done: usize,
    after: Option<Marker>,
    marker: Option<Marker>,
    is_last: bool,
}

impl<T: Identity> Current<T> {
    pub(super) fn new(joined: Joined<T>) -> Self {
        let Joined { page, skip, request, after, marker, is_last } = joined;
        let identities = Identities::of(&page.records);
        let mut records = page.records.into_iter();
        if let Some(last_skipped) = skip.checked_sub(1) {
            records.nth(last_skipped);
        }
        Self { records, identities, request, done: skip, after, marker, is_last }
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<Result<T, Error>> {
        let record = self.records.next()?;
        self.done += 1;
        Some(record.map_err(|mut error| {
            error.request = Some(self.request);
            error.into()
        }))
    }

    pub(super) fn peek(&self) -> Option<&Result<T, RecordError>> {
        self.records.as_slice().first()
    }

    /// The records that are still to be handed out.
    pub(super) fn records(&self) -> impl Iterator<Item = &Result<T, RecordError>> {
        self.records.as_slice().iter()
    }

    pub(super) fn remaining(&self) -> usize {
        self.records.len()
    }

    pub(super) fn marker(&self) -> Option<Marker> {
        self.marker
    }

    /// Where a later reading goes on; `carried` is what was delivered before a resume and has not been met again.
    pub(super) fn position(&self, carried: &Position) -> Position {
        let mut position = carried.clone();
        if self.records.len() == 0 && (self.marker.is_some() || self.is_last) {
            position.after = self.marker;
            position.ended = self.is_last;
            return position;
        }
        position.after = self.after;
        position.through = self.marker;
        position.seen.extend(self.identities.first(self.done));
        position.skip = position.skip.saturating_add(self.identities.missing_in_first(self.done));
        position
    }
}

/// The identities of a page's records in one text: they are kept in case that a checkpoint is asked for, once the
/// records themselves are the consumer's.
#[derive(Default)]
struct Identities {
    text: String,
    /// Where each one ends; one that ends where it begins is missing.
    ends: Vec<u32>,
}

impl Identities {
    fn of<R: Identity>(records: &[R]) -> Self {
        let mut identities =
            Self { text: String::with_capacity(records.len() * 24), ends: Vec::with_capacity(records.len()) };
        for record in records {
            identities.text.push_str(record.identity().unwrap_or_default());
            // A page holds at most 50 ids: 4 GiB of them do not occur, and would make a checkpoint inexact, no more.
            identities.ends.push(u32::try_from(identities.text.len()).unwrap_or(u32::MAX));
        }
        identities
    }

    fn first(&self, number: usize) -> impl Iterator<Item = String> {
        self.spans(number)
            .filter(|(from, to)| from < to)
            .filter_map(|(from, to)| Some(self.text.get(from..to)?.to_owned()))
    }

    fn missing_in_first(&self, number: usize) -> u64 {
        self.spans(number).filter(|(from, to)| from == to).count() as u64
    }

    fn spans(&self, number: usize) -> impl Iterator<Item = (usize, usize)> {
        let from = std::iter::once(0).chain(self.ends.iter().copied());
        from.zip(self.ends.iter().copied()).take(number).map(|(from, to)| (from as usize, to as usize))
    }
}
