//! What can be wrong with an argument, and with an answer.

use std::fmt;

use crate::Marker;

/// An argument that breaks a rule of the service or of this crate: its name, its value, and the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentError {
    name: &'static str,
    value: String,
    rule: String,
}

impl ArgumentError {
    /// The error that `name` must be `rule` and not `value`.
    ///
    /// Never pass a secret as `value`: it is shown.
    pub fn new(name: &'static str, value: impl fmt::Display, rule: impl Into<String>) -> Self {
        Self { name, value: value.to_string(), rule: rule.into() }
    }

    /// The argument's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The value that was given.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What the value must be.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} is not allowed: it must be {}", self.name, self.value, self.rule)
    }
}

impl std::error::Error for ArgumentError {}

/// Why a scan cannot continue: what the service returned breaks a rule that paging rests on.
///
/// A cursor taken before the error resumes exactly: the page that broke the rule delivered nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(Hash))]
#[non_exhaustive]
pub enum PagingError {
    /// The returned marker is not below the one that the page was requested after.
    #[non_exhaustive]
    MarkerNotBelow {
        /// The marker that the page was requested after.
        after: Marker,
        /// The marker that was returned.
        returned: Marker,
    },
    /// A marker of a list without order was returned a second time.
    #[non_exhaustive]
    MarkerRepeated {
        /// The marker that was returned.
        returned: Marker,
    },
    /// Records came without a marker, and more records follow them.
    MarkerMissing,
    /// Two empty answers in a row gave neither a count nor a marker, although more records were counted.
    #[non_exhaustive]
    EmptyPages {
        /// The largest count that the service returned.
        counted: u64,
        /// How many records were read.
        joined: u64,
    },
    /// A page holds more records than were requested, where the exact number matters.
    #[non_exhaustive]
    PageTooLong {
        /// The number that was requested.
        limit: usize,
        /// The number that was returned.
        records: usize,
    },
}

impl PagingError {
    /// The rule that a page with records breaks whose marker is absent, or the one that it was requested `after`.
    pub(crate) fn of_stuck_marker(returned: Option<Marker>, after: Option<Marker>) -> Self {
        returned.zip(after).map_or(Self::MarkerMissing, |(returned, after)| Self::MarkerNotBelow { after, returned })
    }
}

impl fmt::Display for PagingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MarkerNotBelow { after, returned } => write!(
                f,
                "the returned marker {returned} is not below {after}, which the page was requested after: the list would \
                 never end"
            ),
            Self::MarkerRepeated { returned } => {
                write!(f, "the returned marker {returned} was returned before: the list would never end")
            }
            Self::MarkerMissing => f.write_str(
                "records came without a marker, and more records follow: nothing says where the next page begins",
            ),
            Self::EmptyPages { counted, joined } => write!(
                f,
                "two empty answers in a row gave neither a count nor a marker, although {counted} records were counted \
                 and only {joined} were read"
            ),
            Self::PageTooLong { limit, records } => {
                write!(f, "a page of at most {limit} records was requested, and {records} were returned")
            }
        }
    }
}

impl std::error::Error for PagingError {}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_that_is_refused_is_named_with_its_value_and_the_rule() {
        let error = ArgumentError::new("limit", 51, "1 to 50");
        assert_eq!((error.name(), error.value(), error.rule()), ("limit", "51", "1 to 50"));
        assert_eq!(error.to_string(), r#"limit "51" is not allowed: it must be 1 to 50"#);
    }

    #[test]
    fn a_broken_rule_is_described_with_its_values() {
        let [after, returned] = [7, 8].map(|value| Marker::from_value(value).unwrap());
        for (rule, words) in [
            (PagingError::MarkerNotBelow { after, returned }, [after.as_str(), returned.as_str()]),
            (PagingError::MarkerRepeated { returned }, [returned.as_str(), "before"]),
            (PagingError::MarkerMissing, ["without a marker", "more records follow"]),
            (PagingError::EmptyPages { counted: 91, joined: 73 }, ["91", "73"]),
            (PagingError::PageTooLong { limit: 25, records: 50 }, ["at most 25", "50 were returned"]),
        ] {
            let text = rule.to_string();
            assert!(words.iter().all(|word| text.contains(word)), "{text}");
        }
    }
}
