//! One request until it succeeds or is given up: admitted by the quota, tried again by the retry policy, paid for by
//! the budget.

// Knows attempts; must not know what is attempted.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::budget::RetryBudget;
use super::failure;
use super::quota::{Answered, Gate, Permit, Quota, StatedQuota};
use super::retry::{Retry, RetryPolicy};
use crate::{FailureKind, SourceError};

/// What is kept of a request's time for its last attempt.
const LAST_ATTEMPT: Duration = Duration::from_secs(1);
/// Once an outage is over, all who wait try again within this time.
const RECOVERY: Duration = Duration::from_millis(500);
/// How often a request that the server did not process is sent again at no charge, and what the pauses grow by.
const MAX_UNPROCESSED: u32 = 50;
const UNPROCESSED_PAUSE: Duration = Duration::from_millis(2);

/// What all requests of a client share.
#[derive(Debug)]
pub(super) struct Attempts {
    policy: RetryPolicy,
    budget: Mutex<RetryBudget>,
    /// Wakes those who wait to try again when an outage is over.
    recovered: Notify,
    gate: Gate,
}

impl Attempts {
    pub(super) fn new(policy: RetryPolicy, rate_limit: Option<f64>) -> Self {
        Self { policy, budget: Mutex::default(), recovered: Notify::new(), gate: Gate::new(Quota::new(rate_limit)) }
    }

    /// Where requests wait for their turn: to be informed of what the headers of answers state.
    pub(super) fn gate(&self) -> Gate {
        self.gate.clone()
    }

    /// Runs `attempt`, which gets its number from 1 on, until it succeeds or is given up. Returns what it brought, and
    /// whether fewer requests at once would have been better: the service limits them, or an attempt timed out.
    ///
    /// # Errors
    /// The last attempt's.
    pub(super) async fn run<T, A>(&self, mut attempt: impl FnMut(u32) -> A) -> Result<(T, bool), SourceError>
    where
        A: Future<Output = Result<T, SourceError>>,
    {
        let deadline = Instant::now() + self.policy.patience();
        let mut permit = timeout_at(deadline, self.gate.enter()).await.map_err(|_| self.no_turn())?;
        let (mut retry, mut slowed, mut is_last) = (Retry::default(), false, false);
        let (mut number, mut unprocessed) = (0, 0);
        loop {
            number += 1;
            let sent = Instant::now();
            let outcome = timeout_at(deadline, attempt(number)).await.unwrap_or_else(|_| {
                let message = format!("no complete answer within {:?}, all attempts together", self.policy.patience());
                Err(SourceError::new(FailureKind::Timeout, message))
            });
            let error = match outcome {
                Ok(page) => {
                    permit.answered(Answered::Served);
                    self.succeeded();
                    return Ok((page, slowed));
                }
                Err(error) => self.attributed(error).with_attempt(number),
            };
            let wait = if failure::is_unprocessed(&error) && unprocessed < MAX_UNPROCESSED {
                // Nothing was wrong with it: it came as the server closed the connection.
                permit.answered(Answered::Lost);
                number -= 1;
                unprocessed += 1;
                UNPROCESSED_PAUSE * (unprocessed - 1)
            } else {
                let is_limited = self.failed(permit, &error);
                slowed |= is_limited || error.kind() == FailureKind::Timeout;
                match self.wait(&mut retry, &error, is_limited, sent) {
                    Some(wait) if !is_last => wait,
                    _ => return Err(error),
                }
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(error);
            }
            // The last wait is cut, so that all of the time is used; but not one that the service asked for.
            is_last = wait >= left;
            if is_last && error.retry_after().is_some() {
                return Err(error);
            }
            let wait = if is_last { left - LAST_ATTEMPT.min(left / 2) } else { wait };
            match number {
                0 | 1 => tracing::debug!(%error, attempt = number, ?wait, "trying again"),
                _ => tracing::warn!(%error, attempt = number, ?wait, "trying again"),
            }
            self.pause(wait, &error).await;
            let Ok(admitted) = timeout_at(deadline, self.gate.enter()).await else { return Err(self.given_up(error)) };
            permit = admitted;
        }
    }

    /// A proxy says by the same refusal that it does not let a request through and that the service is away. It is the
    /// latter where it let requests through before.
    fn attributed(&self, error: SourceError) -> SourceError {
        let is_refusal = error.kind() == FailureKind::Proxy && error.status().is_none();
        if is_refusal && self.budget().has_succeeded() { error.with_retryable(true) } else { error }
    }

    fn succeeded(&self) {
        if self.budget().success(Instant::now()) {
            tracing::debug!("the outage is over");
            self.recovered.notify_waiters();
        }
    }

    /// Hands back the permit of a request that failed. Returns whether the service limits requests.
    fn failed(&self, permit: Permit, error: &SourceError) -> bool {
        if let Some(text) = error.error_msg().filter(|_| error.is_throttled()) {
            self.gate.stated(StatedQuota::in_message(text).as_slice());
        }
        let is_overload = error.kind() == FailureKind::Status && error.status() == Some(503);
        let is_limited = error.is_throttled() || self.budget().failure(is_overload, Instant::now());
        permit.answered(match error.kind() {
            _ if is_limited => Answered::Throttled(error.retry_after()),
            FailureKind::Decode | FailureKind::Status | FailureKind::TooLarge => Answered::Served,
            _ => Answered::Lost,
        });
        is_limited
    }

    /// Waits, but not much longer than an outage lasts, unless the service said how long.
    async fn pause(&self, wait: Duration, error: &SourceError) {
        if error.retry_after().is_some() {
            return sleep(wait).await;
        }
        let (started, recovered) = (Instant::now(), self.recovered.notified());
        if timeout(wait, recovered).await.is_ok() {
            let left = wait.saturating_sub(started.elapsed());
            sleep(left.min(RECOVERY.mul_f64(fastrand::f64()))).await;
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
        let Some(quota) = self.gate.tightest().filter(|_| error.is_throttled()) else { return error };
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

    fn wait(&self, retry: &mut Retry, error: &SourceError, is_limited: bool, sent: Instant) -> Option<Duration> {
        let now = Instant::now();
        let wait = retry.after(&self.policy, error, is_limited, now.duration_since(sent), fastrand::f64())?;
        // Requests beyond a limit are slowed down by the gate; they cause no storm.
        Some(if is_limited { wait } else { wait.max(self.budget().take(now)) })
    }

    fn budget(&self) -> std::sync::MutexGuard<'_, RetryBudget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
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
    async fn waits_beyond_what_a_clock_counts_are_cut_or_given_up() {
        let policy = RetryPolicy::default().first_wait(Duration::MAX).longest_wait(Duration::MAX);
        for (retry_after, attempt) in [(None, 2), (Some(Duration::MAX), 1)] {
            let (attempts, error) = (Attempts::new(policy, None), status(503).with_retry_after(retry_after));
            let outcome = attempts.run(|_| std::future::ready(Err::<(), _>(error.clone()))).await;
            assert_eq!(outcome.unwrap_err().attempt(), attempt);
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
    async fn a_proxy_that_let_requests_through_before_is_asked_again() {
        let (attempts, count) = (Attempts::new(RetryPolicy::default(), None), AtomicUsize::new(0));
        let attempt = |_| async {
            match count.fetch_add(1, Ordering::Relaxed) {
                0 | 2 => Err(trouble(FailureKind::Proxy)),
                _ => Ok(()),
            }
        };
        let outcomes = [attempts.run(attempt).await, attempts.run(attempt).await, attempts.run(attempt).await];
        assert_eq!(outcomes.map(|outcome| outcome.is_ok()), [false, true, true]);
        assert_eq!(count.into_inner(), 4, "the third was sent twice");
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_wait_is_cut_so_that_all_of_the_time_is_used() {
        for seed in 0..50 {
            fastrand::seed(seed);
            let attempts = Attempts::new(RetryPolicy::default().give_up_after(Duration::from_secs(6)), None);
            let started = Instant::now();
            let outcome = attempts.run(|_| std::future::ready(Err::<(), _>(trouble(FailureKind::Connect)))).await;
            let (took, error) = (started.elapsed(), outcome.unwrap_err());
            assert!(took >= Duration::from_secs(5) || error.attempt() == 12, "{took:?}, {error}");
            assert!(took <= Duration::from_secs(6), "{took:?}");
        }
    }

    /// Requests that fail for 0.4 s: how long until all are through after the first success.
    #[tokio::test(start_paused = true)]
    async fn a_short_outage_under_many_requests_is_over_when_it_is_over() {
        for at_once in [11, 22, 64] {
            fastrand::seed(7);
            let (attempts, started) = (Attempts::new(RetryPolicy::default(), None), Instant::now());
            let attempt = |_| async {
                sleep(Duration::from_millis(20)).await;
                match started.elapsed() < Duration::from_millis(400) {
                    true => Err(trouble(FailureKind::Connect)),
                    false => Ok(()),
                }
            };
            let mut scan = futures::stream::iter(0..400).map(|_| attempts.run(attempt)).buffer_unordered(at_once);
            while let Some(done) = scan.next().await {
                done.unwrap();
            }
            let at_best = Duration::from_millis(400 + 20 * 400 / at_once as u64);
            assert!(started.elapsed() < at_best + Duration::from_secs(2), "{at_once}: {:?}", started.elapsed());
        }
    }

    /// A server that takes 50 requests a second and answers 503 to the rest.
    #[tokio::test(start_paused = true)]
    async fn a_limit_by_503_is_found_and_used() {
        fastrand::seed(7);
        let (attempts, started) = (Attempts::new(RetryPolicy::default(), None), Instant::now());
        let taken = Mutex::new(Vec::<Instant>::new());
        let attempt = |_| async {
            sleep(Duration::from_millis(20)).await;
            let (mut taken, now) = (taken.lock().unwrap(), Instant::now());
            taken.retain(|at| now.duration_since(*at) < Duration::from_secs(1));
            if taken.len() >= 50 {
                return Err(status(503));
            }
            taken.push(now);
            Ok(())
        };
        let mut scan = futures::stream::iter(0..1_000).map(|_| attempts.run(attempt)).buffer_unordered(64);
        while let Some(done) = scan.next().await {
            done.unwrap();
        }
        assert!(started.elapsed() < Duration::from_secs(2 * 1_000 / 50), "{:?}", started.elapsed());
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
