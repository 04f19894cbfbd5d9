//! A record that could not be read.

use std::fmt;

use crate::paging::PageRequest;

/// A record that could not be read. It is an item in its place, and the stream continues after it.
#[derive(Clone, Debug)]
pub struct RecordError {
    pub(crate) position: usize,
    pub(crate) path: Box<str>,
    pub(crate) message: Box<str>,
    pub(crate) identity: Option<Box<str>>,
    pub(crate) request: Option<PageRequest>,
}

impl RecordError {
    /// An unreadable record at `position` of its page.
    pub fn new(position: usize, path: impl Into<Box<str>>, message: impl Into<Box<str>>) -> Self {
        let (path, message) = (printable(path.into()), printable(message.into()));
        Self { position, path, message, identity: None, request: None }
    }

    /// Adds the identity of the record.
    #[must_use]
    pub fn with_identity(mut self, identity: impl Into<Box<str>>) -> Self {
        self.identity = Some(identity.into());
        self
    }

    pub(crate) fn heap_size(&self) -> usize {
        self.path.len() + self.message.len() + self.identity.as_ref().map_or(0, |identity| identity.len())
    }

    /// Its place in the page, counted from 0.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// The JSON path to what could not be read, such as `batchtasks[3].task_progress.total`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong there.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Its id, where that much could be read; else a text that is the same for the same bytes. Overlaps of pages are
    /// checked by it.
    #[must_use]
    pub fn identity(&self) -> Option<&str> {
        self.identity.as_deref()
    }

    /// The request that brought the page, where it is known. A stream knows it.
    #[must_use]
    pub fn request(&self) -> Option<&PageRequest> {
        self.request.as_ref()
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {} of ", self.position)?;
        match &self.request {
            Some(request) => write!(f, "page {request}")?,
            None => f.write_str("a page")?,
        }
        write!(f, " cannot be read: at {}: {}", self.path, self.message)
    }
}

impl std::error::Error for RecordError {}

/// A text of the service, fit for one line.
fn printable(text: Box<str>) -> Box<str> {
    if !text.contains(char::is_control) {
        return text;
    }
    let escaped = |letter: char| match letter.is_control() {
        true => letter.escape_default().to_string(),
        false => letter.to_string(),
    };
    text.chars().map(escaped).collect::<String>().into()
}

impl crate::Identity for RecordError {
    fn identity(&self) -> Option<&str> {
        self.identity.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_service_cannot_steer_a_terminal() {
        let error = RecordError::new(0, "a.\u{1b}[2Jé", "line\nline").to_string();
        assert_eq!(error, "record 0 of a page cannot be read: at a.\\u{1b}[2Jé: line\\nline");
    }
}
