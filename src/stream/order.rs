//! Which lane's record comes next.

use std::collections::binary_heap::PeekMut;
use std::collections::{BinaryHeap, VecDeque};

/// The order of a scan's records, and the lanes that have one at hand.
#[derive(Debug)]
pub(super) enum Order {
    /// One list, in its own order.
    OneList { ready: bool },
    /// Several lists, the newest record first: none comes before every list has shown its next one.
    NewestFirst(BinaryHeap<LaneHead>),
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
            Self::NewestFirst(heads) => heads.push(LaneHead::new(key(), lane)),
            Self::AsTheyCome(ready) => ready.push_back(lane),
        }
    }

    /// The lane whose record is next, if that is known; `complete` when no lane waits for its next record.
    #[inline]
    pub(super) fn next(&self, complete: bool) -> Option<usize> {
        match self {
            Self::OneList { ready } => ready.then_some(0),
            Self::NewestFirst(heads) if complete => heads.peek().map(|head| head.lane()),
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
            *head = LaneHead::new(key(), head.lane());
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
    /// Above all ids, which have 96 bits.
    const WITHOUT_ID: Self = Self(1 << 96);

    /// The key of an id of 24 hexadecimal digits.
    #[inline]
    pub(crate) fn of(id: Option<&str>) -> Self {
        id.and_then(value).map_or(Self::WITHOUT_ID, Self)
    }
}

/// A lane by the record at its head: the newest is the greatest, and of equally new ones that of the first lane. In one
/// number, since the heads are compared for every record of several lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LaneHead(u128);

impl LaneHead {
    const LANE_BITS: u32 = 31;
    const LANES: u128 = (1 << Self::LANE_BITS) - 1;

    fn new(SortKey(key): SortKey, lane: usize) -> Self {
        debug_assert!(lane as u128 <= Self::LANES, "there are fewer lanes");
        Self(key << Self::LANE_BITS | (Self::LANES - lane as u128))
    }

    fn lane(self) -> usize {
        (Self::LANES - (self.0 & Self::LANES)) as usize
    }
}

/// The value of 24 hexadecimal digits.
///
/// It is made for every record of several lists, so the digits are looked at side by side, without a branch for each.
#[inline]
fn value(id: &str) -> Option<u128> {
    let digits: &[u8; 24] = id.as_bytes().try_into().ok()?;
    let (mut values, mut is_other) = ([0; 24], false);
    for (value, digit) in values.iter_mut().zip(digits) {
        let decimal = digit.wrapping_sub(b'0');
        let letter = (digit | 0x20).wrapping_sub(b'a');
        *value = if decimal < 10 { decimal } else { letter.wrapping_add(10) };
        is_other |= decimal >= 10 && letter >= 6;
    }
    let value = values.as_chunks().0.iter().fold(0, |value, eight| value << 32 | packed(*eight));
    (!is_other).then_some(value)
}

/// Eight digits, each in a byte, as their value.
fn packed(digits: [u8; 8]) -> u128 {
    let mut value = u64::from_be_bytes(digits);
    value = (value | value >> 4) & 0x00ff_00ff_00ff_00ff;
    value = (value | value >> 8) & 0x0000_ffff_0000_ffff;
    u128::from((value | value >> 16) & 0xffff_ffff)
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
        let [least, most] = ["000000000000000000000000", "ffffffffffffffffffffffff"].map(|id| SortKey::of(Some(id)));
        assert_eq!((least, most), (key(0), key((1 << 96) - 1)));
        for other in [None, Some("row 7"), Some("5c8ba99030344005c02316a"), Some("5c8ba99030344005c02316ag")] {
            assert!(SortKey::of(other) > most, "{other:?}");
        }
    }

    #[test]
    fn every_byte_of_an_id_is_a_hexadecimal_digit_or_the_id_is_none() {
        let id = "5c8ba99030344005c02316ad";
        for (place, character) in (0..id.len()).flat_map(|place| (0..128_u8).map(move |byte| (place, char::from(byte))))
        {
            let mut id = id.to_owned();
            id.replace_range(place..=place, character.encode_utf8(&mut [0; 4]));
            let is_id = character.is_ascii_hexdigit();
            assert_eq!(value(&id), u128::from_str_radix(&id, 16).ok().filter(|_| is_id), "{id:?}");
        }
        assert_eq!(value("5c8ba99030344005c023é16"), None);
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
