//! One record a line, as the service sent it.

use std::marker::PhantomData;

use super::Output;
use crate::subject::AsJson;

/// Writes one line of JSON a record.
#[derive(Debug)]
pub(crate) struct Ndjson<R>(PhantomData<fn(R)>);

impl<R> Default for Ndjson<R> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<R: AsJson> Output for Ndjson<R> {
    type Record = R;

    fn record(&mut self, record: &Self::Record, profile: Option<&str>, out: &mut Vec<u8>) {
        write_record(&record.json(), profile, out);
    }
}

/// Writes a record as one line, with its profile as the first field where it has one.
fn write_record(json: &str, profile: Option<&str>, out: &mut Vec<u8>) {
    if profile.is_none() {
        return write_line(json, out);
    }
    let mut sourced = Vec::new();
    write_sourced(json, profile, &mut sourced);
    write_line(&String::from_utf8_lossy(&sourced), out);
}

/// Writes a record as it came, with its profile as the first field where it has one.
pub(super) fn write_sourced(json: &str, profile: Option<&str>, out: &mut Vec<u8>) {
    // A record that was read is an object.
    if let (Some(profile), Some(fields)) = (profile, json.trim_start().strip_prefix('{')) {
        out.extend_from_slice(b"{\"profile\":");
        out.extend_from_slice(serde_json::Value::from(profile).to_string().as_bytes());
        out.extend_from_slice(if fields.trim_start().starts_with('}') { b"" } else { b"," });
        out.extend_from_slice(fields.as_bytes());
    } else {
        out.extend_from_slice(json.as_bytes());
    }
}

/// Writes valid JSON as one line: to the byte as it is, or without its blanks where it has line breaks.
pub(crate) fn write_line(json: &str, out: &mut Vec<u8>) {
    if json.contains(['\n', '\r']) {
        write_without_blanks(json, out);
    } else {
        out.extend_from_slice(json.as_bytes());
    }
    out.push(b'\n');
}

fn write_without_blanks(json: &str, out: &mut Vec<u8>) {
    let (mut in_text, mut escaped) = (false, false);
    for byte in json.bytes() {
        if in_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
        } else if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            continue;
        } else {
            in_text = byte == b'"';
        }
        out.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(json: &str) -> String {
        let mut out = Vec::new();
        write_line(json, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_record_on_one_line_stays_as_it_is() {
        let json = r#"{ "b": 1.50e+02,  "a": "\u00e9\n" }"#;
        assert_eq!(line(json), format!("{json}\n"));
    }

    #[test]
    fn a_profile_is_the_first_field() {
        let sourced = |json: &str| {
            let mut out = Vec::new();
            write_record(json, Some("a\"b"), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(sourced(r#"{"task_id":"x"}"#), "{\"profile\":\"a\\\"b\",\"task_id\":\"x\"}\n");
        assert_eq!(sourced(" {\n}"), "{\"profile\":\"a\\\"b\"}\n");
    }

    #[test]
    fn line_breaks_go_and_texts_and_numbers_stay() {
        let json = "{\r\n\t\"b\" : 1.50e+02,\n \"a\": \"x \\\" \\\\\", \"z\": [ 1 ,\n 2 ],\n\"c\": \"\\\\\\\" y\" }";
        assert_eq!(line(json), "{\"b\":1.50e+02,\"a\":\"x \\\" \\\\\",\"z\":[1,2],\"c\":\"\\\\\\\" y\"}\n");
    }
}
