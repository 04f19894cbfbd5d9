//! What the answers show of a quota that was not stated. Pure.
//!
//! A quota is a bucket that fills at a rate. When the service throttles, the bucket is empty; so what was served
//! between two such moments is what flowed in between them, and that over the time is the rate, unless the bucket
//! was full for a while in between and ran over. So every such span gives a rate that the quota allows at least.
//!
//! What the bucket holds shows in the first burst. Until the next refusal, whatever was served since some moment came
//! out of the full bucket or flowed in since; so each moment gives such a rate too, and the moment at which the bucket was
//! last full gives the quota's own.

// Knows when answers were served and when the service throttled; decides nothing.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Quotas change, and other clients come and go: what is older says little.
const HORIZON: Duration = Duration::from_secs(60);
const MARKS: usize = 16;
/// Fewer answers give no rate worth trusting.
const ENOUGH: u64 = 5;
const SECOND: Duration = Duration::from_secs(1);
/// Of the last second no more is kept: far above every quota.
const RECENT: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct Estimate {
    served: u64,
    last_served: Option<Instant>,
    /// When answers were served within the last second.
    recent: VecDeque<Instant>,
    /// When answers were served since then, the newest of them.
    since_mark: VecDeque<Instant>,
    /// When the bucket was empty, and how many had been served by then.
    marks: VecDeque<(Instant, u64)>,
    /// What went through before the first mark: how many, in how long.
    first_burst: (u64, Duration),
    /// The longest time since the last mark in which nothing was served: the bucket filled.
    longest_gap: Duration,
}

/// What is known when the service throttles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Known {
    /// Only how many were served within the last second, before anything held them back.
    LastSecond(f64),
    /// The rate of the quota. Where the bucket may have run over it is not sure, but a lower bound.
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
        self.since_mark.push_back(now);
        if self.since_mark.len() > RECENT {
            self.since_mark.pop_front();
        }
        self.forget(now);
    }

    /// The service throttles: the bucket is empty.
    pub(super) fn throttled(&mut self, now: Instant) -> Known {
        self.forget(now);
        let known = match self.marks.back() {
            None => {
                let span = self.recent.front().map_or(Duration::ZERO, |first| now.duration_since(*first));
                self.first_burst = (self.recent.len() as u64, span);
                Known::LastSecond(self.recent.len() as f64)
            }
            Some((_, before)) if *before == self.served => return Known::Nothing,
            Some((_, before)) => {
                let of_spans = self.rate(now);
                let since_full = self.rate_since_full(of_spans, now);
                let sure = self.served - before >= ENOUGH && !self.may_have_run_over(of_spans);
                match since_full {
                    Some(since_full) => Known::Rate { per_second: since_full.max(of_spans), sure: true },
                    None => Known::Rate { per_second: of_spans, sure },
                }
            }
        };
        self.marks.push_back((now, self.served));
        if self.marks.len() > MARKS {
            // The oldest mark gives the longest span: it stays, and the second goes.
            self.marks.remove(1);
        }
        self.longest_gap = Duration::ZERO;
        self.since_mark.clear();
        known
    }

    /// The best of the lower bounds that the spans from each mark until now give.
    fn rate(&self, now: Instant) -> f64 {
        let of_span = |(at, served): &(Instant, u64)| {
            // Half a request, on average, was left in the bucket at the beginning and counts as served since.
            let flowed_in = (self.served - served) as f64 - 0.5;
            flowed_in / now.duration_since(*at).as_secs_f64().max(0.001)
        };
        self.marks.iter().map(of_span).fold(0.0, f64::max)
    }

    /// The best of the lower bounds that the moments since the last mark give, where enough flowed in.
    fn rate_since_full(&self, at_least: f64, now: Instant) -> Option<f64> {
        let capacity = self.capacity(at_least);
        let since = |(index, at): (usize, &Instant)| {
            let flowed_in = (self.since_mark.len() - index) as f64 - capacity;
            let seconds = now.duration_since(*at).as_secs_f64();
            // A bucket holds whole requests, and so do answers: one is not known.
            (flowed_in >= ENOUGH as f64 && seconds > 0.0).then(|| (flowed_in - 1.0) / seconds)
        };
        self.since_mark.iter().enumerate().filter_map(since).reduce(f64::max)
    }

    fn may_have_run_over(&self, per_second: f64) -> bool {
        per_second * self.longest_gap.as_secs_f64() > 0.8 * self.capacity(per_second)
    }

    /// How many requests the bucket holds, if it fills at `per_second`.
    fn capacity(&self, per_second: f64) -> f64 {
        let (served, span) = self.first_burst;
        (served as f64 - per_second * span.as_secs_f64()).max(1.0)
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
