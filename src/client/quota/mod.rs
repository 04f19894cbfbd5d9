//! How many requests a client sends, and how fast, so that the service need not throttle. Pure: time is handed in.
//!
//! Knows answers that were served and answers that were throttled; must not know requests, pages or retries.

mod estimate;
mod gate;
mod pace;

use std::time::Duration;

use tokio::time::Instant;

use estimate::{Estimate, Known};
pub(super) use gate::Gate;
use pace::Pace;

/// A service that asks for more is asked again after this time.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Without a `Retry-After`: long enough for some requests' worth to flow into a small quota, short enough to cost
/// little.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_OWN_PAUSE: Duration = Duration::from_secs(10);
/// Pauses up to this long are cheap: then running into the quota once more is the quickest way to learn its rate.
const CHEAP_PAUSE: Duration = Duration::from_millis(250);

/// How long the pace takes to double: quickly while the rate is a guess, else so slowly that pauses cost 5 %.
const GUESS_DOUBLES_IN: Duration = Duration::from_secs(2);
const KNOWN_DOUBLES_IN: Duration = Duration::from_secs(5);
const KNOWN_DOUBLES_IN_PAUSES: u32 = 20;

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

/// What is known of the service's quota, and what follows from it: a pause after a throttled answer, an even pace,
/// and a number of requests under way that shrinks with every such answer and grows again slowly.
#[derive(Debug)]
pub(super) struct Quota {
    rate_limit: Option<f64>,
    pace: Option<Pace>,
    paused_until: Option<Instant>,
    under_way: usize,
    most_under_way: f64,
    estimate: Estimate,
    /// When the service last throttled a request that was sent after the time before.
    slowed_at: Option<Instant>,
    /// How often it throttled since it last served.
    in_a_row: u32,
}

impl Quota {
    /// A quota that may be known: `rate_limit` requests a second.
    pub(super) fn new(rate_limit: Option<f64>) -> Self {
        Self {
            rate_limit,
            pace: rate_limit.map(|per_second| Pace::new(per_second, rate_limit)),
            paused_until: None,
            under_way: 0,
            most_under_way: f64::INFINITY,
            estimate: Estimate::default(),
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
            let doubled = FIRST_PAUSE.saturating_mul(1 << self.in_a_row.min(16));
            pause = pause.max(doubled.min(LONGEST_OWN_PAUSE));
            self.in_a_row += 1;
            self.slow_down(pause, now);
        }
        self.paused_until = self.paused_until.max(Some(now + pause));
    }

    fn slow_down(&mut self, pause: Duration, now: Instant) {
        let under_way = self.most_under_way.min(self.under_way as f64);
        self.most_under_way = (under_way * 0.7).max(1.0);
        let (per_second, doubles_in) = match (self.estimate.throttled(now), &self.pace) {
            (Known::Rate { per_second, sure: true }, _) => {
                (per_second, KNOWN_DOUBLES_IN.max(pause * KNOWN_DOUBLES_IN_PAUSES))
            }
            (Known::Rate { per_second, sure: false }, _) => (per_second, GUESS_DOUBLES_IN),
            (Known::LastSecond(_), None) if pause <= CHEAP_PAUSE => {
                self.most_under_way = 1.0;
                return;
            }
            // Commonly as much may come at once as flows in within a second.
            (Known::LastSecond(served), _) => (served, GUESS_DOUBLES_IN),
            (Known::Nothing, Some(pace)) => (pace.per_second() * 0.7, GUESS_DOUBLES_IN),
            (Known::Nothing, None) => return,
        };
        self.pace.get_or_insert_with(|| Pace::new(per_second, self.rate_limit)).set(per_second, doubles_in);
    }
}

#[cfg(test)]
mod tests;
