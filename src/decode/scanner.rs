//! Where the rows of a list end in a body that is still arriving.

// Knows brackets and texts, nothing of what they mean.

use std::ops::Range;

use memchr::memchr2;

/// Goes over a body once, however many pieces it comes in.
///
/// It takes the body for JSON and its top for an object. Where the body is neither, what it finds is no row: the decoder of
/// the row, and of the text before and after the rows, reports it.
#[derive(Debug)]
pub(super) struct Scanner {
    rows: &'static str,
    list: List,
    /// All before is gone over. It may lie a byte beyond what has come, which an escape takes with it.
    at: usize,
    depth: usize,
    is_in_text: bool,
    /// The latest text at the top: a name, in front of its value.
    name: Range<usize>,
    /// Where the row begins that has not ended yet.
    row: usize,
}

#[derive(Debug, PartialEq)]
enum List {
    Ahead,
    Open,
    Passed,
}

impl Scanner {
    /// Looks for the rows in the array `rows` of the outermost object, the first of that name.
    pub(super) fn new(rows: &'static str) -> Self {
        Self { rows, list: List::Ahead, at: 0, depth: 0, is_in_text: false, name: 0..0, row: 0 }
    }

    /// The next row that has ended, with the blanks around it; the byte after it ended it. `None` until more has come.
    pub(super) fn next_row(&mut self, body: &[u8]) -> Option<Range<usize>> {
        if self.list == List::Passed {
            self.at = self.at.max(body.len());
        }
        if self.is_in_text {
            self.pass_text(body);
        }
        while let Some(byte) = body.get(self.at) {
            let here = self.at;
            self.at += 1;
            let is_between_rows = self.depth == 2 && self.list == List::Open;
            match byte {
                b'"' => {
                    if self.depth == 1 {
                        self.name = self.at..self.at;
                    }
                    self.pass_text(body);
                }
                b',' if is_between_rows => return Some(std::mem::replace(&mut self.row, self.at)..here),
                b'[' | b'{' => self.open(body, *byte),
                b']' | b'}' => {
                    self.depth = self.depth.saturating_sub(1);
                    if is_between_rows {
                        self.list = List::Passed;
                        return Some(self.row..here);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// How many bytes of `body` are still to be gone over.
    pub(super) fn left(&self, body: &[u8]) -> usize {
        body.len().saturating_sub(self.at)
    }

    /// Finds no more rows.
    pub(super) fn give_up(&mut self) {
        self.list = List::Passed;
    }

    /// The first `bytes` of the body are not there any more; they ended with a row.
    pub(super) fn forget(&mut self, bytes: usize) {
        self.at -= bytes;
        self.row = self.row.saturating_sub(bytes);
    }

    /// Scans to the end of the text, or of what has arrived of it.
    fn pass_text(&mut self, body: &[u8]) {
        while let Some(length) = body.get(self.at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
            let end = self.at + length;
            self.is_in_text = body[end] == b'\\';
            if !self.is_in_text {
                self.at = end + 1;
                if self.depth == 1 {
                    self.name.end = end;
                }
                return;
            }
            self.at = end + 2;
        }
        self.is_in_text = true;
        self.at = self.at.max(body.len());
    }

    fn open(&mut self, body: &[u8], bracket: u8) {
        self.depth += 1;
        let is_list = self.list == List::Ahead && self.depth == 2 && bracket == b'[';
        if is_list && body[self.name.clone()] == *self.rows.as_bytes() {
            self.list = List::Open;
            self.row = self.at;
        }
    }
}
