//! Failed sub-tasks first, and each sub-task once.

use std::collections::HashMap;

use iotda_batch_tasks::decode::WithRaw;
use iotda_batch_tasks::lists::TaskDetail;

/// A sub-task, as the service sent it.
pub(super) type SubTask = WithRaw<TaskDetail>;

/// The status of a sub-task that failed.
pub(super) const FAIL: &str = "Fail";

/// What is remembered between reading those that failed and reading all: only those that failed.
///
/// Sub-tasks have no id, and it is not promised that a target has one alone. So it is counted how many of a target were
/// printed as failed, and as many are left out of the second reading: those that still are failed as they come, and for
/// the others it shows at the end whether they are the same ones in another status.
#[derive(Debug, Default)]
pub(super) struct FailedFirst {
    /// How many of each target were printed and not met again.
    printed: HashMap<Option<Box<str>>, usize>,
    /// Those of such a target that are not failed.
    uncertain: Vec<SubTask>,
}

impl FailedFirst {
    /// Takes a sub-task of the first reading and gives it back if it is to be printed now. Others than failed ones come
    /// from a service that passes over the filter; they have their turn.
    pub(super) fn first(&mut self, sub_task: SubTask) -> Option<SubTask> {
        if !has_failed(&sub_task) {
            return None;
        }
        *self.printed.entry(target(&sub_task)).or_default() += 1;
        Some(sub_task)
    }

    /// Takes a sub-task of the second reading and gives it back if it is to be printed now.
    pub(super) fn then(&mut self, sub_task: SubTask) -> Option<SubTask> {
        let Some(printed) = self.printed.get_mut(&target(&sub_task)) else { return Some(sub_task) };
        if !has_failed(&sub_task) {
            self.uncertain.push(sub_task);
            return None;
        }
        if *printed == 0 {
            return Some(sub_task);
        }
        *printed -= 1;
        None
    }

    /// What is still to be printed when everything was read.
    pub(super) fn rest(self) -> impl Iterator<Item = SubTask> {
        let Self { mut printed, uncertain } = self;
        uncertain.into_iter().filter(move |sub_task| match printed.get_mut(&target(sub_task)) {
            Some(left @ 1..) => {
                *left -= 1;
                false
            }
            _ => true,
        })
    }
}

pub(super) fn has_failed(sub_task: &SubTask) -> bool {
    sub_task.record.status.as_deref() == Some(FAIL)
}

fn target(sub_task: &SubTask) -> Option<Box<str>> {
    sub_task.record.target.as_deref().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sub_task((target, status): (&str, &str)) -> SubTask {
        serde_json::from_str(&format!(r#"{{"target":"{target}","status":"{status}"}}"#)).unwrap()
    }

    /// What is printed, where the service first says that these failed, and then has all of these.
    fn printed(failed: &[&str], all: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut order = FailedFirst::default();
        let first: Vec<_> = failed.iter().filter_map(|target| order.first(sub_task((target, FAIL)))).collect();
        let then: Vec<_> = all.iter().filter_map(|row| order.then(sub_task(*row))).collect();
        let rest = order.rest();
        let shown = |row: SubTask| (row.record.target.unwrap(), row.record.status.unwrap());
        first.into_iter().chain(then).chain(rest).map(shown).collect()
    }

    fn rows(rows: &[(&str, &str)]) -> Vec<(String, String)> {
        rows.iter().map(|(target, status)| ((*target).to_owned(), (*status).to_owned())).collect()
    }

    #[test]
    fn failed_ones_come_first_and_once() {
        let all = [("a", "Success"), ("b", "Fail"), ("c", "Processing"), ("d", "Fail")];
        let expected = [("b", "Fail"), ("d", "Fail"), ("a", "Success"), ("c", "Processing")];
        assert_eq!(printed(&["b", "d"], &all), rows(&expected));
    }

    #[test]
    fn one_that_changes_in_between_is_there_once() {
        let all = [("a", "Fail"), ("b", "Success"), ("c", "Success")];
        assert_eq!(printed(&["b"], &all), rows(&[("b", "Fail"), ("a", "Fail"), ("c", "Success")]));
    }

    #[test]
    fn two_of_one_target_are_both_there() {
        let all = [("a", "Success"), ("a", "Fail"), ("a", "Fail"), ("b", "Success")];
        let expected = [("a", "Fail"), ("a", "Fail"), ("b", "Success"), ("a", "Success")];
        assert_eq!(printed(&["a"], &all), rows(&expected));
        // One of the two failed ones succeeded meanwhile.
        let all = [("a", "Success"), ("a", "Fail"), ("a", "Success")];
        assert_eq!(printed(&["a", "a"], &all), rows(&[("a", "Fail"), ("a", "Fail"), ("a", "Success")]));
    }
}
