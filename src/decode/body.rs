//! The body of an answer as text, even where it is not.

// Knows bytes and their places, nothing of JSON's meaning.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// A body and a text of the same length, in which each byte that is not UTF-8 is a `?` and a byte order mark is blank: so
/// the pieces of the text lead back to the bytes.
pub(super) struct Body<'a> {
    bytes: &'a [u8],
    text: Cow<'a, str>,
}

impl<'a> Body<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(with_question_marks(bytes)),
        };
        Self { bytes, text }
    }

    /// The same of a whole answer, which may begin with a byte order mark.
    pub(super) fn of_answer(bytes: &'a [u8]) -> Self {
        let mut body = Self::new(bytes);
        if body.text.starts_with(MARK) {
            // Blanks of the same length, so that every place stays where it is.
            body.text.to_mut().replace_range(..MARK.len(), "   ");
        }
        body
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What came for `piece`, which borrows from the text.
    pub(super) fn bytes_of(&self, piece: &RawValue) -> &'a [u8] {
        let start = piece.get().as_ptr() as usize - self.text.as_ptr() as usize;
        &self.bytes[start..start + piece.get().len()]
    }
}

fn with_question_marks(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}

/// The byte order mark, which some gateways put before the JSON that they rewrite.
pub(super) const MARK: &str = "\u{feff}";

/// The characters of a body that are shown.
const SHOWN: usize = 80;
/// The bytes of a body that are enough to show its beginning.
pub(super) const BEGINNING: usize = SHOWN * 4;

/// The first 80 characters of `bytes`, in quotation marks and escaped.
pub(super) fn quoted(bytes: &[u8]) -> String {
    let enough = &bytes[..bytes.len().min(BEGINNING)];
    let text: String = String::from_utf8_lossy(enough).chars().take(SHOWN).collect();
    format!("{text:?}")
}

/// A message with its middle left out where it is too long to be read: readers of JSON quote whatever they refuse.
pub(super) fn shortened(text: &str) -> String {
    const LEFT: usize = 250;
    const RIGHT: usize = 150;
    match (text.char_indices().nth(LEFT), text.char_indices().nth_back(RIGHT)) {
        (Some((left, _)), Some((right, _))) if left < right => format!("{} ... {}", &text[..left], &text[right..]),
        _ => text.to_owned(),
    }
}
