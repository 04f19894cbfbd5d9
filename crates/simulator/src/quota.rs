//! How many requests are admitted, for a rate and a time that the caller passes.

use std::time::Duration;

use tokio::time::Instant;

/// So many requests in each period.
#[derive(Clone, Debug)]
pub(super) struct Quota {
    requests: u32,
    per: Duration,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// So many at once, and as many again flow in evenly over each period.
    Bucket { left: f64, counted: Option<Instant> },
    /// So many in each period; the first period begins with the first request.
    Window { left: u32, began: Option<Instant> },
}

impl Quota {
    pub(super) fn bucket(requests: u32, per: Duration) -> Self {
        Self { requests, per, kind: Kind::Bucket { left: f64::from(requests), counted: None } }
    }

    pub(super) fn window(requests: u32, per: Duration) -> Self {
        Self { requests, per, kind: Kind::Window { left: requests, began: None } }
    }

    /// Whether a request is let through. One that is not costs nothing.
    pub(super) fn lets_through(&mut self, now: Instant) -> bool {
        match &mut self.kind {
            Kind::Bucket { left, counted } => {
                let passed = counted.map_or(Duration::ZERO, |counted| now.saturating_duration_since(counted));
                *counted = Some(now);
                let most = f64::from(self.requests);
                *left = (*left + passed.as_secs_f64() * most / self.per.as_secs_f64().max(1e-9)).min(most);
                let enough = *left >= 1.0;
                if enough {
                    *left -= 1.0;
                }
                enough
            }
            Kind::Window { left, began } => {
                if began.is_none_or(|began| now.saturating_duration_since(began) >= self.per) {
                    // The windows follow one another without a gap, as long as requests come.
                    let passed = began.map_or(0, |began| {
                        (now.saturating_duration_since(began).as_nanos() / self.per.as_nanos().max(1)) as u32
                    });
                    *began = Some(began.map_or(now, |began| began + self.per * passed));
                    *left = self.requests;
                }
                let enough = *left > 0;
                *left = left.saturating_sub(1);
                enough
            }
        }
    }

    /// How the gateway writes it: `limit:10,time:1 second`.
    pub(super) fn stated(&self) -> String {
        let seconds = self.per.as_secs().max(1);
        let (number, unit) = match seconds {
            _ if seconds.is_multiple_of(86_400) => (seconds / 86_400, "day"),
            _ if seconds.is_multiple_of(3_600) => (seconds / 3_600, "hour"),
            _ if seconds.is_multiple_of(60) => (seconds / 60, "minute"),
            _ => (seconds, "second"),
        };
        format!("limit:{},time:{number} {unit}", self.requests)
    }

    /// How the gateway writes it into a header: `remain:9,limit:10,time:1 second`.
    pub(super) fn stated_with_rest(&self) -> String {
        let left = match &self.kind {
            Kind::Bucket { left, .. } => *left as u32,
            Kind::Window { left, .. } => *left,
        };
        format!("remain:{left},{}", self.stated())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(quota: &mut Quota, start: Instant, milliseconds: u64, requests: u32) -> usize {
        let now = start + Duration::from_millis(milliseconds);
        (0..requests).filter(|_| quota.lets_through(now)).count()
    }

    #[test]
    fn a_burst_is_let_through_and_then_the_rate() {
        let (start, mut quota) = (Instant::now(), Quota::bucket(4, Duration::from_secs(2)));
        assert_eq!(passed(&mut quota, start, 0, 10), 4);
        assert_eq!(passed(&mut quota, start, 400, 10), 0);
        assert_eq!(passed(&mut quota, start, 600, 10), 1);
        assert_eq!(passed(&mut quota, start, 1600, 10), 2);
        assert_eq!(passed(&mut quota, start, 60_000, 10), 4);
    }

    #[test]
    fn a_window_is_refilled_all_at_once() {
        let (start, mut quota) = (Instant::now(), Quota::window(4, Duration::from_secs(2)));
        assert_eq!(passed(&mut quota, start, 500, 3), 3);
        assert_eq!(passed(&mut quota, start, 2400, 3), 1);
        assert_eq!(passed(&mut quota, start, 2500, 10), 4);
        assert_eq!(passed(&mut quota, start, 7000, 1), 1);
        assert_eq!(quota.stated_with_rest(), "remain:3,limit:4,time:2 second");
        assert_eq!(passed(&mut quota, start, 8499, 10), 3, "the windows keep their beat");
        assert_eq!(passed(&mut quota, start, 8500, 10), 4);
    }

    #[test]
    fn a_quota_of_nothing_lets_nothing_through() {
        assert!(!Quota::bucket(0, Duration::from_secs(1)).lets_through(Instant::now()));
        assert!(!Quota::window(0, Duration::from_secs(1)).lets_through(Instant::now()));
    }

    #[test]
    fn a_quota_is_written_in_its_largest_unit() {
        for (seconds, expected) in [
            (1, "limit:5,time:1 second"),
            (90, "limit:5,time:90 second"),
            (300, "limit:5,time:5 minute"),
            (7200, "limit:5,time:2 hour"),
            (86_400, "limit:5,time:1 day"),
        ] {
            assert_eq!(Quota::window(5, Duration::from_secs(seconds)).stated(), expected);
        }
    }
}
