//! The outcome of a check.

use std::fmt;

/// How many ids the text names of each kind.
const NAMED: usize = 5;

/// Whether a client scanned exactly: the outcome of [`History::check`](super::History::check).
///
/// The text, by `Display`, has several lines and names a few ids of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// The lists that were scanned, written as in [`CheckOptions::list`](super::CheckOptions::list).
    pub lists: Vec<String>,
    /// How many pages of them were sent.
    pub pages: u64,
    /// How many records were in the list at every page.
    pub throughout: usize,
    /// How many records were in the list at some pages only: they may be delivered, once.
    pub for_a_while: usize,
    /// How many ids were delivered.
    pub delivered: usize,
    /// What was in the list at every page and was not delivered, newest first.
    pub lost: Vec<String>,
    /// What was delivered more than once.
    pub doubled: Vec<String>,
    /// What was delivered and was in the list at no page.
    pub never_there: Vec<String>,
    /// What was delivered after an older record of the same list.
    pub out_of_order: Vec<String>,
}

impl Verdict {
    /// Whether the scan was exact.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        [&self.lost, &self.doubled, &self.never_there, &self.out_of_order].iter().all(|ids| ids.is_empty())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_exact() { "exact" } else { "NOT EXACT" })?;
        for list in &self.lists {
            write!(f, "\n  list          {list}")?;
        }
        write!(f, "\n  pages         {}", self.pages)?;
        write!(f, "\n  throughout    {}", self.throughout)?;
        write!(f, "\n  for a while   {}", self.for_a_while)?;
        write!(f, "\n  delivered     {}", self.delivered)?;
        for (name, ids) in [
            ("lost", &self.lost),
            ("doubled", &self.doubled),
            ("never there", &self.never_there),
            ("out of order", &self.out_of_order),
        ] {
            write!(f, "\n  {name:<12}  {}", ids.len())?;
            for (index, id) in ids.iter().take(NAMED).enumerate() {
                write!(f, "{}{id}", if index == 0 { ": " } else { ", " })?;
            }
            if ids.len() > NAMED {
                f.write_str(", ...")?;
            }
        }
        Ok(())
    }
}
