mod decisions;

use std::sync::Mutex;
use std::time::Duration;

use futures::StreamExt;
use tokio::time::{Instant, sleep};

use super::StatedQuota;
use crate::client::attempts::Attempts;
use crate::client::retry::RetryPolicy;
use crate::{FailureKind, SourceError};

/// How a service says that it is too much.
#[derive(Clone, Copy, Debug)]
enum Limit {
    /// A bucket of `burst` requests that fills at `per_second`.
    Bucket { per_second: f64, burst: f64 },
    /// So many requests in each stretch of time.
    Window { requests: usize, seconds: f64 },
    /// So many requests at once.
    AtOnce(usize),
}

/// Where a service states its quota.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stated {
    Nowhere,
    InRefusals,
    InHeaders,
}

/// A service and a scan of it.
#[derive(Clone, Copy, Debug)]
struct World {
    limit: Limit,
    stated: Stated,
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

#[derive(Default)]
struct Service {
    tokens: f64,
    counted: f64,
    window: usize,
    in_window: usize,
    under_way: usize,
    answers: usize,
    throttled: usize,
}

impl Service {
    /// Whether a request is served that comes `now` seconds after the beginning.
    fn serves(&mut self, limit: Limit, now: f64) -> bool {
        self.answers += 1;
        self.under_way += 1;
        let served = match limit {
            Limit::Bucket { per_second, burst } => {
                self.tokens = burst.min(self.tokens + per_second * (now - self.counted));
                self.counted = now;
                let served = self.tokens >= 1.0;
                self.tokens -= f64::from(u8::from(served));
                served
            }
            Limit::Window { requests, seconds } => {
                let window = (now / seconds) as usize;
                self.in_window = if window == self.window { self.in_window } else { 0 };
                self.window = window;
                self.in_window += 1;
                self.in_window <= requests
            }
            Limit::AtOnce(most) => self.under_way <= most,
        };
        self.throttled += usize::from(!served);
        served
    }
}

impl Limit {
    fn as_stated(self) -> String {
        match self {
            Self::Bucket { per_second, .. } => format!("limit:{per_second},time:1 second"),
            Self::Window { requests, seconds } => format!("limit:{requests},time:{seconds} second"),
            Self::AtOnce(_) => String::new(),
        }
    }
}

impl World {
    /// 20,000 tasks at 49 new ones a page, with read-ahead 11.
    fn bucket(per_second: f64, burst: f64) -> Self {
        Self::of(Limit::Bucket { per_second, burst })
    }

    fn of(limit: Limit) -> Self {
        let latency = Duration::from_millis(2);
        Self {
            limit,
            stated: Stated::Nowhere,
            latency,
            retry_after: None,
            read_ahead: 11,
            requests: 410,
            rate_limit: None,
        }
    }

    async fn scan(self) -> Outcome {
        let attempts = &Attempts::new(RetryPolicy::default(), self.rate_limit);
        let started = Instant::now();
        let tokens = if let Limit::Bucket { burst, .. } = self.limit { burst } else { 0.0 };
        let service = &Mutex::new(Service { tokens, ..Service::default() });
        let on_the_way = || sleep(self.latency.mul_f64(0.25 + 0.5 * fastrand::f64()));
        let answer = |_| async move {
            on_the_way().await;
            let served = service.lock().unwrap().serves(self.limit, started.elapsed().as_secs_f64());
            on_the_way().await;
            service.lock().unwrap().under_way -= 1;
            let quota = self.limit.as_stated();
            if self.stated == Stated::InHeaders {
                let mut headers = http::HeaderMap::new();
                headers.insert("x-apig-ratelimit-user", quota.parse().unwrap());
                attempts.gate().stated(&StatedQuota::in_headers(&headers));
            }
            if served {
                return Ok(());
            }
            let error = SourceError::new(FailureKind::Status, "slow down").with_status(429).with_retryable(true);
            let text = (self.stated == Stated::InRefusals).then(|| format!("policy user over ratelimit,{quota}"));
            Err(error.with_retry_after(self.retry_after).with_service_error(None, text))
        };
        let mut requests =
            futures::stream::iter(0..self.requests).map(|_| attempts.run(answer)).buffered(self.read_ahead);
        while let Some(done) = requests.next().await {
            done.unwrap();
        }
        let service = service.lock().unwrap();
        Outcome { seconds: started.elapsed().as_secs_f64(), throttled: service.throttled, answers: service.answers }
    }
}

/// The same world in every run.
async fn scan(world: World) -> Outcome {
    fastrand::seed(7);
    let outcome = world.scan().await;
    println!("{world:?}: {outcome:?}");
    outcome
}

#[tokio::test(start_paused = true)]
async fn an_unknown_quota_is_found_and_used() {
    for burst in [10.0, 30.0, 100.0, 300.0] {
        for milliseconds in [1, 5, 20] {
            let latency = Duration::from_millis(milliseconds);
            let outcome = scan(World { latency, ..World::bucket(100.0, burst) }).await;
            assert!(outcome.throttled > 0, "the quota was never reached");
            assert!(outcome.seconds <= 1.15 * outcome.answers as f64 / 100.0);
            assert!(outcome.throttled as f64 <= 0.05 * outcome.answers as f64);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_says_how_long_to_wait_is_obeyed_and_its_quota_used() {
    for seconds in [1, 2] {
        let retry_after = Some(Duration::from_secs(seconds));
        let outcome = scan(World { retry_after, ..World::bucket(100.0, 100.0) }).await;
        assert!(outcome.throttled > 0, "the quota was never reached");
        assert!(outcome.seconds <= 1.15 * outcome.answers as f64 / 100.0);
        assert!(outcome.throttled as f64 <= 0.05 * outcome.answers as f64);
    }
}

/// What an old version of the service allowed.
#[tokio::test(start_paused = true)]
async fn a_hundred_requests_a_minute_are_enough() {
    let as_a_bucket = Limit::Bucket { per_second: 100.0 / 60.0, burst: 100.0 };
    for limit in [as_a_bucket, Limit::Window { requests: 100, seconds: 60.0 }] {
        for retry_after in [None, Some(Duration::from_secs(3))] {
            let outcome = scan(World { retry_after, ..World::of(limit) }).await;
            assert!(outcome.seconds <= 1.05 * 410.0 * 60.0 / 100.0, "{outcome:?}");
            assert!(outcome.throttled as f64 <= 0.15 * outcome.answers as f64);
        }
    }
}

/// The first requests are under way before anything is stated: as many as are read ahead may be refused.
#[tokio::test(start_paused = true)]
async fn a_stated_quota_is_kept_from_the_first_answer_that_states_it() {
    let bucket = Limit::Bucket { per_second: 100.0, burst: 100.0 };
    let second = Limit::Window { requests: 100, seconds: 1.0 };
    let ten_seconds = Limit::Window { requests: 50, seconds: 10.0 };
    for (limit, per_second) in [(bucket, 100.0), (second, 100.0), (ten_seconds, 5.0)] {
        for (stated, refused) in [(Stated::InRefusals, 10), (Stated::InHeaders, 0)] {
            for retry_after in [None, Some(Duration::from_secs(1))] {
                let latency = Duration::from_millis(10);
                let outcome = scan(World { stated, latency, retry_after, ..World::of(limit) }).await;
                assert!(outcome.throttled <= refused, "{outcome:?}");
                assert!(outcome.seconds <= 1.05 * 410.0 / per_second, "{outcome:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_costs_a_second_is_seldom_risked() {
    let retry_after = Some(Duration::from_secs(1));
    for (requests, ratio) in [(205, 1.5), (410, 1.5), (1_024, 1.22)] {
        let latency = Duration::from_millis(10);
        let outcome = scan(World { requests, latency, retry_after, ..World::bucket(100.0, 10.0) }).await;
        assert!(outcome.seconds <= ratio * requests as f64 / 100.0, "{outcome:?}");
        assert!(outcome.throttled as f64 <= 0.02 * outcome.answers as f64, "{outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hundred_a_minute_are_waited_for_one_request_at_a_time() {
    let limit = Limit::Window { requests: 100, seconds: 60.0 };
    let world = World { stated: Stated::InRefusals, read_ahead: 1, requests: 150, ..World::of(limit) };
    let outcome = scan(world).await;
    assert!(outcome.throttled <= 1 && (60.0..62.0).contains(&outcome.seconds), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_takes_few_requests_at_once_gets_few() {
    let latency = Duration::from_millis(20);
    let outcome = scan(World { latency, ..World::of(Limit::AtOnce(3)) }).await;
    assert!(outcome.throttled > 0 && outcome.throttled as f64 <= 0.05 * outcome.answers as f64);
    assert!(outcome.seconds <= 2.0 * 410.0 * 0.02 / 3.0 + 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_configured_quota_is_kept_and_never_throttled() {
    let outcome = scan(World { rate_limit: Some(100.0), ..World::bucket(100.0, 5.0) }).await;
    assert_eq!((outcome.throttled, outcome.answers), (0, 410));
    assert!((4.0..4.3).contains(&outcome.seconds));
}

#[tokio::test(start_paused = true)]
async fn without_throttling_nothing_is_slowed_down() {
    let outcome = scan(World { latency: Duration::from_millis(20), ..World::bucket(1e6, 1e6) }).await;
    assert!(outcome.seconds < 1.5 * 410.0 / 11.0 * 0.020);
}
