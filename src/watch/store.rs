//! A table of tasks that a watch keeps current, for several readers.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};

use super::{Change, WatchStream};
use crate::error::Error;
use crate::stream::{Checkpoint, RecordStream};
use crate::task::BatchTask;

/// The tasks of a query as they are now, as far as a watch has seen: made by
/// [`BatchTaskQuery::store`](crate::BatchTaskQuery::store), filled and kept current by the [`StoreStream`] beside it.
///
/// A clone is another reader of the same table. Reading never waits for a request.
#[derive(Clone)]
pub struct TaskStore {
    tasks: Arc<RwLock<BTreeMap<String, Arc<BatchTask>>>>,
    version: watch::Receiver<u64>,
}

impl TaskStore {
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

pub(crate) type OpenList = Box<dyn Fn(Option<Checkpoint>) -> Result<RecordStream<BatchTask>, Error> + Send>;

/// Fills a [`TaskStore`], keeps it current, and hands out each change after it is in the table: poll it for as long as the
/// table is wanted.
///
/// The watch looks first and the list is read after that, so that what changes between the two is seen by the second look. A
/// request that fails is an `Err`; the stream continues. A task that is done is not looked at again, as in
/// [`WatchStream`]: one that is deleted afterwards stays in the table.
///
/// # Cancel safety
/// `next()` is cancel-safe. Dropping the stream ends all requests, and the table stays as it is.
#[must_use = "streams do nothing unless polled"]
pub struct StoreStream {
    changes: WatchStream,
    open: OpenList,
    interval: Duration,
    phase: Phase,
    tasks: Arc<RwLock<BTreeMap<String, Arc<BatchTask>>>>,
    version: watch::Sender<u64>,
}

enum Phase {
    /// The watch looks for the first time.
    Looking,
    /// The list is read.
    Filling(Box<RecordStream<BatchTask>>),
    /// The list failed; it is read on from here later.
    Waiting(Checkpoint, Pin<Box<Sleep>>),
    /// Changes are applied.
    Current,
    /// It cannot be filled.
    Failed,
}

impl StoreStream {
    #[cfg_attr(not(feature = "client"), allow(dead_code, reason = "queries alone make one"))]
    pub(crate) fn new(changes: WatchStream, open: OpenList, interval: Duration) -> (TaskStore, Self) {
        let (version, reader) = watch::channel(0);
        let tasks = Arc::default();
        let store = TaskStore { tasks: Arc::clone(&tasks), version: reader };
        (store, Self { changes, open, interval, phase: Phase::Looking, tasks, version })
    }

    fn insert(&self, task: BatchTask) {
        let mut tasks = self.tasks.write().unwrap_or_else(PoisonError::into_inner);
        tasks.insert(task.task_id.clone(), Arc::new(task));
    }

    fn apply(&self, change: &Change) {
        match change {
            Change::Created { task } | Change::Changed { task, .. } => self.insert(BatchTask::clone(task)),
            Change::Gone { task_id, .. } => {
                self.tasks.write().unwrap_or_else(PoisonError::into_inner).remove(task_id);
            }
        }
        self.version.send_modify(|version| *version += 1);
    }

    /// Reads the list from `checkpoint`.
    fn fill(&mut self, checkpoint: Option<Checkpoint>) -> Result<(), Error> {
        let opened = (self.open)(checkpoint);
        self.phase = Phase::Failed;
        self.phase = Phase::Filling(Box::new(opened?));
        Ok(())
    }
}

impl Stream for StoreStream {
    type Item = Result<Change, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            let item = match &mut this.phase {
                Phase::Looking => {
                    let polled = Pin::new(&mut this.changes).poll_next(cx);
                    if !this.changes.has_looked() {
                        return polled;
                    }
                    // A change that came with the last of the first looks has its place in what is read now.
                    let failed = match polled {
                        Poll::Ready(Some(Err(error))) => Some(error),
                        _ => None,
                    };
                    match (this.fill(None), failed) {
                        (Err(error), _) | (Ok(()), Some(error)) => Some(Err(error)),
                        (Ok(()), None) => None,
                    }
                }
                Phase::Filling(list) => match Pin::new(list.as_mut()).poll_next(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Some(Ok(task))) => {
                        this.insert(task);
                        None
                    }
                    Poll::Ready(Some(Err(error @ Error::Record(_)))) => Some(Err(error)),
                    Poll::Ready(Some(Err(error))) => {
                        this.phase = Phase::Waiting(list.checkpoint(), Box::pin(sleep(this.interval)));
                        Some(Err(error))
                    }
                    Poll::Ready(None) => {
                        this.phase = Phase::Current;
                        this.version.send_modify(|version| *version += 1);
                        None
                    }
                },
                Phase::Waiting(checkpoint, timer) => {
                    std::task::ready!(timer.as_mut().poll(cx));
                    let checkpoint = checkpoint.clone();
                    this.fill(Some(checkpoint)).err().map(Err)
                }
                Phase::Current => {
                    let item = std::task::ready!(Pin::new(&mut this.changes).poll_next(cx));
                    if let Some(Ok(change)) = &item {
                        this.apply(change);
                    }
                    return Poll::Ready(item);
                }
                Phase::Failed => return Poll::Ready(None),
            };
            if let Some(item) = item {
                return Poll::Ready(Some(item));
            }
        }
    }
}

impl fmt::Debug for StoreStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreStream").field("changes", &self.changes).finish_non_exhaustive()
    }
}
