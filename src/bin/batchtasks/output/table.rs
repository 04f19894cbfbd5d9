//! A table for people. Knows how wide text is on a terminal; its columns are fixed before the first row comes.

use iotda_batch_tasks::{BatchTask, TaskProgress};
use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use super::Output;
use crate::terminal::{self, pad, visible, write_cut};

/// Ids are for copying: they are never cut.
const ID: usize = 24;
/// 30000/30000.
const PROGRESS: usize = 11;

/// Writes one line a task, cut to the terminal.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Columns,
    zone: TimeZone,
    header: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Columns {
    gap: usize,
    name: usize,
    task_type: usize,
    status: usize,
    created: usize,
}

impl Table {
    /// A table as wide as the terminal that stdout is, or as `COLUMNS` says.
    pub(crate) fn new(header: bool, zone: TimeZone) -> Self {
        Self::of_width(terminal::width(), header, zone)
    }

    fn of_width(width: usize, header: bool, zone: TimeZone) -> Self {
        Self { columns: Columns::of_width(width), zone, header }
    }

    fn line(&self, cells: [&str; 6], out: &mut Vec<u8>) {
        let Columns { gap, name, task_type, status, created } = self.columns;
        let [id_cell, name_cell, type_cell, status_cell, progress_cell, created_cell] = cells;
        out.extend_from_slice(id_cell.as_bytes());
        pad((ID + gap).saturating_sub(id_cell.width()), out);
        for (cell, width) in [(name_cell, name), (type_cell, task_type), (status_cell, status)] {
            pad(width - write_cut(cell, width, out) + gap, out);
        }
        pad(PROGRESS.saturating_sub(progress_cell.width()), out);
        out.extend_from_slice(progress_cell.as_bytes());
        pad(gap, out);
        write_cut(created_cell, created, out);
        out.push(b'\n');
    }
}

impl Columns {
    /// The narrowest layout takes 80; what there is beyond goes to one column after the other.
    fn of_width(width: usize) -> Self {
        let mut columns = Self { gap: 1, name: 12, task_type: 10, status: 8, created: 10 };
        let mut spare = width.saturating_sub(80);
        let mut take = |most: usize| {
            let taken = spare.min(most);
            spare -= taken;
            taken
        };
        columns.status += take(6);
        columns.gap += take(5) / 5;
        columns.name += take(8);
        columns.task_type += take(9);
        columns.created += take(9);
        columns.name += take(40);
        columns
    }
}

impl Output for Table {
    type Record = BatchTask;

    fn begin(&mut self, out: &mut Vec<u8>) {
        if self.header {
            let created = if self.zone == TimeZone::UTC { "CREATED UTC" } else { "CREATED" };
            self.line(["ID", "NAME", "TYPE", "STATUS", "PROGRESS", created], out);
        }
    }

    fn record(&mut self, task: &BatchTask, out: &mut Vec<u8>) {
        let id = visible(&task.task_id);
        let name = visible(task.task_name.as_deref().unwrap_or_default());
        let task_type = visible(task.task_type.as_ref().map_or("", |task_type| task_type.as_str()));
        let status = visible(task.status.as_ref().map_or("", |status| status.as_str()));
        let progress = task.task_progress.as_ref().map(succeeded).unwrap_or_default();
        let created = task
            .create_time
            .map(|time| time.to_zoned(self.zone.clone()).strftime(self.columns.time_format()).to_string());
        self.line([&id, &name, &task_type, &status, &progress, created.as_deref().unwrap_or_default()], out);
    }
}

impl Columns {
    fn time_format(self) -> &'static str {
        match self.created {
            19.. => "%Y-%m-%d %H:%M:%S",
            16.. => "%Y-%m-%d %H:%M",
            _ => "%Y-%m-%d",
        }
    }
}

/// How many executions succeeded, of all.
fn succeeded(progress: &TaskProgress) -> String {
    match (progress.success, progress.total) {
        (Some(success), Some(total)) => format!("{success}/{total}"),
        (Some(success), None) => format!("{success}/?"),
        (None, Some(total)) => format!("?/{total}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: &str = r#"{"task_id":"5c8ba99030344005c02316ad","task_name":"NAME","task_type":"updateDeviceShadows",
        "status":"PartialSuccess","task_progress":{"total":30000,"success":29999},"create_time":"20240229T235958Z"}"#;

    fn lines(width: usize, names: &[&str]) -> Vec<String> {
        let (mut table, mut out) = (Table::of_width(width, true, TimeZone::UTC), Vec::new());
        table.begin(&mut out);
        for name in names {
            let task = serde_json::from_str(&TASK.replace("NAME", name)).unwrap();
            table.record(&task, &mut out);
        }
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_row_fits_the_terminal() {
        for width in 80..=149 {
            for line in lines(width, &["a name that is as long as can be, or so it seems, and then a bit longer"]) {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
        let rows = lines(80, &["x"]);
        assert_eq!(rows[1], "5c8ba99030344005c02316ad x            updateDev… Partial… 29999/30000 2024-02-29");
        let rows = lines(117, &["x"]);
        assert!(rows[1].ends_with("updateDeviceShadows  PartialSuccess  29999/30000  2024-02-29 23:59:58"), "{rows:?}");
    }

    #[test]
    fn wide_symbols_count_twice() {
        let rows = lines(80, &["abc", "批量升级", "批量升级批量", "批量升级批量升", "a批量升级批量升"]);
        let hearts = lines(80, &["\u{2764}\u{fe0f}".repeat(9).as_str()]).swap_remove(1);
        assert_eq!(hearts[25..].split("updateDev").next().unwrap().width(), 13);
        let names: Vec<&str> = rows[1..].iter().map(|row| row[25..].split("updateDev").next().unwrap()).collect();
        let expected = ["abc          ", "批量升级     ", "批量升级批量 ", "批量升级批…  ", "a批量升级批… "];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        let rows = lines(80, &[r"a\u001b[2Jb", r"a\nb\u202ec"]);
        assert_eq!(rows.len(), 3);
        assert!(rows[1].contains("a\u{fffd}[2Jb ") && rows[2].contains("a\u{fffd}b\u{fffd}c "), "{rows:?}");
    }

    #[test]
    fn what_is_absent_is_blank_and_a_long_id_is_kept() {
        let (mut table, mut out) = (Table::of_width(80, false, TimeZone::UTC), Vec::new());
        table.begin(&mut out);
        let id = "5c8ba99030344005c02316ad-and-more";
        table.record(&BatchTask::new(id), &mut out);
        let row = String::from_utf8(out).unwrap();
        assert_eq!(row.trim_end(), id);
    }
}
