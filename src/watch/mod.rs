//! Watching a list: looks at it again and again, and tells what changed.
//!
//! Knows tasks and streams of them; must not know where they come from.

mod state;

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use serde::{Deserialize, Serialize};
use tokio::time::MissedTickBehavior;

use crate::error::Error;
use crate::paging::Cursor;
use crate::stream::{BatchTaskStream, Checkpoint};
use crate::task::{BatchTask, TaskProgress, TaskStatus};
use state::{ListState, Seen};

/// What happened to a task between two looks, told as one change.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// The task is new.
    Created {
        /// The task as it is now; it may be finished already.
        task: Box<BatchTask>,
    },
    /// Its status or its progress changed.
    Changed {
        /// What it was at the look before.
        before: TaskState,
        /// The task as it is now.
        task: Box<BatchTask>,
    },
    /// An unfinished task is in the list no more.
    Gone {
        /// Its id.
        task_id: String,
        /// What it was when it was last seen.
        last: TaskState,
    },
}

impl Change {
    /// The id of the task.
    #[must_use]
    pub fn task_id(&self) -> &str {
        match self {
            Self::Created { task } | Self::Changed { task, .. } => &task.task_id,
            Self::Gone { task_id, .. } => task_id,
        }
    }
}

/// The part of a task that is watched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskState {
    /// The status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<TaskStatus>,
    /// The progress: how many devices succeeded, failed, wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<TaskProgress>,
}

impl TaskState {
    fn of(task: &BatchTask) -> Self {
        Self { status: task.status.clone(), progress: task.task_progress.clone() }
    }
}

/// Where a watcher stands: the unfinished tasks it knows of, and the newest task. A later watcher that goes on from it
/// tells no change twice, and none is lost but what came and went in between.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WatchCheckpoint {
    lists: BTreeMap<String, ListState>,
}

/// Opens a stream of one list, from a checkpoint or from its head.
type Open = Box<dyn FnMut(Option<Checkpoint>) -> Result<BatchTaskStream, Error> + Send>;

/// A list to watch.
pub struct WatchedList {
    name: String,
    optional: bool,
    open: Open,
}

impl WatchedList {
    /// The list called `name`, whose streams `open` makes: from a checkpoint, or from the head of the list.
    ///
    /// The streams must be of a list of that name, newest first, and their ids the service's markers.
    pub fn new(
        name: impl Into<String>,
        open: impl FnMut(Option<Checkpoint>) -> Result<BatchTaskStream, Error> + Send + 'static,
    ) -> Self {
        Self { name: name.into(), optional: false, open: Box::new(open) }
    }

    /// Says that the list may be left out when the service does not know it.
    #[must_use]
    pub fn optional(mut self, optional: bool) -> Self {
        self.optional = optional;
        self
    }
}

/// A stream of [`Change`]s, without end.
///
/// The first look reads the whole list and tells nothing: it is the state that changes are told against. Each later
/// look reads the new tasks, and the pages that hold tasks which can still change; a task in a final status is not
/// looked at again. Changes come oldest task first; new tasks come last, oldest first.
///
/// # Errors
/// A look that fails, after the retries beneath, is an `Err`; the stream goes on with the next look. What was told is
/// not told again.
///
/// # Cancel safety
/// `next()` is cancel-safe. Dropping the stream ends all requests.
#[must_use = "streams do nothing unless polled"]
pub struct WatchStream {
    changes: Pin<Box<dyn Stream<Item = Result<Change, Error>> + Send>>,
    state: Arc<Mutex<WatchCheckpoint>>,
}

impl WatchStream {
    /// Looks at `lists` every `interval`, and goes on from `resume` if there is one.
    pub fn new(lists: Vec<WatchedList>, interval: Duration, resume: Option<WatchCheckpoint>) -> Self {
        let state = Arc::new(Mutex::new(resume.unwrap_or_default()));
        let changes = Box::pin(watch(lists, interval, Arc::clone(&state)));
        Self { changes, state }
    }

    /// Where the watcher stands: every change that was handed out is in it, and no other.
    #[must_use]
    pub fn checkpoint(&self) -> WatchCheckpoint {
        lock(&self.state).clone()
    }
}

impl Stream for WatchStream {
    type Item = Result<Change, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.changes.as_mut().poll_next(cx)
    }
}

impl fmt::Debug for WatchStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchStream").field("state", &*lock(&self.state)).finish_non_exhaustive()
    }
}

fn watch(
    mut lists: Vec<WatchedList>,
    interval: Duration,
    state: Arc<Mutex<WatchCheckpoint>>,
) -> impl Stream<Item = Result<Change, Error>> + Send {
    async_stream::stream! {
        let mut looks = tokio::time::interval(interval);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let mut place = 0;
            while let Some(list) = lists.get_mut(place) {
                let known = lock(&state).lists.get(&list.name).cloned();
                match look(list, known).await {
                    Ok(Look::Changes(changes)) => {
                        for change in changes {
                            // Before it is handed out: a checkpoint taken with it in hand holds it.
                            lock(&state).lists.entry(list.name.clone()).or_default().apply(&change);
                            yield Ok(change);
                        }
                    }
                    Ok(Look::First(first)) => {
                        lock(&state).lists.insert(list.name.clone(), first);
                    }
                    Err(error) if list.optional && is_refusal(&error) => {
                        tracing::warn!(list = list.name, %error, "the service does not know this list: left out");
                        lists.remove(place);
                        continue;
                    }
                    Err(error) => yield Err(error),
                }
                place += 1;
            }
        }
    }
}

enum Look {
    First(ListState),
    Changes(Vec<Change>),
}

async fn look(list: &mut WatchedList, known: Option<ListState>) -> Result<Look, Error> {
    let Some(known) = known else {
        let (mut first, mut finished) = (ListState::default(), 0);
        let mut tasks = (list.open)(None)?;
        while let Some(task) = next(&mut tasks).await? {
            if let Seen::Task(task) = task {
                first.learn(&task, &mut finished);
            }
        }
        return Ok(Look::First(first));
    };
    let spans = known.spans();
    let tasks = match read(list, spans).await {
        Err(error) if is_refusal(&error) => read(list, vec![known.one_span()]).await,
        tasks => tasks,
    };
    Ok(Look::Changes(known.changes(tasks?)))
}

/// All that the spans hold. It is as much as the pages of the unfinished tasks, and the new ones.
async fn read(list: &mut WatchedList, spans: Vec<Cursor>) -> Result<Vec<Seen>, Error> {
    let checkpoint = Checkpoint::new(spans.into_iter().map(|span| (list.name.clone(), span)));
    let mut stream = (list.open)(Some(checkpoint))?;
    let mut tasks = Vec::new();
    while let Some(task) = next(&mut stream).await? {
        tasks.push(task);
    }
    Ok(tasks)
}

async fn next(tasks: &mut BatchTaskStream) -> Result<Option<Seen>, Error> {
    match std::future::poll_fn(|cx| Pin::new(&mut *tasks).poll_next(cx)).await.transpose() {
        Err(Error::Record(error)) => {
            tracing::warn!(%error, "a task cannot be watched as it is now");
            Ok(Some(Seen::Unreadable(error.identity.unwrap_or_default().into())))
        }
        task => Ok(task?.map(|task| Seen::Task(Box::new(task)))),
    }
}

fn is_refusal(error: &Error) -> bool {
    error.is_bad_request()
}

/// Nothing panics while it holds the lock, and a poisoned state is a whole one.
fn lock(state: &Mutex<WatchCheckpoint>) -> MutexGuard<'_, WatchCheckpoint> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
