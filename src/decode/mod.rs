//! Decodes the JSON body of an answer into a [`Page`].
//!
//! For programs with their own transport: take the body of an answer with status 200 and hand it to [`page`].
//!
//! The envelope is read by itself and each record by itself, so a record that cannot be read spoils its own place
//! only. The service guarantees no field, so these are all pages without records: `{}`, `{"batchtasks":null}`,
//! `{"page":null}`. A body that is no such object is an error, and so is a marker that cannot be one: taking either for
//! the end of the list would lose records.
//!
//! ```
//! use iotda_batch_tasks::decode::{self, ListShape};
//! use iotda_batch_tasks::BatchTask;
//!
//! let body = br#"{"batchtasks":[{"task_id":"5c8ba99030344005c02316ad"},{"task_id":"5c8ba98f30344005c02316ac","targets":7}],
//!                 "page":{"count":"2","marker":"5c8ba98f30344005c02316ac"}}"#;
//! let page = decode::page::<BatchTask>(body, &ListShape::BATCH_TASKS)?;
//! assert_eq!(page.count, Some(2));
//! assert_eq!(page.records[0].as_ref().map(|task| &*task.task_id).ok(), Some("5c8ba99030344005c02316ad"));
//! let error = page.records[1].as_ref().expect_err("7 is no list");
//! assert_eq!(error.path(), "batchtasks[1].targets");
//! assert_eq!(error.identity(), Some("5c8ba98f30344005c02316ac"));
//! # Ok::<(), iotda_batch_tasks::SourceError>(())
//! ```

// Knows the JSON of lists; must not know HTTP, requests or streams.

#[cfg(feature = "client")]
mod arriving;
mod at_most;
mod body;
mod envelope;
mod raw_record;
mod record;
#[cfg(feature = "client")]
mod scanner;
mod shape;
#[cfg(test)]
mod tests;
mod with_raw;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::error::{FailureKind, RecordError, SourceError};
use crate::task::BatchTask;
use crate::{Identity, Page};
use body::{Body, MARK, quoted, shortened};
use envelope::Envelope;

#[cfg(feature = "client")]
pub(crate) use arriving::Arriving;
pub(crate) use at_most::{AtMost, at_most};
pub use raw_record::RawRecord;
pub use shape::ListShape;
pub use with_raw::WithRaw;

/// What the rows of a list can be decoded as: whatever serde reads and has an [`Identity`], and [`RawRecord`].
pub trait Row: Identity + Sized {
    /// Reads `body` as a page of the list that `shape` describes: what [`page`] does.
    ///
    /// # Errors
    /// As [`page`].
    fn read_page(body: &[u8], shape: &ListShape) -> Result<Page<Self>, SourceError>;

    /// Reads the JSON of a row by itself, as [`read_page`](Self::read_page) reads it at `position` of its page. `None`
    /// where it is no JSON, or where a page is only read as a whole.
    fn read_row(_row: &[u8], _position: usize, _shape: &ListShape) -> Option<Result<Self, RecordError>> {
        None
    }
}

impl<T: DeserializeOwned + Identity> Row for T {
    fn read_page(body: &[u8], shape: &ListShape) -> Result<Page<Self>, SourceError> {
        match at_once(body, shape) {
            Some(envelope) => finish(envelope, |rows| rows.into_iter().map(Ok).collect(), body.len(), shape),
            None => one_by_one(body, shape, |position, row, whole| record::read(position, row, whole, shape)),
        }
    }

    fn read_row(row: &[u8], position: usize, shape: &ListShape) -> Option<Result<Self, RecordError>> {
        let text = std::str::from_utf8(row).ok();
        match text.and_then(|text| serde_json::from_str(text).ok()) {
            Some(record) if record::has_identity(&record, shape) => Some(Ok(record)),
            _ => alone(row, |row, whole| record::read(position, row, whole, shape)),
        }
    }
}

/// Reads `body` as a page of the list that `shape` describes.
///
/// A record that cannot be read, or that lacks its identity, is an `Err` in its place. [`Fetched::bytes`](crate::Fetched::bytes)
/// is what the page holds in memory: the text that came, and the records beside it. A byte order mark before the JSON is skipped.
///
/// # Errors
/// All are of [`FailureKind::Decode`]. Trying again may help where the body is no JSON because it was cut short, or is
/// an error of the service in place of a page. It will not where the body is HTML or XML (a login page, say), JSON of
/// another shape, a page of more than 500 rows, or where its marker is none.
pub fn page<T: Row>(body: &[u8], shape: &ListShape) -> Result<Page<T>, SourceError> {
    T::read_page(body, shape)
}

impl Page<BatchTask> {
    /// Reads the body of an answer to the list of batch tasks: [`page`] with [`ListShape::BATCH_TASKS`].
    ///
    /// # Errors
    /// As [`page`].
    pub fn from_json(body: &[u8]) -> Result<Self, SourceError> {
        page(body, &ListShape::BATCH_TASKS)
    }
}

/// The whole body in a single pass, which is the rule; `None` as soon as anything is wrong.
fn at_once<'a, T: DeserializeOwned + Identity>(body: &'a [u8], shape: &ListShape) -> Option<Envelope<'a, T>> {
    let text = std::str::from_utf8(body).ok()?;
    let envelope: Envelope<T> = envelope::read(text, shape).ok()?;
    let mut records = envelope.rows.iter().flatten();
    records.all(|record| record::has_identity(record, shape)).then_some(envelope)
}

/// The envelope first and then each record, so that what is wrong stays in its place.
fn one_by_one<T>(
    body: &[u8],
    shape: &ListShape,
    read: impl Fn(usize, &RawValue, &Body<'_>) -> Result<T, RecordError>,
) -> Result<Page<T>, SourceError> {
    let whole = Body::of_answer(body);
    let envelope = envelope::read(whole.text(), shape)
        .map_err(|error| no_page(body.len(), body, error.is_data(), &error.to_string()))?;
    let each = |rows: Vec<&RawValue>| {
        let mut records = Vec::with_capacity(rows.len());
        for (position, row) in rows.into_iter().enumerate() {
            records.push(read(position, row, &whole));
        }
        records
    };
    finish(envelope, each, body.len(), shape)
}

/// A row without the page around it; `None` where it is no JSON.
fn alone<T>(row: &[u8], read: impl Fn(&RawValue, &Body<'_>) -> T) -> Option<T> {
    let whole = Body::new(row);
    let row = serde_json::from_str(whole.text()).ok()?;
    Some(read(row, &whole))
}

fn finish<R, T>(
    mut envelope: Envelope<'_, R>,
    read: impl FnOnce(Vec<R>) -> Vec<Result<T, RecordError>>,
    bytes: usize,
    shape: &ListShape,
) -> Result<Page<T>, SourceError> {
    if let Some((code, message)) = envelope.service_error() {
        let error = SourceError::new(FailureKind::Decode, "the answer holds an error in place of a page");
        return Err(error
            .with_service_error(Some(shortened(&code)), message.as_deref().map(shortened))
            .with_retryable(true));
    }
    let rows = envelope.rows.take().unwrap_or_default();
    let marker = match envelope.marker(shape) {
        Ok(marker) => marker,
        // What the page after the last one carries is not documented: nothing continues from there.
        Err(_) if rows.is_empty() => None,
        Err(text) => {
            let message = format!("the answer's marker {} is not {}", quoted(text.as_bytes()), shape.marker_rule());
            return Err(SourceError::new(FailureKind::Decode, message));
        }
    };
    let count = envelope.count();
    let records = read(rows);
    // Texts take no more than they had in the body; a record and an error have their own size besides.
    let errors = records.iter().filter_map(|record| record.as_ref().err()).map(RecordError::heap_size).sum::<usize>();
    let held = bytes + errors + records.len() * size_of::<Result<T, RecordError>>();
    Ok(Page::new(records, marker, count).with_bytes(held))
}

/// The error of a body that is no page. Of what was cut short, the whole may come with the next answer; a login page or
/// JSON of another shape comes again.
fn no_page(bytes: usize, beginning: &[u8], is_json: bool, error: &str) -> SourceError {
    let is_markup = beginning.strip_prefix(MARK.as_bytes()).unwrap_or(beginning).trim_ascii_start().starts_with(b"<");
    let what = match (is_json, is_markup) {
        (true, _) => "is JSON, but no page",
        (false, true) => "is no JSON but HTML or XML, so something else answered: check the endpoint and the proxy",
        (false, false) => "is no JSON",
    };
    let message = format!("the answer's body of {bytes} bytes {what}; it begins {}", quoted(beginning));
    SourceError::new(FailureKind::Decode, message).with_retryable(!is_json && !is_markup).with_cause(shortened(error))
}
