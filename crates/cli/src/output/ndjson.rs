//! One record a line, as the service sent it.

use iotda_batch_tasks::BatchTask;
use iotda_batch_tasks::decode::WithRaw;

use super::Output;

/// Writes one line of JSON a record.
#[derive(Debug)]
pub(crate) struct Ndjson;

impl Output for Ndjson {
    type Record = WithRaw<BatchTask>;

    fn record(&mut self, record: &Self::Record, out: &mut Vec<u8>) {
        write_line(record.raw.get(), out);
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
    fn line_breaks_go_and_texts_and_numbers_stay() {
        let json = "{\r\n\t\"b\" : 1.50e+02,\n \"a\": \"x \\\" \\\\\", \"z\": [ 1 ,\n 2 ],\n\"c\": \"\\\\\\\" y\" }";
        assert_eq!(line(json), "{\"b\":1.50e+02,\"a\":\"x \\\" \\\\\",\"z\":[1,2],\"c\":\"\\\\\\\" y\"}\n");
    }
}
