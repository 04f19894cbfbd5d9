//! The simulator's clock, which may differ from the system's.

use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Wall-clock time that goes with the runtime's clock, also where a test moves that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    started: Instant,
    then: Timestamp,
}

impl Clock {
    /// A clock that is this many seconds ahead of the system's; behind it, if negative.
    pub(super) fn ahead(seconds: i64) -> Self {
        let now = Timestamp::now();
        let then = now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
        Self { started: Instant::now(), then }
    }

    pub(super) fn at(&self, instant: Instant) -> Timestamp {
        let passed = SignedDuration::try_from(instant.duration_since(self.started)).unwrap_or(SignedDuration::MAX);
        self.then.checked_add(passed).unwrap_or(Timestamp::MAX)
    }
}

/// The text of a `Date` header.
pub(super) fn http_date(time: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&time).unwrap_or_default()
}
