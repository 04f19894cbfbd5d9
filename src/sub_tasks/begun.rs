//! The tasks that are begun: which of them are read, and whose sub-task comes next.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Context;

use super::SubTaskOrder;
use super::checkpoint::BegunTask;
use super::open_task::{OpenTask, Polled, Requests};
use super::page::Row;
use super::stream::Parts;
use crate::error::Error;
use crate::task::BatchTask;

/// So many tasks are begun for each that can be read at once. A checkpoint holds all that are begun.
const MOST_WAITING: usize = 4;

/// The tasks that are begun, in the order of their list.
pub(super) struct Begun {
    tasks: VecDeque<OpenTask>,
    /// Of the pages that are ready.
    bytes: usize,
    /// In order as they come, the task whose page is being handed out.
    turn: usize,
    /// The task that the latest row came from, until tasks are begun or retired.
    latest: Option<usize>,
}

impl Begun {
    pub(super) fn resume(begun: Vec<BegunTask>, parts: &Parts) -> Result<Self, Error> {
        let tasks = begun.into_iter().map(|begun| OpenTask::resume(begun, &*parts.open)).collect::<Result<_, _>>()?;
        Ok(Self { tasks, bytes: 0, turn: 0, latest: None })
    }

    /// How many tasks there are.
    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    /// How many bytes of rows are ready.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many tasks may have more pages.
    pub(super) fn reading(&self) -> usize {
        self.tasks.iter().filter(|task| task.is_reading()).count()
    }

    /// Whether another task may be begun, with so many read at once: while a long one is read, some others wait to be
    /// handed out.
    pub(super) fn has_room(&self, depth: usize, parts: &Parts) -> bool {
        let has_bytes = self.bytes == 0 || self.bytes < parts.prefetch_bytes;
        (self.tasks.is_empty() || (has_bytes && self.tasks.len() < MOST_WAITING * depth)) && self.reading() < depth
    }

    pub(super) fn add(&mut self, task: OpenTask) {
        self.tasks.push_back(task);
    }

    /// Reads so many tasks on, as far as the budget allows. Returns how many pages came.
    pub(super) fn read_ahead(
        &mut self,
        depth: usize,
        parts: &Parts,
        is_filtered: &mut bool,
        cx: &mut Context<'_>,
    ) -> u64 {
        let (mut pages, mut read) = (0, 0);
        for index in 0..self.tasks.len() {
            if read == depth {
                break;
            }
            if self.tasks[index].is_reading() {
                read += 1;
                pages += self.read_task(index, parts, is_filtered, cx);
            }
        }
        pages
    }

    /// Reads one task on. The task whose turn is next is always allowed a page.
    fn read_task(&mut self, index: usize, parts: &Parts, is_filtered: &mut bool, cx: &mut Context<'_>) -> u64 {
        let task = &mut self.tasks[index];
        let mut pages = 0;
        loop {
            let is_waited_for = self.bytes == 0 || (index == 0 && !task.has_row());
            if !is_waited_for && self.bytes >= parts.prefetch_bytes {
                return pages;
            }
            match task.poll_page(&*parts.open, is_filtered, cx) {
                Polled::Page(bytes) => {
                    self.bytes += bytes;
                    pages += 1;
                }
                Polled::Pending | Polled::Ended => return pages,
            }
        }
    }

    /// Forgets the tasks that are handed out whole; returns the requests that they took, if there were any.
    pub(super) fn retire(&mut self) -> Option<Requests> {
        self.latest = None;
        let (mut requests, before) = (Requests::default(), self.tasks.len());
        self.tasks.retain(|task| {
            if task.is_complete() {
                requests.add(task.requests());
            }
            !task.is_complete()
        });
        (self.tasks.len() < before).then_some(requests)
    }

    /// The next row and its task, if it is there; and whether a page was handed out with it.
    pub(super) fn take(&mut self, order: SubTaskOrder) -> Option<(Arc<BatchTask>, Row, bool)> {
        let index = match order {
            SubTaskOrder::OfTasks => 0,
            SubTaskOrder::AsTheyCome => {
                let number = self.tasks.len();
                let from_here = (self.turn..number).chain(0..self.turn.min(number));
                from_here.into_iter().find(|index| self.tasks[*index].has_row())?
            }
        };
        let task = self.tasks.get_mut(index)?;
        let (row, page_end) = task.take()?;
        (self.turn, self.latest) = (index, Some(index));
        if let Some(bytes) = page_end {
            self.bytes -= bytes;
            self.turn = index + 1;
        }
        Some((task.task(), row, page_end.is_some()))
    }

    /// What ended the stream, where that is next.
    pub(super) fn take_failure(&mut self, order: SubTaskOrder) -> Option<Error> {
        match order {
            SubTaskOrder::OfTasks => self.tasks.front_mut().and_then(OpenTask::take_failure),
            SubTaskOrder::AsTheyCome => self.tasks.iter_mut().find_map(OpenTask::take_failure),
        }
    }

    /// Where each task that is not handed out whole continues.
    pub(super) fn positions(&self) -> Vec<BegunTask> {
        self.tasks.iter().filter(|task| !task.is_complete()).map(OpenTask::position).collect()
    }

    /// The same before the row that came last.
    pub(super) fn positions_before_latest(&self) -> Vec<BegunTask> {
        let position = |(index, task): (usize, &OpenTask)| match self.latest == Some(index) {
            true => Some(task.position_before_latest()),
            false => (!task.is_complete()).then(|| task.position()),
        };
        self.tasks.iter().enumerate().filter_map(position).collect()
    }

    /// The requests of all tasks that are begun.
    pub(super) fn requests(&self) -> Requests {
        let mut requests = Requests::default();
        self.tasks.iter().for_each(|task| requests.add(task.requests()));
        requests
    }

    /// Aborts what is in flight, and forgets what is ready: the positions are before it.
    pub(super) fn stop(&mut self) {
        self.tasks.iter_mut().for_each(OpenTask::stop);
        self.bytes = 0;
    }
}
