use jiff::ToSpan;
use jiff::civil::DateTime;
use serde_json::Value;

use crate::fixture::{Ended, ids_of_lines, service};

#[test]
fn ndjson_is_what_the_service_sent_line_by_line() {
    let service = service(1234, |builder| builder.mix(["softwareUpgrade", "createCommands", "deviceJob"]));
    let asked = ["--format", "ndjson", "--type", "deviceJob", "--type", "softwareUpgrade", "--type", "createCommands"];
    let printed = service.list(&asked).complete();
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines, service.records());
    assert!(printed.ends_with("}\n"));
}

#[test]
fn a_record_with_line_breaks_becomes_one_line_and_keeps_its_texts() {
    let service = service(3, |builder| builder);
    service.rewrite(1, |id| format!("{{\n  \"brand_new\": [1.50e+02,\r\n 12345678901234567890123],\n \"task_id\" : \"{id}\", \"task_name\": \"two  blanks\" }}"));
    let printed = service.list(&["--format", "ndjson", "--type", "softwareUpgrade"]).complete();
    let line = printed.lines().nth(1).unwrap();
    let id = &service.ids()[1];
    let expected =
        format!(r#"{{"brand_new":[1.50e+02,12345678901234567890123],"task_id":"{id}","task_name":"two  blanks"}}"#);
    assert_eq!(line, expected);
    assert_eq!(printed.lines().count(), 3);
}

#[test]
fn json_is_one_array_of_the_same_records() {
    let service = service(321, |builder| builder);
    let printed = service.list(&["--format", "json", "--type", "softwareUpgrade"]).complete();
    let array: Vec<&serde_json::value::RawValue> = serde_json::from_str(&printed).unwrap();
    let texts: Vec<&str> = array.iter().map(|record| record.get()).collect();
    assert_eq!(texts, service.records());
}

#[test]
fn csv_has_a_row_of_the_same_width_for_each_task() {
    let service = service(321, |builder| builder);
    service.rewrite(5, |id| format!(r#"{{"task_id":"{id}","task_name":"a \"b\", c\r\nd"}}"#));
    let printed = service.list(&["--format", "csv", "--type", "softwareUpgrade"]).complete();
    let rows = rows_of_csv(&printed);
    let (header, rows) = rows.split_first().unwrap();
    assert_eq!((header[0].as_str(), header[5].as_str(), header.len()), ("task_id", "total", 15));
    assert_eq!(rows.len(), 321);
    for (row, record) in rows.iter().zip(service.records()) {
        let record: Value = serde_json::from_str(&record).unwrap();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned).replace("null", "");
        assert_eq!(row.len(), 15);
        for (place, field) in ["task_id", "task_name", "task_type", "status"].iter().enumerate() {
            assert_eq!(row[place], text(&record[field]));
        }
        assert_eq!(row[7], text(&record["task_progress"]["fail"]));
        let targets = record["targets"].as_array().map(|targets| targets.len().to_string());
        assert_eq!(row[13], targets.unwrap_or_default());
    }
}

#[test]
fn a_table_has_a_line_for_each_task_as_wide_as_requested() {
    let service = service(200, |builder| builder);
    let mut command = service.command(&["--format", "table", "--type", "softwareUpgrade"]);
    let output = command.env("COLUMNS", "90").output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut lines = printed.lines();
    assert!(lines.next().unwrap().starts_with("ID  "));
    let ids: Vec<&str> = lines.clone().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(ids, service.ids());
    // Wide symbols take two columns, so a line has no more symbols than columns.
    assert!(lines.all(|line| line.chars().count() <= 90));
}

#[test]
fn columns_can_be_chosen_in_table_and_csv() {
    let service = service(3, |builder| builder);
    let chosen = |format| {
        let options = ["--format", format, "--type", "softwareUpgrade", "--columns", "fail,id,progress"];
        service.list(&options)
    };
    let rows = rows_of_csv(&chosen("csv").complete());
    assert_eq!(rows[0], ["fail", "task_id", "progress"]);
    let progress = |record: &String| serde_json::from_str::<Value>(record).unwrap()["task_progress"].clone();
    for (row, record) in rows[1..].iter().zip(service.records()) {
        let progress = progress(&record);
        assert_eq!(row[0], progress["fail"].to_string());
        assert_eq!(row[2], format!("{}/{}", progress["success"], progress["total"]));
    }
    let table = chosen("table").complete();
    let words: Vec<&str> = table.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(words, ["FAIL", "ID", "PROGRESS"]);
    for format in ["ndjson", "json"] {
        let refused = chosen(format);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""));
        assert!(refused.stderr.contains("--columns"), "{}", refused.stderr);
    }
}

#[test]
fn a_table_shows_times_of_this_machines_zone_with_local() {
    let service = service(1, |builder| builder);
    let options = ["--format", "table", "--no-header", "--type", "softwareUpgrade", "--columns", "created"];
    let shown = |more: &[&str]| {
        let mut command = service.command(&[&options[..], more].concat());
        let printed = Ended::from(command.env("TZ", "CST-8").output().unwrap()).complete();
        printed.trim().parse::<DateTime>().unwrap()
    };
    assert_eq!(shown(&["--local"]) - shown(&[]), 8.hours().fieldwise());
}

#[test]
fn an_empty_list_is_whole_in_every_format() {
    let service = service(0, |builder| builder);
    let printed = |format| service.list(&["--format", format, "--type", "softwareUpgrade"]).complete();
    assert_eq!(printed("ndjson"), "");
    assert_eq!(printed("json"), "[]\n");
    assert_eq!(rows_of_csv(&printed("csv")).len(), 1);
    assert_eq!(printed("table").lines().count(), 1);
}

#[test]
fn the_header_can_be_left_out() {
    let service = service(3, |builder| builder);
    for format in ["csv", "table"] {
        let printed = service.list(&["--format", format, "--no-header", "--type", "softwareUpgrade"]).complete();
        let ids: Vec<&str> = printed.lines().map(|line| &line[..24]).collect();
        assert_eq!(ids, service.ids());
    }
}

#[test]
fn a_pipe_gets_ndjson_and_nothing_that_is_for_terminals() {
    let service = service(500, |builder| builder);
    let ended = service.list(&["--type", "softwareUpgrade"]);
    assert!(!ended.stdout.contains('\x1b') && !ended.stdout.contains('\r'));
    assert_eq!(ids_of_lines(&ended.complete()), service.ids());
}

/// Rows and fields by RFC 4180.
fn rows_of_csv(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut symbols = text.chars().peekable();
    while let Some(symbol) = symbols.next() {
        match symbol {
            '"' if quoted && symbols.peek() == Some(&'"') => field.extend(symbols.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            other => field.push(other),
        }
    }
    assert!(!quoted && row.is_empty() && field.is_empty());
    rows
}

#[test]
fn a_row_of_csv_whose_only_value_is_absent_is_still_a_row() {
    let service = service(3, |builder| builder);
    service.rewrite(1, |id| format!(r#"{{"task_id":"{id}"}}"#));
    let options = ["--type", "softwareUpgrade", "--format", "csv", "--columns", "name"];
    let lines: Vec<String> = service.list(&options).complete().split('\n').map(str::to_owned).collect();
    assert_eq!((lines.len(), lines[0].as_str(), lines[2].as_str(), lines[4].as_str()), (5, "task_name", "\"\"", ""));
}

#[test]
fn csv_ends_its_lines_as_shells_have_them_and_on_request_as_spreadsheets_do() {
    let service = service(3, |builder| builder);
    let csv = |more: &[&str]| service.list(&[&["--type", "softwareUpgrade", "--format", "csv"], more].concat());
    let plain = csv(&[]).complete();
    assert!(plain.ends_with('\n') && !plain.contains('\r'));
    assert_eq!(csv(&["--crlf", "--bom"]).complete(), format!("\u{feff}{}", plain.replace('\n', "\r\n")));
    assert_eq!(service.list(&["--format", "ndjson", "--crlf"]).code, Some(2));
}
