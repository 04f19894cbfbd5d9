//! Comma-separated values as RFC 4180 has them, with the line ends that shells expect. The rules of quoting are those of
//! `csv-core`, the writer inside of the `csv` crate: `csv` itself writes to an output that it owns, and here records of
//! several forms go to one buffer. Texts are written as they are; what a spreadsheet makes of one that begins with `=`
//! is not known here.

use csv_core::{Terminator, WriteResult, Writer, WriterBuilder};
use iotda_batch_tasks::columns::Value;

use super::{Output, Shown, ShownColumn, shown};

/// What the first bytes of the output are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CsvStyle {
    /// Without the line of names.
    pub(crate) no_header: bool,
    /// Lines end in CR LF instead of LF.
    pub(crate) crlf: bool,
    /// A byte-order mark comes first.
    pub(crate) bom: bool,
}

/// Writes one line a record after a line of names.
#[derive(Debug)]
pub(crate) struct Csv<R: 'static> {
    columns: Vec<ShownColumn<R>>,
    /// Whether the first column is the profile.
    has_profile: bool,
    style: CsvStyle,
    writer: Writer,
}

impl<R: Shown> Csv<R> {
    /// By default, every column that is one value.
    pub(crate) fn new(columns: Option<Vec<ShownColumn<R>>>, style: CsvStyle) -> Self {
        let columns = columns.unwrap_or_else(shown::of_csv);
        let end = if style.crlf { Terminator::CRLF } else { Terminator::Any(b'\n') };
        Self { columns, has_profile: false, style, writer: WriterBuilder::new().terminator(end).build() }
    }

    /// The same with a first column for the profile.
    pub(crate) fn with_profile(self, has_profile: bool) -> Self {
        Self { has_profile, ..self }
    }

    fn row<'a>(&mut self, cells: impl Iterator<Item = Value<'a>>, out: &mut Vec<u8>) {
        for (index, cell) in cells.enumerate() {
            if index > 0 {
                write(out, |piece| self.writer.delimiter(piece));
            }
            match cell {
                Value::Text(text) | Value::Json(text) => self.field(&text, out),
                Value::Integer(number) => self.field(&number.to_string(), out),
                Value::Boolean(flag) => self.field(if flag { "true" } else { "false" }, out),
                // RFC 3339, in UTC wherever it is read.
                Value::Timestamp(time) => self.field(&time.to_string(), out),
                Value::TextList(texts) => {
                    let texts = serde_json::to_string(&Vec::from_iter(texts.iter())).unwrap_or_default();
                    self.field(&texts, out);
                }
                // What a later version of the library may add, too.
                _ => self.field("", out),
            }
        }
        write(out, |piece| self.writer.terminator(piece));
    }

    fn field(&mut self, text: &str, out: &mut Vec<u8>) {
        let mut rest = text.as_bytes();
        write(out, |piece| {
            let (result, taken, written) = self.writer.field(rest, piece);
            rest = &rest[taken..];
            (result, written)
        });
    }
}

/// Writes piece by piece until all is written.
fn write(out: &mut Vec<u8>, mut next: impl FnMut(&mut [u8]) -> (WriteResult, usize)) {
    let mut piece = [0; 256];
    loop {
        let (result, written) = next(&mut piece);
        out.extend_from_slice(&piece[..written]);
        if result == WriteResult::InputEmpty {
            return;
        }
    }
}

impl<R: Shown> Output for Csv<R> {
    type Record = R;

    fn begin(&mut self, out: &mut Vec<u8>) {
        if self.style.bom {
            out.extend_from_slice("\u{feff}".as_bytes());
        }
        if !self.style.no_header {
            let profile = self.has_profile.then_some("profile");
            let names: Vec<&str> = profile.into_iter().chain(self.columns.iter().map(|column| column.name())).collect();
            self.row(names.into_iter().map(Value::from), out);
        }
    }

    fn record(&mut self, record: &R, profile: Option<&str>, out: &mut Vec<u8>) {
        let columns = std::mem::take(&mut self.columns);
        let profile = self.has_profile.then_some(Value::from(profile));
        self.row(profile.into_iter().chain(columns.iter().map(|column| column.value(record))), out);
        self.columns = columns;
    }
}

#[cfg(test)]
mod tests {
    use iotda_batch_tasks::BatchTask;

    use super::*;

    fn columns(names: &[&str]) -> Option<Vec<ShownColumn<BatchTask>>> {
        Some(names.iter().map(|name| shown::named(name).unwrap()).collect())
    }

    const COLUMNS: &str = "task_id,task_name,task_type,status,create_time,total,success,fail,processing,waitting,\
                           fail_wait_retry,stopped,removed,targets,status_desc";

    const NO_HEADER: CsvStyle = CsvStyle { no_header: true, crlf: false, bom: false };

    fn written(json: &str, style: CsvStyle) -> String {
        written_as(Csv::new(None, style), json)
    }

    fn written_as(mut csv: Csv<BatchTask>, json: &str) -> String {
        let mut out = Vec::new();
        csv.begin(&mut out);
        csv.record(&serde_json::from_str(json).unwrap(), None, &mut out);
        csv.end(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_column_has_its_value() {
        let json = r#"{"task_id":"a","task_name":"n","task_type":"changeGateway","status":"Stopping","targets":["x","y"],
            "status_desc":"d","create_time":"20240229T235959Z","task_progress":{"total":1,"success":2,"fail":3,
            "processing":4,"waitting":5,"fail_wait_retry":6,"stopped":7,"removed":8}}"#;
        let row = "a,n,changeGateway,Stopping,2024-02-29T23:59:59Z,1,2,3,4,5,6,7,8,2,d";
        assert_eq!(written(json, CsvStyle::default()), format!("{COLUMNS}\n{row}\n"));
        assert_eq!(written(json, NO_HEADER), format!("{row}\n"));
        assert_eq!(written(json, CsvStyle { crlf: true, ..CsvStyle::default() }), format!("{COLUMNS}\r\n{row}\r\n"));
        assert_eq!(written(json, CsvStyle { bom: true, ..NO_HEADER }), format!("\u{feff}{row}\n"));
    }

    #[test]
    fn what_is_absent_is_empty() {
        let row = written(r#"{"task_id":"a"}"#, NO_HEADER);
        assert_eq!(row, format!("a{}\n", ",".repeat(14)));
        assert_eq!(row.matches(',').count(), COLUMNS.matches(',').count());
    }

    #[test]
    fn a_row_of_one_absent_value_is_no_blank_line() {
        let csv = Csv::new(columns(&["status_desc"]), NO_HEADER);
        assert_eq!(written_as(csv, r#"{"task_id":"a"}"#), "\"\"\n");
    }

    #[test]
    fn a_profile_is_the_first_column() {
        let (mut csv, mut out) = (Csv::new(columns(&["id"]), CsvStyle::default()).with_profile(true), Vec::new());
        csv.begin(&mut out);
        csv.record(&BatchTask::new("a"), Some("north"), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "profile,task_id\nnorth,a\n");
    }

    #[test]
    fn columns_come_in_the_requested_order() {
        let csv = Csv::new(columns(&["progress", "status_desc", "id"]), CsvStyle::default());
        let json = r#"{"task_id":"a","task_progress":{"total":2,"success":1}}"#;
        assert_eq!(written_as(csv, json), "progress,status_desc,task_id\n1/2,,a\n");
    }

    #[test]
    fn columns_beyond_those_of_the_default_hold_json_and_lists_as_texts() {
        let csv = Csv::new(columns(&["need_confirm", "document", "targets"]), NO_HEADER);
        let json = r#"{"task_id":"a","need_confirm":true,"document":{"x": 1},"targets":["d","e"]}"#;
        assert_eq!(written_as(csv, json), "true,\"{\"\"x\"\": 1}\",2\n");
    }

    #[test]
    fn commas_quotes_and_line_breaks_are_quoted() {
        let long = "\"".repeat(1000);
        for (name, quoted) in [
            (r"a,b", "\"a,b\""),
            (r#"say \"hi\""#, "\"say \"\"hi\"\"\""),
            (r"two\nlines", "\"two\nlines\""),
            (r"two\rlines", "\"two\rlines\""),
            (r" 批量; =1+1 ", " 批量; =1+1 "),
            (&long.replace('"', "\\\""), &format!("\"{}\"", long.repeat(2))),
        ] {
            let row = written(&format!(r#"{{"task_id":"a","task_name":"{name}"}}"#), NO_HEADER);
            assert_eq!(row, format!("a,{quoted}{}\n", ",".repeat(13)));
        }
    }
}
