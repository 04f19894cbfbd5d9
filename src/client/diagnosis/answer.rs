//! An answer as it came, before the paging rules make anything of it.

// Knows the fields of an answer; judges nothing.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A field of `page`, in each form that it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Absent,
    Null,
    Empty,
    Text(String),
    Number(u64),
    Other,
}

impl Field {
    fn of(value: Option<Value>) -> Self {
        match value {
            None => Self::Absent,
            Some(Value::Null) => Self::Null,
            Some(Value::String(text)) if text.is_empty() => Self::Empty,
            Some(Value::String(text)) => Self::Text(text),
            Some(Value::Number(number)) => number.as_u64().map_or(Self::Other, Self::Number),
            Some(_) => Self::Other,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number, also one that is written as a text.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

/// A task as far as its place in the list goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) created: Option<Timestamp>,
}

/// One page as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) rows: Vec<Row>,
    pub(super) marker: Field,
    pub(super) count: Field,
    /// Whether it had any of the fields that a page has.
    pub(super) is_page: bool,
}

impl Answer {
    /// Reads a body that is an object; `None` for others, and where a task has no id.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
        let Body { batchtasks, page } = serde_json::from_slice(body).ok()?;
        let is_page = batchtasks.is_some() || page.is_some();
        let PageObject { marker, count } = page.unwrap_or_default();
        let rows = batchtasks.unwrap_or_default().into_iter();
        let created = |value: Option<Value>| value?.as_str()?.parse().ok();
        let rows = rows.map(|row| Some(Row { id: row.task_id?, created: created(row.create_time) }));
        let rows = rows.collect::<Option<_>>()?;
        Some(Self { rows, marker: Field::of(marker), count: Field::of(count), is_page })
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|row| &*row.id)
    }
}

#[derive(Deserialize)]
struct Body {
    batchtasks: Option<Vec<RowObject>>,
    page: Option<PageObject>,
}

#[derive(Deserialize)]
struct RowObject {
    task_id: Option<String>,
    #[serde(default, deserialize_with = "present")]
    create_time: Option<Value>,
}

#[derive(Default, Deserialize)]
struct PageObject {
    #[serde(default, deserialize_with = "present")]
    marker: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    count: Option<Value>,
}

/// `null` is not the same as nothing.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_a_field_is_distinguished() {
        let marker =
            |page: &str| Answer::read(format!(r#"{{"batchtasks":[],"page":{page}}}"#).as_bytes()).unwrap().marker;
        assert_eq!(marker("{}"), Field::Absent);
        assert_eq!(marker(r#"{"marker":null}"#), Field::Null);
        assert_eq!(marker(r#"{"marker":""}"#), Field::Empty);
        assert_eq!(marker(r#"{"marker":"a"}"#), Field::Text("a".to_owned()));
        assert_eq!(marker(r#"{"marker":[]}"#), Field::Other);
        let count = Answer::read(br#"{"page":{"count":"7"}}"#).unwrap().count;
        assert_eq!((count.number(), count), (Some(7), Field::Text("7".to_owned())));
    }

    #[test]
    fn what_is_no_page_is_seen() {
        assert!(!Answer::read(b"{}").unwrap().is_page);
        assert!(!Answer::read(br#"{"batchTasks":[]}"#).unwrap().is_page);
        assert!(Answer::read("\u{feff}{\"batchtasks\":[]}".as_bytes()).unwrap().is_page);
        for body in ["", "[]", "<html>", r#"{"batchtasks":[{"task_name":"a"}]}"#] {
            assert_eq!(Answer::read(body.as_bytes()), None, "{body}");
        }
        let task = Answer::read(br#"{"batchtasks":[{"task_id":"a","create_time":"20151212T121212Z","status":7}]}"#);
        let expected = Row { id: "a".to_owned(), created: Some("2015-12-12T12:12:12Z".parse().unwrap()) };
        assert_eq!(task.unwrap().rows, [expected]);
    }
}
