//! An even pace that quickens while nobody objects. Pure. Knows requests per second; must not know why.

use std::time::Duration;

use tokio::time::Instant;

/// A request that is late by less than this does not move those behind it: timers are not exact.
const SLACK: Duration = Duration::from_millis(5);
/// However bad the news, a request now and then must find out whether times are better.
const SLOWEST: f64 = 0.2;
const FASTEST: f64 = 1e6;

#[derive(Debug)]
pub(super) struct Pace {
    base: f64,
    ceiling: f64,
    /// The pace doubles in this time, slowly first and ever faster then.
    doubles_in: Option<Duration>,
    /// How long requests have been held back to this pace: only that says that a faster one is wanted.
    held_back: Duration,
    next: Option<Instant>,
    waited: bool,
    last: Option<Instant>,
}

impl Pace {
    /// An even pace of at most `ceiling` requests a second, and for now of `per_second`.
    pub(super) fn new(per_second: f64, ceiling: Option<f64>) -> Self {
        let ceiling = ceiling.unwrap_or(FASTEST);
        Self {
            base: per_second.clamp(SLOWEST.min(ceiling), ceiling),
            ceiling,
            doubles_in: None,
            held_back: Duration::ZERO,
            next: None,
            waited: false,
            last: None,
        }
    }

    /// Goes on at another pace, which then doubles in so much time.
    pub(super) fn set(&mut self, per_second: f64, doubles_in: Duration) {
        self.base = per_second.clamp(SLOWEST.min(self.ceiling), self.ceiling);
        self.doubles_in = Some(doubles_in);
        self.held_back = Duration::ZERO;
        self.waited = false;
    }

    pub(super) fn per_second(&self) -> f64 {
        let grown = self.doubles_in.map_or(0.0, |time| self.held_back.as_secs_f64() / time.as_secs_f64());
        (self.base * (grown * grown).min(60.0).exp2()).min(self.ceiling)
    }

    /// Takes the next place in the row if its time has come; else says when it comes.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Instant> {
        if let Some(next) = self.next.filter(|next| *next > now) {
            self.waited = true;
            return Err(next);
        }
        let every = Duration::from_secs_f64(1.0 / self.per_second());
        if self.waited {
            let since = self.last.map_or(Duration::ZERO, |last| now.duration_since(last));
            self.held_back += since.min(2 * every);
        }
        let slack = SLACK.max(every);
        let planned = self.next.map_or(now, |next| next.max(now.checked_sub(slack).unwrap_or(now)));
        self.next = Some(planned + every);
        self.last = Some(now);
        self.waited = false;
        Ok(())
    }
}
