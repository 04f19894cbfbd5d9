//! Comma-separated values as RFC 4180 has them: CRLF, and quotes where they are needed. Texts are written as they are;
//! what a spreadsheet makes of one that begins with `=` is not known here.

use std::fmt::{self, Display, Write as _};

use iotda_batch_tasks::{BatchTask, TaskProgress};

use super::Output;

const COLUMNS: &str = "task_id,task_name,task_type,status,create_time,total,success,fail,processing,waitting,\
                       fail_wait_retry,stopped,removed,targets,status_desc";

/// Writes one line a task behind a line of names.
#[derive(Debug)]
pub(crate) struct Csv {
    pub(crate) header: bool,
}

impl Output for Csv {
    type Record = BatchTask;

    fn begin(&mut self, out: &mut Vec<u8>) {
        if self.header {
            out.extend_from_slice(COLUMNS.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }

    fn record(&mut self, task: &BatchTask, out: &mut Vec<u8>) {
        let unknown = TaskProgress::default();
        let progress = task.task_progress.as_ref().unwrap_or(&unknown);
        let mut line = Line { out, is_first: true };
        line.text(Some(&task.task_id));
        line.text(task.task_name.as_deref());
        line.text(task.task_type.as_ref().map(|task_type| task_type.as_str()));
        line.text(task.status.as_ref().map(|status| status.as_str()));
        line.plain(task.create_time);
        line.plain(progress.total);
        line.plain(progress.success);
        line.plain(progress.fail);
        line.plain(progress.processing);
        line.plain(progress.waitting);
        line.plain(progress.fail_wait_retry);
        line.plain(progress.stopped);
        line.plain(progress.removed);
        line.plain(task.targets.as_ref().map(|targets| targets.len()));
        line.text(task.status_desc.as_deref());
        out.extend_from_slice(b"\r\n");
    }
}

struct Line<'a> {
    out: &'a mut Vec<u8>,
    is_first: bool,
}

impl Line<'_> {
    fn text(&mut self, text: Option<&str>) {
        self.comma();
        let text = text.unwrap_or_default();
        if !text.contains(['"', ',', '\r', '\n']) {
            self.out.extend_from_slice(text.as_bytes());
            return;
        }
        self.out.push(b'"');
        for byte in text.bytes() {
            if byte == b'"' {
                self.out.push(b'"');
            }
            self.out.push(byte);
        }
        self.out.push(b'"');
    }

    /// Writes what needs no quotes: a number or a time.
    fn plain(&mut self, value: Option<impl Display>) {
        self.comma();
        if let Some(value) = value {
            // Writing to memory does not fail.
            let _ = write!(self, "{value}");
        }
    }

    fn comma(&mut self) {
        if !self.is_first {
            self.out.push(b',');
        }
        self.is_first = false;
    }
}

impl fmt::Write for Line<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &str, header: bool) -> String {
        let (mut csv, mut out) = (Csv { header }, Vec::new());
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
