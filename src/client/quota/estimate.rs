//! What the answers tell of a quota that nobody told. Pure. Knows which answers were served and when the service
//! throttled; decides nothing.
//!
//! A quota is a bucket that fills at a rate. When the service throttles, the bucket is empty; so what was served
//! between two such moments is what flowed in between them, and that over the time is the rate, unless the bucket
//! was full for a while in between and ran over. So every such span gives a rate that the quota allows at least.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Quotas change, and other clients come and go: what is older says little.
const HORIZON: Duration = Duration::from_secs(60);
const MARKS: usize = 16;
const SECOND: Duration = Duration::from_secs(1);
/// Of the last second no more is kept: far above every quota.
const RECENT: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct Estimate {
    served: u64,
    /// When answers were served within the last second.
    recent: VecDeque<Instant>,
    /// When the bucket was empty, and how many had been served by then.
    marks: VecDeque<(Instant, u64)>,
    /// What went through at once before the first throttling: how many, in how long.
    first_burst: Option<(u64, Duration)>,
    /// The longest time since the last mark in which nothing was served.
    longest_gap: Duration,
    last_served: Option<Instant>,
}

/// What is known when the service throttles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Known {
    /// Only how many were served within the last second, before anything held them back.
    LastSecond(f64),
    /// The rate of the quota. It is a lower bound where the bucket may have run over while requests were stopped.
    Rate { per_second: f64, sure: bool },
    /// Nothing was served since the service throttled last.
    Nothing,
}

impl Estimate {
    pub(super) fn served(&mut self, now: Instant) {
        self.served += 1;
        let gap = self.last_served.replace(now).map_or(Duration::ZERO, |last| now.duration_since(last));
        self.longest_gap = self.longest_gap.max(gap);
        self.recent.push_back(now);
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
        self.forget(now);
    }

    /// The service throttles, for the first time since it was last slowed down for.
    pub(super) fn throttled(&mut self, now: Instant) -> Known {
        self.forget(now);
        let Some(&(_, before)) = self.marks.back() else {
            let span = self.recent.front().map_or(Duration::ZERO, |first| now.duration_since(*first));
            self.first_burst = Some((self.recent.len() as u64, span));
            self.marks.push_back((now, self.served));
            self.longest_gap = Duration::ZERO;
            return Known::LastSecond(self.recent.len() as f64);
        };
        if before == self.served {
            return Known::Nothing;
        }
        // Half a request may have been left in the bucket at either end.
        let flowed = |&(at, served): &(Instant, u64)| {
            ((self.served - served) as f64 - 0.5) / now.duration_since(at).as_secs_f64().max(0.001)
        };
        let per_second = self.marks.iter().map(flowed).fold(0.0, f64::max);
        let known = Known::Rate { per_second, sure: !self.may_have_run_over(per_second) };
        self.marks.push_back((now, self.served));
        if self.marks.len() > MARKS {
            // The oldest mark gives the longest span: it stays, and the second goes.
            self.marks.remove(1);
        }
        self.longest_gap = Duration::ZERO;
        known
    }

    fn may_have_run_over(&self, per_second: f64) -> bool {
        let Some((served, span)) = self.first_burst else { return true };
        let capacity = served as f64 - per_second * span.as_secs_f64();
        per_second * self.longest_gap.as_secs_f64() > 0.8 * capacity.max(1.0)
    }

    fn forget(&mut self, now: Instant) {
        while self.recent.front().is_some_and(|at| now.duration_since(*at) > SECOND) {
            self.recent.pop_front();
        }
        while self.marks.front().is_some_and(|(at, _)| now.duration_since(*at) > HORIZON) {
            self.marks.pop_front();
        }
    }
}
