//! Times on the wire: `yyyyMMdd'T'HHmmss'Z'` in UTC, as the service writes them. For serde's `with`.
//!
//! RFC 3339 is read too, since other interfaces of the service use it; an empty text is no time.

use std::fmt;

use jiff::Timestamp;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::Serializer;

/// The form of the service, in UTC; of the header `X-Sdk-Date` too.
pub(crate) const FORMAT: &str = "%Y%m%dT%H%M%SZ";

pub(crate) fn serialize<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(&time.strftime(FORMAT)),
        None => serializer.serialize_none(),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<Text>::deserialize(deserializer)?.and_then(|Text(time)| time))
}

struct Text(Option<Timestamp>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time like 20151212T121212Z")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
        if text.is_empty() {
            return Ok(Text(None));
        }
        match text.parse() {
            Ok(time) => Ok(Text(Some(time))),
            Err(_) => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::task::TaskPolicy;

    fn read(time: &str) -> Result<TaskPolicy, serde_json::Error> {
        serde_json::from_value(serde_json::json!({ "schedule_time": time }))
    }

    #[test]
    fn both_forms_of_a_time_are_read_and_the_services_is_written() {
        for text in
            ["20240229T235959Z", "2024-02-29T23:59:59Z", "2024-02-29T23:59:59.000Z", "2024-03-01T07:59:59+08:00"]
        {
            let policy = read(text).unwrap();
            assert_eq!(policy.schedule_time.unwrap().as_second(), 1_709_251_199, "{text}");
            assert_eq!(serde_json::to_string(&policy).unwrap(), r#"{"schedule_time":"20240229T235959Z"}"#);
        }
    }

    #[test]
    fn an_empty_time_is_none() {
        assert_eq!(read("").unwrap().schedule_time, None);
    }

    #[test]
    fn what_is_no_time_is_named() {
        for text in ["yesterday", "20230229T000000Z", "20240229T240000Z", "20240229T235959", "2024"] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("20151212T121212Z"), "{error}");
        }
    }
}
