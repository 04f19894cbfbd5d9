//! The ids that a client delivered, from a file of any of three forms.

use std::borrow::Cow;
use std::collections::HashMap;

use csv_core::{ReadFieldResult, Reader};
use serde_json::value::RawValue;

/// Where ids are by default: as this command prints tasks, and as other clients may.
const FIELDS: [&str; 2] = ["task_id", "id"];

/// The ids in the lines of a file: JSON objects, CSV with a header, or ids alone. `field` names the field or column.
pub(super) fn ids(bytes: &[u8], field: Option<&str>) -> Result<Vec<String>, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| format!("the text is not UTF-8: {error}"))?;
    let text = text.trim_start_matches('\u{feff}');
    let fields = field.as_ref().map_or(&FIELDS[..], std::slice::from_ref);
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if first.starts_with('[') {
        return Err("it is a JSON array: one object a line is read, such as of --format ndjson".to_owned());
    }
    if first.starts_with('{') {
        return text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
            .map(|line| of_json(line, fields))
            .collect();
    }
    let column = first.split(',').position(|name| fields.contains(&name.trim_matches('"')));
    match column {
        Some(column) => Ok(of_csv(text, column)),
        None if first.contains(',') => Err(format!("no column of the first line is {}", fields.join(" or "))),
        None => Ok(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()),
    }
}

fn of_json((index, line): (usize, &str), fields: &[&str]) -> Result<String, String> {
    let wrong = |reason: String| format!("line {}: {reason}", index + 1);
    let object: HashMap<Cow<'_, str>, &RawValue> =
        serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
    let value = fields.iter().find_map(|field| object.get(*field));
    let value = value.ok_or_else(|| wrong(format!("there is no field {}", fields.join(" or "))))?;
    serde_json::from_str(value.get()).map_err(|error| wrong(error.to_string()))
}

/// The values of a column, without the header.
fn of_csv(text: &str, column: usize) -> Vec<String> {
    let (mut reader, mut rest, mut piece) = (Reader::new(), text.as_bytes(), [0; 256]);
    let (mut ids, mut index, mut field) = (Vec::new(), 0, Vec::new());
    loop {
        let (result, read, written) = reader.read_field(rest, &mut piece);
        rest = &rest[read..];
        if index == column {
            field.extend_from_slice(&piece[..written]);
        }
        match result {
            ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
            ReadFieldResult::Field { record_end } => {
                if index == column {
                    ids.push(String::from_utf8_lossy(&field).into_owned());
                    field.clear();
                }
                index = if record_end { 0 } else { index + 1 };
            }
            ReadFieldResult::End => break,
        }
    }
    if !ids.is_empty() {
        ids.remove(0);
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_its_ids() {
        for text in [
            "a\nb\n",
            "a\r\n\r\nb",
            "{\"task_id\":\"a\",\"id\":\"x\"}\n\n{\"id\":\"b\",\"targets\":[{}]}\n",
            "task_id\na\nb\n",
            "\u{feff}task_id,task_name\r\na,\"x,\n\"\"y\"\r\nb,z\r\n",
            "task_name,\"task_id\"\n\"x\ny\",a\n,b",
        ] {
            assert_eq!(ids(text.as_bytes(), None).unwrap(), ["a", "b"], "{text}");
        }
        assert!(ids(b"", None).unwrap().is_empty() && ids(b"task_id,x\n", None).unwrap().is_empty());
    }

    #[test]
    fn a_field_of_another_name_is_named() {
        for text in ["device_id,task_id\na,x\n", "{\"device_id\":\"a\",\"task_id\":\"x\"}"] {
            assert_eq!(ids(text.as_bytes(), Some("device_id")).unwrap(), ["a"], "{text}");
        }
        for text in
            ["[\n{\"id\":\"a\"}\n]\n", "\n[]", "rule_id,x\na,x\n", "{\"rule_id\":\"a\"}", "{\"id\":7}", "{\"id\""]
        {
            assert!(ids(text.as_bytes(), None).is_err(), "{text}");
        }
        let error = ids(b"{\"id\":\"a\"}\n{}", None).unwrap_err();
        assert_eq!(error, "line 2: there is no field task_id or id");
        assert!(ids(b"\xff", None).is_err());
    }
}
