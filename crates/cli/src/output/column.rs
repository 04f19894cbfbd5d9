//! What each column shows of a task.

// Knows names and values, not how wide or how quoted they are written.

use clap::ValueEnum;
use iotda_batch_tasks::{BatchTask, TaskProgress};
use jiff::Timestamp;

/// A column, by the name that the service gives its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Column {
    #[value(alias = "id")]
    TaskId,
    #[value(alias = "name")]
    TaskName,
    #[value(alias = "type")]
    TaskType,
    Status,
    #[value(alias = "created")]
    CreateTime,
    Total,
    Success,
    Fail,
    Processing,
    Waitting,
    FailWaitRetry,
    Stopped,
    Removed,
    /// How many there are.
    Targets,
    StatusDesc,
    /// How many executions succeeded, of all.
    Progress,
}

/// What a task has in a column.
#[derive(Debug)]
pub(crate) enum Cell<'a> {
    /// Free text: it may contain any character.
    Text(&'a str),
    /// What needs no quotes.
    Plain(String),
    Time(Timestamp),
    Absent,
}

impl Column {
    /// All that a task has one value for, as csv has them by default.
    pub(crate) const FIELDS: &[Self] = &[
        Self::TaskId,
        Self::TaskName,
        Self::TaskType,
        Self::Status,
        Self::CreateTime,
        Self::Total,
        Self::Success,
        Self::Fail,
        Self::Processing,
        Self::Waitting,
        Self::FailWaitRetry,
        Self::Stopped,
        Self::Removed,
        Self::Targets,
        Self::StatusDesc,
    ];

    /// What people look at first, as a table has them by default.
    pub(crate) const GLANCE: &[Self] =
        &[Self::TaskId, Self::TaskName, Self::TaskType, Self::Status, Self::Progress, Self::CreateTime];

    /// The name on the command line and in the first line of csv.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TaskId => "task_id",
            Self::TaskName => "task_name",
            Self::TaskType => "task_type",
            Self::Status => "status",
            Self::CreateTime => "create_time",
            Self::Total => "total",
            Self::Success => "success",
            Self::Fail => "fail",
            Self::Processing => "processing",
            Self::Waitting => "waitting",
            Self::FailWaitRetry => "fail_wait_retry",
            Self::Stopped => "stopped",
            Self::Removed => "removed",
            Self::Targets => "targets",
            Self::StatusDesc => "status_desc",
            Self::Progress => "progress",
        }
    }

    pub(crate) fn cell(self, task: &BatchTask) -> Cell<'_> {
        match self {
            Self::TaskId => Cell::Text(&task.task_id),
            Self::TaskName => text_of(task.task_name.as_deref()),
            Self::TaskType => text_of(task.task_type.as_ref().map(|task_type| task_type.as_str())),
            Self::Status => text_of(task.status.as_ref().map(|status| status.as_str())),
            Self::StatusDesc => text_of(task.status_desc.as_deref()),
            Self::CreateTime => task.create_time.map_or(Cell::Absent, Cell::Time),
            Self::Targets => plain(task.targets.as_ref().map(|targets| targets.len())),
            _ => task.task_progress.as_ref().map_or(Cell::Absent, |progress| self.of_progress(progress)),
        }
    }

    fn of_progress(self, progress: &TaskProgress) -> Cell<'static> {
        plain(match self {
            Self::Total => progress.total,
            Self::Success => progress.success,
            Self::Fail => progress.fail,
            Self::Processing => progress.processing,
            Self::Waitting => progress.waitting,
            Self::FailWaitRetry => progress.fail_wait_retry,
            Self::Stopped => progress.stopped,
            Self::Removed => progress.removed,
            _ => return Cell::Plain(succeeded(progress)),
        })
    }
}

fn text_of(text: Option<&str>) -> Cell<'_> {
    text.map_or(Cell::Absent, Cell::Text)
}

fn plain(number: Option<impl ToString>) -> Cell<'static> {
    number.map_or(Cell::Absent, |number| Cell::Plain(number.to_string()))
}

/// How many executions succeeded, of all; nothing if neither is known.
pub(crate) fn succeeded(progress: &TaskProgress) -> String {
    match (progress.success, progress.total) {
        (Some(success), Some(total)) => format!("{success}/{total}"),
        (Some(success), None) => format!("{success}/?"),
        (None, Some(total)) => format!("?/{total}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_called_the_same_everywhere() {
        for column in Column::value_variants() {
            assert_eq!(column.to_possible_value().unwrap().get_name(), column.name());
            assert_eq!(Column::from_str(column.name(), false), Ok(*column));
        }
    }
}
