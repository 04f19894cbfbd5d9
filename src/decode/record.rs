//! One record alone: read, or told why not. Knows what tells records apart; must not know what surrounds them.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::ListShape;
use super::body::{Body, shortened};
use crate::Identity;
use crate::error::RecordError;

/// Whether `record` has the identity that its list promises. Without it a seam could take two records for one.
pub(super) fn is_told_apart(record: &impl Identity, shape: &ListShape) -> bool {
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
        Ok(record) if is_told_apart(&record, shape) => return Ok(record),
        Ok(_) => (shape.identity.unwrap_or_default().to_owned(), "what tells the record apart is empty".to_owned()),
        Err(failure) => failure,
    };
    let place = format!("{}[{position}]", shape.rows);
    let path = match path.chars().next() {
        None => place,
        Some('[') => place + &path,
        Some(_) => format!("{place}.{path}"),
    };
    let error = RecordError::new(position, shortened(path), shortened(message));
    Err(match shape.identity {
        Some(field) => error.with_identity(id(row, field, body).unwrap_or_else(|| fingerprint(body.bytes_of(row)))),
        None => error,
    })
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
fn without_line(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let line = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&line).map_or(message.clone(), str::to_owned)
}

/// The id of a row, read leniently: a text or a number, whatever the other fields are.
fn id(row: &RawValue, field: &str, body: &Body<'_>) -> Option<String> {
    let fields: HashMap<String, &RawValue> = serde_json::from_str(row.get()).ok()?;
    let raw = *fields.get(field)?;
    let is_number = raw.get().starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let text = if is_number { raw.get().to_owned() } else { serde_json::from_str(raw.get()).ok()? };
    (body.bytes_of(raw) == raw.get().as_bytes() && !text.is_empty()).then_some(text)
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
