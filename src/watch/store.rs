//! A table of tasks that a watch keeps current, for several readers.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use tokio::sync::watch;

use super::stream::Event;
use super::{Change, WatchCheckpoint, WatchStream, WatchedList};
use crate::error::{ArgumentError, Error};
use crate::task::BatchTask;

/// The tasks of a query as they are now, as far as a watch has seen: made by
/// `BatchTaskQuery::store` or by [`new`](Self::new), filled and kept current by the [`StoreStream`] beside it.
///
/// A clone is another reader of the same table. Reading never waits for a request.
#[derive(Clone)]
pub struct TaskStore {
    tasks: Arc<RwLock<BTreeMap<String, Arc<BatchTask>>>>,
    version: watch::Receiver<u64>,
}

impl TaskStore {
    /// A table of the tasks of these lists, and the stream that fills it and keeps it current by looking every `interval`.
    ///
    /// # Errors
    /// As [`WatchStream::new`].
    pub fn new(lists: Vec<WatchedList>, interval: Duration) -> Result<(Self, StoreStream), ArgumentError> {
        let lists = lists.into_iter().map(WatchedList::keep_first).collect();
        let changes = WatchStream::new(lists, interval, None)?;
        let (version, reader) = watch::channel(0);
        let tasks = Arc::default();
        let store = Self { tasks: Arc::clone(&tasks), version: reader };
        Ok((store, StoreStream { changes, is_filled: false, tasks, version }))
    }

    /// The task of this id.
    #[must_use]
    pub fn get(&self, task_id: &str) -> Option<Arc<BatchTask>> {
        self.tasks.read().unwrap_or_else(PoisonError::into_inner).get(task_id).cloned()
    }

    /// All tasks, the largest id first: newest first.
    #[must_use]
    pub fn tasks(&self) -> Vec<Arc<BatchTask>> {
        self.tasks.read().unwrap_or_else(PoisonError::into_inner).values().rev().cloned().collect()
    }

    /// How many tasks there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tasks.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the table is filled: every list has been read. Before that it holds a part of the tasks.
    #[must_use]
    pub fn is_filled(&self) -> bool {
        *self.version.borrow() > 0
    }

    /// Waits until the table is filled, and then for each change since this reader last called it. Returns whether the table
    /// is still kept: `false` once its [`StoreStream`] is gone.
    ///
    /// # Cancel safety
    /// A future that is dropped has missed nothing.
    pub async fn changed(&mut self) -> bool {
        self.version.changed().await.is_ok()
    }
}

impl fmt::Debug for TaskStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskStore").field("tasks", &self.len()).finish_non_exhaustive()
    }
}

/// Fills a [`TaskStore`], keeps it current, and hands out each change after it is in the table: poll it for as long as the
/// table is wanted.
///
/// The first look of the watch fills the table, each later one brings what changed since. A request that fails is an `Err`;
/// the stream continues. A task that is done is not looked at again, as in [`WatchStream`]: one that is deleted afterwards
/// stays in the table. A task that cannot be read is in the table once it can.
///
/// # Cancel safety
/// `next()` is cancel-safe. Dropping the stream ends all requests, and the table stays as it is.
#[must_use = "streams do nothing unless polled"]
pub struct StoreStream {
    changes: WatchStream,
    /// Whether every list is in the table: its readers learn of changes from then on.
    is_filled: bool,
    tasks: Arc<RwLock<BTreeMap<String, Arc<BatchTask>>>>,
    version: watch::Sender<u64>,
}

impl StoreStream {
    /// The position of the watch under it, for a [`WatchStream`]: every change that was handed out is in it, and no other.
    #[must_use]
    pub fn checkpoint(&self) -> WatchCheckpoint {
        self.changes.checkpoint()
    }

    /// Enters what the watch came to know; the change to hand out, if it is one.
    fn enter(&mut self, event: Event) -> Option<Change> {
        let was_filled = self.is_filled;
        let mut tasks = self.tasks.write().unwrap_or_else(PoisonError::into_inner);
        let mut insert = |task: BatchTask| drop(tasks.insert(task.task_id.clone(), Arc::new(task)));
        let change = match event {
            Event::First(first) => {
                first.into_iter().for_each(insert);
                None
            }
            Event::AllSeen => {
                self.is_filled = true;
                None
            }
            Event::Change(change) => {
                match &change {
                    Change::Created { task } | Change::Changed { task, .. } => insert(BatchTask::clone(task)),
                    Change::Gone { task_id, .. } => drop(tasks.remove(task_id)),
                }
                Some(change)
            }
        };
        drop(tasks);
        if self.is_filled && (change.is_some() || !was_filled) {
            self.version.send_modify(|version| *version += 1);
        }
        change
    }
}

impl Stream for StoreStream {
    type Item = Result<Change, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let item = match ready!(self.changes.poll_event(cx)) {
                Some(Ok(event)) => match self.enter(event) {
                    Some(change) => Some(Ok(change)),
                    None => continue,
                },
                Some(Err(error)) => Some(Err(error)),
                None => None,
            };
            return Poll::Ready(item);
        }
    }
}

impl fmt::Debug for StoreStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreStream").field("changes", &self.changes).finish_non_exhaustive()
    }
}
