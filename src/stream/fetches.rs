//! The requests under way, each in a task of its own: they go on while nobody polls, and end when this is dropped.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{AbortHandle, JoinError, JoinSet};

use crate::error::{FailureKind, SourceError};
use crate::paging::{Page, PageRequest, Ticket};
use crate::source::PageSource;

type Answer<T> = Result<Page<T>, SourceError>;

/// A [`PageSource`] whose type is forgotten, so that a stream is named by its records alone.
trait AnySource<T>: Send + Sync {
    fn fetch(self: Arc<Self>, request: PageRequest) -> Pin<Box<dyn Future<Output = Answer<T>> + Send>>;
}

impl<T: 'static, S: PageSource<T>> AnySource<T> for S {
    fn fetch(self: Arc<Self>, request: PageRequest) -> Pin<Box<dyn Future<Output = Answer<T>> + Send>> {
        Box::pin(async move { PageSource::fetch(&*self, request).await })
    }
}

pub(super) struct Fetches<T> {
    source: Arc<dyn AnySource<T>>,
    tasks: JoinSet<(Ticket, Answer<T>)>,
    under_way: Vec<(Ticket, AbortHandle)>,
    /// How many tasks have ended, told by the tasks themselves: a poll that finds nothing new costs one load.
    ended: Arc<AtomicUsize>,
    collected: usize,
}

impl<T: Send + 'static> Fetches<T> {
    pub(super) fn new(source: impl PageSource<T>) -> Self {
        let source: Arc<dyn AnySource<T>> = Arc::new(source);
        Self { source, tasks: JoinSet::new(), under_way: Vec::new(), ended: Arc::default(), collected: 0 }
    }

    /// More requests of the same source, beside these.
    pub(super) fn beside(&self) -> Self {
        Self {
            source: Arc::clone(&self.source),
            tasks: JoinSet::new(),
            under_way: Vec::new(),
            ended: Arc::default(),
            collected: 0,
        }
    }

    /// Asks the same source for single pages.
    pub(super) fn asker(&self) -> Asker<T> {
        Asker(Arc::clone(&self.source))
    }

    /// Starts a request.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub(super) fn start(&mut self, ticket: Ticket, request: PageRequest) {
        let answer = Arc::clone(&self.source).fetch(request);
        let ended = Tell(Arc::clone(&self.ended));
        let task = self.tasks.spawn(async move {
            let _ended = ended;
            (ticket, answer.await)
        });
        self.under_way.push((ticket, task));
    }

    /// Ends a request whose answer nobody waits for.
    pub(super) fn abort(&mut self, ticket: Ticket) {
        if let Some(place) = self.under_way.iter().position(|(other, _)| *other == ticket) {
            self.under_way.swap_remove(place).1.abort();
        }
    }

    pub(super) fn abort_all(&mut self) {
        self.tasks.abort_all();
        self.under_way.clear();
    }

    /// Whether an answer may have come since the last [`poll`](Self::poll) that was pending.
    pub(super) fn has_news(&self) -> bool {
        self.ended.load(Ordering::Acquire) != self.collected
    }

    /// The next answer that has come; pending also when no request is under way.
    ///
    /// A panic of the source goes on here.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(Ticket, Answer<T>)> {
        loop {
            let Poll::Ready(Some(ended)) = self.tasks.poll_join_next_with_id(cx) else { return Poll::Pending };
            self.collected = self.collected.wrapping_add(1);
            let (ticket, answer) = match ended {
                Ok((_, (ticket, answer))) => (ticket, answer),
                Err(error) => match self.ticket_of(&error) {
                    Some(ticket) => (ticket, Err(stopped(error))),
                    // Aborted, since nobody waits for it.
                    None => continue,
                },
            };
            let known = self.under_way.iter().position(|(other, _)| *other == ticket);
            // An answer that came while its task was being aborted is not wanted either.
            if let Some(place) = known {
                self.under_way.swap_remove(place);
                return Poll::Ready((ticket, answer));
            }
        }
    }

    fn ticket_of(&self, error: &JoinError) -> Option<Ticket> {
        self.under_way.iter().find(|(_, task)| task.id() == error.id()).map(|(ticket, _)| *ticket)
    }
}

/// Asks for single pages, in the task of the caller.
pub(super) struct Asker<T>(Arc<dyn AnySource<T>>);

impl<T> Asker<T> {
    pub(super) fn page(&self, request: PageRequest) -> impl Future<Output = Answer<T>> + Send + use<T> {
        Arc::clone(&self.0).fetch(request)
    }
}

/// Lets another thread of the runtime have the requests just started.
///
/// What a thread starts last is for that thread to run, and a consumer that blocks it for a while would keep the request
/// from being sent. So something else is started last.
pub(super) fn let_go() {
    let runtime = Handle::current();
    if runtime.runtime_flavor() == RuntimeFlavor::MultiThread {
        runtime.spawn(std::future::ready(()));
    }
}

/// Counts a task as ended, however it ends.
struct Tell(Arc<AtomicUsize>);

impl Drop for Tell {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

fn stopped(error: JoinError) -> SourceError {
    match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => SourceError::new(FailureKind::Stopped, "the runtime stopped while the page was being fetched"),
    }
}
