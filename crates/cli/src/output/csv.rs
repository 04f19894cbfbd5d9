//! Comma-separated values as RFC 4180 has them: CRLF, and quotes where they are needed. Texts are written as they are;
//! what a spreadsheet makes of one that begins with `=` is not known here.

use iotda_batch_tasks::BatchTask;

use super::{Cell, Column, Output};

/// Writes one line a task behind a line of names.
#[derive(Debug)]
pub(crate) struct Csv {
    columns: Vec<Column>,
    header: bool,
}

impl Csv {
    /// All columns that there are, unless told which.
    pub(crate) fn new(columns: Option<Vec<Column>>, header: bool) -> Self {
        Self { columns: columns.unwrap_or_else(|| Column::FIELDS.to_vec()), header }
    }
}

impl Output for Csv {
    type Record = BatchTask;

    fn begin(&mut self, out: &mut Vec<u8>) {
        if self.header {
            let names: Vec<&str> = self.columns.iter().map(|column| column.name()).collect();
            out.extend_from_slice(names.join(",").as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }

    fn record(&mut self, task: &BatchTask, out: &mut Vec<u8>) {
        for (place, column) in self.columns.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            match column.cell(task) {
                Cell::Text(text) => write_text(text, out),
                Cell::Plain(text) => out.extend_from_slice(text.as_bytes()),
                // RFC 3339, in UTC wherever it is read.
                Cell::Time(time) => out.extend_from_slice(time.to_string().as_bytes()),
                Cell::Absent => {}
            }
        }
        out.extend_from_slice(b"\r\n");
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    if !text.contains(['"', ',', '\r', '\n']) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &str = "task_id,task_name,task_type,status,create_time,total,success,fail,processing,waitting,\
                           fail_wait_retry,stopped,removed,targets,status_desc";

    fn written(json: &str, header: bool) -> String {
        written_as(Csv::new(None, header), json)
    }

    fn written_as(mut csv: Csv, json: &str) -> String {
        let mut out = Vec::new();
        csv.begin(&mut out);
        csv.record(&serde_json::from_str(json).unwrap(), &mut out);
        csv.end(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_column_has_its_value() {
        let json = r#"{"task_id":"a","task_name":"n","task_type":"changeGateway","status":"Stopping","targets":["x","y"],
            "status_desc":"d","create_time":"20240229T235959Z","task_progress":{"total":1,"success":2,"fail":3,
            "processing":4,"waitting":5,"fail_wait_retry":6,"stopped":7,"removed":8}}"#;
        let row = "a,n,changeGateway,Stopping,2024-02-29T23:59:59Z,1,2,3,4,5,6,7,8,2,d\r\n";
        assert_eq!(written(json, true), format!("{COLUMNS}\r\n{row}"));
        assert_eq!(written(json, false), row);
    }

    #[test]
    fn what_is_absent_is_empty() {
        let row = written(r#"{"task_id":"a"}"#, false);
        assert_eq!(row, format!("a{}\r\n", ",".repeat(14)));
        assert_eq!(row.matches(',').count(), COLUMNS.matches(',').count());
    }

    #[test]
    fn columns_stand_as_they_are_asked_for() {
        let csv = Csv::new(Some(vec![Column::Progress, Column::StatusDesc, Column::TaskId]), true);
        let json = r#"{"task_id":"a","task_progress":{"total":2,"success":1}}"#;
        assert_eq!(written_as(csv, json), "progress,status_desc,task_id\r\n1/2,,a\r\n");
    }

    #[test]
    fn commas_quotes_and_line_breaks_are_quoted() {
        for (name, quoted) in [
            (r"a,b", "\"a,b\""),
            (r#"say \"hi\""#, "\"say \"\"hi\"\"\""),
            (r"two\nlines", "\"two\nlines\""),
            (r"two\rlines", "\"two\rlines\""),
            (r" 批量; =1+1 ", " 批量; =1+1 "),
        ] {
            let row = written(&format!(r#"{{"task_id":"a","task_name":"{name}"}}"#), false);
            assert_eq!(row, format!("a,{quoted}{}\r\n", ",".repeat(13)));
        }
    }
}
