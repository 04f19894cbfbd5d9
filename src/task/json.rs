//! A piece of JSON that is kept as the text that came.

// Knows nothing of what it means.

use std::fmt;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A piece of JSON whose shape the service leaves open: valid JSON, kept as the text that came, parsed on demand.
///
/// Two of them are equal when their texts are: `1` and `1.0` differ, and so do `{"a":1}` and `{ "a": 1 }`.
///
/// ```
/// use std::collections::BTreeMap;
/// use iotda_batch_tasks::task::Json;
///
/// let json: Json = r#"{"temperature": 60}"#.parse()?;
/// assert_eq!(json.get(), r#"{"temperature": 60}"#);
/// let map: BTreeMap<String, i64> = json.decode()?;
/// assert_eq!(map["temperature"], 60);
/// assert_eq!(Json::from_value(&map)?.get(), r#"{"temperature":60}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

impl Json {
    pub(crate) fn from_raw(raw: &RawValue) -> Self {
        Self(raw.to_owned())
    }

    /// The JSON text.
    #[must_use]
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// Reads the text as a `T`; [`serde_json::Value`] takes any shape.
    ///
    /// # Errors
    /// When the text has another shape than `T`, or nests deeper than `serde_json` follows (128 levels).
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.get())
    }

    /// Writes `value` as JSON.
    ///
    /// # Errors
    /// When JSON cannot express `value`: a map whose keys are no texts, say.
    pub fn from_value<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(Self)
    }
}

/// Takes JSON text as it is, without the blanks around it.
///
/// Fails when the text is no JSON.
impl FromStr for Json {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text)
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for Json {}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get())
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_kept_to_the_byte() {
        let text = "{ \"b\": 1.0e2,\n\"a\": \"\\u00e9\" }";
        let json: Json = format!("  {text}\n").parse().unwrap();
        assert_eq!(json.get(), text);
        assert_eq!(serde_json::to_string(&json).unwrap(), text);
        assert_eq!(format!("{json:?}"), format!("Json({text})"));
        assert_eq!(json, json.clone());
        assert_ne!(json, "{}".parse().unwrap());
    }

    #[test]
    fn what_is_no_json_does_not_become_one() {
        for text in ["", "{", "{}{}", "nul", "'a'"] {
            assert!(text.parse::<Json>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_million_levels_neither_overflow_the_stack_nor_decode() {
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        let json: Json = deep.parse().unwrap();
        assert_eq!(json.get().len(), 2_000_000);
        assert!(json.decode::<serde_json::Value>().unwrap_err().to_string().contains("recursion limit"));
    }
}
