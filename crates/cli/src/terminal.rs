//! What a terminal can show: how wide it is, how wide texts are, and texts that leave it alone.

// Knows no tasks.

use std::borrow::Cow;
use std::io::Write as _;

use terminal_size::{Height, Width, terminal_size_of};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Where stdout is no terminal.
pub(crate) const USUAL_WIDTH: usize = 120;

/// How many columns stdout has: as a terminal, or as `COLUMNS` says, else as is usual.
pub(crate) fn width() -> usize {
    known_width().unwrap_or(USUAL_WIDTH)
}

/// As [`width`], if anything says so.
pub(crate) fn known_width() -> Option<usize> {
    let variable = || std::env::var("COLUMNS").ok()?.parse().ok();
    columns(terminal_size_of(std::io::stdout())).or_else(variable)
}

/// How many lines stdout has as a terminal.
pub(crate) fn height() -> Option<usize> {
    terminal_size_of(std::io::stdout()).map(|(_, Height(lines))| usize::from(lines)).filter(|lines| *lines > 0)
}

/// A terminal that does not know its size says 0.
fn columns(size: Option<(Width, Height)>) -> Option<usize> {
    size.map(|(Width(columns), _)| usize::from(columns)).filter(|columns| *columns > 0)
}

/// How many symbols may be drawn as one: as many as the flag of a region has, or a family.
const MAX_CLUSTER: usize = 8;

/// How many columns a line of text of the service may have outside of tables.
const MAX_LINE: usize = 2000;

/// How many columns this stream has as a terminal, else as is usual.
#[cfg(unix)]
pub(crate) fn width_of(stream: &impl std::os::fd::AsFd) -> usize {
    columns(terminal_size_of(stream)).unwrap_or(USUAL_WIDTH)
}

#[cfg(windows)]
pub(crate) fn width_of(stream: &impl std::os::windows::io::AsHandle) -> usize {
    columns(terminal_size_of(stream)).unwrap_or(USUAL_WIDTH)
}

/// The text with everything replaced that could move the cursor, change colours or turn the line around, and without
/// what no reader could see: the creator of a task chooses its name. Takes time in proportion to the length.
///
/// Every text that this program did not make itself goes through here, or through [`safe_line`], before it reaches a
/// terminal.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    let mut length = ClusterLength::default();
    if text.chars().all(|symbol| !steers(symbol) && length.admits(symbol)) {
        return text.into();
    }
    let mut length = ClusterLength::default();
    let symbols = text.chars().map(|symbol| if steers(symbol) { '\u{fffd}' } else { symbol });
    symbols.filter(|symbol| length.admits(*symbol)).collect::<String>().into()
}

/// How many symbols are drawn in the place of one: marks on top of it, and what joiners add to it.
#[derive(Default)]
struct ClusterLength {
    symbols: usize,
    is_joined: bool,
}

impl ClusterLength {
    /// Counts the symbol, unless it is too many.
    fn admits(&mut self, symbol: char) -> bool {
        const JOINER: char = '\u{200d}';

        let has_no_width = symbol.width().unwrap_or(0) == 0;
        if has_no_width && self.symbols >= MAX_CLUSTER {
            return false;
        }
        self.symbols = if has_no_width || self.is_joined { self.symbols + 1 } else { 1 };
        self.is_joined = symbol == JOINER;
        true
    }
}

fn steers(symbol: char) -> bool {
    symbol.is_control()
        || matches!(symbol, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// As [`visible`], for a separate line: longer ones are cut.
pub(crate) fn safe_line(text: &str) -> String {
    let mut line = Vec::new();
    write_cut(&visible(text), MAX_LINE, &mut line);
    // It was text, and is cut between symbols.
    String::from_utf8_lossy(&line).into_owned()
}

/// Writes what fits, and returns in how many columns. Takes time in proportion to the length.
pub(crate) fn write_cut(text: &str, width: usize, out: &mut Vec<u8>) -> usize {
    let whole = text.width();
    if whole <= width {
        out.extend_from_slice(text.as_bytes());
        return whole;
    }
    if width == 0 {
        return 0;
    }
    // One column is for the mark. Symbols are narrower together than alone, but for one that a variation selector
    // makes an emoji.
    let (room, mut taken) = (width - 1, 0);
    let fits = |symbol: char| {
        taken += if symbol == '\u{fe0f}' { 1 } else { symbol.width().unwrap_or(0) };
        taken <= room
    };
    let kept = &text[..text.len() - text.trim_start_matches(fits).len()];
    out.extend_from_slice(kept.as_bytes());
    out.extend_from_slice("…".as_bytes());
    kept.width() + 1
}

pub(crate) fn pad(columns: usize, out: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = write!(out, "{:columns$}", "");
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn cut(text: &str, width: usize) -> String {
        let mut out = Vec::new();
        let taken = write_cut(&visible(text), width, &mut out);
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out.width(), taken);
        assert!(taken <= width, "{out:?}");
        out
    }

    #[test]
    fn a_text_that_does_not_fit_is_cut_with_a_mark() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("批量升级", 4), "批…");
        assert_eq!(cut("abc", 1), "…");
        assert_eq!(cut("abc", 0), "");
        let hearts = "\u{2764}\u{fe0f}".repeat(9);
        assert_eq!(cut(&hearts, 7), "\u{2764}\u{fe0f}".repeat(3) + "…");
    }

    #[test]
    fn a_terminal_without_a_size_is_as_wide_as_is_usual() {
        assert_eq!(columns(Some((Width(0), Height(0)))), None);
        assert_eq!(columns(Some((Width(80), Height(0)))), Some(80));
    }

    #[test]
    fn what_steers_a_terminal_is_replaced() {
        for symbol in ['\u{1b}', '\n', '\r', '\t', '\u{7f}', '\u{9b}', '\u{202e}', '\u{2067}', '\u{61c}', '\u{200f}'] {
            assert_eq!(safe_line(&format!("a{symbol}b")), "a\u{fffd}b", "{symbol:?}");
        }
    }

    #[test]
    fn joiners_and_marks_without_end_are_bounded_and_take_linear_time() {
        for symbol in ["\u{200d}", "\u{301}", "\u{fe0f}", "a\u{200d}", "\u{1f469}\u{200d}"] {
            let text = symbol.repeat(1_000_000 / symbol.len());
            let begun = Instant::now();
            assert!(cut(&text, 60).len() < 60 * 20, "{symbol:?}");
            assert!(safe_line(&text).len() < 2000 * 20, "{symbol:?}");
            // Quadratic time would be minutes.
            assert!(begun.elapsed() < Duration::from_secs(5), "{symbol:?}: {:?}", begun.elapsed());
        }
    }
}
