//! The form of the credentials file of the official SDKs.
//!
//! ```text
//! [basic]
//! ak = AK            ; or "ak: AK", in any case, the value in quotes or not
//! sk = SK            # a comment follows a blank
//! ```

use std::path::Path;

use crate::error::ArgumentError;

/// The entries under `[basic]`.
pub(super) struct Profile<'a> {
    path: &'a Path,
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    name: String,
    value: &'a str,
    line: usize,
}

impl<'a> Profile<'a> {
    /// Reads the text of the file at `path`.
    ///
    /// # Errors
    /// Where a line under `[basic]` cannot be read; the error has the file and the line, and no value.
    pub(super) fn parse(path: &'a Path, text: &'a str) -> Result<Self, ArgumentError> {
        let mut profile = Self { path, entries: Vec::new() };
        let mut in_basic = false;
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let (line, number) = (line.trim(), index + 1);
            if line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(section) = line.strip_prefix('[') {
                let (name, _) =
                    section.split_once(']').ok_or_else(|| profile.wrong(number, "a section ends with ]"))?;
                in_basic = name.trim().eq_ignore_ascii_case("basic");
            } else if let Some(at) = line.find(['=', ':']).filter(|_| in_basic) {
                let (name, value) = (line[..at].trim().to_ascii_lowercase(), line[at + 1..].trim());
                let value =
                    unquoted(value).ok_or_else(|| profile.wrong(number, "a quoted value ends with its quote"))?;
                if value.chars().any(char::is_control) {
                    return Err(profile.wrong(number, "a value has no control characters"));
                }
                profile.entries.push(Entry { name, value, line: number });
            }
        }
        Ok(profile)
    }

    /// The last value of `name` that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.entry(name).map(|entry| entry.value)
    }

    /// Where `name` is, for an error.
    pub(super) fn place(&self, name: &str) -> String {
        let line = self.entry(name).map(|entry| format!(", line {}", entry.line)).unwrap_or_default();
        format!("under [basic] in {}{line}", self.path.display())
    }

    fn entry(&self, name: &str) -> Option<&Entry<'a>> {
        self.entries.iter().rev().find(|entry| entry.name == name && !entry.value.is_empty())
    }

    fn wrong(&self, line: usize, rule: &str) -> ArgumentError {
        let place = format!("{}, line {line}", self.path.display());
        ArgumentError::new("credentials file", place, format!("readable: {rule}"))
    }
}

/// A value without its quotes, or without the comment after it; `None` where a quote is not closed.
fn unquoted(value: &str) -> Option<&str> {
    if let Some(quote) = value.chars().next().filter(|first| matches!(first, '"' | '\'')) {
        return value[1..].split_once(quote).map(|(value, _)| value);
    }
    // Security tokens hold these signs: a comment has a blank before it.
    let comment = value.match_indices(['#', ';']).find(|(at, _)| value[..*at].ends_with([' ', '\t']) || *at == 0);
    Some(comment.map_or(value, |(at, _)| value[..at].trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Profile<'_>, ArgumentError> {
        Profile::parse(Path::new("/home/someone/credentials"), text)
    }

    #[test]
    fn sections_comments_and_signs_in_values_are_read() {
        let text = "\u{feff}ak = before any section\r\n[global]\r\nak = global\r\n\r\n [ basic ] \r\n# ak = comment\r\n; sk = comment\r\n\
                    ak=  first \r\nak = second\r\nSK = other case\r\nsk = a=b#c;d==\r\nempty =\r\nno value\r\n[other]\r\nak = other\r\n";
        let profile = parse(text).unwrap();
        assert_eq!(profile.get("ak"), Some("second"));
        assert_eq!(profile.get("sk"), Some("a=b#c;d=="));
        assert_eq!(profile.get("empty"), None);
        assert_eq!(profile.get("no value"), None);
        assert_eq!(profile.place("sk"), "under [basic] in /home/someone/credentials, line 11");
    }

    #[test]
    fn every_form_that_the_official_tools_read_is_read() {
        for text in [
            "[basic]\nak=A\nsk=S",
            "[BASIC]\nAK = A\nSk = S",
            "[basic] # of the plant\nak: A\nsk : S\n",
            "[basic]\nak = \"A\"\nsk = 'S' ; secret",
            "[basic]\nak = A # key\nsk = S\t; secret",
        ] {
            let profile = parse(text).unwrap();
            assert_eq!((profile.get("ak"), profile.get("sk")), (Some("A"), Some("S")), "{text}");
        }
        let profile = parse("[basic]\niam_endpoint = https://iam.example:8443\nsecurity_token: a:b=c").unwrap();
        assert_eq!(profile.get("iam_endpoint"), Some("https://iam.example:8443"));
        assert_eq!(profile.get("security_token"), Some("a:b=c"));
    }

    #[test]
    fn what_cannot_be_read_is_named_by_file_and_line_without_its_value() {
        for (text, line) in
            [("[basic]\nak = A\nsk = \"geheim", 3), ("\n[basic", 2), ("[basic]\nak = A\nsk = ge\u{7}heim", 3)]
        {
            let error = parse(text).err().unwrap().to_string();
            assert!(error.contains(&format!("/home/someone/credentials, line {line}")), "{error}");
            assert!(!error.contains("geheim") && !error.contains("heim\""), "{error}");
        }
    }
}
