//! How far to read ahead: a few plain numbers. Knows no pages and no requests.

/// The depth of the read-ahead: pages in flight or ready beyond the consumer's.
///
/// It starts at one page, since a consumer may stop after a few records, and grows towards `most` whenever the consumer
/// has to wait. One that has used up a page and waits for the next is likely to read on, and each smaller step would
/// cost a full scan a round trip: so it grows by a factor of 48: deeper than
/// that, estimates from one page alone cost uneven lists more than they save. Throttling halves it, and then it is only
/// doubled.
#[derive(Debug)]
pub(crate) struct ReadAhead {
    depth: usize,
    most: usize,
    growth: usize,
    /// Which page the consumer last had to wait for, so that waiting for one page counts once.
    waited_for: u64,
}

impl ReadAhead {
    pub(crate) fn new(most: usize) -> Self {
        Self { depth: most.min(1), most, growth: 48, waited_for: 0 }
    }

    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// The consumer waits, and has had `pages` pages so far. The first page has to be waited for anyway.
    pub(crate) fn wait(&mut self, pages: u64) {
        if pages > self.waited_for {
            self.waited_for = pages;
            self.depth = self.depth.saturating_mul(self.growth).min(self.most);
        }
    }

    /// The service throttled.
    pub(super) fn throttle(&mut self) {
        self.depth = (self.depth / 2).max(self.most.min(1));
        self.growth = 2;
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
    use super::*;

    #[test]
    fn grows_once_for_each_page_waited_for() {
        let mut ahead = ReadAhead::new(100);
        let depths: Vec<_> = [0, 1, 1, 1, 2, 3]
            .map(|pages| {
                ahead.wait(pages);
                ahead.depth()
            })
            .into();
        assert_eq!(depths, [1, 48, 48, 48, 100, 100]);
    }

    #[test]
    fn throttling_halves_and_never_stops() {
        let mut ahead = ReadAhead::new(4);
        ahead.wait(1);
        let depths: Vec<_> = (0..3)
            .map(|_| {
                ahead.throttle();
                ahead.depth()
            })
            .collect();
        assert_eq!(depths, [2, 1, 1]);
    }

    #[test]
    fn once_throttled_it_is_doubled_at_most() {
        let mut ahead = ReadAhead::new(64);
        ahead.throttle();
        let depths: Vec<_> = (1..=3)
            .map(|pages| {
                ahead.wait(pages);
                ahead.depth()
            })
            .collect();
        assert_eq!(depths, [2, 4, 8]);
    }

    #[test]
    fn no_read_ahead_stays_none() {
        let mut ahead = ReadAhead::new(0);
        ahead.wait(1);
        ahead.throttle();
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
