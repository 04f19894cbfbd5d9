//! What a run took.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// What one reading took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) wall: Duration,
    /// Of this process, in user mode and in the system.
    pub(crate) cpu: Duration,
    pub(crate) requests: u64,
}

/// The time that has passed, and that this process has computed.
pub(crate) struct Stopwatch {
    started: Instant,
    cpu: Duration,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { cpu: cpu(), started: Instant::now() }
    }

    pub(crate) fn stop(self) -> (Duration, Duration) {
        (self.started.elapsed(), cpu().saturating_sub(self.cpu))
    }
}

fn cpu() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().expect("no negative time")
}
