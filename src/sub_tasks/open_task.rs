//! One task whose sub-tasks are being read: its pages that are ready, and where they begin.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::checkpoint::BegunTask;
use super::page::{Page, Row};
use super::stream::Open;
use crate::error::Error;
use crate::lists::TaskDetail;
use crate::stream::{Checkpoint, PageStream, Progress};
use crate::task::BatchTask;

/// A task that is begun.
///
/// `after` and `delivered` say what was handed out; pages that are ready count as not read.
pub(super) struct OpenTask {
    task: Arc<BatchTask>,
    state: State,
    is_filtered: bool,
    /// The end of the last page that was handed out whole; the head if absent.
    after: Option<Checkpoint>,
    /// How many rows after that were handed out.
    delivered: u64,
    /// Both before the latest row, where that was the last of its page.
    before_page_end: Option<(Option<Checkpoint>, u64)>,
    /// How many of the rows to come were handed out before a resume.
    to_skip: u64,
    ready: VecDeque<Page>,
    requests: Requests,
    /// Of the pages that `state` does not read any more.
    earlier: Requests,
}

/// Whether more pages come.
///
/// ```text
///  Reading ──the last page came, or the task is gone──> Complete
///     │
///     ├──a page, or the whole list, cannot be read──> Failed ──reported──> Stopped
///     └──the stream ends──> Stopped
/// ```
enum State {
    Reading(PageStream<TaskDetail>),
    /// Every page is ready or was handed out.
    Complete,
    /// Once what is ready was handed out, this error comes.
    Failed(Error),
    /// A later stream reads on.
    Stopped,
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

/// How many requests were made, and how many of them again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Requests {
    pub(super) made: u64,
    pub(super) again: u64,
}

impl Requests {
    pub(super) fn add(&mut self, other: Self) {
        self.made += other.made;
        self.again += other.again;
    }
}

impl From<Progress> for Requests {
    fn from(progress: Progress) -> Self {
        Self { made: progress.requests, again: progress.retries }
    }
}

impl OpenTask {
    /// Begins at the head. A task whose sub-tasks cannot be requested fails in its turn.
    pub(super) fn begin(mut task: BatchTask, is_filtered: bool, open: &Open) -> Self {
        (task.targets, task.targets_filter, task.document, task.task_ext_info) = (None, None, None, None);
        let state = match open(&task.task_id, is_filtered, None) {
            Ok(rows) => State::Reading(rows.pages()),
            Err(error) => State::Failed(error),
        };
        Self {
            task: Arc::new(task),
            state,
            is_filtered,
            after: None,
            delivered: 0,
            before_page_end: None,
            to_skip: 0,
            ready: VecDeque::new(),
            requests: Requests::default(),
            earlier: Requests::default(),
        }
    }

    /// Continues; refuses a position that is not of this list.
    pub(super) fn resume(begun: BegunTask, open: &Open) -> Result<Self, Error> {
        let BegunTask { task, is_filtered, after, delivered } = begun;
        let mut resumed = Self { delivered, to_skip: delivered, ..Self::begin(task, is_filtered, open) };
        if let Some(after) = after {
            resumed.state = State::Reading(open(&resumed.task.task_id, is_filtered, Some(after.clone()))?.pages());
            resumed.after = Some(after);
        }
        Ok(resumed)
    }

    pub(super) fn task(&self) -> Arc<BatchTask> {
        Arc::clone(&self.task)
    }

    pub(super) fn position(&self) -> BegunTask {
        self.position_at(self.after.clone(), self.delivered)
    }

    /// The position before the row that came last.
    pub(super) fn position_before_latest(&self) -> BegunTask {
        match &self.before_page_end {
            Some((after, delivered)) => self.position_at(after.clone(), *delivered),
            None => self.position_at(self.after.clone(), self.delivered.saturating_sub(1)),
        }
    }

    fn position_at(&self, after: Option<Checkpoint>, delivered: u64) -> BegunTask {
        BegunTask { task: BatchTask::clone(&self.task), is_filtered: self.is_filtered, after, delivered }
    }

    /// Requests the next page and takes it when it is there. `is_filtered` becomes
    /// false where the service does not choose by status.
    pub(super) fn poll_page(&mut self, open: &Open, is_filtered: &mut bool, cx: &mut Context<'_>) -> Polled {
        loop {
            let State::Reading(pages) = &mut self.state else { return Polled::Ended };
            let polled = Pin::new(&mut *pages).poll_next(cx);
            self.requests = pages.progress().into();
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
            self.earlier.add(std::mem::take(&mut self.requests));
            self.state = State::Reading(open(&self.task.task_id, false, None)?.pages());
            return Ok(());
        }
        Err(error)
    }

    /// Keeps a page, but for the rows that were handed out before. Returns its bytes, unless nothing of it is left.
    fn add(&mut self, rows: Vec<Row>, end: Checkpoint) -> Option<usize> {
        let skipped = self.to_skip.min(rows.len() as u64);
        self.to_skip -= skipped;
        if skipped == rows.len() as u64 {
            debug_assert!(self.ready.is_empty(), "only the first pages after a resume are skipped");
            (self.after, self.delivered) = (Some(end), self.to_skip);
            return None;
        }
        let page = Page::new(rows.into_iter().skip(skipped as usize), end);
        let bytes = page.bytes();
        self.ready.push_back(page);
        Some(bytes)
    }

    pub(super) fn has_row(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Hands out the next row; with the bytes of the page where it was the last of it.
    pub(super) fn take(&mut self) -> Option<(Row, Option<usize>)> {
        let page = self.ready.front_mut()?;
        let row = page.take()?;
        if !page.is_empty() {
            self.before_page_end = None;
            self.delivered += 1;
            return Some((row, None));
        }
        let page = self.ready.pop_front()?;
        let bytes = page.bytes();
        let before = (self.after.replace(page.into_end()), std::mem::take(&mut self.delivered));
        self.before_page_end = Some(before);
        Some((row, Some(bytes)))
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

    pub(super) fn requests(&self) -> Requests {
        let mut requests = self.earlier;
        requests.add(self.requests);
        requests
    }
}
