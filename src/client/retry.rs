//! Whether and when to try again. Pure: time and chance are handed in.

// Knows failures; must not know requests.

use std::time::Duration;

use crate::{ArgumentError, FailureKind, SourceError};

/// So many bytes of an answer must come in each time limit. Less is a server that keeps the connection, not a slow link.
pub(super) const PROGRESS: usize = 16 * 1024;

/// How often a client sends one request, how long it waits between, and when it gives up.
///
/// What is tried again is what is safe and can help: no connection, a time-out, 408, 429, 500, 502, 503, 504, a
/// 403 that is a rate limit, a body that breaks off or is no JSON. The waits grow twofold and are drawn evenly
/// between nothing and the bound (full jitter), so that clients do not return in step. After a time-out the time
/// already spent counts as waiting. `Retry-After` is followed. A request that was throttled waits with all others
/// of its client, until the quota is thought to allow it.
///
/// However many requests fail at once, a client sends no more than 50 retries, and from then on 2 a second and one
/// for every 5 requests that succeed; the others wait for their turn. The first success after an outage ends all waits.
/// The last wait is cut to what is left of the time.
///
/// The defaults survive a server that is away for 5 s. One that refuses connections is reported after 20 to 40 s, one
/// that stays silent after 300 s.
///
/// ```
/// use std::time::Duration;
/// use iotda_batch_tasks::{Client, RetryPolicy};
///
/// let patient = RetryPolicy::default().max_attempts(20).max_elapsed(Duration::from_secs(900));
/// let client = Client::builder().region("cn-north-4").project_id("a").token("t").retry(patient).build()?;
/// # Ok::<(), iotda_batch_tasks::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    max_attempts: u32,
    initial_backoff: Duration,
    max_backoff: Duration,
    pub(super) max_elapsed: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            // With full jitter, fewer could by bad luck all fall into an outage of 5 s.
            max_attempts: 12,
            initial_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(10),
            // Room for a request that hangs for 120 s, and for another.
            max_elapsed: Duration::from_secs(300),
        }
    }
}

impl RetryPolicy {
    /// Every failure is final; only refused credentials are still renewed.
    #[must_use]
    pub fn none() -> Self {
        Self::default().max_attempts(1)
    }

    /// How often to send a request at most, the first time included; 12 by default. Throttled answers do not count,
    /// unless this is 1: they end with [`max_elapsed`](Self::max_elapsed) alone.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The bound of the first wait, 100 ms by default. It doubles with every further failure.
    #[must_use]
    pub fn initial_backoff(mut self, wait: Duration) -> Self {
        self.initial_backoff = wait;
        self
    }

    /// The bound of every wait, 10 s by default. A `Retry-After` may extend it up to sixfold.
    #[must_use]
    pub fn max_backoff(mut self, wait: Duration) -> Self {
        self.max_backoff = wait;
        self
    }

    /// How long a request may take in all, every attempt and wait included; 300 s by default. Then it fails with the
    /// error of its last attempt.
    ///
    /// An answer that is still arriving then is read to its end, as long as another 16 KiB come in each quarter of this
    /// time: a large page over a slow link takes as long as it takes, and no longer than
    /// [`max_body_bytes`](crate::ClientBuilder::max_body_bytes) allows.
    #[must_use]
    pub fn max_elapsed(mut self, limit: Duration) -> Self {
        self.max_elapsed = limit;
        self
    }

    pub(super) fn check(&self) -> Result<(), ArgumentError> {
        if self.max_attempts == 0 {
            return Err(ArgumentError::new("max_attempts", 0, "1 or more"));
        }
        if self.max_elapsed.is_zero() || self.max_elapsed > LONGEST_MAX_ELAPSED {
            let rule = "longer than nothing and at most a year";
            return Err(ArgumentError::new("max_elapsed", format_args!("{:?}", self.max_elapsed), rule));
        }
        Ok(())
    }
}

/// Deadlines must stay within what a clock can count to.
const LONGEST_MAX_ELAPSED: Duration = Duration::from_secs(365 * 24 * 3600);
const LONGEST_RETRY_AFTER: u32 = 6;

/// The failures of one request so far, throttled answers left out: these have another pause.
#[derive(Debug, Default)]
pub(super) struct Retry {
    failures: u32,
}

impl Retry {
    /// How long to wait before the next attempt; `None` when there shall be none. `took` is how long the failed
    /// attempt lasted, `chance` lies in 0..1.
    pub(super) fn after(
        &mut self,
        policy: &RetryPolicy,
        error: &SourceError,
        is_limited: bool,
        took: Duration,
        chance: f64,
    ) -> Option<Duration> {
        if !error.is_retryable() || policy.max_attempts == 1 {
            return None;
        }
        // The quota says when; it ends with the time of the request alone.
        if is_limited {
            return Some(Duration::ZERO);
        }
        self.failures += 1;
        if self.failures >= policy.max_attempts {
            return None;
        }
        let growth = 2_f64.powi(i32::try_from(self.failures - 1).unwrap_or(i32::MAX).min(60));
        let bound = policy.max_backoff.as_secs_f64().min(policy.initial_backoff.as_secs_f64() * growth);
        let wait = Duration::try_from_secs_f64(bound * chance).unwrap_or(Duration::MAX);
        if let Some(requested) = error.retry_after() {
            return Some(wait.max(requested.min(policy.max_backoff.saturating_mul(LONGEST_RETRY_AFTER))));
        }
        Some(if error.kind() == FailureKind::Timeout { wait.saturating_sub(took) } else { wait })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn status(status: u16) -> SourceError {
        let retryable = matches!(status, 408 | 429 | 500..);
        SourceError::new(FailureKind::Status, "no").with_status(status).with_retryable(retryable)
    }

    /// The waits after so many failures in a row, until it is given up.
    fn waits(policy: &RetryPolicy, error: &SourceError, chance: f64) -> Vec<f64> {
        let mut retry = Retry::default();
        let mut next =
            || retry.after(policy, error, error.is_throttled(), Duration::ZERO, chance).map(|wait| wait.as_secs_f64());
        std::iter::from_fn(&mut next).collect()
    }

    #[test]
    fn waits_double_up_to_their_bound_and_end_with_the_attempts() {
        let policy = RetryPolicy::default().max_attempts(9);
        let waits = waits(&policy, &status(503), 1.0);
        let expected = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0];
        assert!(waits.len() == 8 && waits.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{waits:?}");
    }

    #[test]
    fn what_cannot_help_is_not_tried_again() {
        for status in [status(400), status(401), status(403), status(404)] {
            assert!(waits(&RetryPolicy::default(), &status, 0.5).is_empty());
        }
        assert!(waits(&RetryPolicy::none(), &status(503), 0.5).is_empty());
    }

    #[test]
    fn a_time_out_has_waited_already() {
        let mut retry = Retry::default();
        let error = SourceError::new(FailureKind::Timeout, "slow");
        let policy = RetryPolicy::default();
        assert_eq!(retry.after(&policy, &error, false, Duration::from_secs(2), 0.9), Some(Duration::ZERO));
    }

    #[test]
    fn throttling_waits_elsewhere_and_retry_after_is_followed_within_reason() {
        let policy = RetryPolicy::default();
        let mut retry = Retry::default();
        let throttled = || retry.after(&policy, &status(429), true, Duration::ZERO, 1.0);
        assert!(std::iter::repeat_with(throttled).take(1_000).all(|wait| wait == Some(Duration::ZERO)));
        let requested = |seconds| status(503).with_retry_after(Some(Duration::from_secs(seconds)));
        assert!((waits(&policy, &requested(7), 0.0)[0] - 7.0).abs() < 1e-6);
        assert!((waits(&policy, &requested(86_400), 0.0)[0] - 60.0).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn a_wait_lies_between_nothing_and_its_bound(chance in 0.0..1.0_f64, first in 0_u64..1000, longest in 0_u64..10_000) {
            let policy = RetryPolicy::default()
                .initial_backoff(Duration::from_millis(first))
                .max_backoff(Duration::from_millis(longest));
            let waits = waits(&policy, &status(500), chance);
            prop_assert_eq!(waits.len(), 11);
            let mut bound = first as f64 / 1000.0;
            for wait in waits {
                prop_assert!((0.0..=bound.min(longest as f64 / 1000.0) + 1e-9).contains(&wait));
                bound *= 2.0;
            }
        }
    }

    /// 11 requests under way when the server goes away for 5 s: all of them live to see it come back, but for the bad luck
    /// of one in ten thousand.
    #[test]
    fn an_outage_of_five_seconds_is_ridden_out() {
        let error = SourceError::new(FailureKind::Connect, "refused");
        let (mut given_up, requests) = (0, 11 * 10_000);
        for seed in 0..10_000 {
            let mut random = fastrand::Rng::with_seed(seed);
            for _ in 0..11 {
                let mut retry = Retry::default();
                let mut next = || retry.after(&RetryPolicy::default(), &error, false, Duration::ZERO, random.f64());
                let waits: Duration = std::iter::from_fn(&mut next).sum();
                given_up += u32::from(waits <= Duration::from_secs(5));
            }
        }
        assert!(given_up * 10_000 <= requests, "{given_up} of {requests}");
    }
}
