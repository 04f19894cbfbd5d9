//! One change as a line.

// Knows tasks and forms, not where lines go.

use std::io::IsTerminal;

use iotda_batch_tasks::{BatchTask, Change, TaskProgress, TaskState, TaskStatus, TaskType};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::arguments::WatchFormat;
use crate::colour::Colours;
use crate::output::succeeded;
use crate::terminal::{self, pad, visible, write_cut};

// What usually fits; longer cells push the others aside, and the name is cut.
/// `Processing -> Success`.
const STATUS: usize = 21;
/// `29999/30000`.
const PROGRESS: usize = 11;
/// `updateDeviceShadows`.
const TYPE: usize = 19;

const CREATED: &str = "created";

/// What happened to a task: the fields of a line of ndjson.
#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    time: String,
    pub(super) change: &'static str,
    pub(super) task_id: &'a str,
    task_type: Option<&'a TaskType>,
    task_name: Option<&'a str>,
    before: Option<State<'a>>,
    after: Option<State<'a>>,
    #[serde(skip)]
    seen: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct State<'a> {
    status: Option<&'a TaskStatus>,
    progress: Option<&'a TaskProgress>,
}

impl<'a> State<'a> {
    fn was(state: &'a TaskState) -> Self {
        Self { status: state.status.as_ref(), progress: state.progress.as_ref() }
    }

    fn is(task: &'a BatchTask) -> Self {
        Self { status: task.status.as_ref(), progress: task.task_progress.as_ref() }
    }
}

impl<'a> Line<'a> {
    /// The line of a change that was seen at `seen`; `None` for a kind of change that is not known here.
    pub(super) fn of(change: &'a Change, seen: Timestamp) -> Option<Self> {
        match change {
            Change::Created { task, .. } => Some(Self::of_task(CREATED, None, task, seen)),
            Change::Changed { before, task, .. } => {
                Some(Self::of_task("changed", Some(State::was(before)), task, seen))
            }
            Change::Gone { task_id, last, .. } => Some(Self {
                time: on_paper(seen),
                change: "gone",
                task_id,
                task_type: None,
                task_name: None,
                before: Some(State::was(last)),
                after: None,
                seen,
            }),
            _ => None,
        }
    }

    /// The line of a task that was looked at, and looked like `before` the time before; `None` if nothing changed.
    pub(super) fn of_look(before: Option<&'a BatchTask>, task: &'a BatchTask, seen: Timestamp) -> Option<Self> {
        let before = before.map(State::is);
        (before != Some(State::is(task))).then(|| Self::of_task("changed", before, task, seen))
    }

    fn of_task(change: &'static str, before: Option<State<'a>>, task: &'a BatchTask, seen: Timestamp) -> Self {
        Self {
            time: on_paper(seen),
            change,
            task_id: &task.task_id,
            task_type: task.task_type.as_ref(),
            task_name: task.task_name.as_deref(),
            before,
            after: Some(State::is(task)),
            seen,
        }
    }

    /// The status that the task is in now; nothing where it is gone, or has none.
    pub(super) fn status(&self) -> &'a str {
        self.after.and_then(|state| state.status).map_or("", TaskStatus::as_str)
    }

    /// As a line of ndjson.
    pub(super) fn json(&self) -> Vec<u8> {
        // Writing texts and numbers to memory does not fail.
        let mut json = serde_json::to_vec(self).unwrap_or_default();
        json.push(b'\n');
        json
    }

    pub(super) fn write(&self, form: &Form, out: &mut Vec<u8>) {
        match form.format {
            WatchFormat::Text => {
                self.write_text(form, out);
                out.push(b'\n');
            }
            WatchFormat::Ndjson => out.extend(self.json()),
        }
    }

    /// What fits the width, in this order: id, status, time of day, where the task came from, type, progress, date,
    /// name. So every line of one width has the same columns.
    fn write_text(&self, form: &Form, out: &mut Vec<u8>) {
        let from = out.len();
        let layout = Layout::of(form.width);
        let time = self.seen.to_zoned(form.zone.clone());
        let mut used = 0;
        if let Some(format) = layout.time {
            let time = time.strftime(format).to_string();
            used += cell(&time, &time, 0, out);
        }
        let id = visible(self.task_id);
        used += cell(&id, &id, 0, out);
        let left = form.width.saturating_sub(used);
        let plain = self.statuses(layout.has_before, |_, text| text);
        // Two long statuses take more than is usual.
        let has_before = layout.has_before && plain.width() <= left;
        let plain = if has_before { plain } else { self.statuses(false, |_, text| text) };
        used += cell(&plain, &self.statuses(has_before, |status, text| form.paint(status, text)), layout.status, out);
        let task_type = visible(self.task_type.map_or("", TaskType::as_str));
        let progress = self.progress();
        for (is_shown, text, width) in
            [(layout.has_progress, &*progress, PROGRESS), (layout.has_type, &*task_type, TYPE)]
        {
            // A cell that is longer than usual pushes the others aside, up to the edge.
            if is_shown && used + text.width() <= form.width {
                used += cell(text, text, width, out);
            }
        }
        if layout.has_name && form.width > used {
            write_cut(&visible(self.task_name.unwrap_or_default()), form.width - used, out);
        }
        let end = out.trim_ascii_end().len();
        out.truncate(end.max(from));
    }

    /// Where the task went, each status as `paint` has it.
    fn statuses(&self, has_before: bool, paint: impl Fn(&TaskStatus, String) -> String) -> String {
        let word = |state: State<'_>| match state.status {
            Some(status) => paint(status, visible(status.as_str()).into_owned()),
            None => "?".to_owned(),
        };
        match (self.before, self.after) {
            (_, None) if !has_before => "gone".to_owned(),
            (_, Some(after)) if !has_before => word(after),
            (Some(before), Some(after)) if before.status != after.status => {
                format!("{} -> {}", word(before), word(after))
            }
            (None, Some(after)) if self.change == CREATED => format!("new: {}", word(after)),
            (_, Some(after)) => word(after),
            (Some(before), None) => format!("{} -> gone", word(before)),
            (None, None) => String::new(),
        }
    }

    fn progress(&self) -> String {
        let Some(progress) = self.after.and_then(|state| state.progress) else { return String::new() };
        match progress.fail {
            Some(fail) if fail > 0 => format!("{}, {fail} failed", succeeded(progress)),
            _ => succeeded(progress),
        }
    }
}

/// Which columns a line of text has.
struct Layout {
    time: Option<&'static str>,
    /// Whether it says where the task came from.
    has_before: bool,
    status: usize,
    has_type: bool,
    has_progress: bool,
    has_name: bool,
}

impl Layout {
    fn of(width: usize) -> Self {
        let date = (width >= 91).then_some("%Y-%m-%d %H:%M:%S");
        Self {
            time: date.or((width >= 50).then_some("%H:%M:%S")),
            has_before: width >= 59,
            status: if width >= 59 { STATUS } else { 14 },
            has_type: width >= 78,
            has_progress: width >= 104,
            has_name: width >= 112,
        }
    }
}

/// In which form lines are written.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) format: WatchFormat,
    zone: TimeZone,
    pub(super) colours: Colours,
    /// Of text, in columns.
    width: usize,
}

impl Form {
    /// The form of lines for `stream`, which are cut if it is a terminal.
    pub(super) fn of(stream: &impl IsTerminal, format: WatchFormat, zone: TimeZone) -> Self {
        let width = if stream.is_terminal() { terminal::width() } else { usize::MAX };
        Self { format, zone, colours: Colours::of(stream), width }
    }

    fn paint(&self, status: &TaskStatus, text: String) -> String {
        self.colours.paint(status, text).to_string()
    }
}

/// RFC 3339, to the second.
fn on_paper(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Writes a text as it is `painted`, padded; says how many columns it takes.
fn cell(plain: &str, painted: &str, width: usize, out: &mut Vec<u8>) -> usize {
    out.extend_from_slice(painted.as_bytes());
    let taken = plain.width().max(width) + 2;
    pad(taken - plain.width(), out);
    taken
}
