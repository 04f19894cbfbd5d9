//! Tasks flattened into their sub-tasks.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use tokio::time::Instant;

use super::begun::Begun;
use super::open_task::OpenTask;
use super::task_head::TaskHead;
use super::{SubTask, SubTaskCheckpoint};
use crate::error::Error;
use crate::lists::TaskDetail;
use crate::stream::{Checkpoint, Progress, ReadAhead, RecordStream};
use crate::task::BatchTask;

/// Opens the sub-tasks of a task, filtered by status or not, from a position.
pub(super) type Open = dyn Fn(&str, bool, Option<Checkpoint>) -> Result<RecordStream<TaskDetail>, Error> + Send + Sync;
pub(super) type Selected = dyn Fn(&BatchTask) -> bool + Send + Sync;

/// In which order sub-tasks come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubTaskOrder {
    /// Task by task, in the order of their list. While a long task is handed out, the next ones are read as far as the byte
    /// budget allows.
    #[default]
    OfTasks,
    /// Page by page as they come; those of one task in their order.
    AsTheyCome,
}

/// The sub-tasks of many tasks as one [`Stream`]: see [the module](super).
///
/// At most `prefetch` pages of sub-tasks are in flight, one a task, and those that are ready hold at most `prefetch_bytes`;
/// the list of tasks is read beside that.
///
/// # Errors
/// A sub-task that cannot be read is an `Err` in its place ([`Error::Record`]), and the stream continues after it. A task
/// that cannot be read has no sub-tasks to read: it is an `Err` of the same kind as soon as its list has shown it, which is
/// before the sub-tasks of the tasks that are being read, and the stream continues too. A page that cannot be read, of either
/// level, and a task whose id no request can carry, are the last item, once all before it was handed out; the
/// [`checkpoint`](Self::checkpoint) stays valid and continues with the very next sub-task.
///
/// # Cancel safety
/// `next()` and the like are cancel-safe. Dropping the stream aborts its requests.
#[must_use = "streams do nothing unless polled"]
pub struct SubTaskStream {
    tasks: RecordStream<TaskHead>,
    list: TaskList,
    begun: Begun,
    parts: Parts,
    /// Whether the service is asked to choose by status: not once it has refused to.
    is_filtered: bool,
    ahead: ReadAhead,
    is_ended: bool,
    /// Whether a page was handed out since more were requested.
    is_stale: bool,
    progress: Progress,
}

/// Whether the list of tasks has more of them.
enum TaskList {
    Reading,
    Ended,
    /// Why no more tasks come, once those that are begun are handed out.
    Failed(Error),
}

/// How sub-tasks are read.
pub(super) struct Parts {
    pub(super) open: Box<Open>,
    pub(super) selected: Option<Arc<Selected>>,
    /// Rows of this status alone; rows of others come from a service that does not choose by it.
    pub(super) status: Option<String>,
    pub(super) order: SubTaskOrder,
    pub(super) prefetch: usize,
    pub(super) prefetch_bytes: usize,
}

impl SubTaskStream {
    /// `tasks` must continue where `resume` says.
    pub(super) fn new(
        tasks: RecordStream<TaskHead>,
        parts: Parts,
        resume: Option<SubTaskCheckpoint>,
    ) -> Result<Self, Error> {
        let (begun, delivered) = resume.map_or((Vec::new(), 0), |resume| (resume.begun, resume.delivered));
        Ok(Self {
            tasks,
            list: TaskList::Reading,
            is_filtered: parts.status.is_some() && begun.iter().all(|begun| begun.is_filtered),
            begun: Begun::resume(begun, &parts)?,
            ahead: ReadAhead::up_to(parts.prefetch.max(1)),
            is_ended: false,
            is_stale: false,
            progress: Progress { delivered, ..Progress::default() },
            parts,
        })
    }

    /// The position of the stream: a later stream of the same query continues from here with the very next sub-task.
    ///
    /// It may be taken at any time, after an error too.
    #[must_use]
    pub fn checkpoint(&self) -> SubTaskCheckpoint {
        SubTaskCheckpoint::new(self.tasks.checkpoint(), self.begun.positions(), self.progress.delivered)
    }

    /// The position before the sub-task that came last: a later stream begins with it.
    pub(crate) fn checkpoint_before_latest(&self) -> SubTaskCheckpoint {
        let delivered = self.progress.delivered.saturating_sub(1);
        SubTaskCheckpoint::new(self.tasks.checkpoint(), self.begun.positions_before_latest(), delivered)
    }

    /// What the stream has done so far: `delivered` counts sub-tasks, rows of another status included; `pages` are pages of
    /// sub-tasks; requests are those of both levels.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let (begun, tasks) = (self.begun.requests(), self.tasks.progress());
        Progress {
            requests: self.progress.requests + begun.made + tasks.requests,
            retries: self.progress.retries + begun.again + tasks.retries,
            ..self.progress
        }
    }

    /// What was read of the list of tasks: `delivered` counts the tasks that it showed, and `count` is how many the service
    /// says there are.
    #[must_use]
    pub fn task_progress(&self) -> Progress {
        self.tasks.progress()
    }

    /// How many tasks were begun and not handed out whole, and how many bytes of their rows are ready.
    #[must_use]
    pub fn begun(&self) -> (usize, usize) {
        (self.begun.len(), self.begun.bytes())
    }

    /// Requests what the read-ahead allows, and takes what has come. Returns the error of a task that cannot be read, with
    /// which it has stopped midway.
    fn refill(&mut self, cx: &mut Context<'_>) -> Option<Error> {
        // Until the end of this.
        self.is_stale = true;
        loop {
            if let Some(unreadable) = self.begin_tasks(cx) {
                return Some(unreadable);
            }
            let before = self.begun.reading();
            let pages = self.begun.read_ahead(self.ahead.depth(), &self.parts, &mut self.is_filtered, cx);
            self.progress.pages += pages;
            // A task that has ended makes room for another.
            let has_room = self.begun.reading() < before && self.may_begin();
            let retired = self.begun.retire();
            if retired.is_none() && !has_room {
                self.is_stale = false;
                return None;
            }
            let retired = retired.unwrap_or_default();
            self.progress.requests += retired.made;
            self.progress.retries += retired.again;
        }
    }

    fn may_begin(&self) -> bool {
        matches!(self.list, TaskList::Reading) && self.begun.has_room(self.ahead.depth(), &self.parts)
    }

    /// Begins as many tasks as there is room for, up to one that cannot be read.
    fn begin_tasks(&mut self, cx: &mut Context<'_>) -> Option<Error> {
        while self.may_begin() {
            match Pin::new(&mut self.tasks).poll_next(cx) {
                Poll::Pending => return None,
                Poll::Ready(Some(Ok(TaskHead(task)))) => {
                    if self.parts.selected.as_ref().is_none_or(|selected| selected(&task)) {
                        self.begun.add(OpenTask::begin(task, self.is_filtered, &*self.parts.open));
                    }
                }
                Poll::Ready(Some(Err(unreadable @ Error::Record(_)))) => return Some(unreadable),
                Poll::Ready(Some(Err(error))) => self.list = TaskList::Failed(error),
                Poll::Ready(None) => self.list = TaskList::Ended,
            }
        }
        None
    }

    /// The next item, if it is there.
    fn take(&mut self) -> Option<Result<SubTask, Error>> {
        loop {
            let (task, row, is_page_end) = self.begun.take(self.parts.order)?;
            self.progress.delivered += 1;
            self.is_stale |= is_page_end;
            match row {
                Ok(detail) if self.parts.status.is_some() && detail.status != self.parts.status => {}
                row => return Some(row.map(|detail| SubTask { task, detail })),
            }
        }
    }

    /// What ended the stream, where that is next.
    fn take_failure(&mut self) -> Option<Error> {
        let of_task = self.begun.take_failure(self.parts.order);
        if of_task.is_some() || self.begun.len() > 0 {
            return of_task;
        }
        match std::mem::replace(&mut self.list, TaskList::Ended) {
            TaskList::Failed(error) => Some(error),
            list => {
                self.list = list;
                None
            }
        }
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<SubTask, Error>>> {
        if self.is_stale
            && let Some(unreadable) = self.refill(cx)
        {
            return Poll::Ready(Some(Err(unreadable)));
        }
        loop {
            if let Some(item) = self.take() {
                return Poll::Ready(Some(item));
            }
            self.ahead.wait(self.progress.pages, Instant::now());
            if let Some(unreadable) = self.refill(cx) {
                return Poll::Ready(Some(Err(unreadable)));
            }
            if let Some(item) = self.take() {
                return Poll::Ready(Some(item));
            }
            // A page without a row that counts was taken: on to the next.
            if self.is_stale {
                continue;
            }
            if let Some(error) = self.take_failure() {
                return Poll::Ready(Some(Err(error)));
            }
            let is_over = self.begun.len() == 0 && matches!(self.list, TaskList::Ended);
            return if is_over { Poll::Ready(None) } else { Poll::Pending };
        }
    }
}

impl Stream for SubTaskStream {
    type Item = Result<SubTask, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_ended {
            return Poll::Ready(None);
        }
        let polled = self.poll_item(cx);
        if matches!(polled, Poll::Ready(None | Some(Err(Error::Page(_) | Error::Argument(_))))) {
            self.is_ended = true;
            self.begun.stop();
        }
        polled
    }
}

impl FusedStream for SubTaskStream {
    fn is_terminated(&self) -> bool {
        self.is_ended
    }
}

impl fmt::Debug for SubTaskStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubTaskStream")
            .field("progress", &self.progress())
            .field("begun", &self.begun.len())
            .field("order", &self.parts.order)
            .finish_non_exhaustive()
    }
}
