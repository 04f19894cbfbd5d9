//! One record by itself: decoded, or the reason why not.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::ListShape;
use super::body::{Body, shortened};
use crate::Identity;
use crate::error::RecordError;

/// Whether `record` has the identity that its list promises. Without it an overlap could take two records for one.
pub(super) fn has_identity(record: &impl Identity, shape: &ListShape) -> bool {
    shape.identity.is_none() || record.identity().is_some_and(|identity| !identity.is_empty())
}

/// Reads the `row` at `position` of its page.
pub(super) fn read<T: DeserializeOwned + Identity>(
    position: usize,
    row: &RawValue,
    body: &Body<'_>,
    shape: &ListShape,
) -> Result<T, RecordError> {
    let (path, message) = match explained(body.bytes_of(row)) {
        Ok(record) if has_identity(&record, shape) => return Ok(record),
        Ok(_) => (shape.identity.unwrap_or_default().to_owned(), "the identity of the record is empty".to_owned()),
        Err(failure) => failure,
    };
    Err(unreadable(position, row, body, shape, &path, &message))
}

/// The error of a `row` that cannot be read at `path`, which is counted from the row.
pub(super) fn unreadable(
    position: usize,
    row: &RawValue,
    body: &Body<'_>,
    shape: &ListShape,
    path: &str,
    message: &str,
) -> RecordError {
    let place = format!("{}[{position}]", shape.rows);
    let path = match path.chars().next() {
        None => place,
        Some('[') => place + path,
        Some(_) => format!("{place}.{path}"),
    };
    let error = RecordError::new(position, shortened(&path), shortened(message));
    match identity(row, body, shape) {
        Some(identity) => error.with_identity(identity),
        None => error,
    }
}

/// The identity of a row, whatever its other fields are: its id, or else its bytes; `None` where the rows of the
/// list have no id.
pub(super) fn identity(row: &RawValue, body: &Body<'_>, shape: &ListShape) -> Option<String> {
    let field = shape.identity?;
    Some(id(row, field, body).unwrap_or_else(|| fingerprint(body.bytes_of(row))))
}

/// Reads `json`, or says at which path it fails and why; the path is empty where the whole is wrong.
pub(super) fn explained<T: DeserializeOwned>(json: &[u8]) -> Result<T, (String, String)> {
    serde_json::from_slice(json).map_err(|error| {
        // Following the path costs time, so it is done for what has failed already.
        let mut reader = serde_json::Deserializer::from_slice(json);
        match serde_path_to_error::deserialize::<_, T>(&mut reader) {
            Err(failure) if failure.path().iter().len() > 0 => {
                (failure.path().to_string(), without_line(failure.inner()))
            }
            _ => (String::new(), without_line(&error)),
        }
    })
}

/// The message without its line and column, which count from the record and not from the body.
pub(super) fn without_line(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let line = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&line).map_or(message.clone(), str::to_owned)
}

/// The id of a row, read leniently: a text or a number.
fn id(row: &RawValue, field: &str, body: &Body<'_>) -> Option<String> {
    let raw = Field(field).deserialize(&mut serde_json::Deserializer::from_str(row.get())).ok()??;
    let is_number = raw.get().starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let text = if is_number { raw.get().to_owned() } else { serde_json::from_str(raw.get()).ok()? };
    (body.bytes_of(raw) == raw.get().as_bytes() && !text.is_empty()).then_some(text)
}

/// Finds one field of an object and passes over the rest.
struct Field<'f>(&'f str);

impl<'de> DeserializeSeed<'de> for Field<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Field<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            match name == self.0 {
                true => found = Some(map.next_value()?),
                false => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(found)
    }
}

/// A text that is the same for the same bytes, in every process and version: FNV-1a of 128 bits.
fn fingerprint(bytes: &[u8]) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let hash = bytes.iter().fold(OFFSET, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME));
    format!("unreadable:{hash:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_those_of_the_published_function() {
        assert_eq!(fingerprint(b""), "unreadable:6c62272e07bb014262b821756295c58d");
        assert_eq!(fingerprint(b"a"), "unreadable:d228cb696f1a8caf78912b704e4a8964");
    }
}
