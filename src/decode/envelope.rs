//! What is around the rows of a page.

// Knows the names of a [`ListShape`], nothing of what a row holds.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::ListShape;
use super::at_most::AtMost;
use crate::paging::Marker;

/// The most rows of an answer that are read. The service sends 50 at most, and a row of one byte may become a record of
/// hundreds.
pub(super) const MAX_ROWS: usize = 500;

/// The rows of a page, of which the service sends 50 unless fewer are left.
type Rows<R> = AtMost<R, MAX_ROWS, 50>;

/// A page with its rows read as `R`. The rest is kept as it came, so that no oddity of it spoils the rows.
pub(super) struct Envelope<'a, R> {
    /// `None` where they were absent or `null`.
    pub(super) rows: Option<Vec<R>>,
    summary: Summary<'a>,
    error: ServiceError<'a>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "a `page` object")]
struct Summary<'a> {
    #[serde(borrow)]
    count: Option<&'a RawValue>,
    #[serde(borrow)]
    marker: Option<&'a RawValue>,
}

#[derive(Default)]
struct ServiceError<'a> {
    code: Option<&'a RawValue>,
    message: Option<&'a RawValue>,
}

/// Reads the whole of `text`, rows included.
pub(super) fn read<'a, R: Deserialize<'a>>(
    text: &'a str,
    shape: &ListShape,
) -> Result<Envelope<'a, R>, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let envelope = EnvelopeSeed { shape, rows: PhantomData }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(envelope)
}

impl<R> Envelope<'_, R> {
    /// The count, which one SDK tolerates as a string. It is a hint, so what is no count is none.
    pub(super) fn count(&self) -> Option<u64> {
        self.summary.count?.get().trim_matches('"').parse().ok()
    }

    /// The marker; the text that came where that is none.
    pub(super) fn marker(&self, shape: &ListShape) -> Result<Option<Marker>, &str> {
        let Some(raw) = self.summary.marker.map(RawValue::get) else { return Ok(None) };
        match serde_json::from_str::<Cow<'_, str>>(raw) {
            Ok(text) if text.is_empty() => Ok(None),
            Ok(text) => shape.marker(&text).map(Some).map_err(|_| raw),
            Err(_) => Err(raw),
        }
    }

    /// The `error_code` and `error_msg` that came in place of rows.
    pub(super) fn service_error(&self) -> Option<(String, Option<String>)> {
        let text = |raw: &RawValue| serde_json::from_str::<String>(raw.get()).ok();
        let code = self.error.code.and_then(text).filter(|code| self.rows.is_none() && !code.is_empty())?;
        Some((code, self.error.message.and_then(text)))
    }
}

struct EnvelopeSeed<'s, R> {
    shape: &'s ListShape,
    rows: PhantomData<R>,
}

impl<'de, R: Deserialize<'de>> DeserializeSeed<'de> for EnvelopeSeed<'_, R> {
    type Value = Envelope<'de, R>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, R: Deserialize<'de>> Visitor<'de> for EnvelopeSeed<'_, R> {
    type Value = Envelope<'de, R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with a list `{}`", self.shape.rows)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut envelope = Envelope { rows: None, summary: Summary::default(), error: ServiceError::default() };
        while let Some(name) = map.next_key_seed(KeySeed(self.shape))? {
            match name {
                // Taking one of two lists would lose the records of the other.
                Key::Rows if envelope.rows.is_some() => return Err(A::Error::duplicate_field(self.shape.rows)),
                Key::Rows => envelope.rows = map.next_value::<Option<Rows<R>>>()?.map(|AtMost(rows)| rows),
                Key::Page => envelope.summary = map.next_value::<Option<_>>()?.unwrap_or_default(),
                Key::Count => envelope.summary.count = map.next_value()?,
                Key::Marker => envelope.summary.marker = map.next_value()?,
                Key::ErrorCode => envelope.error.code = map.next_value()?,
                Key::ErrorMessage => envelope.error.message = map.next_value()?,
                Key::Other => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(envelope)
    }
}

enum Key {
    Rows,
    Page,
    Count,
    Marker,
    ErrorCode,
    ErrorMessage,
    Other,
}

struct KeySeed<'s>(&'s ListShape);

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
        let has_page_object = self.0.has_page_object;
        Ok(match name {
            _ if name == self.0.rows => Key::Rows,
            "page" if has_page_object => Key::Page,
            "count" if !has_page_object => Key::Count,
            "marker" if !has_page_object => Key::Marker,
            "error_code" => Key::ErrorCode,
            "error_msg" => Key::ErrorMessage,
            _ => Key::Other,
        })
    }
}
