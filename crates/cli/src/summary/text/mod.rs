//! The summary for people: bars, sparklines and numbers, in the width of a terminal. Writes nowhere.

mod bars;
mod matrix;

use iotda_batch_tasks::TaskStatus;
use jiff::civil::Date;

use super::Counted;
use super::periods::{Periods, Step};
use super::tally::Summary;
use crate::colour;
use crate::terminal::{visible, write_cut};
use bars::{Bars, Row, write_bars};

/// How many of the last days have a bar each.
const LATEST: usize = 14;
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What there is to draw on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// In columns.
    pub(super) width: usize,
    pub(super) colours: bool,
}

/// How a piece of text looks, where there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Heading,
    Faint,
    Neutral,
    /// What has no colour anywhere.
    Idle,
    /// As the status has it everywhere.
    Of(u8),
}

impl Frame {
    /// At least so wide that the numbers have room.
    fn columns(self) -> usize {
        self.width.max(24)
    }

    fn painted(self, text: &str, look: Look) -> String {
        let code = match look {
            Look::Heading => 1,
            Look::Faint => 2,
            Look::Neutral => 34,
            Look::Idle => 35,
            Look::Of(code) => code,
        };
        if self.colours && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

pub(super) fn text(counted: &Counted, frame: Frame) -> String {
    let summary = &counted.summary;
    let mut out = String::new();
    head(counted, frame, &mut out);
    if summary.tasks() == 0 {
        return out;
    }
    types(summary, frame, &mut out);
    statuses(summary, frame, &mut out);
    matrix::write_matrix(summary, frame, &mut out);
    devices(summary, frame, &mut out);
    days(counted, frame, &mut out);
    out
}

fn head(counted: &Counted, frame: Frame, out: &mut String) {
    let summary = &counted.summary;
    let devices = summary.devices();
    let mut lines = vec![
        ("Tasks", summary.tasks().to_string()),
        ("Devices", devices.total.to_string()),
        ("Success rate", devices.success_rate().map_or_else(|| "-".to_owned(), percent)),
    ];
    for (name, number) in [("Unreadable", summary.unreadable), ("Undated", summary.undated)] {
        if number > 0 {
            lines.push((name, number.to_string()));
        }
    }
    let width = lines.iter().map(|(_, value)| value.len()).max().unwrap_or_default();
    for (name, value) in lines {
        let value = frame.painted(&format!("{value:>width$}"), Look::Heading);
        out.push_str(&format!("{name:<12}  {value}\n"));
    }
    if let Some(most) = counted.max_items.filter(|most| *most <= summary.tasks() + summary.unreadable) {
        out.push_str(&format!("The newest {most} only (--max-items)\n"));
    }
    let chosen = ["--type", "--status", "--name", "--app-id", "--created-after", "--created-before"];
    let chosen = chosen.iter().filter_map(|option| Some(format!("{option} {}", counted.filters.get(*option)?)));
    let chosen = chosen.collect::<Vec<_>>().join(" ");
    if !chosen.is_empty() {
        let mut line = Vec::new();
        write_cut(&visible(&format!("Only {chosen}")), frame.columns(), &mut line);
        out.push_str(&String::from_utf8_lossy(&line));
        out.push('\n');
    }
}

fn types(summary: &Summary, frame: Frame, out: &mut String) {
    let rows = summary.by_tasks().into_iter().map(|(name, of_type)| Row {
        label: label(name.as_ref().map(|name| name.as_str())),
        value: of_type.tasks(),
        more: vec![
            of_type.devices.total.to_string(),
            of_type.devices.success_rate().map_or_else(|| "-".to_owned(), percent),
        ],
        look: Look::Neutral,
    });
    let bars = Bars { heading: "TYPE", value: "TASKS", more: &["DEVICES", "SUCCESS"], rows: rows.collect() };
    write_bars(&bars, frame, out);
}

fn statuses(summary: &Summary, frame: Frame, out: &mut String) {
    let tasks = summary.tasks();
    let rows = summary.statuses().into_iter().map(|(status, number)| Row {
        label: label(status.as_ref().map(|status| status.as_str())),
        value: number,
        more: vec![share(number, tasks)],
        look: look(status.as_ref()),
    });
    write_bars(&Bars { heading: "STATUS", value: "TASKS", more: &["SHARE"], rows: rows.collect() }, frame, out);
}

fn devices(summary: &Summary, frame: Frame, out: &mut String) {
    let devices = summary.devices();
    use TaskStatus::{Fail, PartialSuccess, Processing, Stopped, Success};
    let like = [Some(&Success), Some(&Fail), Some(&PartialSuccess), Some(&Processing), None, Some(&Stopped), None];
    let rows = devices.states().into_iter().zip(like.map(look)).filter(|((_, number), _)| *number > 0);
    let rows: Vec<Row> = rows
        .map(|((state, number), look)| Row {
            label: state.to_owned(),
            value: number,
            more: vec![share(number, devices.total)],
            look,
        })
        .collect();
    if !rows.is_empty() {
        write_bars(&Bars { heading: "DEVICES", value: "COUNT", more: &["SHARE"], rows }, frame, out);
    }
}

fn days(counted: &Counted, frame: Frame, out: &mut String) {
    let days = &counted.summary.days;
    let Periods { step, counts } = Periods::of(days, frame.columns());
    let Some(most) = counts.iter().map(|(_, tasks)| *tasks).max() else { return };
    out.push('\n');
    let heading = format!("TASKS PER {}", step.name().to_uppercase());
    out.push_str(&frame.painted(&heading, Look::Heading));
    out.push_str(&format!(" ({most} at most)\n"));
    let line: String = counts.iter().map(|(_, tasks)| level(*tasks, most)).collect();
    out.push_str(&frame.painted(&line, Look::Neutral));
    out.push('\n');
    let span = [days.keys().next(), days.keys().next_back()].map(|day| day.map(Date::to_string).unwrap_or_default());
    out.push_str(&format!("{} to {}\n", span[0], span[1]));
    let rows = latest(counted).into_iter().map(|(day, tasks)| Row {
        label: day.to_string(),
        value: tasks,
        more: Vec::new(),
        look: Look::Neutral,
    });
    let heading = if counted.zone == "UTC" { "DAY (UTC)" } else { "DAY" };
    write_bars(&Bars { heading, value: "TASKS", more: &[], rows: rows.collect() }, frame, out);
}

/// The last days, also those on which nothing was created.
fn latest(counted: &Counted) -> Vec<(Date, u64)> {
    let days = &counted.summary.days;
    let last = days.keys().next_back();
    let since = last.and_then(|last| last.checked_sub(jiff::Span::new().days(LATEST as i64 - 1)).ok());
    let latest = match since {
        Some(since) => days.range(since..).map(|(day, tasks)| (*day, *tasks)).collect(),
        None => days.clone(),
    };
    let Periods { step, counts } = Periods::of(&latest, LATEST);
    debug_assert_eq!(step, Step::Days(1));
    counts
}

fn level(tasks: u64, most: u64) -> char {
    match tasks {
        0 => ' ',
        _ => LEVELS[(u128::from(tasks) * 8).div_ceil(u128::from(most)).clamp(1, 8) as usize - 1],
    }
}

fn label(name: Option<&str>) -> String {
    match name {
        None | Some("") => "(none)".to_owned(),
        Some(name) => visible(name).into_owned(),
    }
}

fn look(status: Option<&TaskStatus>) -> Look {
    status.and_then(colour::code).map_or(Look::Idle, Look::Of)
}

fn share(part: u64, whole: u64) -> String {
    if whole == 0 { "-".to_owned() } else { percent(part as f64 / whole as f64) }
}

/// One decimal digit. 100 % and 0 % are shown of exactly all and exactly none.
fn percent(rate: f64) -> String {
    let tenths = (rate * 1000.0).round();
    let tenths = if rate < 1.0 { tenths.min(999.0) } else { tenths };
    let tenths = if rate > 0.0 { tenths.max(1.0) } else { tenths };
    format!("{:.1}%", tenths / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoints::Identity;

    /// A summary of days that have so many tasks.
    fn of_days(days: &[(&str, u64)]) -> Counted {
        let mut summary = Summary::default();
        summary.types.entry(None).or_default().statuses.insert(None, 1);
        summary.days = days.iter().map(|(day, tasks)| (day.parse().unwrap(), *tasks)).collect();
        Counted { summary, max_items: None, zone: "UTC".to_owned(), filters: Identity::new() }
    }

    fn of_width(counted: &Counted, width: usize) -> Vec<String> {
        text(counted, Frame { width, colours: false }).lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_sparkline_has_a_level_a_day_and_a_gap_where_there_was_nothing() {
        let counted = of_days(&[("2026-08-01", 1), ("2026-08-02", 80), ("2026-08-04", 40), ("2026-08-05", 11)]);
        let lines = of_width(&counted, 60);
        let at = lines.iter().position(|line| line == "TASKS PER DAY (80 at most)").unwrap();
        assert_eq!(lines[at + 1..at + 3], ["▁█ ▄▂", "2026-08-01 to 2026-08-05"]);
        let bars: Vec<&str> = lines[at + 5..].iter().map(|line| line.trim_end()).collect();
        assert_eq!(bars.len(), 5);
        assert!(bars[2].ends_with(" 0") && bars[1].ends_with(&"█".repeat(41)), "{bars:?}");
    }

    #[test]
    fn a_sparkline_of_a_long_time_is_condensed_to_the_width() {
        let counted = of_days(&[("2025-01-01", 3), ("2026-08-20", 1), ("2026-08-22", 5)]);
        for (width, period, symbols) in [(1000, "DAY", 599), (100, "WEEK", 86), (40, "MONTH", 20)] {
            let lines = of_width(&counted, width);
            let at = lines.iter().position(|line| line.starts_with("TASKS PER")).unwrap();
            assert!(lines[at].starts_with(&format!("TASKS PER {period} (")), "{}", lines[at]);
            assert_eq!(lines[at + 1].chars().count(), symbols);
        }
        // The days of the bars are the latest, whatever the sparkline is of.
        assert!(of_width(&counted, 40).last().unwrap().starts_with("2026-08-22      5  ███"));
    }

    #[test]
    fn all_and_nothing_are_exact() {
        let percentages = [0.0, 0.00001, 0.0004, 0.6564, 0.99999, 1.0].map(percent);
        assert_eq!(percentages, ["0.0%", "0.1%", "0.1%", "65.6%", "99.9%", "100.0%"]);
    }

    #[test]
    fn colours_take_no_room() {
        let counted = of_days(&[("2026-08-01", 1)]);
        let plain = text(&counted, Frame { width: 80, colours: false });
        let mut coloured = text(&counted, Frame { width: 80, colours: true });
        assert!(coloured.len() > plain.len());
        for code in ["0", "1", "2", "31", "32", "33", "34", "35", "36"] {
            coloured = coloured.replace(&format!("\x1b[{code}m"), "");
        }
        assert_eq!(coloured, plain);
    }
}
