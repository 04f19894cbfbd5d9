//! The rows of a page that is ready, packed.

use std::collections::VecDeque;

use crate::error::Error;
use crate::lists::{ErrorInfo, TaskDetail};
use crate::stream::Checkpoint;

/// A row, or why it could not be read.
pub(super) type Row = Result<TaskDetail, Error>;

/// A page that is ready, and where its list continues.
///
/// Thousands of pages wait while a long task before them is handed out. A row by itself is five texts, an allocation each;
/// here a page has one, and what a row has in common with the row before it is there once.
pub(super) struct Page {
    texts: Box<str>,
    rows: VecDeque<Packed>,
    end: Checkpoint,
    bytes: usize,
}

enum Packed {
    Row {
        target: Span,
        status: Span,
        output: Span,
        error: Option<[Span; 2]>,
    },
    /// What cannot be packed.
    Whole(Box<Row>),
}

/// Where a text begins, and how long it is; none where it begins nowhere.
#[derive(Clone, Copy, PartialEq)]
struct Span(u32, u32);

impl Span {
    const NONE: Self = Self(u32::MAX, 0);
}

impl Page {
    pub(super) fn new(rows: impl ExactSizeIterator<Item = Row>, end: Checkpoint) -> Self {
        let (mut texts, mut latest) = (String::new(), [Span::NONE; 5]);
        let mut packed = VecDeque::with_capacity(rows.len());
        packed.extend(rows.map(|row| match row {
            Ok(row) => pack(&row, &mut texts, &mut latest).unwrap_or_else(|| Packed::Whole(Box::new(Ok(row)))),
            error => Packed::Whole(Box::new(error)),
        }));
        let whole = packed.iter().map(|row| if let Packed::Whole(row) = row { bytes_of(row) } else { 0 });
        let bytes = texts.len() + packed.len() * size_of::<Packed>() + whole.sum::<usize>();
        Self { texts: texts.into_boxed_str(), rows: packed, end, bytes }
    }

    /// About how much memory the page took when it came.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn take(&mut self) -> Option<Row> {
        let text = |Span(begin, length): Span| {
            let begin = begin as usize;
            self.texts.get(begin..begin + length as usize).map(str::to_owned)
        };
        Some(match self.rows.pop_front()? {
            Packed::Whole(row) => *row,
            Packed::Row { target, status, output, error } => {
                let error = error.map(|[code, msg]| ErrorInfo { error_code: text(code), error_msg: text(msg) });
                Ok(TaskDetail { target: text(target), status: text(status), output: text(output), error })
            }
        })
    }

    pub(super) fn into_end(self) -> Checkpoint {
        self.end
    }
}

/// Adds the texts of a row to the others, but for those that the row before it has too; `None` where they do not fit.
fn pack(row: &TaskDetail, texts: &mut String, latest: &mut [Span; 5]) -> Option<Packed> {
    let TaskDetail { target, status, output, error } = row;
    let mut add = |place: usize, text: &Option<String>| -> Option<Span> {
        let Some(text) = text else { return Some(Span::NONE) };
        let Span(begin, length) = latest[place];
        let is_repeated = latest[place] != Span::NONE && texts[begin as usize..][..length as usize] == **text;
        if !is_repeated {
            latest[place] = Span(u32::try_from(texts.len()).ok()?, u32::try_from(text.len()).ok()?);
            texts.push_str(text);
        }
        Some(latest[place])
    };
    let (target, status, output) = (add(0, target)?, add(1, status)?, add(2, output)?);
    let error = match error {
        Some(ErrorInfo { error_code, error_msg }) => Some([add(3, error_code)?, add(4, error_msg)?]),
        None => None,
    };
    Some(Packed::Row { target, status, output, error })
}

/// About how much memory a row takes that is not packed.
fn bytes_of(row: &Row) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let texts = row.as_ref().map_or(0, |row| {
        let error = row.error.as_ref().map_or(0, |error| text(&error.error_code) + text(&error.error_msg));
        text(&row.target) + text(&row.status) + text(&row.output) + error
    });
    size_of::<Row>() + texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paging::Cursor;

    fn end() -> Checkpoint {
        Checkpoint::new([("a".to_owned(), Cursor::default())])
    }

    fn rows() -> Vec<TaskDetail> {
        [
            r#"{"target":"d1","status":"Fail","output":"","error":{"error_code":"c","error_msg":"设备不在线"}}"#,
            r#"{"target":"d2","status":"Fail","output":"","error":{"error_code":"c","error_msg":"设备不在线"}}"#,
            r#"{"target":"d2","status":"Success","output":"o"}"#,
            r#"{}"#,
            r#"{"error":{}}"#,
            r#"{"status":"Success","error":{"error_msg":""}}"#,
            r#"{"target":"","status":"Fail","error":{"error_code":"c"}}"#,
        ]
        .map(|row| serde_json::from_str(row).unwrap())
        .into()
    }

    #[test]
    fn every_row_comes_out_as_it_went_in() {
        let mut page = Page::new(rows().into_iter().map(Ok), end());
        for row in rows() {
            assert!(!page.is_empty());
            assert_eq!(page.take().unwrap().unwrap(), row);
        }
        assert!(page.is_empty() && page.take().is_none());
    }

    #[test]
    fn what_rows_have_in_common_is_there_once() {
        let row = |device: usize| TaskDetail {
            target: Some(format!("{device:036}")),
            error: Some(ErrorInfo { error_code: Some("x".repeat(100)), error_msg: Some("y".repeat(100)) }),
            ..TaskDetail::default()
        };
        let page = Page::new((0..50).map(|device| Ok(row(device))), end());
        assert_eq!(page.bytes(), 50 * (36 + size_of::<Packed>()) + 200);
    }
}
