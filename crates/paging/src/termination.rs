//! How long the list is thought to be, and what may end a scan.

use crate::{Marker, PageSize, PagingError};

/// Compares what was read with what was counted, and guards against markers that do not advance.
///
/// `page.count` is a hint: it may be absent or wrong, it changes under edits, and whether the marker counts as part of
/// the query is not documented. It says how many pages are worth requesting, and whether two answers that say nothing are
/// enough. It never ends a scan.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Hash))]
pub(crate) struct Termination {
    joined: u64,
    /// The largest count so far.
    counted: Option<u64>,
    limit: PageSize,
    guard: MarkerGuard,
    /// How often the end was probed in a row without an answer.
    lost_probes: u8,
}

/// How often a probe of the end may meet an edit before the scan gives up.
const MOST_LOST_PROBES: u8 = 3;

impl Termination {
    pub(crate) fn new(limit: PageSize, delivered: u64) -> Self {
        Self { joined: delivered, counted: None, limit, guard: MarkerGuard::new(), lost_probes: 0 }
    }

    /// A page carried a count.
    pub(crate) fn observe_count(&mut self, count: Option<u64>) {
        self.counted = self.counted.max(count);
    }

    pub(crate) fn counted(&self) -> Option<u64> {
        self.counted
    }

    pub(crate) fn joined(&self) -> u64 {
        self.joined
    }

    /// A page with `fresh` records was joined.
    pub(crate) fn add(&mut self, fresh: usize) {
        self.joined = self.joined.saturating_add(fresh as u64);
        self.lost_probes = 0;
    }

    /// Whether fewer records were joined than were counted.
    pub(crate) fn lacks_records(&self) -> bool {
        self.counted.is_some_and(|counted| self.joined < counted)
    }

    /// A probe of the end did not find the record that it was to find; whether to try again.
    pub(crate) fn lose_probe(&mut self) -> bool {
        self.lost_probes += 1;
        self.lost_probes < MOST_LOST_PROBES
    }

    /// How many records are thought to follow when `planned` are on their way; `None` when that is unknown.
    ///
    /// Once more records were joined than were counted, by more than a page, the count was no count.
    pub(crate) fn expected_after(&self, planned: u64) -> Option<u64> {
        let is_plausible = |counted: &u64| self.joined <= counted.saturating_add(self.limit.get() as u64);
        let counted = self.counted.filter(is_plausible)?;
        Some(counted.saturating_sub(self.joined.saturating_add(planned)))
    }

    /// Admits the marker returned with the page after `after`, if it advances.
    pub(crate) fn admit(&mut self, after: Option<Marker>, returned: Marker) -> Result<(), PagingError> {
        self.guard.admit(after, returned)
    }
}

/// Admits markers as long as they advance.
///
/// Where markers have an order, each must be below the one before. Elsewhere a circle of any length is found by
/// comparing with one remembered marker, which is replaced after 1, 2, 4, 8 ... steps: constant memory, and at most a
/// few rounds of the circle.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Hash))]
pub(crate) struct MarkerGuard {
    remembered: Option<Marker>,
    steps: u32,
    stride: u32,
}

impl MarkerGuard {
    pub(crate) fn new() -> Self {
        Self { remembered: None, steps: 0, stride: 1 }
    }

    pub(crate) fn admit(&mut self, after: Option<Marker>, returned: Marker) -> Result<(), PagingError> {
        if let Some((after, is_below)) = after.and_then(|after| Some((after, returned.is_below(&after)?))) {
            return if is_below { Ok(()) } else { Err(PagingError::MarkerNotBelow { after, returned }) };
        }
        if self.remembered == Some(returned) {
            return Err(PagingError::MarkerRepeated { returned });
        }
        self.steps += 1;
        if self.steps == self.stride {
            (self.remembered, self.steps, self.stride) = (Some(returned), 0, self.stride.saturating_mul(2));
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn first_refusal(markers: impl Iterator<Item = Marker>) -> Option<usize> {
        let (mut guard, mut after) = (MarkerGuard::new(), None);
        markers.enumerate().find_map(|(step, marker)| {
            let admitted = guard.admit(after.replace(marker), marker);
            admitted.is_err().then_some(step)
        })
    }

    #[test]
    fn a_marker_that_repeats_or_rises_is_refused_at_once() {
        let [high, low] = ["5c90fa7d3c4e4405e8525079", "5c8ba99030344005c02316ad"].map(|text| text.parse().unwrap());
        assert_eq!(first_refusal([high, low, high].into_iter()), Some(2));
        assert_eq!(first_refusal([high, high].into_iter()), Some(1));
        assert_eq!(first_refusal([high, low].into_iter()), None);
    }

    #[test]
    fn a_circle_of_markers_without_order_is_found() {
        let circle: Vec<_> = ["A", "B", "C"].map(|text| Marker::opaque(text).unwrap()).into();
        for length in 1..=3 {
            let step = first_refusal(circle[..length].iter().copied().cycle().take(100));
            assert!(step.is_some_and(|step| step <= 4 * length), "{length}: {step:?}");
        }
        let straight = (0..1000).map(|number| Marker::opaque(&format!("cert-{number}")).unwrap());
        assert_eq!(first_refusal(straight), None);
    }

    fn termination(counted: u64, joined: usize) -> Termination {
        let mut termination = Termination::new(PageSize::MAX, 0);
        termination.observe_count(Some(counted));
        termination.add(joined);
        termination
    }

    #[test]
    fn records_are_missing_while_fewer_were_joined_than_counted() {
        let lacks = [49, 50, 51].map(|joined| termination(50, joined).lacks_records());
        assert_eq!(lacks, [true, false, false]);
    }

    #[test]
    fn a_probe_may_be_lost_twice_in_a_row() {
        let mut termination = termination(50, 0);
        assert_eq!([(); 3].map(|()| termination.lose_probe()), [true, true, false]);
        termination.add(1);
        assert!(termination.lose_probe());
    }

    #[test]
    fn a_count_says_how_many_records_are_expected() {
        assert_eq!(termination(100, 50).expected_after(20), Some(30));
        assert_eq!(termination(100, 100).expected_after(0), Some(0));
        assert_eq!(termination(100, 151).expected_after(0), None);
        assert_eq!(Termination::new(PageSize::MAX, 0).expected_after(0), None);
    }
}
