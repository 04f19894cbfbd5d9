//! The forms in which a task and its sub-tasks are written.

// Knows JSON, not where the bytes go.

use std::io::{self, IsTerminal};

use iotda_batch_tasks::BatchTask;
use iotda_batch_tasks::decode::WithRaw;
use iotda_batch_tasks::lists::TaskDetail;
use jiff::tz::TimeZone;

use super::failed_first::SubTask;
use super::text::Text;
use crate::arguments::ShowFormat;
use crate::output::{Csv, CsvStyle, Output, Shown, write_line};

/// A form of writing a task and its sub-tasks.
pub(super) trait Form: Send {
    /// Writes the task, before anything else.
    fn task(&mut self, task: &WithRaw<BatchTask>, out: &mut Vec<u8>);

    /// Writes a sub-task.
    fn sub_task(&mut self, sub_task: &SubTask, out: &mut Vec<u8>);

    /// Writes what follows the last sub-task.
    fn end(&mut self, _out: &mut Vec<u8>) {}
}

/// The requested form, else what suits stdout.
pub(super) fn of(requested: Option<ShowFormat>, zone: TimeZone) -> Box<dyn Form> {
    let suits_stdout = || if io::stdout().is_terminal() { ShowFormat::Text } else { ShowFormat::Ndjson };
    match requested.unwrap_or_else(suits_stdout) {
        ShowFormat::Text => Box::new(Text::new(zone)),
        ShowFormat::Ndjson => Box::new(Ndjson),
        ShowFormat::Json => Box::new(Json::default()),
        ShowFormat::Csv => Box::new(Csv::new(None, CsvStyle::default())),
    }
}

/// The sub-tasks alone.
impl Form for Csv<TaskDetail> {
    fn task(&mut self, _task: &WithRaw<BatchTask>, out: &mut Vec<u8>) {
        self.begin(out);
    }

    fn sub_task(&mut self, sub_task: &SubTask, out: &mut Vec<u8>) {
        self.record(&sub_task.record, None, out);
    }
}

impl Shown for TaskDetail {
    const ID: &'static str = "target";
    const GLANCE: &'static [&'static str] = &["target", "status", "output", "error_code", "error_msg"];
}

struct Ndjson;

impl Form for Ndjson {
    fn task(&mut self, task: &WithRaw<BatchTask>, out: &mut Vec<u8>) {
        write_line(task.raw.get(), out);
    }

    fn sub_task(&mut self, sub_task: &SubTask, out: &mut Vec<u8>) {
        write_line(sub_task.raw.get(), out);
    }
}

/// One object, laid out as the service's own answer to ShowBatchTask.
#[derive(Default)]
struct Json {
    has_one: bool,
}

impl Form for Json {
    fn task(&mut self, task: &WithRaw<BatchTask>, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"batchtask\":\n");
        out.extend_from_slice(task.raw.get().as_bytes());
        out.extend_from_slice(b",\n\"task_details\":[");
    }

    fn sub_task(&mut self, sub_task: &SubTask, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.has_one { b",\n" } else { b"\n" });
        self.has_one = true;
        out.extend_from_slice(sub_task.raw.get().as_bytes());
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\n]}\n");
    }
}
