//! Where the next update of a file begins to keep what is there.

// Knows times and statuses of tasks; reads no file.

use std::time::Duration;

use iotda_batch_tasks::{BatchTask, TaskStatus};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// For how long after its creation a failed task counts as open by default, as for `watch`.
pub(super) const RETRIED_WITHIN: Duration = Duration::from_secs(7 * 24 * 3600);

/// A task may show in the list so much later than it was created, by the service's own clocks.
const SLACK: SignedDuration = SignedDuration::from_hours(1);

/// A place between two tasks of a file: those before it were created at `created` or later, those after it earlier, and
/// none of these was open when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cut {
    pub(super) created: Timestamp,
    /// How many bytes are before it, in a file of text.
    pub(super) bytes: u64,
    /// How many tasks are before it.
    pub(super) tasks: u64,
}

/// Finds the first cut below all open tasks, while the tasks of a list pass by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CutFinder {
    newest: Option<Timestamp>,
    oldest: Option<Timestamp>,
    cut: Option<Cut>,
    /// A task came that does not say when it was created: on which side of a cut it lies is not known.
    has_timeless: bool,
}

impl CutFinder {
    /// A task comes, after so many `bytes` and `tasks`.
    pub(super) fn add(&mut self, task: &BatchTask, is_open: bool, bytes: u64, tasks: u64) {
        let Some(created) = task.create_time else {
            self.has_timeless = true;
            return;
        };
        let newest = self.newest.map_or(created, |newest| newest.max(created));
        let is_old = newest.duration_since(created) >= SLACK;
        // The list is ordered by ids, which may tell another time than the tasks themselves.
        self.cut = self.cut.filter(|cut| !is_open && created < cut.created);
        if let Some(oldest) = self.oldest
            && self.cut.is_none()
            && !is_open
            && is_old
            && created < oldest
        {
            self.cut = Some(Cut { created: oldest, bytes, tasks });
        }
        self.newest = Some(newest);
        self.oldest = Some(self.oldest.map_or(created, |oldest| oldest.min(created)));
    }

    /// A task could not be read: it is to be read again.
    pub(super) fn add_unreadable(&mut self) {
        self.cut = None;
    }

    /// The cut of a list that was read to its end, which is the end of the file, or the cut `end` that ends the part that
    /// was read.
    pub(super) fn find(&self, end: Option<Cut>) -> Option<Cut> {
        if self.has_timeless { None } else { self.cut.or(end) }
    }
}

/// Whether a task can still change: it is not finished, or failed so recently that it may be retried.
pub(super) fn is_open(task: &BatchTask, now: Timestamp, retried_within: Duration) -> bool {
    match &task.status {
        Some(TaskStatus::Fail | TaskStatus::PartialSuccess) => {
            let within = SignedDuration::try_from(retried_within).unwrap_or(SignedDuration::MAX);
            task.create_time.is_none_or(|created| now.duration_since(created) < within)
        }
        status => !status.as_ref().is_some_and(TaskStatus::is_final),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;

    fn task(created: Option<i64>) -> BatchTask {
        let mut task = BatchTask::new("5c8ba99030344005c02316ad");
        task.create_time = created.map(|seconds| Timestamp::from_second(1_700_000_000 + seconds).unwrap());
        task
    }

    /// How many tasks are before the cut, of tasks created at these hours, some of them open.
    fn cut(tasks: &[(i64, bool)]) -> Option<u64> {
        let mut finder = CutFinder::default();
        for (place, (hours, is_open)) in tasks.iter().enumerate() {
            finder.add(&task(Some(hours * HOUR)), *is_open, 10 * place as u64, place as u64);
        }
        let cut = finder.find(None)?;
        assert_eq!(cut.bytes, 10 * cut.tasks);
        let created = |hours: i64| task(Some(hours * HOUR)).create_time.unwrap();
        let (before, after) = tasks.split_at(cut.tasks as usize);
        assert!(before.iter().all(|(hours, _)| created(*hours) >= cut.created));
        assert!(after.iter().all(|(hours, is_open)| created(*hours) < cut.created && !is_open));
        Some(cut.tasks)
    }

    #[test]
    fn a_cut_lies_below_the_open_tasks_and_what_came_lately() {
        assert_eq!(cut(&[]), None);
        assert_eq!(cut(&[(9, false)]), None);
        assert_eq!(cut(&[(9, false), (8, false), (7, false)]), Some(1));
        assert_eq!(cut(&[(9, true), (8, false), (7, true), (6, false), (5, false)]), Some(3));
        assert_eq!(cut(&[(9, false), (8, false), (7, true)]), None);
        // Within an hour of the newest nothing is settled.
        assert_eq!(cut(&[(9, false), (9, false), (9, false)]), None);
    }

    #[test]
    fn tasks_out_of_order_stay_on_their_side_of_a_cut() {
        assert_eq!(cut(&[(9, false), (6, false), (7, false), (5, false), (4, false)]), Some(1));
        assert_eq!(cut(&[(9, false), (6, false), (6, false), (9, false), (5, false), (4, false)]), Some(4));
        assert_eq!(cut(&[(9, false), (5, true), (6, false), (5, false), (4, false)]), Some(4));
        assert_eq!(cut(&[(6, false), (9, false), (8, false), (5, false)]), Some(3));
    }

    #[test]
    fn a_task_of_which_too_little_is_known_has_all_read_again() {
        let mut finder = CutFinder::default();
        for (place, created) in [Some(9 * HOUR), Some(5 * HOUR), Some(4 * HOUR)].into_iter().enumerate() {
            finder.add(&task(created), false, 0, place as u64);
        }
        let end = Cut { created: Timestamp::UNIX_EPOCH, bytes: 7, tasks: 7 };
        assert_eq!(finder.find(Some(end)).map(|cut| cut.tasks), Some(1));
        let mut with_unreadable = finder;
        with_unreadable.add_unreadable();
        assert_eq!(with_unreadable.find(Some(end)), Some(end));
        with_unreadable.add(&task(Some(3 * HOUR)), false, 0, 3);
        assert_eq!(with_unreadable.find(Some(end)).map(|cut| cut.tasks), Some(3));
        finder.add(&task(None), false, 0, 3);
        assert_eq!(finder.find(Some(end)), None);
    }

    #[test]
    fn a_failed_task_is_open_for_as_long_as_it_may_be_retried() {
        let now = task(Some(0)).create_time.unwrap();
        let open = |status: Option<TaskStatus>, age: i64, within: Duration| {
            let mut task = task(Some(-age));
            task.status = status;
            is_open(&task, now, within)
        };
        let week = 7 * 24 * HOUR;
        for status in [TaskStatus::Fail, TaskStatus::PartialSuccess] {
            assert!(open(Some(status.clone()), week - 1, RETRIED_WITHIN));
            assert!(!open(Some(status.clone()), week, RETRIED_WITHIN));
            assert!(!open(Some(status), 0, Duration::ZERO));
        }
        assert!(!open(Some(TaskStatus::Success), 0, RETRIED_WITHIN));
        assert!(!open(Some(TaskStatus::Stopped), 0, RETRIED_WITHIN));
        for status in [Some(TaskStatus::Processing), Some("Paused".into()), None] {
            assert!(open(status, 9 * week, RETRIED_WITHIN));
        }
    }
}
