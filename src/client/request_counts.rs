//! How many requests a client has made, and what came of them.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Client;

/// How many requests a client and its clones have made since it was built: numbers that only grow, for metrics.
///
/// Requests for credentials at IAM and at metadata services are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestCounts {
    /// Requests that were sent, retries included.
    pub requests: u64,
    /// How often a request was made again after a failure.
    pub retries: u64,
    /// Answers whose status is not 200: those of [`throttled`](Self::throttled) too, where they have such a status.
    pub refusals: u64,
    /// Answers by which the service limits the number of requests: with status 429, or with an error code that means the
    /// same.
    pub throttled: u64,
}

/// The counters under [`RequestCounts`].
#[derive(Debug, Default)]
pub(super) struct Counters {
    requests: AtomicU64,
    retries: AtomicU64,
    refusals: AtomicU64,
    throttled: AtomicU64,
}

impl Counters {
    pub(super) fn sent(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn retried(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn refused(&self) {
        self.refusals.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn throttled(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }
}

impl Client {
    /// How many requests this client and its clones have made so far, over all lists.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let simulator = iotda_simulator::Simulator::builder().tasks(3).start().await?;
    /// # let client = iotda_batch_tasks::Client::builder()
    /// #     .endpoint(simulator.endpoint()).project_id("0a").token("any").build()?;
    /// use iotda_batch_tasks::TaskType;
    ///
    /// assert_eq!(client.request_counts().requests, 0);
    /// client.batch_tasks(TaskType::SoftwareUpgrade).count().await?;
    /// let counts = client.request_counts();
    /// assert_eq!((counts.requests, counts.retries, counts.refusals), (1, 0, 0));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn request_counts(&self) -> RequestCounts {
        let Counters { requests, retries, refusals, throttled } = &**self.0.attempts.counters();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RequestCounts {
            requests: read(requests),
            retries: read(retries),
            refusals: read(refusals),
            throttled: read(throttled),
        }
    }
}
