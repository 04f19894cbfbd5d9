//! Where a later stream continues: the positions in each list that a stream reads.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::checkpoint_form::{self, Version};
use crate::error::ArgumentError;
use crate::paging::Cursor;

/// The position of a stream, to resume from later: in this process or another, with the very next item.
///
/// It is small: a marker for each list, and in mid-page the ids delivered from that page. It stays valid while tasks
/// are created, deleted and change status. It holds no secret. Serde and the text form (one line of JSON, by
/// [`Display`](fmt::Display) and [`FromStr`]) carry the same.
///
/// ```
/// use iotda_batch_tasks::Checkpoint;
///
/// let line = r#"{"version":1,"lists":{"":[{"after":"5c90fa7d3c4e4405e8525079","delivered":50}]}}"#;
/// let checkpoint: Checkpoint = line.parse()?;
/// assert_eq!(checkpoint.to_string(), line);
/// # Ok::<(), iotda_batch_tasks::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    version: Version,
    /// Several positions are parts of a list that are read side by side.
    pub(super) lists: Lists,
    /// Parts of lists that are read once all of the above has ended.
    #[serde(default, skip_serializing_if = "Lists::is_empty")]
    pub(super) later: Lists,
    /// Parts of lists that bounds of time leave out, as far as ids tell the time.
    #[serde(default, skip_serializing_if = "Lists::is_empty")]
    pub(super) skipped: Lists,
}

type Lists = BTreeMap<String, Vec<Cursor>>;

/// The position in one list.
#[derive(Clone, Debug, Default)]
pub(super) struct ListPosition {
    /// The parts that are read side by side; at least one.
    pub(super) parts: Vec<Cursor>,
    /// The parts that are read once all lists have ended.
    pub(super) later: Vec<Cursor>,
    /// The parts that bounds of time leave out.
    pub(super) skipped: Vec<Cursor>,
}

impl ListPosition {
    /// The head of the whole list.
    pub(super) fn start() -> Self {
        Self { parts: vec![Cursor::default()], ..Self::default() }
    }

    /// Whether nothing was read yet and nothing is left out.
    pub(super) fn is_start(&self) -> bool {
        self.parts == [Cursor::default()] && self.later.is_empty() && self.skipped.is_empty()
    }

    /// All that is still to be read.
    pub(super) fn into_parts(self) -> impl Iterator<Item = Cursor> {
        self.parts.into_iter().chain(self.later).chain(self.skipped)
    }
}

impl Checkpoint {
    pub(crate) fn new(positions: impl IntoIterator<Item = (String, Cursor)>) -> Self {
        let mut lists = Lists::new();
        add(&mut lists, positions);
        Self { version: Version, lists, later: Lists::new(), skipped: Lists::new() }
    }

    /// Adds parts that are read once everything else has ended.
    pub(super) fn read_later(&mut self, positions: impl IntoIterator<Item = (String, Cursor)>) {
        add(&mut self.later, positions);
    }

    /// Adds parts that bounds of time leave out.
    pub(super) fn skip(&mut self, name: &str, parts: &[Cursor]) {
        add(&mut self.skipped, parts.iter().map(|part| (name.to_owned(), part.clone())));
    }

    /// Refuses markers that no list of 24 hexadecimal digits hands out.
    #[cfg(feature = "client")]
    pub(crate) fn check_markers(&self) -> Result<(), ArgumentError> {
        let mut markers = self.cursors().flat_map(Cursor::markers);
        match markers.find(|marker| marker.value().is_none()) {
            Some(marker) => Err(ArgumentError::new("marker", marker, "24 hexadecimal digits")),
            None => Ok(()),
        }
    }

    fn cursors(&self) -> impl Iterator<Item = &Cursor> {
        [&self.lists, &self.later, &self.skipped].into_iter().flat_map(BTreeMap::values).flatten()
    }

    /// The position in each of the lists of these `names`.
    pub(super) fn into_positions<'a>(
        mut self,
        names: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<ListPosition>, ArgumentError> {
        if let Some(cursor) = self.cursors().find(|cursor| !cursor.is_consistent()) {
            let after = cursor.markers().next().map(|marker| marker.to_string()).unwrap_or_default();
            return Err(ArgumentError::new("checkpoint", after, "one whose markers descend"));
        }
        let shown = self.lists.keys().cloned().collect::<Vec<_>>().join(", ");
        let mut positions = Vec::new();
        for name in names {
            let rule = || format!("of a stream that read the list {name:?}");
            let found = self.lists.remove(name).filter(|positions| !positions.is_empty());
            let parts = found.ok_or_else(|| ArgumentError::new("checkpoint", &shown, rule()))?;
            let [later, skipped] =
                [&mut self.later, &mut self.skipped].map(|lists| lists.remove(name).unwrap_or_default());
            positions.push(ListPosition { parts, later, skipped });
        }
        match [&self.lists, &self.later, &self.skipped].into_iter().find_map(|lists| lists.keys().next()) {
            Some(name) => {
                Err(ArgumentError::new("checkpoint", name, "of a stream that read the same lists and no others"))
            }
            None => Ok(positions),
        }
    }
}

fn add(lists: &mut Lists, positions: impl IntoIterator<Item = (String, Cursor)>) {
    for (name, position) in positions {
        lists.entry(name).or_default().push(position);
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        checkpoint_form::write(self, f)
    }
}

impl FromStr for Checkpoint {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        checkpoint_form::parse(text, "of a stream")
    }
}
