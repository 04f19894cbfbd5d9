//! One request until it succeeds or is given up: admitted by the quota, tried again by the retry policy, paid for by
//! the budget.

// Knows attempts; must not know what is attempted.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use tokio::time::{Instant, sleep, timeout_at};

use super::budget::RetryBudget;
use super::failure::is_throttled;
use super::quota::{Answered, Gate, Quota, StatedQuota};
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

    /// Where requests wait for their turn: to be informed of what the headers of answers state.
    pub(super) fn gate(&self) -> Gate {
        self.gate.clone()
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
            if let Some(text) =
                outcome.as_ref().err().filter(|error| is_throttled(error)).and_then(SourceError::error_msg)
            {
                self.gate.stated(StatedQuota::in_message(text).as_slice());
            }
            permit.answered(answered(&outcome));
            let error = match outcome {
                Ok(brought) => {
                    self.budget().success();
                    return Ok((brought, throttled));
                }
                Err(error) => error.with_attempt(number),
            };
            throttled |= is_throttled(&error);
            let Some(wait) = self.wait(&mut retry, &error, sent) else { return Err(error) };
            // A wait may be longer than what can be added to an instant.
            if wait >= deadline.saturating_duration_since(Instant::now()) {
                return Err(error);
            }
            tracing::debug!(%error, attempt = number, wait = ?wait, "trying again");
            sleep(wait).await;
            let Ok(admitted) = timeout_at(deadline, self.gate.enter()).await else { return Err(self.given_up(error)) };
            permit = admitted;
        }
    }

    fn no_turn(&self) -> SourceError {
        let quota = self.gate.tightest().map(|quota| format!("; the service's quota is {quota}")).unwrap_or_default();
        let message =
            format!("it was not its turn within {:?}: see rate_limit and give_up_after{quota}", self.policy.patience());
        SourceError::new(FailureKind::Timeout, message)
    }

    /// The error of a request whose time ended while it waited for its turn.
    fn given_up(&self, error: SourceError) -> SourceError {
        let Some(quota) = self.gate.tightest().filter(|_| is_throttled(&error)) else { return error };
        let limit = self.policy.patience();
        let message = format!("the service throttled the request until {limit:?} were over; its quota is {quota}");
        let attributed = SourceError::new(error.kind(), message)
            .with_service_error(error.error_code().map(str::to_owned), error.error_msg().map(str::to_owned))
            .with_request_id(error.request_id().map(str::to_owned))
            .with_retryable(true)
            .with_retry_after(error.retry_after())
            .with_attempt(error.attempt());
        match error.status() {
            Some(status) => attributed.with_status(status),
            None => attributed,
        }
    }

    fn wait(&self, retry: &mut Retry, error: &SourceError, sent: Instant) -> Option<std::time::Duration> {
        let now = Instant::now();
        let wait = retry.after(&self.policy, error, now.duration_since(sent), fastrand::f64())?;
        // Throttled requests are slowed down by the gate; they cause no storm.
        Some(if is_throttled(error) { wait } else { wait.max(self.budget().take(now)) })
    }

    fn budget(&self) -> std::sync::MutexGuard<'_, RetryBudget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answered<T>(outcome: &Result<T, SourceError>) -> Answered {
    use FailureKind::{Decode, Status, TooLarge};
    match outcome {
        Err(error) if is_throttled(error) => Answered::Throttled(error.retry_after()),
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
        let attempt = outcome.unwrap_err().attempt();
        assert!((5..=6).contains(&attempt), "{attempt}: a pause is a minute at most, and the limit is five");
    }

    #[tokio::test(start_paused = true)]
    async fn throttled_answers_end_with_the_time_alone_and_the_error_names_the_quota() {
        let text = "The throttling threshold has been reached: policy user over ratelimit,limit:100,time:1 day";
        let throttled = status(429).with_service_error(Some("APIGW.0308".into()), Some(text.into()));
        let attempts = Attempts::new(RetryPolicy::default().max_attempts(2), None);
        let started = Instant::now();
        let error = attempts.run(|_| std::future::ready(Err::<(), _>(throttled.clone()))).await.unwrap_err();
        assert_eq!(started.elapsed().as_secs(), 300);
        assert_eq!((error.status(), error.error_code(), error.is_retryable()), (Some(429), Some("APIGW.0308"), true));
        assert!(error.to_string().contains("its quota is 100 requests in 86400 s (policy user)"), "{error}");

        let attempts = Attempts::new(RetryPolicy::none(), None);
        let outcome = attempts.run(|_| std::future::ready(Err::<(), _>(throttled.clone()))).await;
        assert_eq!(outcome.unwrap_err().attempt(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_that_others_used_up_is_waited_for_without_an_error() {
        let text = "policy user over ratelimit,limit:100,time:1 minute";
        let throttled = || status(429).with_service_error(None, Some(text.into()));
        let (attempts, started) = (Attempts::new(RetryPolicy::default(), None), Instant::now());
        let refused = AtomicUsize::new(0);
        let answer = |_| {
            let is_open = started.elapsed() >= Duration::from_secs(47);
            refused.fetch_add(usize::from(!is_open), Ordering::Relaxed);
            std::future::ready(if is_open { Ok(()) } else { Err(throttled()) })
        };
        attempts.run(answer).await.unwrap();
        assert!(started.elapsed() <= Duration::from_secs(47 + 30), "{:?}", started.elapsed());
        assert!(refused.into_inner() <= 4);
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
