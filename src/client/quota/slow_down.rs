//! Which pace follows when the service throttles. Pure. Weighs what is known against what a further pause would cost.

use std::time::Duration;

use super::estimate::Known;

/// Pauses up to this long are cheap: then running into the quota once more is the quickest way to learn its rate.
const CHEAP_PAUSE: Duration = Duration::from_millis(250);
/// How fast to run into it, where requests take long.
pub(super) const PROBES_PER_SECOND: f64 = 50.0;

/// The pace after the first refusal, where more than that was not served within a second: the known quotas of instances
/// are 200 and 400 a second, and a bucket can be small and still fill fast.
const FIRST_GUESS: f64 = 100.0;

/// A pace doubles so quickly while it is but a guess, for then it may be far too low.
const GUESS_DOUBLES_IN: Duration = Duration::from_secs(2);
const CHEAP_GUESS_DOUBLES_IN: Duration = Duration::from_secs(1);
/// Once it is known, too fast a pace comes so late that neither the pauses nor the throttled requests count for more
/// than a few in a hundred.
const KNOWN_DOUBLES_IN: Duration = Duration::from_secs(5);
const KNOWN_DOUBLES_IN_PAUSES: u32 = 60;
/// Where a pause is dear, a pace that is a little too fast costs more than one that is a little too slow.
const DEAR_PART: f64 = 0.97;
/// And a pace that is guessed beyond what was served rises only after so many pauses: sooner, a short list would pay for
/// what only a long one gains. A bucket that gave as much is full after the pause, and probing is paid out of it.
const HELD_FOR_PAUSES: f64 = 1.5;
const KNOWN_DOUBLES_IN_REQUESTS: f64 = 50.0;
/// After so many guesses, the next one is treated as carefully as a known pace.
const GUESSES: u32 = 5;

/// How requests continue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NextPace {
    pub(super) per_second: f64,
    /// How long it stays so, where it holds requests back.
    pub(super) held_for: Duration,
    /// In which time it doubles after that.
    pub(super) doubles_in: Duration,
}

#[derive(Debug, Default)]
pub(super) struct SlowDown {
    guesses: u32,
}

impl SlowDown {
    /// The pace after `pause`. `before` was the pace so far. `None`: without a pace, but one by one, until the service
    /// throttles again.
    pub(super) fn pace(&mut self, known: Known, before: Option<f64>, pause: Duration) -> Option<NextPace> {
        let is_cheap = pause <= CHEAP_PAUSE;
        let is_beyond = matches!(known, Known::LastSecond(served) if served < FIRST_GUESS);
        let held_for = if is_beyond && !is_cheap { pause.mul_f64(HELD_FOR_PAUSES) } else { Duration::ZERO };
        let pace = |(per_second, doubles_in)| NextPace { per_second, held_for, doubles_in };
        self.rate(known, before, pause, is_cheap).map(pace)
    }

    fn rate(&mut self, known: Known, before: Option<f64>, pause: Duration, is_cheap: bool) -> Option<(f64, Duration)> {
        let guess = if is_cheap { CHEAP_GUESS_DOUBLES_IN } else { GUESS_DOUBLES_IN };
        match (known, before) {
            (Known::Rate { per_second, sure: true }, _) => {
                let part = if is_cheap { 1.0 } else { DEAR_PART };
                Some((per_second * part, KNOWN_DOUBLES_IN.max(careful(per_second, pause))))
            }
            // The quota lies between the two.
            (Known::Rate { per_second, sure: false }, Some(before)) => {
                self.guesses = GUESSES.min(self.guesses + 1);
                let doubles_in = careful(per_second, pause) * self.guesses / GUESSES;
                Some(((per_second * before.max(per_second)).sqrt(), guess.max(doubles_in)))
            }
            (Known::Rate { per_second, sure: false }, None) => Some((per_second, guess)),
            (Known::LastSecond(_), None) if is_cheap => {
                self.guesses = 0;
                None
            }
            // Commonly as much may come at once as flows in within a second.
            (Known::LastSecond(served), _) => {
                self.guesses = 0;
                Some((served.max(FIRST_GUESS), guess))
            }
            (Known::Nothing, Some(before)) => Some((before * 0.7, guess)),
            (Known::Nothing, None) => None,
        }
    }
}

fn careful(per_second: f64, pause: Duration) -> Duration {
    let requests = Duration::from_secs_f64(KNOWN_DOUBLES_IN_REQUESTS / per_second.max(0.1));
    (pause * KNOWN_DOUBLES_IN_PAUSES).max(requests)
}
