//! One request until it succeeds or is given up: admitted by the quota, tried again by the retry policy, paid for by
//! the budget.

// Knows attempts; must not know what is attempted.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use reqwest::Url;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::budget::RetryBudget;
use super::failure;
use super::quota::{Answered, Gate, Permit, Quota, StatedQuota};
use super::request_counts::Counters;
use super::retry::{PROGRESS, Retry, RetryPolicy};
use super::transport::AttemptStats;
use crate::{FailureKind, SourceError};

/// What is kept of a request's time for its last attempt.
const LAST_ATTEMPT: Duration = Duration::from_secs(1);
/// An answer that is still arriving when the time of its request ends has to bring as much as it must in each time limit
/// within such a part of that time, again and again.
const GRACE_PARTS: u32 = 4;
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
    counters: Arc<Counters>,
}

/// What is traced of a request besides its failures.
#[derive(Debug, Default)]
pub(super) struct Traced<'a> {
    pub(super) list: &'a str,
    /// Known once the project is. It holds no credentials: those are in headers.
    pub(super) url: OnceLock<Url>,
}

impl<'a> Traced<'a> {
    pub(super) fn new(list: &'a str) -> Self {
        Self { list, url: OnceLock::new() }
    }

    fn url(&self) -> Option<tracing::field::DisplayValue<&Url>> {
        self.url.get().map(tracing::field::display)
    }

    /// Reports a request that was answered as it should be.
    pub(super) fn answered(&self, stats: &AttemptStats, started: Instant, records: Option<usize>) {
        tracing::debug!(
            list = self.list,
            url = self.url(),
            records,
            attempts = stats.sent(),
            bytes = stats.arrived(),
            milliseconds = started.elapsed().as_millis() as u64,
            "page"
        );
    }
}

impl Attempts {
    pub(super) fn new(policy: RetryPolicy, rate_limit: Option<f64>) -> Self {
        let gate = Gate::new(Quota::new(rate_limit));
        Self { policy, budget: Mutex::default(), recovered: Notify::new(), gate, counters: Arc::default() }
    }

    /// What is counted of all requests.
    pub(super) fn counters(&self) -> &Arc<Counters> {
        &self.counters
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
    pub(super) async fn run<T, A>(&self, attempt: impl FnMut(u32) -> A) -> Result<(T, bool), SourceError>
    where
        A: Future<Output = Result<T, SourceError>>,
    {
        self.run_while_arriving(&Traced::default(), || 0, attempt).await
    }

    /// As [`run`](Self::run), for attempts with large answers: `arrived` says how many bytes of them have come. Retries are
    /// traced with what `traced` holds.
    pub(super) async fn run_while_arriving<T, A>(
        &self,
        traced: &Traced<'_>,
        arrived: impl Fn() -> u64,
        mut attempt: impl FnMut(u32) -> A,
    ) -> Result<(T, bool), SourceError>
    where
        A: Future<Output = Result<T, SourceError>>,
    {
        let deadline = Instant::now() + self.policy.max_elapsed;
        let mut permit = timeout_at(deadline, self.gate.enter()).await.map_err(|_| self.no_turn())?;
        let (mut retry, mut slowed, mut is_last) = (Retry::default(), false, false);
        let (mut number, mut unprocessed) = (0, 0);
        loop {
            number += 1;
            let sent = Instant::now();
            let error = match self.in_time(deadline, &arrived, attempt(number)).await {
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
            // The last wait is cut, so that all of the time is used; but not one that the service requested.
            is_last = wait >= left;
            if is_last && error.retry_after().is_some() {
                return Err(error);
            }
            let wait = if is_last { left - LAST_ATTEMPT.min(left / 2) } else { wait };
            let (list, url) = (traced.list, traced.url());
            match number {
                0 | 1 => tracing::debug!(list, url, %error, attempt = number, ?wait, "trying again"),
                _ => tracing::warn!(list, url, %error, attempt = number, ?wait, "trying again"),
            }
            self.counters.retried();
            self.pause(wait, &error).await;
            let Ok(admitted) = timeout_at(deadline, self.gate.enter()).await else { return Err(self.given_up(error)) };
            permit = admitted;
        }
    }

    /// What an attempt brings until `deadline`. An answer that is arriving then is not cut off: on a slow link all pages
    /// that are read ahead take longer than each by itself, and would be lost at once.
    async fn in_time<T>(
        &self,
        deadline: Instant,
        arrived: impl Fn() -> u64,
        attempt: impl Future<Output = Result<T, SourceError>>,
    ) -> Result<T, SourceError> {
        let mut attempt = pin!(attempt);
        let (mut end, mut before) = (deadline, arrived());
        loop {
            if let Ok(outcome) = timeout_at(end, attempt.as_mut()).await {
                return outcome;
            }
            let now = arrived();
            if now - before < PROGRESS as u64 {
                let message = format!("no complete answer within {:?}, all attempts together", self.policy.max_elapsed);
                return Err(SourceError::new(FailureKind::Timeout, message));
            }
            (end, before) = (end + self.policy.max_elapsed / GRACE_PARTS, now);
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
        if error.is_throttled() {
            self.counters.throttled();
        }
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

    /// Waits, but not much longer than an outage lasts, unless the service stated how long.
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
            format!("it was not its turn within {:?}: see rate_limit and max_elapsed{quota}", self.policy.max_elapsed);
        SourceError::new(FailureKind::Timeout, message)
    }

    /// The error of a request whose time ended while it waited for its turn.
    fn given_up(&self, error: SourceError) -> SourceError {
        let Some(quota) = self.gate.tightest().filter(|_| error.is_throttled()) else { return error };
        let limit = self.policy.max_elapsed;
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
mod retry_table;
#[cfg(test)]
mod tests;
