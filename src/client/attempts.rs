//! One request until it succeeds or is given up: admitted by the quota, tried again by the retry policy, paid for by
//! the budget. Knows attempts; must not know what is attempted.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use tokio::time::{Instant, sleep, timeout_at};

use super::budget::RetryBudget;
use super::quota::{Answered, Gate, Quota};
use super::retry::{Retry, RetryPolicy};
use crate::{FailureKind, SourceError};

/// What all requests of a client share.
#[derive(Debug)]
pub(super) struct Attempts {
    policy: RetryPolicy,
    budget: Mutex<RetryBudget>,
    gate: Gate,
}

impl Attempts {
    pub(super) fn new(policy: RetryPolicy, rate_limit: Option<f64>) -> Self {
        Self { policy, budget: Mutex::default(), gate: Gate::new(Quota::new(rate_limit)) }
    }

    /// Runs `attempt`, which is told its number from 1 on, until it succeeds or is given up. Brings what it brought,
    /// and whether the service throttled on the way.
    ///
    /// # Errors
    /// The last attempt's.
    pub(super) async fn run<T, A>(&self, mut attempt: impl FnMut(u32) -> A) -> Result<(T, bool), SourceError>
    where
        A: Future<Output = Result<T, SourceError>>,
    {
        let deadline = Instant::now() + self.policy.patience();
        let mut permit = timeout_at(deadline, self.gate.enter()).await.map_err(|_| self.no_turn())?;
        let (mut retry, mut throttled) = (Retry::default(), false);
        let mut number = 0;
        loop {
            number += 1;
            let sent = Instant::now();
            let outcome = timeout_at(deadline, attempt(number)).await.unwrap_or_else(|_| {
                let message = format!("no complete answer within {:?}, all attempts together", self.policy.patience());
                Err(SourceError::new(FailureKind::Timeout, message))
            });
            permit.answered(answered(&outcome));
            let error = match outcome {
                Ok(brought) => {
                    self.budget().success();
                    return Ok((brought, throttled));
                }
                Err(error) => error.with_attempt(number),
            };
            throttled |= error.is_throttled();
            let Some(wait) = self.wait(&mut retry, &error, sent) else { return Err(error) };
            // A wait may be longer than what can be added to an instant.
            if wait >= deadline.saturating_duration_since(Instant::now()) {
                return Err(error);
            }
            tracing::debug!(%error, attempt = number, wait = ?wait, "trying again");
            sleep(wait).await;
            let Ok(admitted) = timeout_at(deadline, self.gate.enter()).await else { return Err(error) };
            permit = admitted;
        }
    }

    fn no_turn(&self) -> SourceError {
        let message =
            format!("it was not its turn within {:?}: see rate_limit and give_up_after", self.policy.patience());
        SourceError::new(FailureKind::Timeout, message)
    }

    fn wait(&self, retry: &mut Retry, error: &SourceError, sent: Instant) -> Option<std::time::Duration> {
        let now = Instant::now();
        let wait = retry.after(&self.policy, error, now.duration_since(sent), fastrand::f64())?;
        // Throttled requests are slowed down by the gate; they cause no storm.
        Some(if error.is_throttled() { wait } else { wait.max(self.budget().take(now)) })
    }

    fn budget(&self) -> std::sync::MutexGuard<'_, RetryBudget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answered<T>(outcome: &Result<T, SourceError>) -> Answered {
    use FailureKind::{Decode, Status, TooLarge};
    match outcome {
        Err(error) if error.is_throttled() => Answered::Throttled(error.retry_after()),
        Err(error) if !matches!(error.kind(), Decode | Status | TooLarge) => Answered::Lost,
        Ok(_) | Err(_) => Answered::Served,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use futures::StreamExt;

    use super::*;

    fn trouble(kind: FailureKind) -> SourceError {
        SourceError::new(kind, "trouble")
    }

    fn status(status: u16) -> SourceError {
        let retryable = !matches!(status, 400..=407);
        SourceError::new(FailureKind::Status, "no").with_status(status).with_retryable(retryable)
    }

    /// A scan of so many requests, 11 at once, each attempt answered after 20 ms: how long it takes, and how many
    /// attempts.
    async fn scan(
        requests: usize,
        answer: impl Fn() -> Result<(), SourceError>,
    ) -> (Result<(), SourceError>, Duration, usize) {
        fastrand::seed(7);
        let (attempts, count) = (Attempts::new(RetryPolicy::default(), None), AtomicUsize::new(0));
        let attempt = |_| async {
            count.fetch_add(1, Ordering::Relaxed);
            let answer = answer();
            let hangs = matches!(&answer, Err(error) if error.kind() == FailureKind::Timeout);
            sleep(Duration::from_millis(if hangs { 2000 } else { 20 })).await;
            answer
        };
        let started = Instant::now();
        let mut scan = futures::stream::iter(0..requests).map(|_| attempts.run(attempt)).buffered(11);
        while let Some(done) = scan.next().await {
            if let Err(error) = done {
                return (Err(error), started.elapsed(), count.load(Ordering::Relaxed));
            }
        }
        (Ok(()), started.elapsed(), count.load(Ordering::Relaxed))
    }

    #[tokio::test(start_paused = true)]
    async fn a_scan_with_one_failure_in_ten_completes() {
        let (outcome, took, attempts) = scan(410, || match fastrand::u8(0..100) {
            0..5 => Err(status(500)),
            5..7 => Err(trouble(FailureKind::Decode).with_retryable(true)),
            7..9 => Err(trouble(FailureKind::Interrupted)),
            9 => Err(status(502)),
            _ => Ok(()),
        })
        .await;
        outcome.unwrap();
        assert!((430..500).contains(&attempts), "{attempts}");
        assert!(took < Duration::from_secs(5), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn requests_that_hang_cost_little_more_than_their_time_out() {
        let (outcome, faultless, _) = scan(410, || Ok(())).await;
        outcome.unwrap();
        let hung = AtomicUsize::new(0);
        let (outcome, took, _) = scan(410, || match fastrand::u8(0..200) {
            0 => Err({
                hung.fetch_add(1, Ordering::Relaxed);
                trouble(FailureKind::Timeout)
            }),
            _ => Ok(()),
        })
        .await;
        outcome.unwrap();
        let time_outs = Duration::from_secs(2) * u32::try_from(hung.into_inner()).unwrap();
        assert!(!time_outs.is_zero() && took < 3 * faultless + time_outs, "{took:?} {faultless:?} {time_outs:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_away_for_five_seconds_is_waited_for() {
        let started = Instant::now();
        let away = Duration::from_secs(1)..Duration::from_secs(6);
        let (outcome, took, attempts) = scan(1000, || match away.contains(&started.elapsed()) {
            true => Err(trouble(FailureKind::Connect)),
            false => Ok(()),
        })
        .await;
        outcome.unwrap();
        assert!(took < Duration::from_secs(20), "{took:?}");
        assert!(attempts < 1000 + 75, "a storm of {attempts}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_stays_away_is_told_of_in_time_and_not_stormed() {
        let (outcome, took, attempts) = scan(1000, || Err(trouble(FailureKind::Connect))).await;
        let error = outcome.unwrap_err();
        assert_eq!((error.kind(), error.attempt()), (FailureKind::Connect, 12));
        assert!((5..120).contains(&took.as_secs()), "{took:?}");
        assert!(attempts <= 11 + 50 + 2 * took.as_secs() as usize + 1, "a storm of {attempts}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_never_ends_is_given_up_on_time() {
        let attempts = Attempts::new(RetryPolicy::default(), None);
        let started = Instant::now();
        let error = attempts.run(|_| std::future::pending::<Result<(), _>>()).await.unwrap_err();
        assert_eq!((error.kind(), error.attempt()), (FailureKind::Timeout, 1));
        assert_eq!(started.elapsed().as_secs(), 300);
    }

    #[tokio::test(start_paused = true)]
    async fn waits_beyond_what_a_clock_counts_give_up_at_once() {
        let policy = RetryPolicy::default().first_wait(Duration::MAX).longest_wait(Duration::MAX);
        for error in [status(503), status(503).with_retry_after(Some(Duration::MAX))] {
            let attempts = Attempts::new(policy, None);
            let outcome = attempts.run(|_| std::future::ready(Err::<(), _>(error.clone()))).await;
            assert_eq!(outcome.unwrap_err().attempt(), 1);
        }
        let throttled = status(429).with_retry_after(Some(Duration::MAX));
        let attempts = Attempts::new(policy.max_attempts(3), None);
        let outcome = attempts.run(|_| std::future::ready(Err::<(), _>(throttled.clone()))).await;
        assert_eq!(outcome.unwrap_err().attempt(), 3, "a pause is a minute at most");
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_a_turn_counts_against_the_time_limit_of_the_request() {
        let attempts = Attempts::new(RetryPolicy::default(), Some(0.002));
        let started = Instant::now();
        attempts.run(|_| async { Ok(()) }).await.unwrap();
        let error = attempts.run(|_| async { Ok(()) }).await.unwrap_err();
        assert_eq!((error.kind(), started.elapsed().as_secs()), (FailureKind::Timeout, 300));
        assert!(error.to_string().contains("rate_limit"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_helped_is_asked_once() {
        for refused in [400, 401, 403, 404] {
            let (outcome, _, attempts) = scan(1, || Err(status(refused))).await;
            assert_eq!((outcome.unwrap_err().attempt(), attempts), (1, 1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_on_the_way_is_told_and_slows_down_everybody() {
        let attempts = Attempts::new(RetryPolicy::default(), None);
        let answer = |number| async move {
            match number {
                1 => Err(status(429).with_retry_after(Some(Duration::from_secs(3)))),
                _ => Ok(number),
            }
        };
        let started = Instant::now();
        let (one, other) = tokio::join!(attempts.run(answer), async {
            tokio::task::yield_now().await;
            attempts.run(|number| async move { Ok(number) }).await
        });
        assert_eq!((one.unwrap(), other.unwrap()), ((2, true), (1, false)));
        assert!(started.elapsed() >= Duration::from_secs(3));
    }
}
