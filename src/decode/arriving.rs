//! The body of a page that is still arriving.

// Knows when a row can be read and cut out; must not know how bytes come.

use std::cmp::Ordering;

use memchr::{memchr_iter, memrchr};
use serde::de::IgnoredAny;

use super::at_most::too_many;
use super::body::{BEGINNING, Body};
use super::envelope::MAX_ROWS;
use super::scanner::Scanner;
use super::{ListShape, Row, envelope, finish, no_page, record};
use crate::Page;
use crate::error::{RecordError, SourceError};

/// A page of which only the bytes are held that are not records yet.
///
/// Its result is that of [`page`](super::page) for the whole body, whatever the body and its pieces are. Each row that
/// is read leaves a `0` in its place, so that all around the rows is read, and refused, by the same code. From
/// the first row that is no JSON on, the body is kept as it comes.
#[derive(Debug)]
pub(crate) struct Arriving<T> {
    shape: ListShape,
    scanner: Scanner,
    records: Vec<Result<T, RecordError>>,
    /// The body up to the last row that was read, a `0` for each row.
    envelope: Vec<u8>,
    /// The body from there on.
    rest: Vec<u8>,
    /// Where the rest begins in the body.
    place: Place,
    /// How the body begins, to be shown in an error.
    beginning: Vec<u8>,
    /// The bytes of the body that are not in the rest any more.
    taken: usize,
}

impl<T: Row> Arriving<T> {
    pub(crate) fn new(shape: ListShape) -> Self {
        Self {
            shape,
            scanner: Scanner::new(shape.rows),
            records: Vec::new(),
            envelope: Vec::new(),
            rest: Vec::new(),
            place: Place::START,
            beginning: Vec::new(),
            taken: 0,
        }
    }

    /// Where the next bytes of the body are to be added.
    pub(crate) fn rest(&mut self) -> &mut Vec<u8> {
        &mut self.rest
    }

    /// How many bytes of the body there are so far.
    pub(crate) fn bytes(&self) -> usize {
        self.taken + self.rest.len()
    }

    /// How many bytes have come since [the rows were read](Self::with_rows_read).
    pub(crate) fn unread(&self) -> usize {
        self.scanner.left(&self.rest)
    }

    /// Reads the rows that have come to their end and drops their bytes.
    ///
    /// # Errors
    /// When there are more rows than any page has.
    pub(crate) fn with_rows_read(mut self) -> Result<Self, SourceError> {
        let mut done = 0;
        while let Some(row) = self.scanner.next_row(&self.rest) {
            if self.records.len() == MAX_ROWS {
                self.show(done);
                return Err(no_page(self.bytes(), &self.beginning, true, &too_many::<MAX_ROWS>()));
            }
            let Some(record) = T::read_row(&self.rest[row.clone()], self.records.len(), &self.shape) else {
                self.scanner.give_up();
                break;
            };
            self.records.push(record);
            self.envelope.extend_from_slice(&self.rest[done..row.start]);
            self.envelope.extend([b'0', self.rest[row.end]]);
            self.place = self.place.after(&self.rest[done..=row.end]);
            done = row.end + 1;
        }
        self.show(done);
        self.rest.drain(..done);
        self.scanner.forget(done);
        self.taken += done;
        Ok(self)
    }

    /// Keeps what is to be shown of the first `bytes` of the rest.
    fn show(&mut self, bytes: usize) {
        let shown = bytes.min(BEGINNING - self.beginning.len());
        self.beginning.extend_from_slice(&self.rest[..shown]);
    }

    /// The page, now that the whole body has come.
    ///
    /// # Errors
    /// As [`page`](super::page).
    pub(crate) fn finish(self) -> Result<Page<T>, SourceError> {
        let bytes = self.bytes();
        if self.records.is_empty() {
            return T::read_page(&self.rest, &self.shape);
        }
        let mut read = self.with_rows_read()?;
        read.show(read.rest.len());
        let place = Place::START.after(&read.envelope);
        let mut body = read.rest;
        body.splice(..0, read.envelope);
        let body = Body::of_answer(&body);
        let envelope = envelope::read::<IgnoredAny>(body.text(), &read.shape).map_err(|error| {
            let at = Place { line: error.line(), column: error.column() }.moved(place, read.place);
            let message = format!("{} at line {} column {}", record::without_line(&error), at.line, at.column);
            no_page(bytes, &read.beginning, error.is_data(), &message)
        })?;
        finish(envelope, |_| read.records, bytes, &read.shape)
    }
}

/// A place in a text, as JSON parsers report it: lines count from 1, columns are the bytes since the line began.
#[derive(Clone, Copy, Debug)]
struct Place {
    line: usize,
    column: usize,
}

impl Place {
    const START: Self = Self { line: 1, column: 0 };

    /// The place after `text`, which begins here.
    fn after(self, text: &[u8]) -> Self {
        match memrchr(b'\n', text) {
            None => Self { column: self.column + text.len(), ..self },
            Some(last) => Self { line: self.line + memchr_iter(b'\n', text).count(), column: text.len() - last - 1 },
        }
    }

    /// Where this place is when what began at `from` begins at `to`. What is before did not move.
    fn moved(self, from: Self, to: Self) -> Self {
        match self.line.cmp(&from.line) {
            Ordering::Equal if self.column >= from.column => {
                Self { line: to.line, column: to.column + (self.column - from.column) }
            }
            Ordering::Greater => Self { line: to.line + (self.line - from.line), ..self },
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests;
