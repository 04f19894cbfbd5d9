//! The retry budget: what keeps an outage from being answered with a storm, and ends with the outage. Pure: time is
//! handed in.

use std::time::Duration;

use tokio::time::Instant;

const CAPACITY: f64 = 50.0;
/// One success in five pays for a retry: a scan continues for ever with one request in six failing.
const PER_SUCCESS: f64 = 0.2;
const PER_SECOND: f64 = 2.0;
/// Waiting longer than this for a turn would be no better than failing.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// So many failures, and no success for so long, are an outage. Fewer are a server that fails now and then.
const OUTAGE_FAILURES: u32 = 3;
const OUTAGE: Duration = Duration::from_millis(250);
/// So many answers 503 in a row from a server that answered otherwise a moment ago are a limit on requests.
const OVERLOADS: u32 = 3;
const A_MOMENT: Duration = Duration::from_secs(2);

/// A token bucket that every retry of a client takes from, and every success pays into.
///
/// An empty one does not forbid a retry: it makes it wait for its turn, so that however many requests are under
/// way, a server in trouble sees 2 retries a second once the first 50 are spent. The first success after an outage fills
/// it again.
#[derive(Debug)]
pub(super) struct RetryBudget {
    /// Below nothing while retries wait for their turns.
    tokens: f64,
    counted: Option<Instant>,
    last_success: Option<Instant>,
    failures: Option<Failures>,
}

/// The failures since the last success.
#[derive(Clone, Copy, Debug)]
struct Failures {
    since: Instant,
    count: u32,
    overloads: u32,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self { tokens: CAPACITY, counted: None, last_success: None, failures: None }
    }
}

impl RetryBudget {
    /// A request failed, by an answer 503 if `is_overload`. Returns whether the server limits requests by such answers.
    pub(super) fn failure(&mut self, is_overload: bool, now: Instant) -> bool {
        let failures = self.failures.get_or_insert(Failures { since: now, count: 0, overloads: 0 });
        failures.count += 1;
        failures.overloads = if is_overload { failures.overloads + 1 } else { 0 };
        let answered = self.last_success.is_some_and(|at| now.duration_since(at) < A_MOMENT);
        failures.overloads >= OVERLOADS && answered
    }

    /// Whether any request of the client succeeded so far.
    pub(super) fn has_succeeded(&self) -> bool {
        self.last_success.is_some()
    }

    /// Takes a retry out, and says how long it has to wait.
    pub(super) fn take(&mut self, now: Instant) -> Duration {
        let passed = self.counted.replace(now).map_or(0.0, |then| now.duration_since(then).as_secs_f64());
        let deepest = -LONGEST_WAIT.as_secs_f64() * PER_SECOND;
        self.tokens = deepest.max(CAPACITY.min(self.tokens + passed * PER_SECOND) - 1.0);
        Duration::from_secs_f64((-self.tokens).max(0.0) / PER_SECOND)
    }

    /// A request succeeded. Returns whether that is the end of an outage.
    pub(super) fn success(&mut self, now: Instant) -> bool {
        self.last_success = Some(now);
        let failures = self.failures.take();
        let is_over = failures
            .is_some_and(|failures| failures.count >= OUTAGE_FAILURES && now.duration_since(failures.since) >= OUTAGE);
        self.tokens = if is_over { CAPACITY } else { CAPACITY.min(self.tokens + PER_SUCCESS) };
        is_over
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
                false => _ = budget.success(now),
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

    #[test]
    fn the_first_success_after_an_outage_fills_the_budget_and_others_do_not() {
        let (mut budget, start) = (RetryBudget::default(), Instant::now());
        for millisecond in 0..60 {
            let now = start + Duration::from_millis(millisecond);
            budget.failure(false, now);
            budget.take(now);
        }
        assert!(!budget.success(start + Duration::from_millis(60)), "that was no outage");
        assert!(budget.take(start + Duration::from_millis(60)) > Duration::ZERO);
        for _ in 0..3 {
            budget.failure(false, start + Duration::from_millis(61));
        }
        assert!(budget.success(start + Duration::from_millis(400)));
        assert_eq!(budget.take(start + Duration::from_millis(400)), Duration::ZERO);
    }

    #[test]
    fn answers_503_in_a_row_from_a_server_that_answers_otherwise_are_a_limit() {
        let (mut budget, start) = (RetryBudget::default(), Instant::now());
        assert!((0..9).all(|_| !budget.failure(true, start)), "it never answered");
        budget.success(start);
        let limits: Vec<_> = (0..4).map(|_| budget.failure(true, start)).collect();
        assert_eq!(limits, [false, false, true, true]);
        assert!(!budget.failure(true, start + Duration::from_secs(3)), "it answers no more");
    }
}
