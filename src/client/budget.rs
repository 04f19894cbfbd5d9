//! The retry budget: what keeps an outage from being answered with a storm. Pure: time is handed in.

use std::time::Duration;

use tokio::time::Instant;

const CAPACITY: f64 = 50.0;
/// One success in five pays for a retry: a scan can go on for ever with one request in six failing.
const PER_SUCCESS: f64 = 0.2;
const PER_SECOND: f64 = 2.0;
/// Waiting longer than this for a turn would be no better than failing.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A token bucket that every retry of a client takes from, and every success pays into.
///
/// An empty one does not forbid a retry: it makes it wait for its turn, so that however many requests are under
/// way, a server in trouble sees 2 retries a second once the first 50 are spent.
#[derive(Debug)]
pub(super) struct RetryBudget {
    /// Below nothing while retries wait for their turns.
    tokens: f64,
    counted: Option<Instant>,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self { tokens: CAPACITY, counted: None }
    }
}

impl RetryBudget {
    /// Takes a retry out, and says how long it has to wait.
    pub(super) fn take(&mut self, now: Instant) -> Duration {
        let passed = self.counted.replace(now).map_or(0.0, |then| now.duration_since(then).as_secs_f64());
        let deepest = -LONGEST_WAIT.as_secs_f64() * PER_SECOND;
        self.tokens = deepest.max(CAPACITY.min(self.tokens + passed * PER_SECOND) - 1.0);
        Duration::from_secs_f64((-self.tokens).max(0.0) / PER_SECOND)
    }

    pub(super) fn success(&mut self) {
        self.tokens = CAPACITY.min(self.tokens + PER_SUCCESS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_in_ten_never_has_to_wait() {
        let (mut budget, now) = (RetryBudget::default(), Instant::now());
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..10_000 {
            match random.f64() < 0.1 {
                true => assert_eq!(budget.take(now), Duration::ZERO),
                false => budget.success(),
            }
        }
    }

    #[test]
    fn an_outage_is_answered_with_two_retries_a_second() {
        let (mut budget, now) = (RetryBudget::default(), Instant::now());
        for _ in 0..50 {
            assert_eq!(budget.take(now), Duration::ZERO);
        }
        let waits: Vec<_> = (0..3).map(|_| budget.take(now).as_millis()).collect();
        assert_eq!(waits, [500, 1000, 1500]);
        assert_eq!(budget.take(now + Duration::from_secs(2)), Duration::ZERO);
        let longest = (0..1000).map(|_| budget.take(now + Duration::from_secs(2))).max();
        assert_eq!(longest, Some(LONGEST_WAIT));
    }
}
