//! The columns of batch tasks and of their sub-tasks.

use super::ColumnType::{Boolean, Integer, Json, Text, TextList, Timestamp};
use super::{Column, Columns, Value};
use crate::lists::TaskDetail;
use crate::task::{BatchTask, TaskPolicy, TaskProgress};

/// What the numbers of `task_progress` count.
const SUB_TASKS: &str = "sub-tasks";

impl Columns for BatchTask {
    const NAME: &'static str = "batch_task";

    fn columns() -> &'static [Column<Self>] {
        const {
            &[
                Column::new("task_id", Text, |task: &BatchTask| task.task_id.as_str().into()).required(),
                Column::new("task_name", Text, |task| task.task_name.as_deref().into()),
                Column::new("task_type", Text, |task| task.task_type.as_ref().map(|it| it.as_str()).into()),
                Column::new("status", Text, |task| task.status.as_ref().map(|it| it.as_str()).into()),
                Column::new("create_time", Timestamp, |task| task.create_time.into()),
                Column::new("total", Integer, |task| count(task, |it| it.total)).with_unit(SUB_TASKS),
                Column::new("success", Integer, |task| count(task, |it| it.success)).with_unit(SUB_TASKS),
                Column::new("fail", Integer, |task| count(task, |it| it.fail)).with_unit(SUB_TASKS),
                Column::new("processing", Integer, |task| count(task, |it| it.processing)).with_unit(SUB_TASKS),
                Column::new("waitting", Integer, |task| count(task, |it| it.waitting)).with_unit(SUB_TASKS),
                Column::new("fail_wait_retry", Integer, |task| count(task, |it| it.fail_wait_retry))
                    .with_unit(SUB_TASKS),
                Column::new("stopped", Integer, |task| count(task, |it| it.stopped)).with_unit(SUB_TASKS),
                Column::new("removed", Integer, |task| count(task, |it| it.removed)).with_unit(SUB_TASKS),
                Column::new("targets", TextList, |task| task.targets.as_ref().into()),
                Column::new("status_desc", Text, |task| task.status_desc.as_deref().into()),
                Column::new("task_mode", Text, |task| task.task_mode.as_deref().into()),
                Column::new("need_confirm", Boolean, |task| task.need_confirm.into()),
                Column::new("schedule_time", Timestamp, |task| policy(task, |it| it.schedule_time)),
                Column::new("retry_count", Integer, |task| policy(task, |it| it.retry_count)).with_unit("retries"),
                Column::new("retry_interval", Integer, |task| policy(task, |it| it.retry_interval)).with_unit("min"),
                Column::new("targets_filter", Json, |task| Value::json_of(task.targets_filter.as_ref())),
                Column::new("document", Json, |task| task.document.as_ref().into()),
                Column::new("task_ext_info", Json, |task| task.task_ext_info.as_ref().into()),
            ]
        }
    }
}

fn count(task: &BatchTask, number: fn(&TaskProgress) -> Option<i64>) -> Value<'_> {
    task.task_progress.as_ref().and_then(number).into()
}

fn policy<T>(task: &BatchTask, part: fn(&TaskPolicy) -> Option<T>) -> Value<'_>
where
    Value<'static>: From<T>,
{
    task.task_policy.as_ref().and_then(part).map(Value::<'static>::from).unwrap_or(Value::Null)
}

impl Columns for TaskDetail {
    const NAME: &'static str = "task_detail";

    fn columns() -> &'static [Column<Self>] {
        const {
            &[
                Column::new("target", Text, |row: &TaskDetail| row.target.as_deref().into()),
                Column::new("status", Text, |row| row.status.as_deref().into()),
                Column::new("output", Text, |row| row.output.as_deref().into()),
                Column::new("error_code", Text, |row| {
                    row.error.as_ref().and_then(|it| it.error_code.as_deref()).into()
                }),
                Column::new("error_msg", Text, |row| row.error.as_ref().and_then(|it| it.error_msg.as_deref()).into()),
            ]
        }
    }
}
