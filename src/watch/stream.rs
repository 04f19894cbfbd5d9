//! The stream of changes: looks at each list in turn, then waits.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use tokio::time::{Sleep, sleep};

use super::change::Change;
use super::checkpoint::WatchCheckpoint;
use super::list::WatchedList;
use super::look::{Report, Reported};
use crate::error::{ArgumentError, Error};
use crate::task::BatchTask;

/// A stream of [`Change`]s, without end.
///
/// The first look reads the whole list and reports nothing: it is the state that later looks are compared with. Each
/// later look reads the head of the list and the pages that hold tasks which can still change: those that are not
/// finished, and those that [failed lately](WatchedList::retried_within), since they may be retried. Changes come oldest
/// task first; new tasks come last, oldest first.
///
/// A task that a look does not see is not gone yet: one odd answer of the service would say the same. It is reported as
/// [`Gone`](Change::Gone) when the next look does not see it either, or when the service [answers](WatchedList::lookup) that
/// there is no such task. A task that cannot be read for a while is there.
///
/// # Errors
/// A look that fails, after the retries beneath, is an `Err`; the stream continues with the next look, which reports
/// what was missed.
///
/// # Cancel safety
/// `next()` is cancel-safe. Dropping the stream ends all requests.
#[must_use = "streams do nothing unless polled"]
pub struct WatchStream {
    events: Pin<Box<dyn Stream<Item = Result<Event, Error>> + Send>>,
    state: Arc<Mutex<WatchCheckpoint>>,
}

/// What a watch comes to know.
pub(super) enum Event {
    /// A list was looked at for the first time: its tasks, if the list [keeps](WatchedList::keep_first) them.
    First(Vec<BatchTask>),
    /// A round of looks is over, and every list has been looked at.
    AllSeen,
    /// What a later look found.
    Change(Change),
}

impl WatchStream {
    /// Looks at the lists every `interval`, counted from the beginning of one look to that of the next; continues from
    /// `resume` if that is given.
    ///
    /// # Errors
    /// When the interval is zero, there is no list, two lists have one name, or the checkpoint knows a list that is not
    /// watched.
    pub fn new(
        lists: Vec<WatchedList>,
        interval: Duration,
        resume: Option<WatchCheckpoint>,
    ) -> Result<Self, ArgumentError> {
        if interval.is_zero() {
            return Err(ArgumentError::new("interval", "0s", "longer than zero"));
        }
        if lists.is_empty() {
            return Err(ArgumentError::new("lists", "", "at least one list"));
        }
        for (index, list) in lists.iter().enumerate() {
            if lists[..index].iter().any(|other| other.name == list.name) {
                return Err(ArgumentError::new("list", &list.name, "named once"));
            }
        }
        let checkpoint = resume.unwrap_or_default();
        if let Some(other) = checkpoint.watched.keys().find(|name| !lists.iter().any(|list| list.name == **name)) {
            return Err(ArgumentError::new("checkpoint", other, "of a watch of these lists and no others"));
        }
        let state = Arc::new(Mutex::new(checkpoint));
        let watcher = Watcher { lists, interval, state: Arc::clone(&state) };
        Ok(Self { events: Box::pin(watcher.events()), state })
    }

    /// The position of the watch: every change that was delivered is in it, and no other.
    #[must_use]
    pub fn checkpoint(&self) -> WatchCheckpoint {
        lock(&self.state).clone()
    }

    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        self.events.as_mut().poll_next(cx)
    }
}

impl Stream for WatchStream {
    type Item = Result<Change, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let item = match ready!(self.poll_event(cx)) {
                Some(Ok(Event::Change(change))) => Some(Ok(change)),
                Some(Ok(Event::First(_) | Event::AllSeen)) => continue,
                Some(Err(error)) => Some(Err(error)),
                None => None,
            };
            return Poll::Ready(item);
        }
    }
}

impl fmt::Debug for WatchStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchStream").field("state", &*lock(&self.state)).finish_non_exhaustive()
    }
}

/// What a watch does next.
///
/// ```text
///             all lists seen
///   Waiting <---------------- Looking <--+
///      |                       ^  |  |   | all handed out
///      +-----------------------+  |  +---+--- nothing changed, or an error
///          the interval is over   v      |
///                              Reporting-+
/// ```
enum Phase {
    /// For the time of the next look.
    Waiting(Pin<Box<Sleep>>),
    /// At the list of this index; the next round begins when the timer is over.
    Looking(usize, Pin<Box<Sleep>>),
    /// Hands out what the look at the list of this index found.
    Reporting(usize, Report, Pin<Box<Sleep>>),
}

struct Watcher {
    lists: Vec<WatchedList>,
    interval: Duration,
    /// Shared with the stream's owner, who may take a checkpoint at any time.
    state: Arc<Mutex<WatchCheckpoint>>,
}

impl Watcher {
    fn events(mut self) -> impl Stream<Item = Result<Event, Error>> + Send {
        async_stream::stream! {
            let mut phase = self.round();
            loop {
                let (item, next) = self.step(phase).await;
                phase = next;
                if let Some(item) = item {
                    yield item;
                }
            }
        }
    }

    /// A new round of looks. The timer starts with it, so that looks begin an interval apart however long they take.
    fn round(&self) -> Phase {
        Phase::Looking(0, Box::pin(sleep(self.interval)))
    }

    async fn step(&mut self, phase: Phase) -> (Option<Result<Event, Error>>, Phase) {
        match phase {
            Phase::Waiting(timer) => {
                timer.await;
                (None, self.round())
            }
            Phase::Looking(index, timer) => match self.look(index).await {
                None => {
                    let watched = &lock(&self.state).watched;
                    let are_all_seen = self.lists.iter().all(|list| watched.contains_key(&list.name));
                    (are_all_seen.then_some(Ok(Event::AllSeen)), Phase::Waiting(timer))
                }
                Some(Ok(Seen::First(tasks))) => (Some(Ok(Event::First(tasks))), Phase::Looking(index + 1, timer)),
                Some(Ok(Seen::Unknown)) => (None, Phase::Looking(index, timer)),
                Some(Ok(Seen::Again(report))) => (None, Phase::Reporting(index, report, timer)),
                Some(Err(error)) => (Some(Err(error)), Phase::Looking(index + 1, timer)),
            },
            Phase::Reporting(index, mut report, timer) => match report.changes.pop_front() {
                Some(Reported { change, is_open }) => {
                    // Before it is handed out: a checkpoint taken with it in hand holds it.
                    self.update(index, |state| state.apply(&change, is_open));
                    (Some(Ok(Event::Change(change))), Phase::Reporting(index, report, timer))
                }
                None => {
                    self.update(index, |state| *state = report.next);
                    (None, Phase::Looking(index + 1, timer))
                }
            },
        }
    }

    /// Looks at a list; `None` if there is none of this index.
    async fn look(&mut self, index: usize) -> Option<Result<Seen, Error>> {
        let list = self.lists.get_mut(index)?;
        let known = lock(&self.state).watched.get(&list.name).cloned();
        let Some(known) = known else {
            return Some(match list.first_look().await {
                Ok((first, tasks)) => {
                    lock(&self.state).watched.insert(list.name.clone(), first);
                    Ok(Seen::First(tasks))
                }
                Err(error) if list.optional && is_unknown_list(&error) => {
                    tracing::warn!(list = list.name, %error, "the service does not know this list: left out");
                    self.lists.remove(index);
                    Ok(Seen::Unknown)
                }
                Err(error) => Err(error),
            });
        };
        Some(list.look(&known).await.map(Seen::Again))
    }

    fn update(&self, index: usize, change: impl FnOnce(&mut super::state::ListState)) {
        if let Some(list) = self.lists.get(index) {
            change(lock(&self.state).watched.entry(list.name.clone()).or_default());
        }
    }
}

/// What came of a look at a list.
enum Seen {
    /// It was the first one; with the tasks, if they are kept.
    First(Vec<BatchTask>),
    /// The service does not know the list.
    Unknown,
    /// What changed.
    Again(Report),
}

/// Whether the very first page was refused.
fn is_unknown_list(error: &Error) -> bool {
    error.is_bad_request() && error.request().is_some_and(|request| request.marker.is_none())
}

/// Nothing panics while it holds the lock, and a poisoned state is a whole one.
fn lock(state: &Mutex<WatchCheckpoint>) -> MutexGuard<'_, WatchCheckpoint> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
