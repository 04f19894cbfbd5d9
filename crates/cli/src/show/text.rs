//! A task and its sub-tasks for people.

// Knows fields and columns; sends nothing.

use std::io::{self, Write};

use iotda_batch_tasks::decode::WithRaw;
use iotda_batch_tasks::{BatchTask, TaskPolicy, TaskProgress, TaskStatus};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use super::failed_first::SubTask;
use super::form::Form;
use crate::colour::Colours;
use crate::terminal::{self, pad, visible, write_cut};

/// The longest name of a field, and a gap.
const NAME: usize = 14;
/// A narrower terminal has no room for a drawing beside the numbers.
const NARROW: usize = 80;
/// How many symbols draw the progress.
const BAR: usize = 30;
/// `FailWaitRetry`.
const STATUS: usize = 13;
/// A shorter piece of what the device answered says nothing.
const SHORTEST_OUTPUT: usize = 8;
/// Ids of targets are for copying: they are not cut, but a very long one moves the rest of its line aside.
const TARGET: std::ops::RangeInclusive<usize> = 24..=64;

/// Writes fields and lines, cut to the terminal.
pub(super) struct Text {
    width: usize,
    zone: TimeZone,
    colours: Colours,
    /// How wide the ids of targets are.
    target: usize,
    has_header: bool,
}

impl Text {
    pub(super) fn new(zone: TimeZone) -> Self {
        let colours = Colours::of(&io::stdout());
        Self { width: terminal::width(), zone, colours, target: *TARGET.start(), has_header: false }
    }

    fn field(&self, name: &str, value: &str, out: &mut Vec<u8>) {
        if !value.is_empty() {
            let _ = write!(out, "{name:NAME$}");
            write_cut(&visible(value), self.width.saturating_sub(NAME), out);
            out.push(b'\n');
        }
    }

    /// A field of several values with commas between them, on as many lines as it takes: a number is not cut.
    fn list(&self, name: &str, values: &str, out: &mut Vec<u8>) {
        let (mut name, mut line) = (name, String::new());
        for value in values.split_inclusive(", ") {
            if !line.is_empty() && NAME + line.width() + value.trim_end().width() > self.width {
                self.field(name, line.trim_end(), out);
                (name, line) = ("", String::new());
            }
            line.push_str(value);
        }
        self.field(name, line.trim_end(), out);
    }

    fn status(&self, task: &BatchTask, out: &mut Vec<u8>) {
        let Some(status) = &task.status else { return };
        let text = visible(status.as_str());
        let _ = write!(out, "{:NAME$}{}", "Status", self.colours.paint(status, &text));
        if let Some(description) = task.status_desc.as_deref().filter(|text| !text.is_empty()) {
            out.extend_from_slice(b"  ");
            write_cut(&visible(description), self.width.saturating_sub(NAME + text.width() + 2), out);
        }
        out.push(b'\n');
    }

    fn time(&self, time: Timestamp) -> String {
        time.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
    }

    fn policy(&self, policy: &TaskPolicy, out: &mut Vec<u8>) {
        let scheduled = policy.schedule_time.map(|time| self.time(time)).unwrap_or_default();
        self.field("Scheduled", &scheduled, out);
        let count = policy.retry_count.map(|count| format!("up to {count}"));
        let interval = policy.retry_interval.map(|minutes| format!("{minutes} min apart"));
        self.field("Retries", &count.into_iter().chain(interval).collect::<Vec<_>>().join(", "), out);
    }

    /// As many targets as fit, and how many there are.
    fn targets(&self, task: &BatchTask, out: &mut Vec<u8>) {
        let Some(targets) = &task.targets else { return };
        let mut text = format!("{}: ", targets.len());
        for (place, target) in targets.iter().enumerate() {
            let more = if place + 1 < targets.len() { ", …" } else { "" };
            if place > 0 && NAME + text.width() + target.width() + more.width() > self.width {
                text.push('…');
                break;
            }
            text.push_str(target);
            text.push_str(if more.is_empty() { "" } else { ", " });
        }
        self.field("Targets", text.trim_end_matches([' ', ':']), out);
    }
}

impl Form for Text {
    fn task(&mut self, WithRaw { record: task, .. }: &WithRaw<BatchTask>, out: &mut Vec<u8>) {
        let json = |json: &iotda_batch_tasks::task::Json| json.get().to_owned();
        self.field("Task", &task.task_id, out);
        self.field("Name", task.task_name.as_deref().unwrap_or_default(), out);
        self.field("Type", task.task_type.as_ref().map_or("", |task_type| task_type.as_str()), out);
        self.status(task, out);
        match &task.task_progress {
            Some(numbered) if self.width < NARROW => self.list("Progress", &numbers(numbered), out),
            Some(drawn) => self.field("Progress", &progress(drawn), out),
            None => {}
        }
        self.field("Created", &task.create_time.map(|time| self.time(time)).unwrap_or_default(), out);
        task.task_policy.iter().for_each(|policy| self.policy(policy, out));
        self.field("Mode", task.task_mode.as_deref().unwrap_or_default(), out);
        let confirm = task.need_confirm.map_or("", |needed| if needed { "needed from devices" } else { "not needed" });
        self.field("Confirmation", confirm, out);
        self.field("Document", &task.document.as_ref().map(json).unwrap_or_default(), out);
        self.field("Further", &task.task_ext_info.as_ref().map(json).unwrap_or_default(), out);
        let groups = task.targets_filter.as_ref().and_then(|filter| filter.group_ids.as_ref());
        self.field("Groups", &groups.map(|groups| groups.join(", ")).unwrap_or_default(), out);
        self.targets(task, out);
        let longest = task.targets.iter().flatten().map(|target| visible(target).width()).max().unwrap_or_default();
        self.target = longest.clamp(*TARGET.start(), *TARGET.end());
    }

    fn sub_task(&mut self, WithRaw { record: sub_task, .. }: &SubTask, out: &mut Vec<u8>) {
        if !self.has_header {
            self.has_header = true;
            out.push(b'\n');
            self.line("TARGET", ("STATUS", "STATUS"), "OUTPUT", out);
        }
        let target = visible(sub_task.target.as_deref().unwrap_or_default());
        let status = visible(sub_task.status.as_deref().unwrap_or_default());
        let painted = self.colours.paint(&TaskStatus::from(&*status), &status).to_string();
        let error = sub_task.error.iter().flat_map(|error| [&error.error_code, &error.error_msg]).flatten();
        let texts = error.chain(&sub_task.output).map(|text| text.trim()).filter(|text| !text.is_empty());
        let texts = texts.collect::<Vec<_>>().join(" ");
        self.line(&target, (&status, &painted), &visible(&texts), out);
    }
}

impl Text {
    /// One sub-task: side by side, or with its target on a separate line where that leaves no room for the status,
    /// since ids are not cut.
    fn line(&self, target: &str, (status, painted): (&str, &str), output: &str, out: &mut Vec<u8>) {
        let from = out.len();
        out.extend_from_slice(target.as_bytes());
        let mut used = target.width().max(self.target) + 2;
        if used + STATUS > self.width {
            out.extend_from_slice(b"\n  ");
            used = 2;
        } else {
            pad(used - target.width(), out);
        }
        out.extend_from_slice(painted.as_bytes());
        let taken = status.width().max(STATUS) + 2;
        pad(taken - status.width(), out);
        used += taken;
        if self.width > used + SHORTEST_OUTPUT {
            write_cut(output, self.width - used, out);
        }
        let end = out.trim_ascii_end().len();
        out.truncate(end.max(from));
        out.push(b'\n');
    }
}

/// The progress in numbers: those that are none are left out.
fn numbers(progress: &TaskProgress) -> String {
    let TaskProgress { processing, success, fail, waitting, fail_wait_retry, stopped, removed, .. } = progress;
    let parts = [
        (success, "succeeded"),
        (fail, "failed"),
        (processing, "processing"),
        (waitting, "waiting"),
        (fail_wait_retry, "to be tried again"),
        (stopped, "stopped"),
        (removed, "removed"),
    ];
    let texts: Vec<_> = parts
        .iter()
        .filter_map(|(number, word)| number.filter(|number| *number > 0).map(|number| format!("{number} {word}")))
        .collect();
    let texts = texts.join(", ");
    match progress.total {
        None => texts,
        Some(total) if texts.is_empty() => format!("{total} in all"),
        Some(total) => format!("{total} in all: {texts}"),
    }
}

/// The progress drawn, and in numbers.
fn progress(progress: &TaskProgress) -> String {
    let numbers = numbers(progress);
    let TaskProgress { total: Some(total), success, fail, .. } = progress else { return numbers };
    let total = *total;
    // Where the first so many of all end in the drawing: the last of them at its very end.
    let end = |number: i64| match total {
        1.. => (i128::from(number.clamp(0, total)) * BAR as i128 / i128::from(total)) as usize,
        _ => 0,
    };
    let (success, fail) = (success.unwrap_or(0).max(0), fail.unwrap_or(0).max(0));
    let (succeeded, failed) = (end(success), end(success.saturating_add(fail)));
    let signs = [("#", succeeded), ("!", failed - succeeded), (".", BAR - failed)];
    let drawn: String = signs.map(|(sign, number)| sign.repeat(number)).concat();
    format!("[{drawn}] {numbers}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(json: &str) -> String {
        progress(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn progress_is_drawn_and_in_numbers() {
        assert_eq!(
            drawn(r#"{"total":12,"success":6,"fail":2,"processing":4,"waitting":0}"#),
            "[###############!!!!!..........] 12 in all: 6 succeeded, 2 failed, 4 processing"
        );
        assert_eq!(drawn(r#"{"total":0}"#), "[..............................] 0 in all");
        assert_eq!(drawn(r#"{"success":3}"#), "3 succeeded");
        let done = drawn(r#"{"total":7,"success":6,"fail":1}"#);
        assert!(done.starts_with("[#########################!!!!!]"), "{done}");
    }

    #[test]
    fn numbers_that_make_no_sense_are_shown_all_the_same() {
        let text = drawn(r#"{"total":2,"success":9223372036854775807,"fail":9223372036854775807,"stopped":-1}"#);
        assert!(text.starts_with("[##############################] 2 in all: 9223372036854775807 succeeded"), "{text}");
        assert_eq!(drawn(r#"{"total":-5,"fail":1}"#), "[..............................] -5 in all: 1 failed");
    }
}
