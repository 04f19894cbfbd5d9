//! How far to read ahead: a few plain numbers. Knows no pages and no requests; time is handed in.

use tokio::time::Instant;

use super::throughput::{self, Pace, Throughput};

/// The pages of one window: 11 pages of 50 records reach offset 500. Up to this depth nothing is estimated, and no
/// throughput needs to be measured.
const WINDOW: usize = 11;

/// The depth of the read-ahead: pages in flight or ready beyond the consumer's.
///
/// It starts at one page, since a consumer may stop after a few records, and grows towards `most` whenever the consumer
/// has to wait: at once where the user chose `most`, else as long as it brings more answers a second.
#[derive(Debug)]
pub(crate) struct ReadAhead {
    depth: usize,
    most: usize,
    /// One that has used up a page and waits for the next is likely to read on, and each smaller step would cost a full
    /// scan a round trip: so the depth grows by a factor of 48. Deeper than that, estimates from one page alone cost
    /// uneven lists more than they save. Throttling halves the depth, and then it is only doubled.
    growth: usize,
    /// Which page the consumer last had to wait for, so that waiting for one page counts once.
    waited_for: u64,
    /// What decides on depths beyond one window, unless the user chose.
    throughput: Option<Throughput>,
    /// The depth at the first answer, where the consumer is known to take the whole list.
    at_first_answer: Option<usize>,
}

impl ReadAhead {
    /// Grows to `most`, which the user chose.
    pub(crate) fn up_to(most: usize) -> Self {
        Self { depth: most.min(1), most, growth: 48, waited_for: 0, throughput: None, at_first_answer: None }
    }

    /// Grows up to `most` as far as that brings more answers a second.
    pub(super) fn measured(most: usize) -> Self {
        Self { throughput: Some(Throughput::default()), ..Self::up_to(most) }
    }

    /// The consumer will take the whole list: it need not show that by waiting.
    pub(super) fn of_the_whole(mut self) -> Self {
        let deep = if self.throughput.is_some() { WINDOW * throughput::STEP } else { usize::MAX };
        self.at_first_answer = Some(deep.min(self.most));
        self
    }

    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// The consumer waits, and has had `pages` pages so far. The first page has to be waited for anyway.
    pub(crate) fn wait(&mut self, pages: u64, now: Instant) {
        if pages <= self.waited_for {
            return;
        }
        self.waited_for = pages;
        let grown = self.depth.saturating_mul(self.growth);
        let depth = match &mut self.throughput {
            Some(throughput) if self.depth >= WINDOW => throughput.next_depth(self.depth),
            Some(_) => grown.min(WINDOW),
            None => grown,
        };
        self.set(depth, now);
    }

    /// An answer has come.
    pub(super) fn answered(&mut self, pace: Pace, now: Instant) {
        if let Some(throughput) = &mut self.throughput {
            throughput.answered(pace);
        }
        if let Some(depth) = self.at_first_answer.take() {
            self.set(depth, now);
        }
    }

    /// The service throttled.
    pub(super) fn throttle(&mut self, now: Instant) {
        self.growth = 2;
        if let Some(throughput) = &mut self.throughput {
            throughput.throttled(self.depth);
        }
        self.set((self.depth / 2).max(1), now);
    }

    fn set(&mut self, depth: usize, now: Instant) {
        let depth = depth.min(self.most);
        if let Some(throughput) = &mut self.throughput
            && depth != self.depth
        {
            throughput.change(self.depth, now);
        }
        self.depth = depth;
    }
}

/// The bytes of the pages ahead: at most so many, except that one page is always allowed.
#[derive(Debug)]
pub(super) struct ByteBudget {
    most: usize,
    /// The size of the last pages, to guess what those in flight will bring: the largest, forgotten slowly.
    typical: usize,
}

impl ByteBudget {
    pub(super) fn new(most: usize) -> Self {
        Self { most, typical: 0 }
    }

    pub(super) fn arrived(&mut self, bytes: usize) {
        self.typical = bytes.max(self.typical - self.typical / 8);
    }

    /// Whether one page more may be requested when `ready` bytes are held and `in_flight` pages are under way.
    pub(super) fn allows(&self, ready: usize, in_flight: usize) -> bool {
        let expected = (in_flight + 1).saturating_mul(self.typical);
        (ready == 0 && in_flight == 0) || ready.saturating_add(expected) <= self.most
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn grows_once_for_each_page_waited_for() {
        let now = Instant::now();
        let mut ahead = ReadAhead::up_to(100);
        let depths: Vec<_> = [0, 1, 1, 1, 2, 3]
            .map(|pages| {
                ahead.wait(pages, now);
                ahead.depth()
            })
            .into();
        assert_eq!(depths, [1, 48, 48, 48, 100, 100]);
    }

    #[test]
    fn throttling_halves_and_never_stops() {
        let now = Instant::now();
        let mut ahead = ReadAhead::up_to(4);
        ahead.wait(1, now);
        let depths: Vec<_> = (0..3)
            .map(|_| {
                ahead.throttle(now);
                ahead.depth()
            })
            .collect();
        assert_eq!(depths, [2, 1, 1]);
    }

    #[test]
    fn once_throttled_it_is_doubled_at_most() {
        let now = Instant::now();
        let mut ahead = ReadAhead::up_to(64);
        ahead.throttle(now);
        let depths: Vec<_> = (1..=3)
            .map(|pages| {
                ahead.wait(pages, now);
                ahead.depth()
            })
            .collect();
        assert_eq!(depths, [2, 4, 8]);
    }

    #[test]
    fn a_measured_depth_grows_by_windows_while_it_pays() {
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let mut ahead = ReadAhead::measured(128);
        let mut depths = Vec::new();
        for (page, per_second) in [(1, 10.0), (2, 100.0), (3, 400.0), (4, 410.0)] {
            for _ in 0..ahead.depth() {
                ahead.answered(Pace::new(at(page), per_second), at(page));
            }
            ahead.wait(page, at(page));
            depths.push(ahead.depth());
        }
        // 128 in flight brought hardly more than 44.
        assert_eq!(depths, [11, 44, 128, 44]);
    }

    #[test]
    fn who_takes_the_whole_list_need_not_wait_first() {
        for (chosen, depth) in [(None, 44), (Some(0), 0), (Some(11), 11), (Some(64), 64)] {
            let now = Instant::now();
            let ahead = chosen.map_or_else(|| ReadAhead::measured(128), ReadAhead::up_to);
            let mut ahead = ahead.of_the_whole();
            assert_eq!(ahead.depth(), chosen.unwrap_or(1).min(1));
            ahead.answered(Pace::new(now, 1.0), now);
            assert_eq!(ahead.depth(), depth);
        }
    }

    #[test]
    fn no_read_ahead_stays_none() {
        let now = Instant::now();
        let mut ahead = ReadAhead::up_to(0);
        ahead.wait(1, now);
        ahead.throttle(now);
        assert_eq!(ahead.depth(), 0);
    }

    #[test]
    fn one_page_is_always_allowed() {
        let mut budget = ByteBudget::new(100);
        budget.arrived(1000);
        assert!(budget.allows(0, 0));
        assert!(!budget.allows(0, 1) && !budget.allows(1000, 0));
    }

    #[test]
    fn pages_in_flight_count_as_large_as_the_last_ones() {
        let mut budget = ByteBudget::new(100);
        budget.arrived(20);
        assert!(budget.allows(40, 2));
        assert!(!budget.allows(60, 2));
    }
}
