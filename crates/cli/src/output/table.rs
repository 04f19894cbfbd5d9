//! A table for people.

// Knows how much room each column would like; the room is shared out before the first row comes.

mod widths;

use std::io;

use iotda_batch_tasks::TaskStatus;
use iotda_batch_tasks::columns::{ColumnType, Value};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use super::{Output, Shown, ShownColumn, shown};
use crate::colour::Colours;
use crate::terminal::{self, pad, visible, write_cut};
use widths::{is_number, least_width, leave_out, share_out};

/// The title of the first column where several profiles are read as one. Names of profiles are ASCII.
const PROFILE: &str = "PROFILE";
const PROFILE_GAP: usize = 2;

/// Writes one line a record, which fits the terminal: columns for which there is no room are left out.
#[derive(Debug)]
pub(crate) struct Table<R: 'static> {
    columns: Vec<ShownColumn<R>>,
    widths: Vec<usize>,
    gap: usize,
    /// Of the whole line but for the profile.
    width: usize,
    /// How wide the first column is where it shows the profile.
    profile: Option<usize>,
    zone: TimeZone,
    header: bool,
    colours: Colours,
}

impl<R: Shown> Table<R> {
    /// A table as wide as stdout. By default, it shows what people look at first.
    pub(crate) fn new(columns: Option<Vec<ShownColumn<R>>>, profiles: &[&str], header: bool, zone: TimeZone) -> Self {
        let (by_rank, mut columns) = (columns.is_none(), columns.unwrap_or_else(shown::glance));
        let profile = profiles.iter().map(|profile| profile.len().max(PROFILE.len())).max();
        let beside = profile.map_or(0, |width| width + PROFILE_GAP);
        let width = terminal::known_width().map(|width| width.saturating_sub(beside));
        if let Some(width) = width {
            leave_out(&mut columns, width, by_rank);
        }
        let width = width.unwrap_or_else(|| terminal::USUAL_WIDTH.max(least_width(&columns)));
        Self { profile, colours: Colours::of(&io::stdout()), ..Self::of_width(width, columns, header, zone) }
    }

    /// Which of these columns are left out.
    pub(crate) fn left_out(&self, columns: &[ShownColumn<R>]) -> Vec<&'static str> {
        let is_left_out = |name: &&str| self.columns.iter().all(|shown| shown.name() != *name);
        columns.iter().map(|column| column.name()).filter(is_left_out).collect()
    }

    fn of_width(width: usize, columns: Vec<ShownColumn<R>>, header: bool, zone: TimeZone) -> Self {
        let (widths, gap) = share_out(width, &columns);
        Self { columns, widths, gap, width, profile: None, zone, header, colours: Colours::NONE }
    }

    fn line(&self, cells: impl Iterator<Item = (ShownColumn<R>, String)>, is_header: bool, out: &mut Vec<u8>) {
        // A very long id leaves less room for the others, or none.
        let (mut used, mut blanks) = (0, 0);
        for ((column, text), &width) in cells.zip(&self.widths) {
            let text = visible(&text);
            let room = self.width.saturating_sub(used + blanks).min(width);
            if room == 0 && used > 0 {
                break;
            }
            pad(blanks, out);
            used += blanks;
            blanks = self.gap;
            match column.name() {
                // Ids are for copying: they are never cut.
                name if name == R::ID => {
                    out.extend_from_slice(text.as_bytes());
                    used += text.width();
                    blanks += width.saturating_sub(text.width());
                }
                _ if is_number(column) => {
                    let left = room.saturating_sub(text.width());
                    pad(left, out);
                    used += left + write_cut(&text, room, out);
                }
                "status" => {
                    let mut cut = Vec::new();
                    let taken = write_cut(&text, room, &mut cut);
                    let cut = String::from_utf8_lossy(&cut);
                    if is_header {
                        out.extend_from_slice(cut.as_bytes());
                    } else {
                        let status = TaskStatus::from(&*text);
                        out.extend_from_slice(self.colours.paint(&status, cut).to_string().as_bytes());
                    }
                    used += taken;
                    blanks += width.saturating_sub(taken);
                }
                _ => {
                    let taken = write_cut(&text, room, out);
                    used += taken;
                    blanks += width.saturating_sub(taken);
                }
            }
        }
        out.push(b'\n');
    }

    fn profile(&self, profile: &str, out: &mut Vec<u8>) {
        if let Some(width) = self.profile {
            out.extend_from_slice(profile.as_bytes());
            pad((width + PROFILE_GAP).saturating_sub(profile.len()), out);
        }
    }

    fn title(&self, column: ShownColumn<R>) -> String {
        let name = column.name();
        let title = R::SHORT.iter().find(|(_, long)| *long == name).map_or(name, |(short, _)| *short).to_uppercase();
        match column.column_type() {
            ColumnType::Timestamp if self.zone == TimeZone::UTC => title + " UTC",
            _ => title,
        }
    }

    fn text(&self, value: Value<'_>, width: usize) -> String {
        match value {
            Value::Text(text) | Value::Json(text) => text.into_owned(),
            Value::Integer(number) => number.to_string(),
            Value::Boolean(flag) => flag.to_string(),
            Value::Timestamp(time) => self.time(time, width),
            Value::TextList(texts) => texts.iter().collect::<Vec<_>>().join(","),
            // What a later version of the library may add, too.
            _ => String::new(),
        }
    }

    fn time(&self, time: Timestamp, width: usize) -> String {
        let format = match width {
            19.. => "%Y-%m-%d %H:%M:%S",
            16.. => "%Y-%m-%d %H:%M",
            _ => "%Y-%m-%d",
        };
        time.to_zoned(self.zone.clone()).strftime(format).to_string()
    }
}

impl<R: Shown> Output for Table<R> {
    type Record = R;

    fn begin(&mut self, out: &mut Vec<u8>) {
        if self.header {
            self.profile(PROFILE, out);
            self.line(self.columns.iter().map(|&column| (column, self.title(column))), true, out);
        }
    }

    fn record(&mut self, record: &R, profile: Option<&str>, out: &mut Vec<u8>) {
        self.profile(profile.unwrap_or_default(), out);
        let cells = self.columns.iter().zip(&self.widths);
        let cells = cells.map(|(&column, &width)| (column, self.text(column.value(record), width)));
        self.line(cells, false, out);
    }
}

#[cfg(test)]
mod tests {
    use iotda_batch_tasks::BatchTask;

    use super::*;

    fn columns(names: &[&str]) -> Vec<ShownColumn<BatchTask>> {
        names.iter().map(|name| shown::named(name).unwrap()).collect()
    }

    const TASK: &str = r#"{"task_id":"5c8ba99030344005c02316ad","task_name":"NAME","task_type":"updateDeviceShadows",
        "status":"PartialSuccess","task_progress":{"total":30000,"success":29999},"create_time":"20240229T235958Z"}"#;

    fn table(width: usize, header: bool) -> Table<BatchTask> {
        let mut columns = shown::glance();
        leave_out(&mut columns, width, true);
        Table::of_width(width, columns, header, TimeZone::UTC)
    }

    fn lines(width: usize, names: &[&str]) -> Vec<String> {
        let (mut table, mut out) = (table(width, true), Vec::new());
        table.begin(&mut out);
        for name in names {
            let task = serde_json::from_str(&TASK.replace("NAME", name)).unwrap();
            table.record(&task, None, &mut out);
        }
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_row_fits_every_terminal_from_40_columns_on() {
        for width in 40..=149 {
            let names = ["a name that is as long as can be, or so it seems, and then a bit longer", "批量升级批量升级"];
            for line in lines(width, &names) {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn columns_are_left_out_before_they_say_less_than_they_must() {
        for (width, row) in [
            (40, "5c8ba99030344005c02316ad  PartialSuccess"),
            (50, "5c8ba99030344005c02316ad 批量升级…  PartialSuccess"),
            (60, "5c8ba99030344005c02316ad 批量升级… Partial… 2024-02-29 23:59"),
            (80, "5c8ba99030344005c02316ad 批量升级… updateDeviceShadows Partial… 2024-02-29 23:59"),
            (
                120,
                "5c8ba99030344005c02316ad  批量升级批量                updateDeviceShadows  PartialSuccess  29999/30000  \
                 2024-02-29 23:59",
            ),
        ] {
            assert_eq!(lines(width, &["批量升级批量"])[1], row, "{width}");
        }
    }

    #[test]
    fn of_chosen_columns_the_last_ones_are_left_out() {
        let mut columns = columns(&["type", "created", "id", "total"]);
        leave_out(&mut columns, 40, false);
        assert_eq!(columns.iter().map(|column| column.name()).collect::<Vec<_>>(), ["task_type", "create_time"]);
    }

    #[test]
    fn an_id_that_is_too_long_leaves_the_others_what_is_left() {
        let mut out = Vec::new();
        let id = "5c8ba99030344005c02316ad-and-so-on-up-to-the-edge";
        table(80, false).record(
            &serde_json::from_str(&TASK.replace("5c8ba99030344005c02316ad", id)).unwrap(),
            None,
            &mut out,
        );
        let row = String::from_utf8(out).unwrap();
        assert!(row.starts_with(id) && row.trim_end().width() <= 80, "{row}");
    }

    #[test]
    fn columns_come_in_the_requested_order_and_numbers_to_the_right() {
        let columns = columns(&["total", "created", "id"]);
        let mut table = Table::of_width(80, columns, true, TimeZone::posix("CST-8").unwrap());
        let mut out = Vec::new();
        table.begin(&mut out);
        table.record(&serde_json::from_str(TASK).unwrap(), None, &mut out);
        let expected = "TOTAL  CREATED              ID\n30000  2024-03-01 07:59:58  5c8ba99030344005c02316ad\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn wide_symbols_count_twice() {
        let rows = lines(84, &["abc", "批量升级", "批量升级批量", "批量升级批量升", "a批量升级批量升"]);
        let name = |row: &str| row[25..].split("updateDev").next().unwrap().to_owned();
        let hearts = lines(84, &["\u{2764}\u{fe0f}".repeat(9).as_str()]).swap_remove(1);
        assert_eq!(name(&hearts).width(), 14);
        let names: Vec<String> = rows[1..].iter().map(|row| name(row)).collect();
        let expected = ["abc           ", "批量升级      ", "批量升级批量  ", "批量升级批量… ", "a批量升级批…  "];
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
        let (mut table, mut out) = (table(80, false), Vec::new());
        table.begin(&mut out);
        let id = "5c8ba99030344005c02316ad-and-more";
        table.record(&BatchTask::new(id), None, &mut out);
        let row = String::from_utf8(out).unwrap();
        assert_eq!(row.trim_end(), id);
    }
}
