//! The device ids of a task, packed: one text for all of them instead of an allocation for each.
//!
//! Knows texts and their ends, nothing of devices or tasks.

use std::fmt;
use std::iter::FusedIterator;
use std::ops::{Index, Range};

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

/// The ids of the devices that a task is for, in the order in which they came.
///
/// A task may carry 30,000 of them and a page 50 such tasks, so they share one text: an id costs its own length, and
/// 4 bytes more where the ids of a task differ in length. In a `Vec<String>` each costs 24 bytes more, an allocation,
/// and what the allocator keeps beside it: about twice as much for UUIDs.
///
/// ```
/// use iotda_batch_tasks::task::Targets;
///
/// let targets = Targets::from_iter(["thermostat-1", "thermostat-2", "lamp"]);
/// assert_eq!(targets.len(), 3);
/// assert_eq!(&targets[2], "lamp");
/// assert_eq!(targets.get(3), None);
/// assert!(targets.contains("thermostat-1"));
/// assert_eq!(targets.iter().rev().next(), Some("lamp"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Targets {
    text: String,
    ends: Ends,
}

/// Where each id ends in the text. Ids are only ever added, so equal lists have equal ends.
#[derive(Clone, PartialEq, Eq)]
enum Ends {
    /// As long as all ids have one length, as UUIDs do, nothing needs to be stored.
    Regular {
        length: usize,
        count: usize,
    },
    Each(Vec<u32>),
}

impl Default for Ends {
    fn default() -> Self {
        Self::Regular { length: 0, count: 0 }
    }
}

impl Targets {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.ends {
            Ends::Regular { count, .. } => *count,
            Ends::Each(ends) => ends.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id at `position`, counted from 0.
    #[must_use]
    pub fn get(&self, position: usize) -> Option<&str> {
        (position < self.len()).then(|| &self.text[self.place(position)])
    }

    /// Whether `id` is among them. Looks at one after the other.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.iter().any(|target| target == id)
    }

    /// All of them, in order.
    pub fn iter(&self) -> TargetsIter<'_> {
        TargetsIter { targets: self, left: 0..self.len() }
    }

    /// How many bytes they hold on the heap.
    #[must_use]
    pub fn heap_size(&self) -> usize {
        let ends = match &self.ends {
            Ends::Regular { .. } => 0,
            Ends::Each(ends) => ends.capacity() * size_of::<u32>(),
        };
        self.text.capacity() + ends
    }

    fn place(&self, position: usize) -> Range<usize> {
        let end = |count: usize| match &self.ends {
            Ends::Regular { length, .. } => count * length,
            Ends::Each(ends) => count.checked_sub(1).map_or(0, |last| ends[last] as usize),
        };
        end(position)..end(position + 1)
    }

    /// Adds `id`, unless the text would outgrow the 4 GiB that its ends can tell.
    fn push(&mut self, id: &str) -> Option<()> {
        let end = u32::try_from(self.text.len() + id.len()).ok()?;
        match &mut self.ends {
            Ends::Regular { length, count } if *count == 0 || *length == id.len() => {
                *length = id.len();
                *count += 1;
            }
            Ends::Regular { .. } => {
                let mut ends: Vec<u32> = (0..self.len()).map(|id| self.place(id).end as u32).collect();
                ends.push(end);
                self.ends = Ends::Each(ends);
            }
            Ends::Each(ends) => {
                grow_gently(ends.len(), ends.capacity(), 1, |more| ends.reserve_exact(more));
                ends.push(end);
            }
        }
        grow_gently(self.text.len(), self.text.capacity(), id.len(), |more| self.text.reserve_exact(more));
        self.text.push_str(id);
        Some(())
    }

    fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        if let Ends::Each(ends) = &mut self.ends {
            ends.shrink_to_fit();
        }
    }
}

/// Makes room for `more`. Doubling is fine for the little lists that are the rule, but at the size where memory
/// matters it would hold half of it empty, so from there on a quarter is added.
fn grow_gently(length: usize, capacity: usize, more: usize, reserve: impl FnOnce(usize)) {
    const LARGE: usize = 64 * 1024;
    if capacity - length < more {
        let ahead = if length < LARGE { length } else { length / 4 };
        reserve(more.max(ahead));
    }
}

impl Index<usize> for Targets {
    type Output = str;

    /// # Panics
    /// When `position` is not below [`len`](Targets::len).
    fn index(&self, position: usize) -> &str {
        self.get(position).unwrap_or_else(|| panic!("target {position} is out of bounds: there are {}", self.len()))
    }
}

/// # Panics
/// When all ids together are longer than 4 GiB.
impl<S: AsRef<str>> Extend<S> for Targets {
    fn extend<I: IntoIterator<Item = S>>(&mut self, ids: I) {
        for id in ids {
            self.push(id.as_ref()).expect("all targets together must stay below 4 GiB");
        }
    }
}

/// # Panics
/// When all ids together are longer than 4 GiB.
impl<S: AsRef<str>> FromIterator<S> for Targets {
    fn from_iter<I: IntoIterator<Item = S>>(ids: I) -> Self {
        let mut targets = Self::default();
        targets.extend(ids);
        targets.shrink_to_fit();
        targets
    }
}

impl<S: AsRef<str>> PartialEq<[S]> for Targets {
    fn eq(&self, other: &[S]) -> bool {
        self.iter().eq(other.iter().map(AsRef::as_ref))
    }
}

impl fmt::Debug for Targets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

/// The ids of a [`Targets`], in order.
#[derive(Clone, Debug)]
#[must_use = "iterators do nothing unless consumed"]
pub struct TargetsIter<'a> {
    targets: &'a Targets,
    left: Range<usize>,
}

impl<'a> Iterator for TargetsIter<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.left.next().map(|position| &self.targets[position])
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }

    fn nth(&mut self, skipped: usize) -> Option<&'a str> {
        self.left.nth(skipped).map(|position| &self.targets[position])
    }
}

impl DoubleEndedIterator for TargetsIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.left.next_back().map(|position| &self.targets[position])
    }
}

impl ExactSizeIterator for TargetsIter<'_> {}

impl FusedIterator for TargetsIter<'_> {}

impl<'a> IntoIterator for &'a Targets {
    type Item = &'a str;
    type IntoIter = TargetsIter<'a>;

    fn into_iter(self) -> TargetsIter<'a> {
        self.iter()
    }
}

impl Serialize for Targets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de> Deserialize<'de> for Targets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor)
    }
}

struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = Targets;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of device ids")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Targets, A::Error> {
        let mut targets = Targets::default();
        while list.next_element_seed(Push(&mut targets))?.is_some() {}
        targets.shrink_to_fit();
        Ok(targets)
    }
}

/// Takes one id straight from the reader's buffer into the common text.
struct Push<'a>(&'a mut Targets);

impl<'de> DeserializeSeed<'de> for Push<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Push<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a device id")
    }

    fn visit_str<E: de::Error>(self, id: &str) -> Result<(), E> {
        self.0.push(id).ok_or_else(|| E::custom("all targets together are longer than 4 GiB"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn uuids(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("e495cf17-ff79-4294-8f64-{number:012x}")).collect()
    }

    proptest! {
        #[test]
        fn behaves_like_a_list_of_texts(ids in prop::collection::vec("[aé\"]{0,3}", 0..12), more in "[a-z]{0,4}") {
            let mut targets: Targets = ids.iter().collect();
            prop_assert_eq!(&targets, &ids[..]);
            prop_assert_eq!(targets.len(), targets.iter().len());
            prop_assert!(targets.iter().rev().eq(ids.iter().rev().map(String::as_str)));
            prop_assert!((0..=ids.len()).all(|at| targets.get(at) == ids.get(at).map(String::as_str)));
            prop_assert_eq!(targets.contains(&more), ids.contains(&more));
            prop_assert_eq!(format!("{targets:?}"), format!("{ids:?}"));

            let json = serde_json::to_string(&targets).unwrap();
            prop_assert_eq!(&json, &serde_json::to_string(&ids).unwrap());
            prop_assert_eq!(&serde_json::from_str::<Targets>(&json).unwrap(), &targets);

            targets.extend([&more]);
            prop_assert_eq!(targets.len(), ids.len() + 1);
            prop_assert_eq!(&targets[ids.len()], &*more);
            prop_assert_ne!(&targets, &ids[..]);
        }
    }

    #[test]
    fn thirty_thousand_uuids_take_their_own_length_and_no_more() {
        let json = serde_json::to_vec(&uuids(30_000)).unwrap();
        let targets: Targets = serde_json::from_slice(&json).unwrap();
        assert_eq!(targets.len(), 30_000);
        assert_eq!(&targets[29_999], "e495cf17-ff79-4294-8f64-00000000752f");
        assert_eq!(targets.heap_size(), 30_000 * 36);
    }

    #[test]
    fn ids_of_several_lengths_take_four_bytes_more_each() {
        let mut ids = uuids(1_000);
        ids.push("short".into());
        ids.extend(uuids(10));
        let targets = Targets::from_iter(&ids);
        assert_eq!(&targets, &ids[..]);
        assert_eq!(targets.heap_size(), 1_010 * 36 + 5 + 1_011 * 4);
    }

    #[test]
    fn what_is_no_id_is_an_error() {
        for list in [r#"["a",null]"#, r#"["a",7]"#, r#""a""#, r#"["a""#] {
            assert!(serde_json::from_str::<Targets>(list).is_err(), "{list}");
        }
    }

    #[test]
    #[should_panic(expected = "target 2 is out of bounds: there are 2")]
    fn an_index_past_the_end_panics() {
        let _ = &Targets::from_iter(["", ""])[2];
    }
}
