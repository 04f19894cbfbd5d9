//! Which tasks a watch looks at again.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::task::{BatchTask, TaskStatus};

/// For how long after its creation a failed task is looked at again, where nothing else is set.
const RETRIED_WITHIN: Duration = Duration::from_secs(7 * 24 * 3600);

/// Which tasks are watched at all.
pub(super) type Filter = Arc<dyn Fn(&BatchTask) -> bool + Send + Sync>;

/// What one look depends on.
#[derive(Clone)]
pub(super) struct Rules {
    pub(super) now: Timestamp,
    pub(super) retried_within: Duration,
    pub(super) filter: Option<Filter>,
}

impl Rules {
    pub(super) fn new() -> Self {
        Self { now: Timestamp::UNIX_EPOCH, retried_within: RETRIED_WITHIN, filter: None }
    }

    pub(super) fn admits(&self, task: &BatchTask) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter(task))
    }

    /// Whether a task can still change: it is not finished, or failed so recently that it may be retried.
    ///
    /// A task without a status gives no change to wait for.
    pub(super) fn is_open(&self, task: &BatchTask) -> bool {
        self.admits(task)
            && match &task.status {
                None => false,
                Some(TaskStatus::Fail | TaskStatus::PartialSuccess) => self.may_be_retried(task),
                Some(status) => !status.is_final(),
            }
    }

    fn may_be_retried(&self, task: &BatchTask) -> bool {
        let within = SignedDuration::try_from(self.retried_within).unwrap_or(SignedDuration::MAX);
        !self.retried_within.is_zero()
            && task.create_time.is_some_and(|created| self.now.duration_since(created) <= within)
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules").field("retried_within", &self.retried_within).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(status: TaskStatus, age: i64) -> BatchTask {
        let mut task = BatchTask::new("5c8ba99030344005c02316ad");
        task.status = Some(status);
        task.create_time = Timestamp::from_second(1_700_000_000 - age).ok();
        task
    }

    #[test]
    fn a_failed_task_is_open_for_as_long_as_it_may_be_retried() {
        let week = 7 * 24 * 3600;
        let mut rules = Rules { now: Timestamp::from_second(1_700_000_000).unwrap(), ..Rules::new() };
        for status in [TaskStatus::Fail, TaskStatus::PartialSuccess] {
            assert!(rules.is_open(&task(status.clone(), week)) && !rules.is_open(&task(status, week + 1)));
        }
        assert!(!rules.is_open(&task(TaskStatus::Success, 0)) && !rules.is_open(&task(TaskStatus::Stopped, 0)));
        assert!(rules.is_open(&task(TaskStatus::Processing, 9 * week)));
        rules.retried_within = Duration::ZERO;
        assert!(!rules.is_open(&task(TaskStatus::Fail, 0)));
        rules.retried_within = Duration::MAX;
        assert!(rules.is_open(&task(TaskStatus::Fail, 99 * week)));
        assert!(!rules.is_open(&BatchTask::new("without status")));
    }
}
