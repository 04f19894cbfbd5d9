//! The requests in flight, each in a separate task: they continue while the stream is not polled, and end when this is dropped.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{AbortHandle, Id, JoinSet};
use tokio::time::Instant;

use super::list_source::{Answer, stopped};
use super::throughput::Pace;
use crate::paging::Ticket;

/// The requests in flight of all lanes of a scan.
pub(super) struct Fetches<T> {
    tasks: JoinSet<(Answer<T>, Pace)>,
    in_flight: Vec<InFlight>,
    /// How many tasks have ended, counted by the tasks themselves: a poll that finds nothing new costs one load.
    ended: Arc<AtomicUsize>,
    collected: usize,
}

struct InFlight {
    lane: usize,
    ticket: Ticket,
    task: AbortHandle,
}

/// The answer to a request.
pub(super) struct Arrival<T> {
    pub(super) lane: usize,
    pub(super) ticket: Ticket,
    pub(super) answer: Answer<T>,
    /// `None` where the task was stopped.
    pub(super) pace: Option<Pace>,
}

impl<T: Send + 'static> Fetches<T> {
    pub(super) fn new() -> Self {
        Self { tasks: JoinSet::new(), in_flight: Vec::new(), ended: Arc::default(), collected: 0 }
    }

    /// Starts a request.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub(super) fn start(
        &mut self,
        lane: usize,
        ticket: Ticket,
        answer: impl Future<Output = Answer<T>> + Send + 'static,
    ) {
        let ended = EndCounter(Arc::clone(&self.ended));
        let (sent, before) = (Instant::now(), ended.count());
        let task = self.tasks.spawn(async move {
            let answer = answer.await;
            let answers = ended.count().wrapping_sub(before) + 1;
            (answer, Pace::of(sent, answers))
        });
        self.in_flight.push(InFlight { lane, ticket, task });
    }

    /// Ends a request whose answer is not needed any more.
    pub(super) fn abort(&mut self, lane: usize, ticket: Ticket) {
        self.abort_if(|fetch| fetch.lane == lane && fetch.ticket == ticket);
    }

    pub(super) fn abort_lane(&mut self, lane: usize) {
        self.abort_if(|fetch| fetch.lane == lane);
    }

    pub(super) fn abort_all(&mut self) {
        self.abort_if(|_| true);
    }

    fn abort_if(&mut self, is_unneeded: impl Fn(&InFlight) -> bool) {
        self.in_flight.retain(|fetch| {
            let ends = is_unneeded(fetch);
            if ends {
                fetch.task.abort();
            }
            !ends
        });
    }

    /// Whether an answer may have come since the last [`poll`](Self::poll) that was pending.
    pub(super) fn has_news(&self) -> bool {
        self.ended.load(Ordering::Acquire) != self.collected
    }

    /// The next answer that has come; pending also when no request is in flight.
    ///
    /// A panic of the source continues here.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Arrival<T>> {
        loop {
            let Poll::Ready(Some(ended)) = self.tasks.poll_join_next_with_id(cx) else { return Poll::Pending };
            self.collected = self.collected.wrapping_add(1);
            let (task, ended) = match ended {
                Ok((task, ended)) => (task, Ok(ended)),
                Err(error) => (error.id(), Err(error)),
            };
            // A task that was aborted is not known any more, whether or not its answer came first.
            if let Some(InFlight { lane, ticket, .. }) = self.remove(task) {
                let (answer, pace) = match ended {
                    Ok((answer, pace)) => (answer, Some(pace)),
                    Err(error) => (Err(stopped(error)), None),
                };
                return Poll::Ready(Arrival { lane, ticket, answer, pace });
            }
        }
    }

    fn remove(&mut self, task: Id) -> Option<InFlight> {
        let index = self.in_flight.iter().position(|fetch| fetch.task.id() == task)?;
        Some(self.in_flight.swap_remove(index))
    }
}

/// Lets another thread of the runtime run the requests just started.
///
/// What a thread starts last is for that thread to run, and a consumer that blocks it for a while would keep the request
/// from being sent. So something else is started last.
pub(super) fn yield_to_other_threads() {
    let runtime = Handle::current();
    if runtime.runtime_flavor() == RuntimeFlavor::MultiThread {
        runtime.spawn(std::future::ready(()));
    }
}

/// Counts a task as ended, however it ends.
struct EndCounter(Arc<AtomicUsize>);

impl EndCounter {
    /// How many have ended.
    fn count(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

impl Drop for EndCounter {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}
