//! The device ids of a task, packed: runs of ids that share a text, instead of an allocation for each.

// Knows texts and their order, nothing of devices or tasks.

mod run;
mod wire;

use std::fmt;
use std::iter::FusedIterator;
use std::ops::{Index, Range};

use run::{LONGEST, RUN, Run};

const TOO_LONG: &str = "a device id is longer than 16 MiB";

/// The ids of the devices that a task is for, in the order in which they came.
///
/// A task may carry 30,000 of them and a page 50 such tasks, so an id costs its own length, and 4 bytes more where its
/// neighbours differ in length. In a `Vec<String>` each costs 24 bytes more, an allocation, and what the allocator
/// keeps beside it: about twice as much for UUIDs.
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
    full: Vec<Run>,
    last: Run,
}

impl Targets {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.full.len() * RUN + self.last.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id at `position`, counted from 0.
    #[must_use]
    pub fn get(&self, position: usize) -> Option<&str> {
        let behind_full = || (position / RUN == self.full.len()).then_some(&self.last);
        self.full.get(position / RUN).or_else(behind_full)?.get(position % RUN)
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
        let runs = self.full.iter().chain([&self.last]);
        self.full.capacity() * size_of::<Run>() + runs.map(Run::heap_size).sum::<usize>()
    }

    /// Adds an id, which is not longer than [`LONGEST`].
    fn push(&mut self, id: &str) {
        self.begin_run_if_full();
        self.last.push(id);
    }

    /// Adds ids that are not longer than [`LONGEST`] and that the run being filled has places for, or the next one.
    fn push_chunk<'a>(&mut self, ids: impl Iterator<Item = &'a str> + Clone) {
        self.begin_run_if_full();
        self.last.reserve(ids.clone().map(str::len).sum());
        ids.for_each(|id| self.last.push(id));
    }

    fn begin_run_if_full(&mut self) {
        if self.last.len() == RUN {
            let next = Run::after(&self.last);
            let mut full = std::mem::replace(&mut self.last, next);
            full.shrink_to_fit();
            self.full.push(full);
        }
    }

    fn shrink_to_fit(&mut self) {
        self.full.shrink_to_fit();
        self.last.shrink_to_fit();
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
/// When an id is longer than 16 MiB.
impl<S: AsRef<str>> Extend<S> for Targets {
    fn extend<I: IntoIterator<Item = S>>(&mut self, ids: I) {
        for id in ids {
            let id = id.as_ref();
            assert!(id.len() <= LONGEST, "{TOO_LONG}");
            self.push(id);
        }
    }
}

/// # Panics
/// When an id is longer than 16 MiB.
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
    fn thirty_thousand_uuids_take_little_more_than_their_own_length() {
        let json = serde_json::to_vec(&uuids(30_000)).unwrap();
        let targets: Targets = serde_json::from_slice(&json).unwrap();
        assert_eq!(targets.len(), 30_000);
        assert_eq!(&targets[29_999], "e495cf17-ff79-4294-8f64-00000000752f");
        assert!((30_000 * 36..30_000 * 36 * 101 / 100).contains(&targets.heap_size()), "{}", targets.heap_size());
        assert_eq!(Targets::from_iter(["lamp"]).heap_size(), 4);
    }

    #[test]
    fn an_id_of_another_length_costs_its_neighbours_four_bytes_each() {
        let regular = Targets::from_iter(uuids(1_000));
        let mut ids = uuids(1_000);
        ids[300].push('x');
        let targets = Targets::from_iter(&ids);
        assert_eq!(&targets, &ids[..]);
        assert_eq!(targets.heap_size(), regular.heap_size() + 1 + RUN * 4);
    }

    #[test]
    fn runs_are_filled_to_the_brim_however_ids_are_added() {
        for count in [RUN - 1, RUN, RUN + 1, 2 * RUN, 2 * RUN + 1] {
            let ids = uuids(count);
            let mut targets = Targets::from_iter(&ids[..count / 3]);
            targets.extend(&ids[count / 3..]);
            assert_eq!(targets, Targets::from_iter(&ids));
            assert_eq!(&targets, &ids[..]);
            assert_eq!((targets.len(), targets.get(count)), (count, None));
            assert!(targets.iter().rev().eq(ids.iter().rev().map(String::as_str)));
        }
    }

    #[test]
    fn an_id_that_is_too_long_is_an_error() {
        let long = format!("[\"{}\"]", "a".repeat(LONGEST + 1));
        assert!(serde_json::from_str::<Targets>(&long).unwrap_err().to_string().contains("16 MiB"));
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
