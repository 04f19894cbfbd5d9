//! Strings that many tasks share, stored once.

/// Each word with its JSON text, numbered in order of arrival.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Vec<(String, String)>);

impl Names {
    pub(super) fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names = Self::default();
        for word in words {
            names.number(word);
        }
        names
    }

    /// The number of `word`, given now if it has none yet.
    pub(super) fn number(&mut self, word: &str) -> u16 {
        self.find(word).unwrap_or_else(|| {
            self.0.push((word.to_owned(), serde_json::Value::from(word).to_string()));
            (self.0.len() - 1) as u16
        })
    }

    pub(super) fn find(&self, word: &str) -> Option<u16> {
        self.0.iter().position(|(known, _)| known == word).map(|position| position as u16)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The word of a number, and its JSON text.
    pub(super) fn word(&self, number: u16) -> (&str, &str) {
        let (word, quoted) = &self.0[usize::from(number)];
        (word, quoted)
    }
}
