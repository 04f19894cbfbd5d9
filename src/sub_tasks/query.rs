//! Which sub-tasks of which tasks to read.

use std::fmt;
use std::sync::Arc;

use super::stream::{Parts, Selected};
use super::task_head::TaskHead;
use super::{SubTaskCheckpoint, SubTaskOrder, SubTaskStream};
use crate::client::BatchTaskQuery;
use crate::error::Error;
use crate::stream::{Checkpoint, StreamOptions};
use crate::task::BatchTask;

/// As many pages as a window of one list has.
const PREFETCH: usize = 11;

/// As long as an id of the service; no request is made with it.
const ANY_TASK: &str = "000000000000000000000000";

/// Which sub-tasks of which tasks to read, and how; made by [`BatchTaskQuery::sub_tasks`].
///
/// What the query of the tasks was given counts for the list of tasks alone, but for the page size: `max_items` is a number of
/// tasks, and `scan_timeout` bounds the time until the list of tasks has been read, which is before the last sub-tasks are.
///
/// Nothing is checked before [`stream`](Self::stream), and nothing is sent before the stream is polled.
#[derive(Clone)]
#[must_use = "a query does nothing unless streamed"]
pub struct SubTaskQuery {
    tasks: BatchTaskQuery,
    selected: Option<Arc<Selected>>,
    status: Option<String>,
    order: SubTaskOrder,
    prefetch: usize,
    prefetch_bytes: usize,
    resume: Option<SubTaskCheckpoint>,
}

impl BatchTaskQuery {
    /// The sub-tasks of all tasks that the query selects, as one stream: see [`sub_tasks`](crate::sub_tasks).
    pub fn sub_tasks(self) -> SubTaskQuery {
        SubTaskQuery {
            tasks: self,
            selected: None,
            status: None,
            order: SubTaskOrder::default(),
            prefetch: PREFETCH,
            prefetch_bytes: StreamOptions::DEFAULT_PREFETCH_BYTES,
            resume: None,
        }
    }
}

impl SubTaskQuery {
    /// Only sub-tasks of this status: `Fail`, say. A service that does not choose by status gives all, and those of others
    /// are passed over here.
    pub fn status(mut self, status: impl Into<String>) -> Self {
        self.status = Some(status.into());
        self
    }

    /// Only sub-tasks of the tasks that `selected` lets through: no request is made for the others. The tasks come without
    /// their `targets`, which are passed over as they arrive. Resume with the same.
    pub fn filter_tasks(mut self, selected: impl Fn(&BatchTask) -> bool + Send + Sync + 'static) -> Self {
        self.selected = Some(Arc::new(selected));
        self
    }

    /// In which order sub-tasks come; [task by task](SubTaskOrder::OfTasks) by default.
    pub fn order(mut self, order: SubTaskOrder) -> Self {
        self.order = order;
        self
    }

    /// How many pages of sub-tasks are in flight at most, each of another task; 11 by default. 0 and 1 read one page after
    /// another.
    pub fn prefetch(mut self, pages: usize) -> Self {
        self.prefetch = pages;
        self
    }

    /// How many bytes what is read ahead may hold, tasks and sub-tasks together, about; 64 MiB by default.
    pub fn prefetch_bytes(mut self, bytes: usize) -> Self {
        self.prefetch_bytes = bytes;
        self
    }

    /// Continues where an earlier stream of the same query stopped.
    pub fn resume(mut self, checkpoint: SubTaskCheckpoint) -> Self {
        self.resume = Some(checkpoint);
        self
    }

    /// The stream of the sub-tasks.
    ///
    /// # Errors
    /// [`Error::Argument`] when an argument of either level breaks a rule, or the checkpoint to resume is of another query.
    /// Nothing was sent.
    pub fn stream(self) -> Result<SubTaskStream, Error> {
        let Self { tasks, selected, status, order, prefetch, prefetch_bytes, resume } = self;
        // Tasks are few and large, sub-tasks many and small: a quarter of the budget is for the tasks.
        let of_tasks = prefetch_bytes / 4;
        let (client, page_size) = (tasks.client().clone(), tasks.records_a_page());
        let wanted = status.clone();
        let open = move |task_id: &str, is_filtered: bool, resume: Option<Checkpoint>| {
            // One page at a time: pages of rows without an id follow from each other, and tasks lie side by side.
            let mut query = client.batch_task_details(task_id).prefetch(0);
            if let (true, Some(status)) = (is_filtered, &wanted) {
                query = query.task_detail_status(status);
            }
            if let Some(records) = page_size {
                query = query.page_size(records);
            }
            query.resume_from(resume).stream()
        };
        // What every task's sub-tasks are requested with is refused now, not by the first task.
        drop(open(ANY_TASK, true, None)?);
        let mut tasks = tasks.prefetch_bytes(of_tasks);
        if let Some(resume) = &resume {
            tasks = tasks.resume(resume.tasks.clone());
        }
        let prefetch_bytes = prefetch_bytes - of_tasks;
        let parts = Parts { open: Box::new(open), selected, status, order, prefetch, prefetch_bytes };
        SubTaskStream::new(tasks.lists_of(TaskHead::create_time)?.stream()?, parts, resume)
    }
}

impl fmt::Debug for SubTaskQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubTaskQuery")
            .field("tasks", &self.tasks)
            .field("status", &self.status)
            .field("order", &self.order)
            .finish_non_exhaustive()
    }
}
