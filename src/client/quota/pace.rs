//! An even pace that quickens while nothing is refused. Pure.

// Knows requests a second; must not know why.

use std::time::Duration;

use tokio::time::Instant;

use super::slow_down::NextPace;

/// A request that is late by less than this does not move those after it: timers are not exact.
const SLACK: Duration = Duration::from_millis(2);
/// However bad the news, a request now and then must find out whether times are better.
const SLOWEST: f64 = 0.2;
const FASTEST: f64 = 1e6;

#[derive(Debug)]
pub(super) struct Pace {
    base: f64,
    ceiling: f64,
    /// In this time the pace doubles, slowly first and ever faster then. `None`: it stays as it is.
    doubles_in: Option<Duration>,
    /// So long it stays as it is before.
    held_for: Duration,
    /// How long requests have been held back to this pace: only that says that a faster one is wanted.
    held_back: Duration,
    /// Whether the next request is being held back.
    holds: bool,
    last: Option<Instant>,
    next: Option<Instant>,
}

impl Pace {
    /// An even pace of `per_second` and never of more than `ceiling` requests a second.
    pub(super) fn new(per_second: f64, ceiling: Option<f64>) -> Self {
        let ceiling = ceiling.unwrap_or(FASTEST);
        let base = within(per_second, ceiling);
        Self {
            base,
            ceiling,
            doubles_in: None,
            held_for: Duration::ZERO,
            held_back: Duration::ZERO,
            holds: false,
            last: None,
            next: None,
        }
    }

    /// Continues at another pace.
    pub(super) fn set(&mut self, next: NextPace) {
        self.base = within(next.per_second, self.ceiling);
        self.held_for = next.held_for;
        self.doubles_in = Some(next.doubles_in);
        self.held_back = Duration::ZERO;
        self.holds = false;
    }

    pub(super) fn per_second(&self) -> f64 {
        let rising = self.held_back.saturating_sub(self.held_for).as_secs_f64();
        let part = self.doubles_in.map_or(0.0, |time| rising / time.as_secs_f64());
        (self.base * (part * part).min(60.0).exp2()).min(self.ceiling)
    }

    /// When the next request may go out, if that is later than `now`.
    pub(super) fn next(&self, now: Instant) -> Option<Instant> {
        self.next.filter(|next| *next > now)
    }

    /// Takes the next place in the row if its time has come; else says when it comes.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Instant> {
        if let Some(next) = self.next(now) {
            self.holds = true;
            return Err(next);
        }
        let every = Duration::from_secs_f64(1.0 / self.per_second());
        if std::mem::take(&mut self.holds) {
            let since = self.last.map_or(Duration::ZERO, |last| now.duration_since(last));
            // A pause is no holding back.
            self.held_back += since.min(2 * every);
        }
        let on_time = self.next.map_or(now, |next| next.max(now.checked_sub(SLACK).unwrap_or(now)));
        self.next = Some(on_time + every);
        self.last = Some(now);
        Ok(())
    }
}

fn within(per_second: f64, ceiling: f64) -> f64 {
    per_second.clamp(SLOWEST.min(ceiling), ceiling)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// When requests go out that are always wanted, in the `seconds` from `start` on.
    fn sent(pace: &mut Pace, start: Instant, seconds: f64) -> Vec<f64> {
        let (mut now, mut times) = (start, Vec::new());
        while now.duration_since(start).as_secs_f64() < seconds {
            match pace.take(now) {
                Ok(()) => times.push(now.duration_since(start).as_secs_f64()),
                Err(next) => now = next,
            }
        }
        times
    }

    fn next(per_second: f64, held_for: u64, doubles_in: u64) -> NextPace {
        let [held_for, doubles_in] = [held_for, doubles_in].map(Duration::from_secs);
        NextPace { per_second, held_for, doubles_in }
    }

    #[test]
    fn a_fixed_pace_is_even() {
        let times = sent(&mut Pace::new(100.0, Some(100.0)), Instant::now(), 2.0);
        assert!((199..=201).contains(&times.len()), "{}", times.len());
        assert!(times.windows(2).all(|pair| (pair[1] - pair[0] - 0.01).abs() < 1e-6), "{times:?}");
    }

    #[test]
    fn a_pace_doubles_in_its_time_and_only_while_it_holds_requests_back() {
        let mut pace = Pace::new(100.0, None);
        pace.set(next(100.0, 0, 2));
        let start = Instant::now();
        (0..20).for_each(|second| assert!(pace.take(start + Duration::from_secs(second)).is_ok()));
        assert!((pace.per_second() - 100.0).abs() < 1e-6);
        sent(&mut pace, start + Duration::from_secs(20), 2.0);
        assert!((190.0..215.0).contains(&pace.per_second()), "{}", pace.per_second());
    }

    #[test]
    fn a_pace_is_held_before_it_rises() {
        let mut pace = Pace::new(100.0, None);
        pace.set(next(100.0, 3, 2));
        let start = Instant::now();
        let held = sent(&mut pace, start, 2.9);
        assert!((289..=292).contains(&held.len()), "{}", held.len());
        assert!((pace.per_second() - 100.0).abs() < 1e-6, "{}", pace.per_second());
        sent(&mut pace, start + Duration::from_secs_f64(2.9), 2.1);
        assert!((190.0..215.0).contains(&pace.per_second()), "{}", pace.per_second());
    }

    proptest! {
        /// However requests come and whatever pace is set, no stretch of time sees more than the ceiling allows.
        #[test]
        fn the_ceiling_holds(
            ceiling in 1.0..2000.0_f64,
            steps in prop::collection::vec((0_u64..50, prop::option::of(0.0..5000.0_f64)), 1..300),
        ) {
            let mut pace = Pace::new(ceiling, Some(ceiling));
            let start = Instant::now();
            let (mut now, mut sent) = (start, Vec::new());
            for (milliseconds, set) in steps {
                now += Duration::from_millis(milliseconds);
                if let Some(per_second) = set {
                    pace.set(next(per_second, 0, 1));
                }
                if pace.take(now).is_ok() {
                    sent.push(now);
                }
            }
            for (first, from) in sent.iter().enumerate() {
                for (last, to) in sent.iter().enumerate().skip(first) {
                    let allowed = 1.0 + (to.duration_since(*from) + SLACK).as_secs_f64() * ceiling;
                    prop_assert!((last - first + 1) as f64 <= allowed + 1e-6);
                }
            }
        }
    }
}
