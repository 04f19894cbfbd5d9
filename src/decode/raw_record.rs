//! A record that is nothing but its JSON.

use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::body::Body;
use super::{ListShape, Row, alone, one_by_one, record};
use crate::error::{RecordError, SourceError};
use crate::task::Json;
use crate::{Identity, Page};

/// A record of any list, kept as the text that came and identified by the field that its list
/// [names](ListShape::identified_by).
///
/// Nothing in it is judged, so it is unreadable only where it is not UTF-8. A record that lacks the field is
/// identified by its bytes; in a list whose rows have no id, by nothing.
///
/// ```
/// use iotda_batch_tasks::Identity;
/// use iotda_batch_tasks::decode::{self, ListShape, RawRecord};
///
/// const QUEUES: ListShape = ListShape::new("queues").identified_by("queue_id");
/// let page = decode::page::<RawRecord>(br#"{"queues":[{"queue_id":"q-1", "depth": 7}]}"#, &QUEUES)?;
/// let queue = page.records[0].as_ref().expect("it is a record");
/// assert_eq!(queue.identity(), Some("q-1"));
/// assert_eq!(queue.json.get(), r#"{"queue_id":"q-1", "depth": 7}"#);
/// # Ok::<(), iotda_batch_tasks::SourceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawRecord {
    /// The record, as it came.
    pub json: Json,
    identity: Option<Box<str>>,
}

impl Identity for RawRecord {
    fn identity(&self) -> Option<&str> {
        self.identity.as_deref()
    }
}

impl Serialize for RawRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl Row for RawRecord {
    fn read_page(body: &[u8], shape: &ListShape) -> Result<Page<Self>, SourceError> {
        one_by_one(body, shape, |position, row, whole| kept(position, row, whole, shape))
    }

    fn read_row(row: &[u8], position: usize, shape: &ListShape) -> Option<Result<Self, RecordError>> {
        alone(row, |row, whole| kept(position, row, whole, shape))
    }
}

fn kept(position: usize, row: &RawValue, body: &Body<'_>, shape: &ListShape) -> Result<RawRecord, RecordError> {
    if body.bytes_of(row) != row.get().as_bytes() {
        return Err(record::unreadable(position, row, body, shape, "", "it is not UTF-8"));
    }
    Ok(RawRecord { json: Json::from_raw(row), identity: record::identity(row, body, shape).map(Into::into) })
}
