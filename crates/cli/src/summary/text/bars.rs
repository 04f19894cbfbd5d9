//! Numbers with bars, one a line.

// Knows widths and eighths of blocks, not what is counted.

use unicode_width::UnicodeWidthStr;

use super::{Frame, Look};
use crate::terminal::{pad, write_cut};

/// From here on a longer bar says no more.
const LONGEST: usize = 100;
/// A shorter one says too little.
const SHORTEST: usize = 8;
const WIDEST_LABEL: usize = 28;
const GAP: usize = 2;
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

pub(super) struct Bars<'a> {
    pub(super) heading: &'a str,
    pub(super) value: &'a str,
    /// The headings of further numbers; the first ones go where there is no room.
    pub(super) more: &'a [&'a str],
    pub(super) rows: Vec<Row>,
}

pub(super) struct Row {
    /// Nothing in it steers a terminal.
    pub(super) label: String,
    /// What the bar shows.
    pub(super) value: u64,
    pub(super) more: Vec<String>,
    pub(super) look: Look,
}

pub(super) fn write_bars(bars: &Bars<'_>, frame: Frame, out: &mut String) {
    let columns = frame.columns();
    let longest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or_default();
    let value = longest(&mut bars.rows.iter().map(|row| row.value.to_string().len())).max(bars.value.len());
    let more: Vec<usize> = (0..bars.more.len())
        .map(|at| longest(&mut bars.rows.iter().map(|row| row.more[at].len())).max(bars.more[at].len()))
        .collect();
    let label = longest(&mut bars.rows.iter().map(|row| row.label.width())).max(bars.heading.len());
    // Types differ at their ends: bars and further numbers have what labels leave.
    let label = label.min(WIDEST_LABEL).min(columns.saturating_sub(GAP + value).max(10));
    let rest = |from: usize| {
        let numbers = label + GAP + value + more[from..].iter().map(|width| GAP + width).sum::<usize>();
        columns.saturating_sub(numbers + GAP)
    };
    let from = (0..more.len()).find(|from| rest(*from) >= SHORTEST).unwrap_or(more.len());
    let bar = rest(from).min(LONGEST);

    out.push('\n');
    let heading = line(bars.heading, label, bars.value, value, bars.more[from..].iter().copied().zip(&more[from..]));
    out.push_str(&frame.painted(&heading, Look::Heading));
    out.push('\n');
    let most = bars.rows.iter().map(|row| row.value).max().unwrap_or_default();
    for row in &bars.rows {
        let cells = row.more[from..].iter().map(String::as_str).zip(&more[from..]);
        out.push_str(&line(&row.label, label, &row.value.to_string(), value, cells));
        let drawn = drawn(row.value, most, bar);
        if !drawn.is_empty() {
            out.push_str("  ");
            out.push_str(&frame.painted(&drawn, row.look));
        }
        out.push('\n');
    }
}

fn line<'a>(
    label: &str,
    label_width: usize,
    value: &str,
    value_width: usize,
    more: impl Iterator<Item = (&'a str, &'a usize)>,
) -> String {
    let mut line = cell(label, label_width);
    line.push_str(&format!("  {value:>value_width$}"));
    for (text, width) in more {
        line.push_str(&format!("  {text:>width$}"));
    }
    line
}

/// The text in exactly so many columns.
pub(super) fn cell(text: &str, width: usize) -> String {
    let mut cell = Vec::new();
    let taken = write_cut(text, width, &mut cell);
    pad(width.saturating_sub(taken), &mut cell);
    String::from_utf8(cell).unwrap_or_default()
}

/// A bar of blocks, to the eighth. Whatever is more than nothing can be seen.
fn drawn(value: u64, most: u64, width: usize) -> String {
    if value == 0 || most == 0 {
        return String::new();
    }
    let eighths = (u128::from(value) * width as u128 * 8).div_ceil(u128::from(most));
    let eighths = usize::try_from(eighths).unwrap_or_default().max(usize::from(width > 0));
    let mut bar = "█".repeat(eighths / 8);
    bar.extend((eighths % 8).checked_sub(1).map(|part| EIGHTHS[part]));
    bar
}
