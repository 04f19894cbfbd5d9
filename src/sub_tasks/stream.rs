//! Tasks flattened into their sub-tasks.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use tokio::time::Instant;

use super::open_task::{OpenTask, Polled};
use super::{SubTask, SubTaskCheckpoint};
use crate::error::Error;
use crate::lists::TaskDetail;
use crate::stream::{Checkpoint, Progress, ReadAhead, RecordStream};
use crate::task::BatchTask;

/// Opens the sub-tasks of a task, filtered by status or not, from a position.
pub(super) type Open = dyn Fn(&str, bool, Option<Checkpoint>) -> Result<RecordStream<TaskDetail>, Error> + Send + Sync;
pub(super) type Selected = dyn Fn(&BatchTask) -> bool + Send + Sync;

/// So many tasks are begun for each that can be read at once. A checkpoint holds all that are begun.
const MOST_WAITING: usize = 4;

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
/// the list of tasks is read beside that. A record that cannot be read is an `Err` in its place. A page that cannot be read
/// is the last item; the [`checkpoint`](Self::checkpoint) stays valid and continues with the very next sub-task.
///
/// # Cancel safety
/// `next()` and the like are cancel-safe. Dropping the stream aborts its requests.
#[must_use = "streams do nothing unless polled"]
pub struct SubTaskStream {
    tasks: RecordStream<BatchTask>,
    has_more_tasks: bool,
    /// Why no more tasks come, once those that are begun are handed out.
    failed: Option<Error>,
    /// A task that could not be read: it is handed out in the poll that meets it.
    unreadable: Option<Error>,
    parts: Parts,
    /// Whether the service is asked to choose by status: not once it has refused to.
    is_filtered: bool,
    /// The tasks that are begun, in the order of their list.
    begun: VecDeque<OpenTask>,
    /// Of what is ready.
    bytes: usize,
    ahead: ReadAhead,
    /// In order as they come, the task whose page is being handed out.
    turn: usize,
    is_ended: bool,
    /// Whether a page was handed out since more were requested.
    is_stale: bool,
    progress: Progress,
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
        tasks: RecordStream<BatchTask>,
        parts: Parts,
        resume: Option<SubTaskCheckpoint>,
    ) -> Result<Self, Error> {
        let (begun, delivered) = resume.map_or((Vec::new(), 0), |resume| (resume.begun, resume.delivered));
        let is_filtered = parts.status.is_some() && begun.iter().all(|begun| begun.is_filtered);
        let begun = begun.into_iter().map(|begun| OpenTask::resume(begun, &*parts.open)).collect::<Result<_, _>>()?;
        Ok(Self {
            tasks,
            has_more_tasks: true,
            failed: None,
            unreadable: None,
            is_filtered,
            begun,
            bytes: 0,
            ahead: ReadAhead::up_to(parts.prefetch.max(1)),
            turn: 0,
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
        let begun = self.begun.iter().filter(|task| !task.is_complete()).map(OpenTask::position).collect();
        SubTaskCheckpoint::new(self.tasks.checkpoint(), begun, self.progress.delivered)
    }

    /// What the stream has done so far: `delivered` counts sub-tasks, rows of another status included; `pages` are pages of
    /// sub-tasks; requests are those of both levels.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let (mut requests, mut retries) = (self.progress.requests, self.progress.retries);
        for task in &self.begun {
            let (of_task, again) = task.requests();
            requests += of_task;
            retries += again;
        }
        let tasks = self.tasks.progress();
        Progress { requests: requests + tasks.requests, retries: retries + tasks.retries, ..self.progress }
    }

    /// How many tasks were begun and not handed out whole, and how many bytes of their rows are ready.
    #[must_use]
    pub fn begun(&self) -> (usize, usize) {
        (self.begun.len(), self.bytes)
    }

    /// Requests what the read-ahead allows, and takes what has come.
    fn refill(&mut self, cx: &mut Context<'_>) {
        self.is_stale = false;
        loop {
            self.begin_tasks(cx);
            let reading = self.begun.iter().enumerate().filter(|(_, task)| task.is_reading());
            let reading: Vec<usize> = reading.map(|(index, _)| index).take(self.ahead.depth()).collect();
            let before = reading.len();
            reading.into_iter().for_each(|index| self.read_ahead(index, cx));
            // A task that has ended makes room for another.
            let has_room = self.reading() < before && self.may_begin();
            if !self.retire() && !has_room {
                return;
            }
        }
    }

    fn reading(&self) -> usize {
        self.begun.iter().filter(|task| task.is_reading()).count()
    }

    /// Whether another task may be begun: while a long one is read, some others wait to be handed out.
    fn may_begin(&self) -> bool {
        let depth = self.ahead.depth();
        let has_room = self.bytes == 0 || self.bytes < self.parts.prefetch_bytes;
        self.has_more_tasks
            && self.unreadable.is_none()
            && self.begun.len() < MOST_WAITING * depth
            && (self.begun.is_empty() || has_room)
            && self.reading() < depth
    }

    fn begin_tasks(&mut self, cx: &mut Context<'_>) {
        while self.may_begin() {
            match Pin::new(&mut self.tasks).poll_next(cx) {
                Poll::Pending => return,
                Poll::Ready(Some(Ok(task))) => {
                    if self.parts.selected.as_ref().is_some_and(|selected| !selected(&task)) {
                        continue;
                    }
                    match OpenTask::begin(task, self.is_filtered, &*self.parts.open) {
                        Ok(task) => self.begun.push_back(task),
                        Err(error) => self.unreadable = Some(error),
                    }
                }
                Poll::Ready(Some(Err(error @ Error::Record(_)))) => self.unreadable = Some(error),
                Poll::Ready(Some(Err(error))) => (self.has_more_tasks, self.failed) = (false, Some(error)),
                Poll::Ready(None) => self.has_more_tasks = false,
            }
        }
    }

    /// Reads a task on as far as the budget allows. The task whose turn is next is always allowed a page.
    fn read_ahead(&mut self, index: usize, cx: &mut Context<'_>) {
        let Some(task) = self.begun.get_mut(index) else { return };
        loop {
            let is_waited_for = self.bytes == 0 || (index == 0 && !task.has_row());
            if !is_waited_for && self.bytes >= self.parts.prefetch_bytes {
                return;
            }
            match task.poll_page(&*self.parts.open, &mut self.is_filtered, cx) {
                Polled::Page(bytes) => {
                    self.bytes += bytes;
                    self.progress.pages += 1;
                }
                Polled::Pending | Polled::Ended => return,
            }
        }
    }

    /// Forgets the tasks that are handed out whole. Returns whether there were any.
    fn retire(&mut self) -> bool {
        let before = self.begun.len();
        let progress = &mut self.progress;
        self.begun.retain(|task| {
            if task.is_complete() {
                let (requests, retries) = task.requests();
                progress.requests += requests;
                progress.retries += retries;
            }
            !task.is_complete()
        });
        self.begun.len() < before
    }

    /// The next item, if it is there.
    fn take(&mut self) -> Option<Result<SubTask, Error>> {
        if let Some(error) = self.unreadable.take() {
            return Some(Err(error));
        }
        loop {
            let index = match self.parts.order {
                SubTaskOrder::OfTasks => 0,
                SubTaskOrder::AsTheyCome => {
                    let number = self.begun.len();
                    let from_here = (self.turn..number).chain(0..self.turn.min(number));
                    from_here.into_iter().find(|index| self.begun[*index].has_row())?
                }
            };
            let task = self.begun.get_mut(index)?;
            let (row, page_end) = task.take()?;
            self.turn = index;
            self.progress.delivered += 1;
            if let Some(bytes) = page_end {
                self.bytes -= bytes;
                self.turn = index + 1;
                self.is_stale = true;
            }
            let task = Arc::clone(&task.task);
            match row {
                Ok(detail) if self.parts.status.is_some() && detail.status != self.parts.status => {}
                row => return Some(row.map(|detail| SubTask { task, detail })),
            }
        }
    }

    /// What ended the stream, where that is next.
    fn take_failure(&mut self) -> Option<Error> {
        let task = match self.parts.order {
            SubTaskOrder::OfTasks => self.begun.front_mut().and_then(OpenTask::take_failure),
            SubTaskOrder::AsTheyCome => self.begun.iter_mut().find_map(OpenTask::take_failure),
        };
        if task.is_some() {
            return task;
        }
        if self.begun.is_empty() { self.failed.take() } else { None }
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<SubTask, Error>>> {
        if self.is_stale {
            self.refill(cx);
        }
        loop {
            if let Some(item) = self.take() {
                return Poll::Ready(Some(item));
            }
            self.ahead.wait(self.progress.pages, Instant::now());
            self.refill(cx);
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
            let is_over = self.begun.is_empty() && !self.has_more_tasks;
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
            self.begun.iter_mut().for_each(OpenTask::stop);
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
