//! The quotas that the service stated, and which requests count against them. Pure: time is handed in.
//!
//! Whether the service counts in fixed windows or in sliding ones is unverified. At most `limit` requests in any stretch
//! as long as the period keep both.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::Admission;
use super::pace::Pace;
use super::stated::StatedQuota;

/// More requests of the past are not remembered. A larger limit is kept as the same rate over a shorter period.
const MOST_COUNTED: u32 = 16_384;
/// There are five policies; an answer that states more is not followed.
const MOST_QUOTAS: usize = 8;
/// Within so short a period an even pace costs little, and a bucket smaller than the limit takes it too.
const EVEN_PERIOD: Duration = Duration::from_secs(1);
/// How much of the shortest round trip surely passed before the service counted a request, or after.
const SURE_PART: f64 = 0.8;

#[derive(Debug, Default)]
pub(super) struct Windows {
    quotas: Vec<Window>,
    /// When requests were counted at the latest, oldest first.
    counted: VecDeque<Instant>,
    shortest_round_trip: Option<Duration>,
}

#[derive(Debug)]
struct Window {
    stated: StatedQuota,
    limit: usize,
    period: Duration,
    even: Option<Pace>,
}

impl Window {
    fn new(stated: StatedQuota) -> Self {
        let limit = stated.limit.min(MOST_COUNTED);
        let period = stated.period.mul_f64(f64::from(limit) / f64::from(stated.limit));
        let per_second = f64::from(limit) / period.as_secs_f64();
        let even = (period <= EVEN_PERIOD).then(|| Pace::new(per_second, Some(per_second)));
        Self { stated, limit: limit as usize, period, even }
    }

    /// From when on there is room for one more; `None` while too many are in flight.
    fn room(&self, counted: &VecDeque<Instant>, in_flight: usize) -> Option<Option<Instant>> {
        let before = self.limit.checked_sub(in_flight + 1)?;
        let full = counted.len().checked_sub(before + 1);
        Some(full.map(|oldest| counted[oldest] + self.period))
    }
}

impl Windows {
    /// The quota that allows the fewest requests over time.
    pub(super) fn tightest(&self) -> Option<&StatedQuota> {
        let per_second = |window: &&Window| window.limit as f64 / window.period.as_secs_f64();
        let tightest = self.quotas.iter().min_by(|one, other| per_second(one).total_cmp(&per_second(other)));
        tightest.map(|window| &window.stated)
    }

    /// Notes a quota, in place of what the same policy stated before. Returns whether it is new.
    pub(super) fn learn(&mut self, stated: &StatedQuota, in_flight: usize, now: Instant) -> bool {
        let known = self.quotas.iter().position(|known| known.stated.policy == stated.policy);
        let same = |known: &Window| (known.stated.limit, known.stated.period) == (stated.limit, stated.period);
        let is_new = match known {
            Some(index) if same(&self.quotas[index]) => false,
            Some(index) => {
                self.quotas[index] = Window::new(stated.clone());
                true
            }
            None if self.quotas.len() < MOST_QUOTAS => {
                self.quotas.push(Window::new(stated.clone()));
                true
            }
            None => false,
        };
        if let Some(remain) = stated.remain {
            self.count_others(stated, remain, in_flight, now);
        }
        is_new
    }

    /// What the service counted beyond our own requests was sent by others under the same quota.
    fn count_others(&mut self, stated: &StatedQuota, remain: u32, in_flight: usize, now: Instant) {
        let used = stated.limit.saturating_sub(remain).min(MOST_COUNTED) as usize;
        let recent = now.checked_sub(stated.period);
        let own = self.counted.iter().rev().take_while(|at| recent.is_none_or(|recent| **at > recent)).count();
        for _ in own + in_flight..used {
            self.count(now);
        }
    }

    /// Whether one more request may be sent, if `in_flight` are not answered yet.
    pub(super) fn admit(&mut self, in_flight: usize, now: Instant) -> Admission {
        let mut at = now;
        for window in &self.quotas {
            match window.room(&self.counted, in_flight) {
                None => return Admission::WhenOneIsBack,
                Some(room) => at = at.max(room.unwrap_or(now)),
            }
        }
        if at > now {
            return Admission::At(at);
        }
        let late = self.quotas.iter().filter_map(|window| window.even.as_ref()?.next(now)).max();
        if let Some(next) = late {
            return Admission::At(next);
        }
        for even in self.quotas.iter_mut().filter_map(|window| window.even.as_mut()) {
            let _ = even.take(now);
        }
        Admission::Now
    }

    /// Whether the requests that were counted leave room at `now` for one more, whatever is in flight.
    pub(super) fn has_room(&self, now: Instant) -> bool {
        let room = |window: &Window| window.room(&self.counted, 0).flatten().is_none_or(|at| at <= now);
        self.quotas.iter().all(room)
    }

    /// The longest that a refusal can last: then every window has been refilled.
    pub(super) fn longest_pause(&self) -> Option<Duration> {
        self.quotas.iter().map(|window| window.period).max()
    }

    /// A request that was sent at `sent` is back at `now`, and may have been counted.
    pub(super) fn back(&mut self, sent: Instant, now: Instant) {
        let took = now.duration_since(sent);
        let shortest = self.shortest_round_trip.map_or(took, |shortest| shortest.min(took));
        self.shortest_round_trip = Some(shortest);
        self.count(now.checked_sub(shortest.mul_f64(SURE_PART)).unwrap_or(now));
    }

    fn count(&mut self, at: Instant) {
        self.counted.push_back(self.counted.back().map_or(at, |last| at.max(*last)));
        if self.counted.len() > MOST_COUNTED as usize {
            self.counted.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stated(limit: u32, seconds: u64, remain: Option<u32>) -> StatedQuota {
        StatedQuota { policy: "user".into(), limit, period: Duration::from_secs(seconds), remain }
    }

    fn knowing(limit: u32, seconds: u64, now: Instant) -> Windows {
        let mut windows = Windows::default();
        assert!(windows.learn(&stated(limit, seconds, None), 0, now));
        windows
    }

    #[test]
    fn a_full_window_opens_when_its_oldest_request_leaves_it() {
        let start = Instant::now();
        let mut windows = knowing(3, 10, start);
        for second in 0..3 {
            let now = start + Duration::from_secs(second);
            assert_eq!(windows.admit(0, now), Admission::Now);
            windows.back(now, now);
        }
        let now = start + Duration::from_secs(4);
        assert_eq!(windows.admit(0, now), Admission::At(start + Duration::from_secs(10)));
        assert_eq!(windows.admit(0, start + Duration::from_secs(10)), Admission::Now);
    }

    #[test]
    fn requests_in_flight_take_their_room() {
        let start = Instant::now();
        let mut windows = knowing(3, 10, start);
        assert_eq!(windows.admit(2, start), Admission::Now);
        assert_eq!(windows.admit(3, start), Admission::WhenOneIsBack);
    }

    #[test]
    fn the_tightest_of_several_quotas_decides() {
        let start = Instant::now();
        let mut windows = knowing(100, 10, start);
        windows.learn(&StatedQuota { policy: "api".into(), ..stated(2, 60, None) }, 0, start);
        (0..2).for_each(|_| windows.back(start, start));
        assert_eq!(windows.admit(0, start), Admission::At(start + Duration::from_secs(60)));
        assert_eq!(windows.tightest().unwrap().limit, 2);
    }

    #[test]
    fn what_others_used_is_counted() {
        let start = Instant::now();
        let mut windows = knowing(10, 60, start);
        windows.back(start, start);
        assert!(!windows.learn(&stated(10, 60, Some(4)), 1, start));
        // Six are used: one of ours, one in flight, four of others.
        assert_eq!(windows.counted.len(), 5);
        assert!(!windows.learn(&stated(10, 60, Some(0)), 1, start));
        assert_eq!(windows.admit(0, start), Admission::Now, "one was in flight");
    }

    #[test]
    fn a_policy_that_states_another_limit_replaces_what_it_stated() {
        let start = Instant::now();
        let mut windows = knowing(10, 60, start);
        assert!(windows.learn(&stated(20, 60, None), 0, start));
        assert_eq!((windows.quotas.len(), windows.tightest().unwrap().limit), (1, 20));
        for number in 0..100 {
            windows.learn(&StatedQuota { policy: format!("p{number}").into(), ..stated(20, 60, None) }, 0, start);
        }
        assert_eq!(windows.quotas.len(), MOST_QUOTAS);
    }

    #[test]
    fn a_limit_of_a_day_costs_bounded_memory_and_keeps_its_rate() {
        let start = Instant::now();
        let windows = knowing(1_000_000, 86_400, start);
        let window = &windows.quotas[0];
        let rate = window.limit as f64 / window.period.as_secs_f64();
        assert!(window.limit == MOST_COUNTED as usize && (rate - 1e6 / 86_400.0).abs() < 1e-3, "{window:?}");
    }

    proptest! {
        /// Whatever the latencies are: no stretch as long as the period sees more requests than the limit, wherever
        /// between its sending and its answer the service counts each.
        #[test]
        fn a_known_window_is_never_exceeded_and_used_to_95_percent(
            limit in 5_u32..120,
            seconds in 1_u64..20,
            at_once in 1_usize..12,
            latencies in prop::collection::vec(20_u64..30, 20..60),
        ) {
            let start = Instant::now();
            let mut windows = knowing(limit, seconds, start);
            let (mut now, mut in_flight, mut arrivals) = (start, VecDeque::new(), Vec::new());
            let mut latency = latencies.iter().cycle();
            let end = start + Duration::from_secs(seconds * 10);
            while now < end {
                while let Some((sent, back)) = in_flight.front().copied().filter(|(_, back)| *back <= now) {
                    windows.back(sent, back);
                    in_flight.pop_front();
                }
                let next_back = in_flight.front().map(|(_, back)| *back);
                if in_flight.len() == at_once {
                    now = next_back.unwrap();
                    continue;
                }
                match windows.admit(in_flight.len(), now) {
                    Admission::Now => {
                        let took = Duration::from_millis(*latency.next().unwrap());
                        arrivals.push(now + took / 2);
                        let back = in_flight.back().map_or(now + took, |(_, back)| (now + took).max(*back));
                        in_flight.push_back((now, back));
                    }
                    Admission::At(at) => now = next_back.map_or(at, |back| at.min(back)).max(now + Duration::from_micros(1)),
                    Admission::WhenOneIsBack => now = next_back.unwrap(),
                }
            }
            arrivals.sort();
            let period = Duration::from_secs(seconds);
            for pair in arrivals.windows(limit as usize + 1) {
                prop_assert!(pair[limit as usize] - pair[0] >= period, "{:?}", pair[limit as usize] - pair[0]);
            }
            let latency = 0.025 / at_once as f64;
            let possible = (f64::from(limit) * 10.0).min((seconds * 10) as f64 / latency);
            prop_assert!(arrivals.len() as f64 >= 0.95 * possible - 1.0, "{} of {possible}", arrivals.len());
        }
    }
}
