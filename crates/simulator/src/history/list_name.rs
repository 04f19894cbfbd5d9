//! What a client scans: a list, or the part of it that a filter leaves.

use std::collections::BTreeMap;
use std::fmt;

/// A list with the filter of the requests for it, written as they have it: `batchtasks?task_type=softwareUpgrade`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ListName {
    pub(super) path: String,
    pub(super) filter: BTreeMap<String, String>,
}

impl ListName {
    /// Reads any text; the order of the filter does not matter.
    pub(super) fn parse(text: &str) -> Self {
        let (path, filter) = text.split_once('?').unwrap_or((text, ""));
        let pairs = filter.split('&').filter(|pair| !pair.is_empty());
        let filter = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let filter = filter.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { path: path.to_owned(), filter }
    }

    /// Whether a record can be in both at the same time.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let differs = |(name, value): (&String, &String)| other.filter.get(name).is_some_and(|other| other != value);
        self.path == other.path && !self.filter.iter().any(differs)
    }
}

impl fmt::Display for ListName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        for (index, (name, value)) in self.filter.iter().enumerate() {
            write!(f, "{}{name}={value}", if index == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}
