//! The progress of a task, as its status allows it.

use super::random::Random;

/// `task_progress`, and at the same time how many targets are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) processing: u64,
    pub(super) success: u64,
    pub(super) fail: u64,
    pub(super) waitting: u64,
    pub(super) fail_wait_retry: u64,
    pub(super) stopped: u64,
    pub(super) removed: u64,
}

impl Progress {
    /// Numbers that fit `status` and add up to `total`.
    pub(super) fn of(status: &str, total: u64, mut random: Random) -> Self {
        let mut left = total;
        let mut part = |share: u64| {
            let taken = random.below(left.min(total / share) + 1);
            left -= taken;
            taken
        };
        let mut progress = Self::default();
        match status {
            "Success" => progress.success = total,
            "Fail" => progress.fail = total,
            "PartialSuccess" => {
                progress.fail = part(2).max(total.min(1));
                progress.success = total - progress.fail;
            }
            "Processing" => {
                progress.success = part(2);
                progress.fail_wait_retry = part(8);
                progress.waitting = part(4);
                progress.processing = left;
            }
            "Stopping" => {
                progress.success = part(2);
                progress.processing = part(4);
                progress.stopped = left;
            }
            "Stopped" => {
                progress.success = part(2);
                progress.removed = part(8);
                progress.stopped = left;
            }
            _ => progress.waitting = total,
        }
        progress
    }

    /// Each state, by the name of its number, with how many targets are in it.
    pub(super) fn named(&self) -> [(&'static str, u64); 7] {
        [
            ("processing", self.processing),
            ("success", self.success),
            ("fail", self.fail),
            ("waitting", self.waitting),
            ("fail_wait_retry", self.fail_wait_retry),
            ("stopped", self.stopped),
            ("removed", self.removed),
        ]
    }

    pub(super) fn total(&self) -> u64 {
        self.named().iter().map(|(_, number)| number).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::STATUSES;

    #[test]
    fn the_parts_add_up_to_the_total() {
        for status in STATUSES.into_iter().chain(["Unheard"]) {
            for total in [0, 1, 2, 9, 30_000] {
                for seed in 0..20 {
                    let progress = Progress::of(status, total, Random::new(seed));
                    assert_eq!(progress.total(), total, "{status} {total} {progress:?}");
                }
            }
        }
    }

    #[test]
    fn a_partial_success_has_both() {
        for seed in 0..50 {
            let progress = Progress::of("PartialSuccess", 20, Random::new(seed));
            assert!(progress.fail > 0 && progress.success > 0, "{progress:?}");
        }
    }
}
