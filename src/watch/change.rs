//! What a watch reports.

use serde::{Deserialize, Serialize};

use crate::task::{BatchTask, TaskProgress, TaskStatus};

/// What happened to a task between two looks, as one change.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// The task is new.
    #[non_exhaustive]
    Created {
        /// The task as it is now; it may be finished already.
        task: Box<BatchTask>,
    },
    /// Its status or its progress changed.
    #[non_exhaustive]
    Changed {
        /// What it was at the look before.
        before: TaskState,
        /// The task as it is now.
        task: Box<BatchTask>,
    },
    /// An unfinished task is no longer in the list: two looks in a row did not see it, or the
    /// service answered that there is no such task.
    #[non_exhaustive]
    Gone {
        /// Its id.
        task_id: String,
        /// What it was when it was last seen.
        last: TaskState,
    },
}

impl Change {
    /// The id of the task.
    #[must_use]
    pub fn task_id(&self) -> &str {
        match self {
            Self::Created { task } | Self::Changed { task, .. } => &task.task_id,
            Self::Gone { task_id, .. } => task_id,
        }
    }
}

/// The part of a task that is watched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskState {
    /// The status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<TaskStatus>,
    /// The progress: how many devices succeeded, failed, wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<TaskProgress>,
}

impl TaskState {
    pub(super) fn of(task: &BatchTask) -> Self {
        Self { status: task.status.clone(), progress: task.task_progress.clone() }
    }
}
