//! Counts tasks: a task goes in, a summary comes out.

use std::collections::BTreeMap;

use iotda_batch_tasks::{BatchTask, TaskProgress, TaskStatus, TaskType};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

/// How many types, and how many statuses of one type, are counted by name. The service has far fewer; one that makes
/// up names must not fill the memory.
const MOST_NAMES: usize = 60;
/// What the others are counted as.
const OTHERS: &str = "(others)";

/// What there is of each kind. Grows with the number of kinds and days, not of tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    /// `None` are the tasks that do not say what they are.
    pub(super) types: BTreeMap<Option<TaskType>, OfType>,
    pub(super) days: BTreeMap<Date, u64>,
    /// Tasks that do not say when they were created.
    pub(super) undated: u64,
    /// Tasks that could not be read. They are in no other number.
    pub(super) unreadable: u64,
}

/// The tasks of one type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct OfType {
    pub(super) statuses: BTreeMap<Option<TaskStatus>, u64>,
    pub(super) devices: Devices,
}

/// How many devices are in which state, over all executions: a device that two tasks are for counts twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Devices {
    pub(super) total: u64,
    pub(super) success: u64,
    pub(super) fail: u64,
    pub(super) processing: u64,
    pub(super) waitting: u64,
    pub(super) fail_wait_retry: u64,
    pub(super) stopped: u64,
    pub(super) removed: u64,
}

impl Summary {
    /// Counts a task; its day is the one that calendars in `zone` show.
    pub(super) fn add(&mut self, task: &BatchTask, zone: &TimeZone) {
        let of_type = named(&mut self.types, &task.task_type, OTHERS.into());
        *named(&mut of_type.statuses, &task.status, OTHERS.into()) += 1;
        if let Some(progress) = &task.task_progress {
            of_type.devices.add(&Devices::of(progress));
        }
        match task.create_time {
            Some(time) => *self.days.entry(zone.to_datetime(time).date()).or_default() += 1,
            None => self.undated += 1,
        }
    }

    pub(super) fn tasks(&self) -> u64 {
        self.types.values().map(OfType::tasks).sum()
    }

    pub(super) fn devices(&self) -> Devices {
        let mut devices = Devices::default();
        self.types.values().for_each(|of_type| devices.add(&of_type.devices));
        devices
    }

    /// The types, most tasks first.
    pub(super) fn by_tasks(&self) -> Vec<(&Option<TaskType>, &OfType)> {
        let mut types: Vec<_> = self.types.iter().collect();
        types.sort_by_key(|(name, of_type)| (std::cmp::Reverse(of_type.tasks()), name.is_none()));
        types
    }

    /// The statuses over all types, in the order of a task's life; then those that are not known here.
    pub(super) fn statuses(&self) -> Vec<(&Option<TaskStatus>, u64)> {
        let mut statuses = BTreeMap::<_, u64>::new();
        for (status, tasks) in self.types.values().flat_map(|of_type| &of_type.statuses) {
            *statuses.entry(status).or_default() += tasks;
        }
        let mut statuses: Vec<_> = statuses.into_iter().collect();
        statuses.sort_by_key(|(status, _)| place(status));
        statuses
    }
}

impl OfType {
    pub(super) fn tasks(&self) -> u64 {
        self.statuses.values().sum()
    }

    /// The statuses in the order of a task's life; then those that are not known here.
    pub(super) fn statuses(&self) -> Vec<(&Option<TaskStatus>, u64)> {
        let mut statuses: Vec<_> = self.statuses.iter().map(|(status, tasks)| (status, *tasks)).collect();
        statuses.sort_by_key(|(status, _)| place(status));
        statuses
    }
}

impl Devices {
    fn of(progress: &TaskProgress) -> Self {
        let number = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0);
        let mut devices = Self {
            total: 0,
            success: number(progress.success),
            fail: number(progress.fail),
            processing: number(progress.processing),
            waitting: number(progress.waitting),
            fail_wait_retry: number(progress.fail_wait_retry),
            stopped: number(progress.stopped),
            removed: number(progress.removed),
        };
        // No field is guaranteed: without a total, it is what the states add up to.
        devices.total = match progress.total {
            None => devices.states().iter().fold(0, |sum, (_, devices)| sum.saturating_add(*devices)),
            total => number(total),
        };
        devices
    }

    fn add(&mut self, other: &Self) {
        let sum = |number: &mut u64, more: u64| *number = number.saturating_add(more);
        sum(&mut self.total, other.total);
        sum(&mut self.success, other.success);
        sum(&mut self.fail, other.fail);
        sum(&mut self.processing, other.processing);
        sum(&mut self.waitting, other.waitting);
        sum(&mut self.fail_wait_retry, other.fail_wait_retry);
        sum(&mut self.stopped, other.stopped);
        sum(&mut self.removed, other.removed);
    }

    /// The states by the service's names.
    pub(super) fn states(&self) -> [(&'static str, u64); 7] {
        [
            ("success", self.success),
            ("fail", self.fail),
            ("fail_wait_retry", self.fail_wait_retry),
            ("processing", self.processing),
            ("waitting", self.waitting),
            ("stopped", self.stopped),
            ("removed", self.removed),
        ]
    }

    /// How many of the devices succeeded, 0.0 to 1.0. `None` where there are no devices.
    pub(super) fn success_rate(&self) -> Option<f64> {
        (self.total > 0).then(|| self.success as f64 / self.total as f64)
    }
}

/// Where a name is counted: at its own place, or with the others once there are too many.
fn named<'a, K: Ord + Clone, V: Default>(
    map: &'a mut BTreeMap<Option<K>, V>,
    name: &Option<K>,
    others: K,
) -> &'a mut V {
    let is_one_too_many = map.len() >= MOST_NAMES && !map.contains_key(name);
    map.entry(if is_one_too_many { Some(others) } else { name.clone() }).or_default()
}

fn place(status: &Option<TaskStatus>) -> usize {
    match status {
        Some(status) => TaskStatus::KNOWN.iter().position(|known| known == status).unwrap_or(TaskStatus::KNOWN.len()),
        None => usize::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(json: &str) -> BatchTask {
        serde_json::from_str(&format!(r#"{{"task_id":"a",{json}}}"#)).unwrap()
    }

    fn summary(tasks: &[&str]) -> Summary {
        let mut summary = Summary::default();
        tasks.iter().for_each(|json| summary.add(&task(json), &TimeZone::UTC));
        summary
    }

    #[test]
    fn tasks_count_by_type_and_by_status() {
        let summary = summary(&[
            r#""task_type":"softwareUpgrade","status":"Success""#,
            r#""task_type":"softwareUpgrade","status":"Fail""#,
            r#""task_type":"softwareUpgrade","status":"Success""#,
            r#""task_type":"paintDevices","status":"Painted""#,
            r#""status":"Fail""#,
            r#""task_type":"paintDevices""#,
        ]);
        let types: Vec<_> = summary.by_tasks().iter().map(|(name, of)| ((*name).clone(), of.tasks())).collect();
        assert_eq!(types, [(Some("softwareUpgrade".into()), 3), (Some("paintDevices".into()), 2), (None, 1)]);
        let statuses: Vec<_> = summary.statuses().iter().map(|(name, tasks)| ((*name).clone(), *tasks)).collect();
        assert_eq!(
            statuses,
            [(Some("Success".into()), 2), (Some("Fail".into()), 2), (Some("Painted".into()), 1), (None, 1)]
        );
        assert_eq!((summary.tasks(), summary.undated), (6, 6));
    }

    #[test]
    fn devices_add_up_and_odd_numbers_do_no_harm() {
        let summary = summary(&[
            r#""task_progress":{"total":10,"success":7,"fail":2,"processing":1}"#,
            r#""task_progress":{"success":1,"removed":1}"#,
            r#""task_progress":{"total":-5,"success":-1}"#,
            r#""task_progress":{}"#,
            r#""status":"Success""#,
        ]);
        let devices = summary.devices();
        assert_eq!((devices.total, devices.success, devices.fail, devices.removed), (12, 8, 2, 1));
        assert_eq!(devices.success_rate(), Some(8.0 / 12.0));
        assert_eq!(Devices::default().success_rate(), None);
        let most = Devices { total: u64::MAX, ..Devices::default() };
        let mut sum = most;
        sum.add(&most);
        assert_eq!(sum.total, u64::MAX);
    }

    #[test]
    fn a_day_is_of_the_zone() {
        let late = task(r#""create_time":"20240229T233000Z""#);
        let mut summary = Summary::default();
        summary.add(&late, &TimeZone::UTC);
        summary.add(&late, &TimeZone::posix("CST-8").unwrap());
        let days: Vec<_> = summary.days.iter().map(|(day, tasks)| (day.to_string(), *tasks)).collect();
        assert_eq!(days, [("2024-02-29".to_owned(), 1), ("2024-03-01".to_owned(), 1)]);
    }

    #[test]
    fn made_up_names_do_not_fill_the_memory() {
        let mut summary = Summary::default();
        for number in 0..1000 {
            let json = format!(r#""task_type":"t{}","status":"s{number}""#, number % 100);
            summary.add(&task(&json), &TimeZone::UTC);
        }
        assert_eq!((summary.types.len(), summary.tasks()), (MOST_NAMES + 1, 1000));
        let others = &summary.types[&Some(OTHERS.into())];
        assert_eq!((others.tasks(), others.statuses.len()), (400, MOST_NAMES + 1));
    }
}
