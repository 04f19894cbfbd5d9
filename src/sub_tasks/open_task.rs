//! One task whose sub-tasks are being read: its pages that are ready, and where they begin.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::checkpoint::BegunTask;
use super::stream::Open;
use crate::error::Error;
use crate::lists::TaskDetail;
use crate::stream::{Checkpoint, PageStream, Progress};
use crate::task::BatchTask;

type Row = Result<TaskDetail, Error>;

/// A task that is begun.
///
/// `after` and `delivered` say what was handed out; pages that are ready count as not read.
pub(super) struct OpenTask {
    pub(super) task: Arc<BatchTask>,
    state: State,
    is_filtered: bool,
    /// The end of the last page that was handed out whole; the head if absent.
    after: Option<Checkpoint>,
    /// How many rows after that were handed out.
    delivered: u64,
    /// How many of the rows to come were handed out before a resume.
    to_skip: u64,
    ready: VecDeque<Page>,
    requests: Progress,
}

/// Whether more pages come.
enum State {
    Reading(PageStream<TaskDetail>),
    /// Every page is ready or was handed out.
    Complete,
    /// Once what is ready was handed out, this error comes.
    Failed(Error),
    /// A later stream reads on.
    Stopped,
}

struct Page {
    rows: VecDeque<Row>,
    bytes: usize,
    end: Checkpoint,
}

/// What a poll of a task's pages brought.
pub(super) enum Polled {
    /// A page of so many bytes is ready.
    Page(usize),
    /// Nothing more comes: the end, or a failure.
    Ended,
    /// A page has to come first.
    Pending,
}

impl OpenTask {
    pub(super) fn begin(mut task: BatchTask, is_filtered: bool, open: &Open) -> Result<Self, Error> {
        (task.targets, task.targets_filter, task.document, task.task_ext_info) = (None, None, None, None);
        Self::resume(BegunTask { task, is_filtered, after: None, delivered: 0 }, open)
    }

    pub(super) fn resume(begun: BegunTask, open: &Open) -> Result<Self, Error> {
        let BegunTask { task, is_filtered, after, delivered } = begun;
        let state = State::Reading(open(&task.task_id, is_filtered, after.clone())?.pages());
        Ok(Self {
            task: Arc::new(task),
            state,
            is_filtered,
            after,
            delivered,
            to_skip: delivered,
            ready: VecDeque::new(),
            requests: Progress::default(),
        })
    }

    pub(super) fn position(&self) -> BegunTask {
        let (task, after) = (BatchTask::clone(&self.task), self.after.clone());
        BegunTask { task, is_filtered: self.is_filtered, after, delivered: self.delivered }
    }

    /// Requests the next page and takes it when it is there. `is_filtered` becomes
    /// false where the service does not choose by status.
    pub(super) fn poll_page(&mut self, open: &Open, is_filtered: &mut bool, cx: &mut Context<'_>) -> Polled {
        loop {
            let State::Reading(pages) = &mut self.state else { return Polled::Ended };
            let polled = Pin::new(&mut *pages).poll_next(cx);
            self.requests = pages.progress();
            match polled {
                Poll::Pending => return Polled::Pending,
                Poll::Ready(Some(Ok(page))) => {
                    let end = pages.checkpoint();
                    if let Some(bytes) = self.add(page.records, end) {
                        return Polled::Page(bytes);
                    }
                }
                Poll::Ready(Some(Err(error))) => match self.handle_failure(error, open, is_filtered) {
                    Ok(()) => {}
                    Err(error) => {
                        self.state = State::Failed(error);
                        return Polled::Ended;
                    }
                },
                Poll::Ready(None) => {
                    self.state = State::Complete;
                    return Polled::Ended;
                }
            }
        }
    }

    /// Reads on where that is possible; else the failure stands.
    fn handle_failure(&mut self, error: Error, open: &Open, is_filtered: &mut bool) -> Result<(), Error> {
        let is_at_the_head = self.after.is_none() && self.ready.is_empty() && self.delivered == 0;
        if error.failure().is_some_and(crate::SourceError::is_no_such_task) {
            tracing::debug!(task = %self.task.task_id, "the task was deleted while its sub-tasks were read");
            self.state = State::Complete;
            return Ok(());
        }
        if self.is_filtered && is_at_the_head && error.is_bad_request() {
            (*is_filtered, self.is_filtered) = (false, false);
            self.state = State::Reading(open(&self.task.task_id, false, None)?.pages());
            return Ok(());
        }
        Err(error)
    }

    /// Keeps a page, but for the rows that were handed out before. Returns its bytes, unless nothing of it is left.
    fn add(&mut self, rows: Vec<Row>, end: Checkpoint) -> Option<usize> {
        let mut rows = VecDeque::from(rows);
        let skipped = self.to_skip.min(rows.len() as u64);
        rows.drain(..skipped as usize);
        self.to_skip -= skipped;
        if rows.is_empty() {
            debug_assert!(self.ready.is_empty(), "only the first pages after a resume are skipped");
            (self.after, self.delivered) = (Some(end), self.to_skip);
            return None;
        }
        let bytes = rows.iter().map(bytes_of).sum();
        self.ready.push_back(Page { rows, bytes, end });
        Some(bytes)
    }

    pub(super) fn has_row(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Hands out the next row; with the bytes of the page where it was the last of it.
    pub(super) fn take(&mut self) -> Option<(Row, Option<usize>)> {
        let page = self.ready.front_mut()?;
        let row = page.rows.pop_front()?;
        self.delivered += 1;
        if !page.rows.is_empty() {
            return Some((row, None));
        }
        let page = self.ready.pop_front()?;
        (self.after, self.delivered) = (Some(page.end), 0);
        Some((row, Some(page.bytes)))
    }

    /// Whether more pages may be requested.
    pub(super) fn is_reading(&self) -> bool {
        matches!(self.state, State::Reading(_))
    }

    /// Whether everything was handed out.
    pub(super) fn is_complete(&self) -> bool {
        self.ready.is_empty() && matches!(self.state, State::Complete)
    }

    /// Why it ended, where everything before that was handed out.
    pub(super) fn take_failure(&mut self) -> Option<Error> {
        if !self.ready.is_empty() || !matches!(self.state, State::Failed(_)) {
            return None;
        }
        match std::mem::replace(&mut self.state, State::Stopped) {
            State::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// Aborts what is in flight, and forgets what is ready: the position is before it.
    pub(super) fn stop(&mut self) {
        if !self.is_complete() {
            self.state = State::Stopped;
            self.ready.clear();
        }
    }

    /// Requests, and those made again.
    pub(super) fn requests(&self) -> (u64, u64) {
        (self.requests.requests, self.requests.retries)
    }
}

/// About how much memory a row takes.
fn bytes_of(row: &Row) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let texts = row.as_ref().map_or(0, |row| {
        let error = row.error.as_ref().map_or(0, |error| text(&error.error_code) + text(&error.error_msg));
        text(&row.target) + text(&row.status) + text(&row.output) + error
    });
    size_of::<Row>() + texts
}
