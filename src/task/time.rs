//! Times on the wire: `yyyyMMdd'T'HHmmss'Z'` in UTC, as the service writes them. For serde's `with`.
//!
//! RFC 3339 is read too, since other interfaces of the service use it; an empty text is no time.

use std::fmt;
use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
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

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
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
        match of_service(text).map_or_else(|| text.parse(), Ok) {
            Ok(time) => Ok(Text(Some(time))),
            Err(_) => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}

/// A time in the form of the service, which takes a third of what reading all forms does. `None` where it is another
/// form, or where it takes more than the digits: a leap second, say.
fn of_service(text: &str) -> Option<Timestamp> {
    let text: &[u8; 16] = text.as_bytes().try_into().ok()?;
    let number = |digits: Range<usize>| {
        let digit = |byte: u8| byte.is_ascii_digit().then_some(i16::from(byte & 0xf));
        text[digits].iter().try_fold(0, |number, byte| Some(number * 10 + digit(*byte)?))
    };
    let two = |at: usize| number(at..at + 2).map(|number| number as i8);
    if (text[8], text[15]) != (b'T', b'Z') {
        return None;
    }
    let time = DateTime::new(number(0..4)?, two(4)?, two(6)?, two(9)?, two(11)?, two(13)?, 0).ok()?;
    Offset::UTC.to_timestamp(time).ok()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::of_service;
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

    /// Two digits, or now and then what is none.
    fn two(most: u8) -> impl Strategy<Value = String> {
        prop_oneof![20 => (0..=most).prop_map(|number| format!("{number:02}")), 1 => "[0-9+ é-]{0,3}"]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn the_services_form_is_the_time_that_jiff_reads(
            day in (two(99), two(99), two(13), two(32)),
            letters in prop_oneof![20 => Just(('T', 'Z')), 1 => (any::<char>(), any::<char>())],
            time in (two(24), two(60), two(60)),
        ) {
            let (t, z) = letters;
            let text = format!("{}{}{}{}{t}{}{}{}{z}", day.0, day.1, day.2, day.3, time.0, time.1, time.2);
            let (read, all) = (of_service(&text), text.parse::<Timestamp>().ok());
            prop_assert!(read.is_none() || read == all, "{}: {:?}, {:?}", text, read, all);
            // Of this form a leap second alone, which is read as the second before, is left to jiff.
            let is_of_form = text.len() == 16 && text.bytes().filter(u8::is_ascii_digit).count() == 14;
            prop_assert!(read == all || !is_of_form || letters != ('T', 'Z') || time.2 == "60", "{}: {:?}", text, all);
        }
    }
}
