//! A record together with the text that it came as.

use serde::de::{DeserializeOwned, Deserializer, Error};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use super::record;
use crate::Identity;
use crate::task::Json;

/// A record and what the service sent for it, fields that are not known here included.
///
/// It serialises as what the service sent, to the byte, and so is read and written with `serde_json` alone. Reading it
/// takes a pass more than the record does, and keeping the text a second time its memory.
///
/// ```
/// use iotda_batch_tasks::decode::{self, ListShape, WithRaw};
/// use iotda_batch_tasks::BatchTask;
///
/// let body = br#"{"batchtasks":[{"task_id":"5c8ba99030344005c02316ad", "brand_new": 1.50}]}"#;
/// let page = decode::page::<WithRaw<BatchTask>>(body, &ListShape::BATCH_TASKS)?;
/// let task = page.records[0].as_ref().expect("it is a task");
/// assert_eq!(task.record.task_id, "5c8ba99030344005c02316ad");
/// assert_eq!(task.raw.get(), r#"{"task_id":"5c8ba99030344005c02316ad", "brand_new": 1.50}"#);
/// # Ok::<(), iotda_batch_tasks::SourceError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WithRaw<T> {
    /// The record.
    pub record: T,
    /// The text that it was read from.
    pub raw: Json,
}

impl<T: Identity> Identity for WithRaw<T> {
    fn identity(&self) -> Option<&str> {
        self.record.identity()
    }
}

impl<T> Serialize for WithRaw<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for WithRaw<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Json::deserialize(deserializer)?;
        if let Ok(record) = serde_json::from_str(raw.get()) {
            return Ok(Self { record, raw });
        }
        match record::explained(raw.get().as_bytes()) {
            Ok(record) => Ok(Self { record, raw }),
            Err((path, message)) if path.is_empty() => Err(Error::custom(message)),
            Err((path, message)) => Err(Error::custom(format_args!("{path}: {message}"))),
        }
    }
}
