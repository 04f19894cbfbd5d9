//! What a record has in a column.

use std::borrow::Cow;

use jiff::Timestamp;

use super::ColumnType;
use crate::task::{Json, Targets};

/// What a record has in a column, borrowed from the record where that is possible.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// The field is absent or null.
    Null,
    /// Text.
    Text(Cow<'a, str>),
    /// An integer.
    Integer(i64),
    /// True or false.
    Boolean(bool),
    /// A point in time.
    Timestamp(Timestamp),
    /// A list of texts.
    TextList(TextList<'a>),
    /// JSON as text.
    Json(Cow<'a, str>),
}

impl Value<'_> {
    /// The type of the column that it is of; any has [`Value::Null`].
    #[must_use]
    pub fn column_type(&self) -> Option<ColumnType> {
        Some(match self {
            Self::Null => return None,
            Self::Text(_) => ColumnType::Text,
            Self::Integer(_) => ColumnType::Integer,
            Self::Boolean(_) => ColumnType::Boolean,
            Self::Timestamp(_) => ColumnType::Timestamp,
            Self::TextList(_) => ColumnType::TextList,
            Self::Json(_) => ColumnType::Json,
        })
    }
}

/// A list of texts, borrowed from a record.
#[derive(Clone, Copy)]
pub struct TextList<'a>(Texts<'a>);

#[derive(Clone, Copy)]
enum Texts<'a> {
    Targets(&'a Targets),
    Strings(&'a [String]),
}

impl<'a> TextList<'a> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.0 {
            Texts::Targets(targets) => targets.len(),
            Texts::Strings(texts) => texts.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The texts, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (targets, texts) = match self.0 {
            Texts::Targets(targets) => (Some(targets), &[][..]),
            Texts::Strings(texts) => (None, texts),
        };
        targets.into_iter().flatten().chain(texts.iter().map(String::as_str))
    }
}

impl PartialEq for TextList<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl std::fmt::Debug for TextList<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Boolean(flag)
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(time: Timestamp) -> Self {
        Self::Timestamp(time)
    }
}

impl<'a> From<&'a Targets> for Value<'a> {
    fn from(targets: &'a Targets) -> Self {
        Self::TextList(TextList(Texts::Targets(targets)))
    }
}

impl<'a> From<&'a [String]> for Value<'a> {
    fn from(texts: &'a [String]) -> Self {
        Self::TextList(TextList(Texts::Strings(texts)))
    }
}

impl<'a> From<&'a Json> for Value<'a> {
    fn from(json: &'a Json) -> Self {
        Self::Json(json.get().into())
    }
}
