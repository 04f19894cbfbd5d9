use std::sync::Mutex;
use std::time::Duration;

use futures::StreamExt;
use tokio::time::{Instant, sleep};

use crate::client::attempts::Attempts;
use crate::client::retry::RetryPolicy;
use crate::{FailureKind, SourceError};

/// A service with a quota: a bucket of `burst` requests that fills at `per_second`.
#[derive(Clone, Copy, Debug)]
struct World {
    per_second: f64,
    burst: f64,
    latency: Duration,
    retry_after: Option<Duration>,
    read_ahead: usize,
    requests: usize,
    rate_limit: Option<f64>,
}

#[derive(Debug)]
struct Outcome {
    seconds: f64,
    throttled: usize,
    answers: usize,
}

impl Default for World {
    fn default() -> Self {
        Self {
            per_second: 100.0,
            burst: 100.0,
            latency: Duration::from_millis(1),
            retry_after: None,
            read_ahead: 11,
            requests: 410,
            rate_limit: None,
        }
    }
}

impl World {
    async fn scan(self) -> Outcome {
        let attempts = &Attempts::new(RetryPolicy::default(), self.rate_limit);
        let bucket = &Mutex::new((self.burst, Instant::now()));
        let counts = &Mutex::new((0, 0));
        let answer = |_| async move {
            sleep(self.latency / 2).await;
            let served = {
                let mut bucket = bucket.lock().unwrap();
                let now = Instant::now();
                bucket.0 = self.burst.min(bucket.0 + self.per_second * now.duration_since(bucket.1).as_secs_f64());
                bucket.1 = now;
                let served = bucket.0 >= 1.0;
                bucket.0 -= if served { 1.0 } else { 0.0 };
                served
            };
            counts.lock().unwrap().0 += 1;
            sleep(self.latency - self.latency / 2).await;
            if served {
                return Ok(());
            }
            counts.lock().unwrap().1 += 1;
            let error = SourceError::new(FailureKind::Status, "slow down").with_status(429).with_retryable(true);
            Err(error.with_retry_after(self.retry_after))
        };
        let started = Instant::now();
        let mut requests =
            futures::stream::iter(0..self.requests).map(|_| attempts.run(answer)).buffered(self.read_ahead);
        while let Some(done) = requests.next().await {
            done.unwrap();
        }
        let (answers, throttled) = *counts.lock().unwrap();
        Outcome { seconds: started.elapsed().as_secs_f64(), throttled, answers }
    }
}

#[tokio::test(start_paused = true)]
async fn table() {
    for retry_after in [None, Some(1), Some(2)] {
        for burst in [1.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 300.0] {
            for latency in [2, 20, 100] {
                let world = World {
                    burst,
                    latency: Duration::from_millis(latency),
                    retry_after: retry_after.map(Duration::from_secs),
                    ..World::default()
                };
                let o = world.scan().await;
                println!(
                    "ra {retry_after:?} burst {burst} latency {latency}: {:.2} s = {:.2}x, {} of {} = {:.1} %",
                    o.seconds,
                    o.seconds / (o.answers as f64 / 100.0),
                    o.throttled,
                    o.answers,
                    100.0 * o.throttled as f64 / o.answers as f64
                );
            }
        }
    }
}
