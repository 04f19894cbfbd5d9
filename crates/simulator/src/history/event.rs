//! The lines of a history.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use hyper::StatusCode;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::fault::Fault;
use crate::id::RecordId;

/// The version of the format that is written, and the only one that is read.
pub(super) const VERSION: u32 = 1;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Event {
    /// The first line, and no other.
    Begin { version: u32 },
    /// A record is in the list from now on, or has other fields from now on.
    Put { list: Cow<'static, str>, id: String, key: RecordId, fields: Fields },
    /// A record is no longer in the list.
    Gone { list: Cow<'static, str>, id: String },
    /// A request was decided on: its answer holds what the lines before it have left in the list.
    Answer(Box<Answer>),
}

/// What the history keeps of a request for a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The number of the request.
    pub(crate) request: u64,
    /// When it arrived, in milliseconds since the simulator started.
    pub(crate) ms: u64,
    pub(crate) list: String,
    pub(crate) filter: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) marker: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) offset: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<String>,
    pub(crate) outcome: AnswerOutcome,
}

/// Whether the client can have seen anything of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AnswerOutcome {
    /// A page was sent, whole or damaged.
    Page,
    /// A fault took the place of the answer.
    Fault,
    /// The request broke a rule or the quota.
    Refused,
}

impl AnswerOutcome {
    /// That of an answer with this status, which a fault replaces or damages.
    pub(crate) fn of(status: StatusCode, fault: Option<&Fault>) -> Self {
        match fault {
            Some(fault) if !fault.leaves_records() => Self::Fault,
            _ if status == StatusCode::OK => Self::Page,
            _ => Self::Refused,
        }
    }
}

/// What requests can choose a record by. Clones share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields(Arc<BTreeMap<String, String>>);

impl Fields {
    /// Whether a request with this filter is about such a record.
    pub(super) fn match_filter(&self, filter: &BTreeMap<String, String>) -> bool {
        filter.iter().all(|(name, value)| self.0.get(name) == Some(value))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Fields {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self(Arc::new(fields.collect()))
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(|fields| Self(Arc::new(fields)))
    }
}

impl Serialize for RecordId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RecordId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("the key {text:?} must be 24 hexadecimal digits")))
    }
}
