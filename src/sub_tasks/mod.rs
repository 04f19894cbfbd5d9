//! The sub-tasks of many tasks as one stream: two levels of lists, one read-ahead, one byte budget, one checkpoint.
//!
//! ```text
//!  list of tasks ─► task ─┬─► sub-tasks of task 1, page after page ─┐
//!                         ├─► sub-tasks of task 2 ──────────────────┼─► sub-task, sub-task ... ─► your loop
//!                         └─► sub-tasks of task 3 ──────────────────┘                          └─► checkpoint()
//! ```
//!
//! ```
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let simulator = iotda_simulator::Simulator::builder().tasks(40).targets_per_task(60).start().await?;
//! # let client = iotda_batch_tasks::Client::builder()
//! #     .endpoint(simulator.endpoint()).project_id("0a").token("any").build()?;
//! use futures::TryStreamExt;
//! use iotda_batch_tasks::TaskType;
//!
//! let query = client.batch_tasks(TaskType::SoftwareUpgrade).sub_tasks().status("Fail");
//! let mut failed = query.clone().stream()?;
//! while let Some(row) = failed.try_next().await? {
//!     let reason = row.detail.error.as_ref().and_then(|error| error.error_msg.as_deref());
//!     println!("{} {:?} {reason:?}", row.task.task_id, row.detail.target);
//! }
//! let line = failed.checkpoint().to_string(); // later, in another process:
//! assert!(query.resume(line.parse()?).stream()?.try_next().await?.is_none());
//! # Ok(())
//! # }
//! ```
//!
//! Sub-tasks have no id, so the pages of one task are requested one after another; tasks are read side by side. Each row
//! that is there for the whole scan comes once, under the rules of [rows without an id](crate::lists#rows-without-an-id). A
//! task that is deleted meanwhile ends where it is.
//!
//! The sub-tasks of several projects are one stream too: see [`fleet`](crate::fleet#sub-tasks).

// Knows streams of tasks and of sub-tasks; must not know pages, markers or HTTP.

mod begun;
mod checkpoint;
mod open_task;
mod page;
mod query;
mod stream;
mod task_head;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use checkpoint::SubTaskCheckpoint;
pub use query::SubTaskQuery;
pub use stream::{SubTaskOrder, SubTaskStream};

use crate::columns::{Column, ColumnType, Columns};
use crate::lists::TaskDetail;
use crate::task::BatchTask;

/// One sub-task, and the task that it belongs to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SubTask {
    /// The task when its list was read, without its targets, document and further information: these may be large, and
    /// sub-tasks can wait for their turn.
    pub task: Arc<BatchTask>,
    /// How it went for one of the targets.
    pub detail: TaskDetail,
}

impl SubTask {
    /// A sub-task of `task`.
    #[must_use]
    pub fn new(task: impl Into<Arc<BatchTask>>, detail: TaskDetail) -> Self {
        Self { task: task.into(), detail }
    }
}

impl Columns for SubTask {
    const NAME: &'static str = "sub_task";

    fn columns() -> &'static [Column<Self>] {
        use ColumnType::{Text, Timestamp};

        const {
            &[
                Column::new("task_id", Text, |row: &SubTask| row.task.task_id.as_str().into()).required(),
                Column::new("task_name", Text, |row| row.task.task_name.as_deref().into()),
                Column::new("task_type", Text, |row| row.task.task_type.as_ref().map(|it| it.as_str()).into()),
                Column::new("create_time", Timestamp, |row| row.task.create_time.into()),
                Column::new("target", Text, |row| row.detail.target.as_deref().into()),
                Column::new("status", Text, |row| row.detail.status.as_deref().into()),
                Column::new("output", Text, |row| row.detail.output.as_deref().into()),
                Column::new("error_code", Text, |row| {
                    row.detail.error.as_ref().and_then(|it| it.error_code.as_deref()).into()
                }),
                Column::new("error_msg", Text, |row| {
                    row.detail.error.as_ref().and_then(|it| it.error_msg.as_deref()).into()
                }),
            ]
        }
    }
}
