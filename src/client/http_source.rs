//! One list of the service as a page source.

// Knows how a page request is written as a URL and its answer read; must not know which page to request.

use std::sync::Arc;

use tokio::time::Instant;
use tracing::Instrument;

use super::Client;
use super::attempts::Traced;
use super::own_task::in_own_task;
use super::transport::{Attempt, AttemptStats};
use crate::decode::{Arriving, Row};
use crate::lists::ResolvedList;
use crate::{FailureKind, Fetched, Page, PageRequest, PageSource, SourceError};

/// Once so many bytes have come, the rows among them are read, so that a page never holds its whole body beside its
/// records.
const PIECE: usize = 256 * 1024;
/// From this size on, a body is read on a blocking thread, so that the runtime's threads stay free. No row that the
/// service describes is as long: one of 30,000 targets has 1.2 MB and takes less than a millisecond.
const LARGE: usize = 2 * 1024 * 1024;

/// One list, read through a client.
#[derive(Debug)]
pub(crate) struct HttpSource(Arc<RemoteList>);

#[derive(Debug)]
struct RemoteList {
    client: Client,
    name: String,
    list: ResolvedList,
}

impl HttpSource {
    pub(crate) fn new(client: Client, name: String, list: ResolvedList) -> Self {
        Self(Arc::new(RemoteList { client, name, list }))
    }
}

impl RemoteList {
    /// Requests the page until it comes or is given up.
    async fn fetch<T>(&self, request: &PageRequest) -> Result<Fetched<T>, SourceError>
    where
        T: Row + Send + 'static,
    {
        let (stats, traced, started) = (AttemptStats::default(), Traced::new(&self.name), Instant::now());
        let attempt = |attempt: u32| {
            let span = tracing::debug_span!(
                "page",
                list = self.name,
                marker = request.marker.as_ref().map(|marker| marker.as_str()),
                offset = request.offset.get(),
                limit = request.limit.get(),
                attempt,
                status = tracing::field::Empty,
                bytes = tracing::field::Empty,
                milliseconds = tracing::field::Empty,
            );
            let (stats, traced) = (&stats, &traced);
            async move {
                let project_id = self.client.0.project.id(&self.client.0.transport).await?;
                let url = traced.url.get_or_init(|| self.url(project_id, request));
                let attempt = Attempt { url, project_id, stats, span: &span };
                self.page(attempt).instrument(span.clone()).await
            }
        };
        let attempts = &self.client.0.attempts;
        let (page, throttled) = attempts.run_while_arriving(&traced, || stats.arrived(), attempt).await?;
        traced.answered(&stats, started, Some(page.records.len()));
        let is_blank = page.records.is_empty() && page.count.is_none() && page.marker.is_none();
        if is_blank && request.marker.is_none() && request.offset.get() == 0 {
            tracing::warn!(
                list = self.name,
                "the first answer has no records, no count and no marker: check the endpoint"
            );
        }
        Ok(Fetched::new(page).with_attempts(stats.sent()).with_throttled(throttled))
    }

    fn url(&self, project_id: &str, request: &PageRequest) -> reqwest::Url {
        let project = ["v5", "iot", project_id];
        let segments: Vec<&str> = project.into_iter().chain(self.list.segments.iter().map(String::as_str)).collect();
        self.client.0.endpoint.url(&segments, &self.list.parameters(request))
    }

    async fn page<T>(&self, attempt: Attempt<'_>) -> Result<Page<T>, SourceError>
    where
        T: Row + Send + 'static,
    {
        let mut answer = self.client.0.transport.get(attempt).await?;
        let mut page = Arriving::new(self.list.shape);
        // What is claimed need not come.
        page.rest().reserve(answer.claimed().min(PIECE as u64) as usize);
        let has_length = answer.has_length();
        let broken = loop {
            match answer.add_to(page.rest()).await {
                Ok(true) if page.unread() < PIECE => {}
                Ok(true) => page = read(page.rest().len(), || page.with_rows_read()).await??,
                Ok(false) => break None,
                // Some servers end an answer by closing the connection, and TLS without its farewell. An object that is
                // whole was not cut short.
                Err(error) if error.kind() == FailureKind::Interrupted && !has_length => break Some(error),
                Err(error) => return Err(error),
            }
        };
        drop(answer);
        let page = read(page.rest().len(), || page.finish()).await?;
        page.map_err(|error| broken.unwrap_or(error))
    }
}

/// Reads so many bytes where that does not block the runtime.
async fn read<R: Send + 'static>(bytes: usize, work: impl FnOnce() -> R + Send + 'static) -> Result<R, SourceError> {
    if bytes < PIECE {
        return Ok(work());
    }
    if bytes < LARGE {
        // Where more has always come already, this thread's other tasks would wait for the whole page.
        tokio::task::yield_now().await;
        return Ok(work());
    }
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        SourceError::new(FailureKind::Stopped, "the answer could not be read to its end").with_cause(error)
    })
}

impl<T> PageSource<T> for HttpSource
where
    T: Row + Send + 'static,
{
    async fn fetch(&self, request: PageRequest) -> Result<Page<T>, SourceError> {
        self.fetch_measured(request).await.map(|fetched| fetched.page)
    }

    async fn fetch_measured(&self, request: PageRequest) -> Result<Fetched<T>, SourceError> {
        let list = Arc::clone(&self.0);
        in_own_task(async move { list.fetch(&request).await }).await
    }
}

#[cfg(test)]
mod tests;
