//! Whether more requests in flight bring more answers a second. Pure: time is handed in. Knows no pages and no requests.

use tokio::time::Instant;

/// By this factor the depth grows at most. Each step is a round trip; larger ones meet a quota with more in flight.
pub(super) const STEP: usize = 4;
/// A step by [`STEP`] or less is kept if it brings at least this much more a second, and a larger one in proportion. Where
/// nothing holds them back, four times as many in flight bring four times as much.
const WORTH: f64 = 1.25;
/// After a step that did not pay, so many answers for each page of depth come before the next attempt.
const PATIENCE: usize = 16;

/// How fast answers came while a request was under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// When it was sent.
    sent: Instant,
    /// Answers a second.
    per_second: f64,
}

impl Pace {
    /// A request sent at `sent` is answered now, and so many answers came meanwhile, its own among them.
    pub(super) fn of(sent: Instant, answers: usize) -> Self {
        Self { sent, per_second: answers as f64 / sent.elapsed().as_secs_f64() }
    }
}

/// Measures how many answers a second a depth brings, and decides on the next.
#[derive(Debug, Default)]
pub(super) struct Throughput {
    /// The depth before the last step, and the answers a second that it brought.
    before: Option<(usize, f64)>,
    /// When the depth was last changed. Requests sent before that do not show what it brings.
    changed: Option<Instant>,
    /// The most answers a second at this depth, and how many answers showed it.
    best: f64,
    answers: usize,
    /// So many answers are to come before the next step.
    patience: usize,
}

impl Throughput {
    /// An answer has come.
    pub(super) fn answered(&mut self, Pace { sent, per_second }: Pace) {
        if self.patience > 0 {
            self.patience -= 1;
        } else if self.changed.is_none_or(|changed| sent >= changed) {
            self.best = self.best.max(per_second);
            self.answers += 1;
        }
    }

    /// The depth to continue with, where all of `depth` is used and more is wanted.
    pub(super) fn next_depth(&mut self, depth: usize) -> usize {
        // Half of them may still be under way.
        if self.patience > 0 || self.answers < depth.div_ceil(2) {
            return depth;
        }
        match self.before {
            Some((before, brought)) if self.best < brought * worth(before, depth) => {
                self.patience = PATIENCE * depth;
                before
            }
            _ => depth.saturating_mul(STEP),
        }
    }

    /// The depth changes from `depth` on.
    pub(super) fn change(&mut self, depth: usize, now: Instant) {
        self.before = (self.patience == 0).then_some((depth, self.best)).filter(|_| self.answers > 0);
        (self.best, self.answers) = (0.0, 0);
        self.changed = Some(now);
    }

    /// The service throttled: more in flight would bring nothing for a while.
    pub(super) fn throttled(&mut self, depth: usize) {
        self.patience = self.patience.max(PATIENCE * depth);
    }
}

/// How many times as much a step has to bring to be kept.
fn worth(before: usize, depth: usize) -> f64 {
    WORTH * (depth as f64 / (STEP * before) as f64).max(1.0)
}

#[cfg(test)]
impl Pace {
    pub(super) fn new(sent: Instant, per_second: f64) -> Self {
        Self { sent, per_second }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Clock(Instant);

    impl Clock {
        /// So many answers to requests that are sent now.
        fn answers(&self, throughput: &mut Throughput, number: usize, per_second: f64) {
            (0..number).for_each(|_| throughput.answered(Pace::new(self.0, per_second)));
        }

        fn step(&mut self, throughput: &mut Throughput, depth: usize) {
            self.0 += Duration::from_secs(1);
            throughput.change(depth, self.0);
        }
    }

    fn at_eleven() -> (Clock, Throughput) {
        let (clock, mut throughput) = (Clock(Instant::now()), Throughput::default());
        clock.answers(&mut throughput, 11, 100.0);
        (clock, throughput)
    }

    #[test]
    fn the_first_step_is_tried_once_the_present_depth_is_known() {
        let (clock, mut throughput) = (Clock(Instant::now()), Throughput::default());
        clock.answers(&mut throughput, 5, 100.0);
        assert_eq!(throughput.next_depth(11), 11);
        clock.answers(&mut throughput, 1, 100.0);
        assert_eq!(throughput.next_depth(11), 44);
    }

    #[test]
    fn a_step_stays_that_brings_a_quarter_more() {
        for (brought, next) in [(100.0, 11), (124.0, 11), (125.0, 176), (400.0, 176)] {
            let (mut clock, mut throughput) = at_eleven();
            clock.step(&mut throughput, 11);
            clock.answers(&mut throughput, 22, brought);
            assert_eq!(throughput.next_depth(44), next, "{brought} answers a second");
        }
    }

    #[test]
    fn a_larger_step_has_to_bring_more_and_a_smaller_one_no_less() {
        for (before, depth, least) in [(1, 44, 13.75), (11, 44, 1.25), (44, 128, 1.25), (1, 4, 1.25)] {
            assert_eq!(worth(before, depth), least, "{before} to {depth}");
        }
    }

    #[test]
    fn requests_of_the_depth_before_show_nothing() {
        let (mut clock, mut throughput) = at_eleven();
        let before = Clock(clock.0);
        clock.step(&mut throughput, 11);
        before.answers(&mut throughput, 44, 1000.0);
        assert_eq!(throughput.next_depth(44), 44);
    }

    #[test]
    fn a_step_that_was_taken_back_is_tried_again_much_later() {
        let (mut clock, mut throughput) = at_eleven();
        clock.step(&mut throughput, 11);
        clock.answers(&mut throughput, 22, 100.0);
        assert_eq!(throughput.next_depth(44), 11);
        clock.step(&mut throughput, 44);
        clock.answers(&mut throughput, PATIENCE * 44, 100.0);
        assert_eq!(throughput.next_depth(11), 11);
        clock.answers(&mut throughput, 6, 100.0);
        assert_eq!(throughput.next_depth(11), 44);
    }

    #[test]
    fn after_throttling_no_step_is_tried_for_a_while() {
        let (clock, mut throughput) = at_eleven();
        throughput.throttled(11);
        clock.answers(&mut throughput, PATIENCE * 11 - 1, 1000.0);
        assert_eq!(throughput.next_depth(11), 11);
        clock.answers(&mut throughput, 7, 100.0);
        assert_eq!(throughput.next_depth(11), 44);
    }
}
