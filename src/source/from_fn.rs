//! A closure as a page source.

use std::fmt;
use std::future::Future;
use std::sync::{Mutex, PoisonError};

use super::{Page, PageSource};
use crate::error::SourceError;
use crate::paging::PageRequest;

/// Answers page requests with `fetch`, which starts a request and returns its future.
///
/// The futures run side by side, each in a separate task; only the call of `fetch` is never made twice at once. So
/// what `fetch` captures may be changed by it, and has to be `Send` but not `Sync`. A future has to own what it needs:
/// take clones before `async move`.
///
/// ```
/// use std::cell::Cell;
///
/// use futures::TryStreamExt;
/// use iotda_batch_tasks::{BatchTask, BatchTaskStream, Page, StreamOptions, source};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), iotda_batch_tasks::Error> {
/// let calls = Cell::new(0); // Send, not Sync
/// let source = source::from_fn(move |request| {
///     calls.set(calls.get() + 1);
///     let number = calls.get();
///     async move {
///         println!("{number}: {request}");
///         Ok(Page::<BatchTask>::new(Vec::new(), None, Some(0)))
///     }
/// });
/// let tasks: Vec<_> = BatchTaskStream::from_source(source, StreamOptions::new())?.try_collect().await?;
/// assert!(tasks.is_empty());
/// # Ok(())
/// # }
/// ```
pub fn from_fn<T, F, Fut>(fetch: F) -> FromFn<F>
where
    F: FnMut(PageRequest) -> Fut + Send + 'static,
    Fut: Future<Output = Result<Page<T>, SourceError>> + Send,
{
    FromFn(Mutex::new(fetch))
}

/// A closure as a [`PageSource`]: what [`from_fn`] makes.
pub struct FromFn<F>(Mutex<F>);

impl<T, F, Fut> PageSource<T> for FromFn<F>
where
    F: FnMut(PageRequest) -> Fut + Send + 'static,
    Fut: Future<Output = Result<Page<T>, SourceError>> + Send,
{
    fn fetch(&self, request: PageRequest) -> impl Future<Output = Result<Page<T>, SourceError>> + Send {
        let mut fetch = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        fetch(request)
    }
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromFn").finish_non_exhaustive()
    }
}
