//! How many requests are let through. Knows a rate and the time it is told, no clock.

use std::time::Duration;

use tokio::time::Instant;

/// A token bucket: so many requests at once, and as many again over each period.
#[derive(Clone, Debug)]
pub(super) struct Quota {
    most: f64,
    per_second: f64,
    left: f64,
    counted: Option<Instant>,
}

impl Quota {
    pub(super) fn new(requests: u32, per: Duration) -> Self {
        let most = f64::from(requests);
        Self { most, per_second: most / per.as_secs_f64().max(1e-9), left: most, counted: None }
    }

    /// Whether a request is let through. One that is not costs nothing.
    pub(super) fn lets_through(&mut self, now: Instant) -> bool {
        let passed = self.counted.map_or(Duration::ZERO, |counted| now.saturating_duration_since(counted));
        self.counted = Some(now);
        self.left = (self.left + passed.as_secs_f64() * self.per_second).min(self.most);
        let enough = self.left >= 1.0;
        if enough {
            self.left -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_then_the_rate() {
        let start = Instant::now();
        let mut quota = Quota::new(4, Duration::from_secs(2));
        let mut passed = |milliseconds: u64, requests: u32| -> usize {
            let now = start + Duration::from_millis(milliseconds);
            (0..requests).filter(|_| quota.lets_through(now)).count()
        };
        assert_eq!(passed(0, 10), 4);
        assert_eq!(passed(400, 10), 0);
        assert_eq!(passed(600, 10), 1);
        assert_eq!(passed(1600, 10), 2);
        assert_eq!(passed(60_000, 10), 4);
    }

    #[test]
    fn a_quota_of_nothing_lets_nothing_through() {
        assert!(!Quota::new(0, Duration::from_secs(1)).lets_through(Instant::now()));
    }
}
