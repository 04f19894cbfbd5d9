//! How paths and queries are written (section 6: what is signed must be what is sent).

// Knows characters, no names.

use std::borrow::Cow;
use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986, in a path segment, a query and the canonical form that is signed.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// An endpoint as an error may show it: a password is before an `@`, a token after a `?`.
pub(crate) fn shown(text: &str) -> String {
    let (kept, cut) = match text.find(['?', '#']) {
        Some(at) => (&text[..at], "..."),
        None => (text, ""),
    };
    let kept = match kept.rfind('@') {
        Some(at) => format!("***{}", &kept[at..]),
        None => kept.to_owned(),
    };
    kept + cut
}

/// The segments with a slash before each.
pub(crate) fn path<'a>(segments: impl IntoIterator<Item = &'a str>) -> String {
    segments.into_iter().fold(String::new(), |mut path, segment| {
        let _ = write!(path, "/{}", utf8_percent_encode(segment, RESERVED));
        path
    })
}

/// The pairs, sorted.
pub(crate) fn query(pairs: &[(&str, Cow<'_, str>)]) -> String {
    let mut pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_ref())).collect();
    pairs.sort_unstable();
    let mut text = String::new();
    for (name, value) in pairs {
        let and = if text.is_empty() { "" } else { "&" };
        let (name, value) = (utf8_percent_encode(name, RESERVED), utf8_percent_encode(value, RESERVED));
        let _ = write!(text, "{and}{name}={value}");
    }
    text
}
