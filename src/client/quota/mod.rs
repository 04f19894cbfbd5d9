//! How many requests a client sends, and how fast, so that the service need not throttle. Pure: time is handed in.
//!
//! Knows answers that were served and answers that were throttled; must not know requests, pages or retries.
//!
//! Nobody tells the quota. So requests go out as they come until the service throttles one. Then all of them stop for
//! a while, fewer are under way at once, and they follow an even pace, which is found in two steps and then holds:
//!
//! ```text
//! requests/s
//!   |  *
//!   |  *                 throttled: the quota is used up
//!   |  *    pause   *    throttled: as much as flowed in meanwhile is its rate
//!   |  *            *                                              _ . *   throttled: a better estimate
//!   |  *            * pause _____________________ . - - ' ' '                 pause ________________
//!   +-------------------------------------------------------------------------------------------------> time
//! ```

mod estimate;
mod gate;
mod pace;
mod slow_down;
#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::time::Instant;

use estimate::Estimate;
pub(super) use gate::Gate;
use pace::Pace;
use slow_down::SlowDown;

/// A service that asks for more is asked again after this time.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Without a `Retry-After`: long enough for some requests' worth to flow into a small quota, short enough to cost
/// little. It doubles while nothing is served in between.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_OWN_PAUSE: Duration = Duration::from_secs(10);
/// What a throttled answer leaves of the number of requests under way.
const FEWER: f64 = 0.7;

/// How the service answered one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// It took the request, whatever it then said.
    Served,
    /// Too many requests; it may have said how long to wait.
    Throttled(Option<Duration>),
    /// Nobody knows: no answer came.
    Lost,
}

/// May one more request go out?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It may, and counts as under way.
    Now,
    /// Not before this time.
    At(Instant),
    /// When one under way has come back.
    WhenOneIsBack,
}

/// What is known of the service's quota, and what follows from it.
#[derive(Debug)]
pub(super) struct Quota {
    rate_limit: Option<f64>,
    pace: Option<Pace>,
    paused_until: Option<Instant>,
    under_way: usize,
    most_under_way: f64,
    /// How long a request is under way, on average.
    latency: Duration,
    estimate: Estimate,
    slow_down: SlowDown,
    /// When the service last throttled a request that had been sent after the time before.
    slowed_at: Option<Instant>,
    /// How often it throttled since it last served.
    in_a_row: u32,
}

impl Quota {
    /// A quota of `rate_limit` requests a second where it is known.
    pub(super) fn new(rate_limit: Option<f64>) -> Self {
        Self {
            rate_limit,
            pace: rate_limit.map(|per_second| Pace::new(per_second, rate_limit)),
            paused_until: None,
            under_way: 0,
            most_under_way: f64::INFINITY,
            latency: Duration::ZERO,
            estimate: Estimate::default(),
            slow_down: SlowDown::default(),
            slowed_at: None,
            in_a_row: 0,
        }
    }

    pub(super) fn admit(&mut self, now: Instant) -> Admission {
        if let Some(until) = self.paused_until.filter(|until| *until > now) {
            return Admission::At(until);
        }
        if self.under_way as f64 >= self.most_under_way.floor() {
            return Admission::WhenOneIsBack;
        }
        if let Some(Err(at)) = self.pace.as_mut().map(|pace| pace.take(now)) {
            return Admission::At(at);
        }
        self.under_way += 1;
        Admission::Now
    }

    /// A request that was admitted at `sent` is back.
    pub(super) fn back(&mut self, sent: Instant, answered: Answered, now: Instant) {
        match answered {
            Answered::Served => {
                self.in_a_row = 0;
                self.estimate.served(now);
                self.latency = (self.latency * 7 + now.duration_since(sent)) / 8;
                self.most_under_way += 1.0 / self.most_under_way;
            }
            Answered::Throttled(asked) => self.throttled(sent, asked.unwrap_or(Duration::ZERO), now),
            Answered::Lost => {}
        }
        self.under_way -= 1;
    }

    fn throttled(&mut self, sent: Instant, asked: Duration, now: Instant) {
        let mut pause = asked.min(LONGEST_PAUSE);
        // Those that were under way already when the service throttled say nothing new.
        if self.slowed_at.is_none_or(|at| sent > at) {
            self.slowed_at = Some(now);
            let own = FIRST_PAUSE.saturating_mul(1 << self.in_a_row.min(16)).min(LONGEST_OWN_PAUSE);
            pause = pause.max(own);
            self.in_a_row += 1;
            self.slow_down(pause, now);
        }
        self.paused_until = self.paused_until.max(Some(now + pause));
    }

    fn slow_down(&mut self, pause: Duration, now: Instant) {
        let before = self.pace.as_ref().map(Pace::per_second);
        let known = self.estimate.throttled(now);
        let under_way = self.most_under_way.min(self.under_way as f64);
        let (per_second, least) = match self.slow_down.pace(known, before, pause) {
            Some((per_second, doubles_in)) => {
                let pace = self.pace.get_or_insert_with(|| Pace::new(per_second, self.rate_limit));
                pace.set(per_second, doubles_in);
                // As many as the pace itself has under way are not what is too much.
                (per_second * 1.25, 1.0 + under_way * FEWER)
            }
            None => (slow_down::PROBES_PER_SECOND, 0.0),
        };
        let needed = per_second * self.latency.as_secs_f64();
        self.most_under_way = needed.max(least).min(under_way).max(1.0);
    }
}
