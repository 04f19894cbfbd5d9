//! What a terminal can show: how wide it is, how wide texts are, and texts that leave it alone. Knows no tasks.

use std::borrow::Cow;
use std::io::Write as _;

use terminal_size::{Width, terminal_size_of};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Where stdout is no terminal.
const USUAL_WIDTH: usize = 120;

/// How many columns stdout has: as a terminal, or as `COLUMNS` says.
pub(crate) fn width() -> usize {
    let terminal = terminal_size_of(std::io::stdout()).map(|(Width(columns), _)| usize::from(columns));
    let told = || std::env::var("COLUMNS").ok()?.parse().ok();
    terminal.or_else(told).unwrap_or(USUAL_WIDTH)
}

/// The text with everything replaced that could move the cursor, change colours or turn the line around: whoever
/// creates a task chooses its name.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    let steers = |symbol: char| {
        symbol.is_control()
            || matches!(symbol, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    if text.contains(steers) { text.replace(steers, "\u{fffd}").into() } else { text.into() }
}

/// Writes what fits, and says in how many columns.
pub(crate) fn write_cut(text: &str, width: usize, out: &mut Vec<u8>) -> usize {
    let whole = text.width();
    if whole <= width {
        out.extend_from_slice(text.as_bytes());
        return whole;
    }
    // One column is for the mark.
    let room = width.saturating_sub(1);
    let mut taken = 0;
    let fits = |symbol: char| {
        taken += symbol.width().unwrap_or(0);
        taken <= room
    };
    let mut kept = &text[..text.len() - text.trim_start_matches(fits).len()];
    // Some symbols are wider together than alone.
    while kept.width() > room {
        kept = kept.char_indices().next_back().map_or("", |(last, _)| &kept[..last]);
    }
    out.extend_from_slice(kept.as_bytes());
    out.extend_from_slice("…".as_bytes());
    kept.width() + 1
}

pub(crate) fn pad(columns: usize, out: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = write!(out, "{:columns$}", "");
}
