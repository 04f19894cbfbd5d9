//! One request until it succeeds or is given up: admitted by the quota, tried again by the retry policy, paid for by
//! the budget. Knows attempts; must not know what is attempted.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use tokio::time::{Instant, sleep, timeout_at};

use super::budget::RetryBudget;
use super::failure::is_throttled;
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
        let mut permit = self.gate.enter().await;
        let deadline = self.policy.deadline(Instant::now());
        let (mut retry, mut throttled) = (Retry::default(), false);
        let mut number = 0;
        loop {
            number += 1;
            let sent = Instant::now();
            let outcome = timeout_at(deadline, attempt(number)).await.unwrap_or_else(|_| {
                Err(SourceError::new(FailureKind::Timeout, "no answer before the request was given up"))
            });
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
            if Instant::now() + wait >= deadline {
                return Err(error);
            }
            tracing::debug!(%error, attempt = number, wait = ?wait, "trying again");
            sleep(wait).await;
            let Ok(admitted) = timeout_at(deadline, self.gate.enter()).await else { return Err(error) };
            permit = admitted;
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
    match outcome {
        Ok(_) => Answered::Served,
        Err(error) if is_throttled(error) => Answered::Throttled(error.retry_after()),
        Err(error) if error.kind() == FailureKind::Connect => Answered::Lost,
        Err(_) => Answered::Served,
    }
}
