//! Estimated anchors: where a window further down may begin, by the pace of the markers seen so far.
//!
//! An estimate is never trusted. Overlaps judge it, so that a wrong one costs requests and no record.

use crate::Marker;

/// How far apart records lie in the values of their markers, and what estimates have cost.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Hash))]
pub(crate) struct AnchorEstimator {
    /// The difference of marker values from one record to the next, recently and on average, in 1/256.
    pace: Option<u128>,
    /// Whether the service refused a marker that it had not returned.
    refused: bool,
    /// Pages that are done with, and the fresh records that they brought.
    pages: u64,
    fresh: u64,
}

/// How fast the pace follows what is seen: a run of so many records counts as much as all before.
const MEMORY: u128 = 256;
/// The pace counts in fractions of a value.
const SCALE: u32 = 8;

impl AnchorEstimator {
    pub(crate) fn new() -> Self {
        Self { pace: None, refused: false, pages: 0, fresh: 0 }
    }

    /// `records` records lie from below `above` down to `end`.
    pub(crate) fn learn(&mut self, above: Option<Marker>, end: Option<Marker>, records: usize) {
        let value = |marker: Option<Marker>| marker.and_then(|marker| marker.value());
        let Some((above, end)) = value(above).zip(value(end)) else { return };
        let records = records as u128;
        if records == 0 || end >= above {
            return;
        }
        // At most 2^104; times the records of a window, below 2^128.
        let seen = ((above - end) << SCALE) / records;
        self.pace = Some(match self.pace {
            Some(pace) => (pace * MEMORY + seen * records) / (MEMORY + records),
            None => seen,
        });
    }

    /// A page is done with: it brought so many fresh records.
    pub(crate) fn spend(&mut self, fresh: usize) {
        self.pages += 1;
        self.fresh += fresh as u64;
    }

    /// The service refused an estimate. No more of them.
    pub(crate) fn refuse(&mut self) {
        self.refused = true;
    }

    /// Whether the service may take a marker that it did not return.
    pub(crate) fn are_accepted(&self) -> bool {
        !self.refused
    }

    /// The marker that lies about `records` records below `above`; `None` when nothing is known, or when estimates have
    /// cost more than one page in sixteen, and four to begin with.
    pub(crate) fn below(&self, above: Marker, records: usize, stride: usize) -> Option<Marker> {
        let useful = self.fresh / (stride as u64).max(1);
        if self.refused || self.pages > useful + useful / 16 + 4 {
            return None;
        }
        let above = above.value()?;
        let step = self.pace?.saturating_mul(records as u128) >> SCALE;
        Marker::from_value(above.checked_sub(step).filter(|estimate| *estimate > 0 && step > 0)?)
    }

    /// About how many records lie between two markers.
    pub(crate) fn between(&self, above: Option<Marker>, below: Option<Marker>) -> Option<u64> {
        let span = above?.value()?.checked_sub(below?.value()?)?;
        u64::try_from((span << SCALE) / self.pace?.max(1)).ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn marker(value: u128) -> Marker {
        Marker::from_value(value).unwrap()
    }

    #[test]
    fn an_even_list_is_estimated_to_the_record() {
        let mut anchors = AnchorEstimator::new();
        anchors.learn(Some(marker(100_000)), Some(marker(95_000)), 50);
        assert_eq!(anchors.below(marker(95_000), 490, 49), Some(marker(46_000)));
        assert_eq!(anchors.between(Some(marker(95_000)), Some(marker(46_000))), Some(490));
    }

    #[test]
    fn the_pace_follows_what_is_seen() {
        let mut anchors = AnchorEstimator::new();
        anchors.learn(Some(marker(100_000)), Some(marker(95_000)), 50);
        anchors.learn(Some(marker(95_000)), Some(marker(94_000)), 50);
        // 100 apart with the weight of 256, and 20 apart with that of 50: 86.93 apart.
        assert_eq!(anchors.below(marker(94_000), 100, 49), Some(marker(94_000 - 8_692)));
        // Neither the marker itself nor the end of all markers is one.
        assert_eq!(anchors.below(marker(94_000), 0, 49), None);
        assert_eq!(anchors.below(marker(8_692), 100, 49), None);
        assert_eq!(anchors.below(marker(8_693), 100, 49), Some(marker(1)));
    }

    #[test]
    fn estimates_may_cost_four_pages_and_one_in_sixteen() {
        let mut anchors = AnchorEstimator::new();
        anchors.learn(Some(marker(100_000)), Some(marker(95_000)), 50);
        (0..32).for_each(|_| anchors.spend(49));
        for spent in 0..=6 {
            assert!(anchors.below(marker(95_000), 49, 49).is_some(), "{spent}");
            anchors.spend(0);
        }
        assert!(anchors.below(marker(95_000), 49, 49).is_none());
    }

    #[test]
    fn nothing_is_estimated_below_the_list_or_from_nothing() {
        let mut anchors = AnchorEstimator::new();
        assert_eq!(anchors.below(marker(95_000), 490, 49), None);
        anchors.learn(Some(marker(100_000)), Some(marker(95_000)), 50);
        assert_eq!(anchors.below(marker(95_000), 10_000, 49), None);
        assert_eq!(anchors.below(Marker::opaque("cert-1").unwrap(), 490, 49), None);
    }

    #[test]
    fn the_widest_markers_do_not_overflow() {
        let mut anchors = AnchorEstimator::new();
        let (top, zero) = (Marker::from_value((1 << 96) - 1), Marker::from_value(0));
        anchors.learn(top, zero, 1);
        anchors.learn(top, zero, 550);
        assert!(anchors.between(top, zero).is_some());
        assert_eq!(anchors.below(top.unwrap(), usize::MAX, 49), None);
    }

    #[test]
    fn estimates_end_when_they_are_refused_or_cost_too_much() {
        let mut anchors = AnchorEstimator::new();
        anchors.learn(Some(marker(100_000)), Some(marker(95_000)), 50);
        for _ in 0..4 {
            anchors.spend(0);
        }
        assert!(anchors.below(marker(95_000), 49, 49).is_some());
        anchors.spend(0);
        assert!(anchors.below(marker(95_000), 49, 49).is_none());
        for _ in 0..20 {
            anchors.spend(49);
        }
        assert!(anchors.below(marker(95_000), 49, 49).is_some());
        anchors.refuse();
        assert!(anchors.below(marker(95_000), 49, 49).is_none());
    }
}
