//! How many requests a client sends, and how fast, so that the service need not throttle. Pure: time is handed in.
//!
//! A quota that the service states, in headers or in the text of a refusal, is kept from then on ([`windows`]). Where it
//! states none, requests go out as they come until the service throttles one. Then all of them stop for
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

// Knows answers that were served and answers that were throttled; must not know requests, pages or retries.

mod estimate;
mod gate;
mod pace;
mod slow_down;
mod stated;
#[cfg(test)]
mod tests;
mod windows;

use std::time::Duration;

use tokio::time::Instant;

use estimate::Estimate;
pub(super) use gate::{Gate, Permit};
use pace::Pace;
use slow_down::SlowDown;
pub(super) use stated::StatedQuota;
use windows::Windows;

/// A service that requires a longer pause gets the next request after this time.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Without a `Retry-After`: long enough for some requests' worth to flow into a small quota, short enough to cost
/// little. It doubles while nothing is served in between.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_OWN_PAUSE: Duration = Duration::from_secs(10);
/// Under a stated quota that others used up, a window is tried again after this part of it, then after twice as much.
const PAUSES_IN_WINDOW: u32 = 8;
/// A stated quota over so short a period that others share is paced by what is left of it; a longer one by pauses.
const SHARED_PERIOD: Duration = Duration::from_secs(2);
/// A request may overtake another, or the service's clock may be off: so many refusals say nothing.
const EXPLAINED_BY_CHANCE: u32 = 2;
/// What a throttled answer leaves of the number of requests under way.
const FEWER: f64 = 0.7;

/// How the service answered one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// It took the request, whatever its status.
    Served,
    /// Too many requests; it may have stated how long to wait.
    Throttled(Option<Duration>),
    /// Unknown: no answer came.
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
    /// What the service stated, and since when.
    windows: Windows,
    stated_at: Option<Instant>,
    /// How often the service refused what the stated quotas allow.
    unexplained: u32,
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
            windows: Windows::default(),
            stated_at: None,
            unexplained: 0,
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
        let paced = |pace: &mut Pace| pace.next(now).is_some().then(|| pace.take(now).err()).flatten();
        if let Some(at) = self.pace.as_mut().and_then(paced) {
            return Admission::At(at);
        }
        match self.windows.admit(self.under_way, now) {
            Admission::Now => {}
            later => return later,
        }
        if let Some(pace) = &mut self.pace {
            let _ = pace.take(now);
        }
        self.under_way += 1;
        Admission::Now
    }

    /// The service stated a quota. It replaces what was estimated without it.
    pub(super) fn stated(&mut self, stated: &StatedQuota, now: Instant) {
        if self.windows.learn(stated, self.under_way, now) {
            self.stated_at = Some(now);
            self.pace = self.rate_limit.map(|per_second| Pace::new(per_second, self.rate_limit));
            self.most_under_way = f64::INFINITY;
            (self.in_a_row, self.unexplained) = (0, 0);
        }
    }

    /// The tightest quota that the service stated.
    pub(super) fn tightest(&self) -> Option<&StatedQuota> {
        self.windows.tightest()
    }

    /// A request that was admitted at `sent` is back.
    pub(super) fn back(&mut self, sent: Instant, answered: Answered, now: Instant) {
        match answered {
            Answered::Served => {
                self.in_a_row = 0;
                self.estimate.served(now);
                self.windows.back(sent, now);
                self.latency = (self.latency * 7 + now.duration_since(sent)) / 8;
                self.most_under_way += 1.0 / self.most_under_way;
            }
            Answered::Throttled(retry_after) => self.throttled(sent, retry_after.unwrap_or(Duration::ZERO), now),
            Answered::Lost => self.windows.back(sent, now),
        }
        self.under_way -= 1;
    }

    fn throttled(&mut self, sent: Instant, retry_after: Duration, now: Instant) {
        if let Some(longest) = self.windows.longest_pause() {
            return self.throttled_under_stated(sent, retry_after.min(longest), longest, now);
        }
        let mut pause = retry_after.min(LONGEST_PAUSE);
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

    /// A refusal that the requests counted do not explain: others use the same quota, or its window began before us.
    /// Nothing lasts longer than the longest window.
    fn throttled_under_stated(&mut self, sent: Instant, retry_after: Duration, longest: Duration, now: Instant) {
        if self.slowed_at.is_some_and(|at| sent <= at) || !self.windows.has_room(now) {
            return;
        }
        self.slowed_at = Some(now);
        let own = FIRST_PAUSE.max(longest / PAUSES_IN_WINDOW).saturating_mul(1 << self.in_a_row.min(16)).min(longest);
        let pause = own.max(retry_after);
        self.in_a_row += 1;
        self.unexplained += u32::from(self.stated_at.is_some_and(|at| sent > at));
        if self.unexplained > EXPLAINED_BY_CHANCE && longest <= SHARED_PERIOD {
            self.slow_down(pause, now);
        }
        self.paused_until = self.paused_until.max(Some(now + pause));
    }

    fn slow_down(&mut self, pause: Duration, now: Instant) {
        let before = self.pace.as_ref().map(Pace::per_second);
        let known = self.estimate.throttled(now);
        let under_way = self.most_under_way.min(self.under_way as f64);
        let (per_second, least) = match self.slow_down.pace(known, before, pause) {
            Some(next) => {
                self.pace.get_or_insert_with(|| Pace::new(next.per_second, self.rate_limit)).set(next);
                // As many as the pace itself has under way are not what is too much.
                (next.per_second * 1.25, 1.0 + under_way * FEWER)
            }
            None => (slow_down::PROBES_PER_SECOND, 0.0),
        };
        let needed = per_second * self.latency.as_secs_f64();
        self.most_under_way = needed.max(least).min(under_way).max(1.0);
    }
}
