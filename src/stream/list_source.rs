//! One list by its name, and single pages of it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::task::{JoinError, JoinSet};

use crate::error::{Error, FailureKind, PageError, SourceError};
use crate::paging::PageRequest;
use crate::source::{Fetched, Page, PageSource};

/// One of the lists of [`Lists`](super::Lists): its name, and where its pages come from.
pub struct NamedSource<S> {
    /// The name, for errors and checkpoints.
    pub name: String,
    /// Where its pages come from.
    pub source: S,
    /// Whether the list is left out, with a warning, when its first request is refused with status 400: the service
    /// does not know it.
    pub optional: bool,
}

pub(super) type Answer<T> = Result<Fetched<T>, SourceError>;
type BoxedAnswer<T> = Pin<Box<dyn Future<Output = Answer<T>> + Send>>;

/// A [`PageSource`] whose type is erased, so that a stream is named by its records alone.
trait ErasedSource<T>: Send + Sync {
    fn fetch(self: Arc<Self>, request: PageRequest) -> BoxedAnswer<T>;
}

impl<T: 'static, S: PageSource<T>> ErasedSource<T> for S {
    fn fetch(self: Arc<Self>, request: PageRequest) -> BoxedAnswer<T> {
        Box::pin(async move { PageSource::fetch_measured(&*self, request).await })
    }
}

/// A [`NamedSource`] that several scans share.
pub(super) struct ListSource<T> {
    name: Arc<str>,
    source: Arc<dyn ErasedSource<T>>,
    optional: bool,
}

impl<T> Clone for ListSource<T> {
    fn clone(&self) -> Self {
        Self { name: Arc::clone(&self.name), source: Arc::clone(&self.source), optional: self.optional }
    }
}

impl<T: Send + 'static> ListSource<T> {
    pub(super) fn new(list: NamedSource<impl PageSource<T>>) -> Self {
        Self { name: list.name.into(), source: Arc::new(list.source), optional: list.optional }
    }

    /// The answer to `request`, to be awaited in a task of the runtime: a future that only a consumer polls could hold a
    /// permit of the source while the consumer does something else.
    pub(super) fn fetch(&self, request: PageRequest) -> impl Future<Output = Answer<T>> + Send + use<T> {
        Arc::clone(&self.source).fetch(request)
    }

    /// Fetches one page outside a scan, in a separate task. Dropping the future aborts the request.
    pub(super) async fn page(&self, request: PageRequest) -> Result<Page<T>, Error> {
        let mut task = JoinSet::new();
        task.spawn(self.fetch(request));
        let answer = match task.join_next().await {
            Some(Ok(answer)) => answer,
            Some(Err(error)) => Err(stopped(error)),
            None => Err(SourceError::new(FailureKind::Stopped, "the task of the request is gone")),
        };
        answer.map(|fetched| fetched.page).map_err(|failure| self.error(request, failure))
    }
}

impl<T: Send + 'static> ListSource<T> {
    /// Fetches several pages as [`page`](Self::page) does, so many at once, in any order.
    pub(super) async fn pages(&self, requests: Vec<PageRequest>, at_once: usize) -> Vec<Result<Page<T>, Error>> {
        let (mut tasks, mut pages) = (JoinSet::new(), Vec::with_capacity(requests.len()));
        let mut requests = requests.into_iter();
        loop {
            while tasks.len() < at_once
                && let Some(request) = requests.next()
            {
                let list = self.clone();
                tasks.spawn(async move { list.page(request).await });
            }
            match tasks.join_next().await {
                Some(Ok(page)) => pages.push(page),
                // A page of the source that stopped is no page.
                Some(Err(error)) => drop(stopped(error)),
                None => return pages,
            }
        }
    }
}

impl<T> ListSource<T> {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether this failure of the list's very first request means that the list is to be left out.
    pub(super) fn is_left_out(&self, first_failure: &SourceError) -> bool {
        self.optional && first_failure.is_bad_request()
    }

    pub(super) fn error(&self, request: PageRequest, failure: SourceError) -> Error {
        let list = (!self.name.is_empty()).then(|| self.name.to_string());
        Error::Page(Box::new(PageError { list, request, failure }))
    }
}

/// Why a task of the runtime brought no answer. A panic of the source continues here.
pub(super) fn stopped(error: JoinError) -> SourceError {
    match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => SourceError::new(FailureKind::Stopped, "the runtime stopped while the page was being fetched"),
    }
}
