//! Which lane's record comes next.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BinaryHeap, VecDeque};

/// The order of a scan's records, and the lanes that have one at hand.
#[derive(Debug)]
pub(super) enum Order {
    /// One list, in its own order.
    OneList { ready: bool },
    /// Several lists, the newest record first: none comes before every list has shown its next one.
    NewestFirst(BinaryHeap<(SortKey, Reverse<usize>)>),
    /// Parts of lists side by side, each page as it comes.
    AsTheyCome(VecDeque<usize>),
}

impl Order {
    pub(super) fn newest_first() -> Self {
        Self::NewestFirst(BinaryHeap::new())
    }

    pub(super) fn as_they_come() -> Self {
        Self::AsTheyCome(VecDeque::new())
    }

    /// `lane` has a record at hand again.
    pub(super) fn add(&mut self, lane: usize, key: impl FnOnce() -> SortKey) {
        match self {
            Self::OneList { ready } => *ready = true,
            Self::NewestFirst(heads) => heads.push((key(), Reverse(lane))),
            Self::AsTheyCome(ready) => ready.push_back(lane),
        }
    }

    /// The lane whose record is next, if that is known; `complete` when no lane waits for its next record.
    #[inline]
    pub(super) fn next(&self, complete: bool) -> Option<usize> {
        match self {
            Self::OneList { ready } => ready.then_some(0),
            Self::NewestFirst(heads) if complete => heads.peek().map(|(_, Reverse(lane))| *lane),
            Self::NewestFirst(_) => None,
            Self::AsTheyCome(ready) => ready.front().copied(),
        }
    }

    /// The record of the next lane was taken, and another one of its page follows.
    #[inline]
    pub(super) fn advance(&mut self, key: impl FnOnce() -> SortKey) {
        if let Self::NewestFirst(heads) = self
            && let Some(mut head) = heads.peek_mut()
        {
            head.0 = key();
        }
    }

    /// The record of the next lane was taken, the last one at hand.
    pub(super) fn remove(&mut self) {
        match self {
            Self::OneList { ready } => *ready = false,
            Self::NewestFirst(heads) => drop(heads.peek_mut().map(PeekMut::pop)),
            Self::AsTheyCome(ready) => drop(ready.pop_front()),
        }
    }

    /// Forgets the lanes that had a record at hand.
    pub(super) fn clear(&mut self) {
        match self {
            Self::OneList { ready } => *ready = false,
            Self::NewestFirst(heads) => heads.clear(),
            Self::AsTheyCome(ready) => ready.clear(),
        }
    }
}

/// How new a record is, by its id: the larger, the newer. A record without such an id comes before all others, since it
/// has no other place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SortKey(u128);

impl SortKey {
    /// The key of an id of 24 hexadecimal digits.
    pub(crate) fn of(id: Option<&str>) -> Self {
        Self(id.and_then(value).unwrap_or(u128::MAX))
    }
}

/// The value of 24 hexadecimal digits.
fn value(id: &str) -> Option<u128> {
    let digits: &[u8; 24] = id.as_bytes().try_into().ok()?;
    digits.iter().try_fold(0, |value, digit| Some(value << 4 | u128::from((*digit as char).to_digit(16)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(value: u128) -> SortKey {
        SortKey(value)
    }

    #[test]
    fn an_id_sorts_by_its_value_and_anything_else_before_all_ids() {
        let [older, newer] = ["5c8ba99030344005c02316ad", "5C90FA7D3C4E4405E8525079"].map(|id| SortKey::of(Some(id)));
        assert_eq!((older, newer), (key(0x5c8b_a990_3034_4005_c023_16ad), key(0x5c90_fa7d_3c4e_4405_e852_5079)));
        for other in [None, Some("row 7"), Some("5c8ba99030344005c02316a"), Some("5c8ba99030344005c02316ag")] {
            assert!(SortKey::of(other) > newer, "{other:?}");
        }
    }

    #[test]
    fn the_newest_of_all_lists_comes_once_each_has_shown_its_next() {
        let mut order = Order::newest_first();
        order.add(0, || key(5));
        order.add(1, || key(7));
        assert_eq!((order.next(false), order.next(true)), (None, Some(1)));
        order.advance(|| key(3));
        assert_eq!(order.next(true), Some(0));
        order.remove();
        assert_eq!(order.next(true), Some(1));
    }

    #[test]
    fn of_equally_new_records_the_first_lists_comes_first() {
        let mut order = Order::newest_first();
        order.add(1, || key(5));
        order.add(0, || key(5));
        assert_eq!(order.next(true), Some(0));
    }

    #[test]
    fn a_page_of_a_part_comes_whole_before_the_next() {
        let mut order = Order::as_they_come();
        order.add(3, || unreachable!());
        order.add(1, || unreachable!());
        order.advance(|| unreachable!());
        assert_eq!(order.next(false), Some(3));
        order.remove();
        assert_eq!(order.next(false), Some(1));
    }
}
