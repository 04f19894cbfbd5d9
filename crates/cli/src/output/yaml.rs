//! One sequence of YAML, a record an element, with the fields in the order in which the service sent them.

use std::marker::PhantomData;

use serde_transcode::Transcoder;

use super::{Output, ndjson};
use crate::subject::AsJson;

/// Writes a sequence, one record after the other.
#[derive(Debug)]
pub(crate) struct Yaml<R> {
    has_one: bool,
    records: PhantomData<fn(R)>,
}

impl<R> Default for Yaml<R> {
    fn default() -> Self {
        Self { has_one: false, records: PhantomData }
    }
}

impl<R> Yaml<R> {
    /// Writes an element. A sequence of one element is a piece of a longer one.
    pub(super) fn element(&mut self, json: &[u8], out: &mut Vec<u8>) {
        self.has_one = true;
        let mut json_reader = serde_json::Deserializer::from_slice(json);
        match serde_saphyr::to_string(&vec![Transcoder::new(&mut json_reader)]) {
            Ok(yaml) => out.extend_from_slice(yaml.as_bytes()),
            // A number that has no value here, such as 1e999: JSON is YAML too.
            Err(_) => {
                out.extend_from_slice(b"- ");
                ndjson::write_line(&String::from_utf8_lossy(json), out);
            }
        }
    }

    pub(super) fn last(&self, out: &mut Vec<u8>) {
        if !self.has_one {
            out.extend_from_slice(b"[]\n");
        }
    }
}

impl<R: AsJson> Output for Yaml<R> {
    type Record = R;

    fn record(&mut self, record: &R, profile: Option<&str>, out: &mut Vec<u8>) {
        let mut json = Vec::new();
        ndjson::write_sourced(&record.json(), profile, &mut json);
        self.element(&json, out);
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.last(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yaml(records: &[&str]) -> String {
        let (mut yaml, mut out) = (Yaml::<()>::default(), Vec::new());
        records.iter().for_each(|json| yaml.element(json.as_bytes(), &mut out));
        yaml.last(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fields_keep_their_order_and_texts_that_look_like_something_else_are_quoted() {
        let one = r#"{"task_id":"x","a":{"total":3,"list":[1,"two"]},"on":"yes","n":"12","t":null,"e":[],"z":"批量"}"#;
        assert_eq!(
            yaml(&[one, r#"{"task_id":"y"}"#]),
            "- task_id: x\n  a:\n    total: 3\n    list:\n    - 1\n    - two\n  \"on\": \"yes\"\n  \"n\": \"12\"\n  \
             t: null\n  e: []\n  z: 批量\n- task_id: \"y\"\n"
        );
        assert_eq!(yaml(&[]), "[]\n");
    }

    #[test]
    fn a_text_of_several_lines_cannot_end_its_record() {
        let text =
            yaml(&[r#"{"task_name":"a\n- task_id: b\u001b","n":1e999}"#, r#"{"task_name":"a\n- task_id: b\u001b"}"#]);
        assert_eq!(text.lines().filter(|line| line.starts_with("- ")).count(), 2, "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
