//! A closure as a page source, for clients that must not leave their thread while they work.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::Poll;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::{Page, PageSource};
use crate::error::{FailureKind, SourceError};
use crate::paging::PageRequest;

type Answer<T> = Result<Page<T>, SourceError>;
type Call<T> = (PageRequest, oneshot::Sender<Answer<T>>);

/// Answers page requests with the async closure `fetch`, on a separate thread.
///
/// For a client that is `Send` but not `Sync` and is called by reference: the futures of such calls are not `Send`, so
/// no task can run them. Here they need not be: the closure moves to the thread, and its futures stay there, side by
/// side. They use the timers and sockets of the runtime that the stream is polled in. The thread starts with the first
/// request and ends with the source; a request whose answer is no longer needed is dropped.
///
/// ```
/// use std::cell::Cell;
///
/// use futures::TryStreamExt;
/// use iotda_batch_tasks::{BatchTask, BatchTaskStream, Page, PageRequest, SourceError, StreamOptions, source};
///
/// struct Sdk {
///     calls: Cell<u32>, // Send, not Sync
/// }
///
/// impl Sdk {
///     async fn page(&self, _request: PageRequest) -> Result<Page<BatchTask>, SourceError> {
///         self.calls.set(self.calls.get() + 1);
///         tokio::task::yield_now().await;
///         Ok(Page::new(Vec::new(), None, Some(0)))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), iotda_batch_tasks::Error> {
/// let sdk = Sdk { calls: Cell::new(0) };
/// let source = source::on_own_thread(async move |request| sdk.page(request).await);
/// let tasks: Vec<_> = BatchTaskStream::from_source(source, StreamOptions::new())?.try_collect().await?;
/// assert!(tasks.is_empty());
/// # Ok(())
/// # }
/// ```
pub fn on_own_thread<T, F>(fetch: F) -> OnOwnThread<T, F>
where
    T: Send + 'static,
    F: AsyncFn(PageRequest) -> Result<Page<T>, SourceError> + Send + 'static,
{
    OnOwnThread { fetch: Mutex::new(Some(fetch)), thread: OnceLock::new() }
}

/// A closure on a separate thread as a [`PageSource`]: what [`on_own_thread`] makes.
pub struct OnOwnThread<T, F> {
    /// Until the thread has it.
    fetch: Mutex<Option<F>>,
    thread: OnceLock<mpsc::UnboundedSender<Call<T>>>,
}

impl<T, F> OnOwnThread<T, F>
where
    T: Send + 'static,
    F: AsyncFn(PageRequest) -> Answer<T> + Send + 'static,
{
    fn thread(&self) -> &mpsc::UnboundedSender<Call<T>> {
        self.thread.get_or_init(|| {
            let (sender, calls) = mpsc::unbounded_channel();
            let fetch = self.fetch.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(fetch) = fetch {
                let runtime = Handle::current();
                // Where no thread can be spawned, the channel is closed and every request fails.
                let _ = std::thread::Builder::new()
                    .name("iotda-page-source".to_owned())
                    .spawn(move || runtime.block_on(serve(fetch, calls)));
            }
            sender
        })
    }
}

impl<T, F> PageSource<T> for OnOwnThread<T, F>
where
    T: Send + 'static,
    F: AsyncFn(PageRequest) -> Result<Page<T>, SourceError> + Send + 'static,
{
    async fn fetch(&self, request: PageRequest) -> Result<Page<T>, SourceError> {
        let stopped = || SourceError::new(FailureKind::Stopped, "the thread of the page source has ended");
        let (reply, answer) = oneshot::channel();
        self.thread().send((request, reply)).map_err(|_| stopped())?;
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }
}

impl<T, F> fmt::Debug for OnOwnThread<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnOwnThread").field("is_running", &self.thread.get().is_some()).finish_non_exhaustive()
    }
}

/// Runs all requests side by side until the source is dropped.
async fn serve<T>(fetch: impl AsyncFn(PageRequest) -> Answer<T>, mut calls: mpsc::UnboundedReceiver<Call<T>>) {
    // At most as many as the stream has under way, so that to poll them all costs little.
    let mut running: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = Vec::new();
    poll_fn(|cx| {
        while let Poll::Ready(next) = calls.poll_recv(cx) {
            match next {
                Some((request, reply)) => running.push(Box::pin(answer(fetch(request), reply))),
                None => return Poll::Ready(()),
            }
        }
        running.retain_mut(|request| request.as_mut().poll(cx).is_pending());
        Poll::Pending
    })
    .await;
}

/// Answers one request, unless its answer is no longer needed.
async fn answer<T>(page: impl Future<Output = Answer<T>>, mut reply: oneshot::Sender<Answer<T>>) {
    let mut page = pin!(page);
    let page = poll_fn(|cx| match reply.poll_closed(cx) {
        Poll::Ready(()) => Poll::Ready(None),
        Poll::Pending => page.as_mut().poll(cx).map(Some),
    });
    if let Some(page) = page.await {
        let _ = reply.send(page);
    }
}
