//! Which tasks count, where the service cannot choose: of several statuses, and by name.

use glob::Pattern;
use iotda_batch_tasks::{BatchTask, TaskStatus};

/// Which tasks are kept, beyond the filters of the service. By default, all are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// Any of these; the service filters by one at most. None are all.
    pub(crate) statuses: Vec<TaskStatus>,
    pub(crate) name: Option<Pattern>,
    /// Whether a part of the list is not read at all: then the service counts more than is read.
    pub(crate) is_narrowed: bool,
}

impl Selection {
    pub(crate) fn takes_all(&self) -> bool {
        self.statuses.is_empty() && self.name.is_none()
    }

    pub(crate) fn takes(&self, task: &BatchTask) -> bool {
        let has_status = || task.status.as_ref().is_some_and(|status| self.statuses.contains(status));
        let name = task.task_name.as_deref().unwrap_or_default();
        (self.statuses.is_empty() || has_status()) && self.name.as_ref().is_none_or(|pattern| pattern.matches(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(name: &str, status: &str) -> BatchTask {
        serde_json::from_str(&format!(r#"{{"task_id":"a","task_name":"{name}","status":"{status}"}}"#)).unwrap()
    }

    #[test]
    fn a_task_counts_if_status_and_name_match() {
        let selection = Selection {
            statuses: vec![TaskStatus::Fail, TaskStatus::PartialSuccess],
            name: Some(Pattern::new("批量*/?-[0-9]").unwrap()),
            is_narrowed: false,
        };
        assert!(selection.takes(&task("批量升级/x-7", "Fail")));
        assert!(!selection.takes(&task("批量升级/x-7", "Success")));
        assert!(!selection.takes(&task("批量升级/x-y", "Fail")));
        assert!(Selection::default().takes(&BatchTask::new("a")));
    }
}
