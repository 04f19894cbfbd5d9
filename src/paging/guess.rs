//! Anchors ahead of the chain: where a window further down may begin, guessed from the markers already seen.
//!
//! A guess is never trusted: the seams judge it, so that a wrong one costs requests and no record.

use super::Marker;

/// How far apart records lie, as far as their markers tell.
#[derive(Debug)]
pub(super) struct Guesser {
    /// The difference of marker values from one record to the next, on average and lately.
    pace: Option<f64>,
    /// Whether the service refused a marker that it had not handed out.
    refused: bool,
    /// Pages that are done with, and the fresh records that they brought.
    spent: u64,
    gained: u64,
}

/// How fast the pace follows what is seen: a run of so many records counts as much as all before.
const MEMORY: f64 = 256.0;

impl Guesser {
    pub(super) fn new() -> Self {
        Self { pace: None, refused: false, spent: 0, gained: 0 }
    }

    /// `records` records were seen from below `above` down to `end`.
    pub(super) fn learn(&mut self, above: Option<Marker>, end: Option<Marker>, records: usize) {
        let Some((above, end)) = above.and_then(|above| above.value()).zip(end.and_then(|end| end.value())) else {
            return;
        };
        if records == 0 || end >= above {
            return;
        }
        // Precise enough: 53 of 96 bits, for a guess.
        let seen = (above - end) as f64 / records as f64;
        let weight = records as f64 / (records as f64 + MEMORY);
        self.pace = Some(self.pace.map_or(seen, |pace| pace + weight * (seen - pace)));
    }

    /// A page is done with: it brought so many fresh records.
    pub(super) fn spend(&mut self, fresh: usize) {
        self.spent += 1;
        self.gained += fresh as u64;
    }

    /// The service refused a guess. No more of them.
    pub(super) fn refuse(&mut self) {
        self.refused = true;
    }

    /// The marker that lies about `records` records below `above`; `None` when nothing is known, or when guessing has
    /// cost more than one page in sixteen, and four to begin with.
    pub(super) fn below(&self, above: Marker, records: usize, stride: usize) -> Option<Marker> {
        let useful = self.gained / (stride as u64).max(1);
        if self.refused || self.spent > useful + useful / 16 + 4 {
            return None;
        }
        let above = above.value()?;
        let step = (self.pace? * records as f64) as u128;
        Marker::from_value(above.checked_sub(step).filter(|guess| *guess > 0 && step > 0)?)
    }

    /// About how many records lie between two markers.
    pub(super) fn between(&self, above: Option<Marker>, below: Option<Marker>) -> Option<u64> {
        let span = above?.value()?.checked_sub(below?.value()?)?;
        Some((span as f64 / self.pace?) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(value: u128) -> Marker {
        Marker::from_value(value).unwrap()
    }

    #[test]
    fn an_even_list_is_guessed_to_the_record() {
        let mut guesser = Guesser::new();
        guesser.learn(Some(marker(100_000)), Some(marker(95_000)), 50);
        assert_eq!(guesser.below(marker(95_000), 490, 49), Some(marker(46_000)));
        assert_eq!(guesser.between(Some(marker(95_000)), Some(marker(46_000))), Some(490));
    }

    #[test]
    fn nothing_is_guessed_below_the_list_or_from_nothing() {
        let mut guesser = Guesser::new();
        assert_eq!(guesser.below(marker(95_000), 490, 49), None);
        guesser.learn(Some(marker(100_000)), Some(marker(95_000)), 50);
        assert_eq!(guesser.below(marker(95_000), 10_000, 49), None);
        assert_eq!(guesser.below(Marker::opaque("cert-1").unwrap(), 490, 49), None);
    }

    #[test]
    fn guessing_ends_when_it_is_refused_or_costs_too_much() {
        let mut guesser = Guesser::new();
        guesser.learn(Some(marker(100_000)), Some(marker(95_000)), 50);
        for _ in 0..4 {
            guesser.spend(0);
        }
        assert!(guesser.below(marker(95_000), 49, 49).is_some());
        guesser.spend(0);
        assert!(guesser.below(marker(95_000), 49, 49).is_none());
        for _ in 0..20 {
            guesser.spend(49);
        }
        assert!(guesser.below(marker(95_000), 49, 49).is_some());
        guesser.refuse();
        assert!(guesser.below(marker(95_000), 49, 49).is_none());
    }
}
