//! One list of the service as a page source. Knows how a page request is written as a URL and its answer read;
//! must not know which page to ask for.

use tracing::Instrument;

use super::Client;
use super::exchange::{Attempt, Tries};
use crate::decode::{self, Row};
use crate::lists::Target;
use crate::{FailureKind, Page, PageRequest, PageSource, SourceError};

/// A body from this size on is read on a thread of its own, so that the runtime's go on with the rest.
const LARGE: usize = 512 * 1024;

/// One list, and the client that asks for it.
#[derive(Debug)]
pub(crate) struct HttpSource {
    client: Client,
    name: String,
    target: Target,
}

impl HttpSource {
    pub(crate) fn new(client: Client, name: String, target: Target) -> Self {
        Self { client, name, target }
    }

    fn url(&self, request: &PageRequest) -> reqwest::Url {
        let project = ["v5", "iot", &self.client.0.project_id];
        let segments: Vec<&str> = project.into_iter().chain(self.target.segments.iter().map(String::as_str)).collect();
        self.client.0.endpoint.url(&segments, &self.target.parameters(request))
    }

    async fn decode<T>(&self, body: Vec<u8>) -> Result<Page<T>, SourceError>
    where
        T: Row + Send + 'static,
    {
        let bytes = body.len();
        let page = if bytes < LARGE {
            decode::page(&body, &self.target.shape)
        } else {
            let shape = self.target.shape;
            tokio::task::spawn_blocking(move || decode::page(&body, &shape)).await.unwrap_or_else(|error| {
                Err(SourceError::new(FailureKind::Stopped, "the answer could not be read to its end").with_cause(error))
            })
        };
        page.map(|page| page.with_bytes(bytes))
    }
}

impl<T> PageSource<T> for HttpSource
where
    T: Row + Send + 'static,
{
    async fn fetch(&self, request: PageRequest) -> Result<Page<T>, SourceError> {
        let url = self.url(&request);
        let tries = Tries::default();
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
            let (url, tries) = (&url, &tries);
            async move {
                let attempt = Attempt { url, tries, span: &span };
                let body = self.client.0.exchange.get(attempt).instrument(span.clone()).await?;
                self.decode(body).instrument(span).await
            }
        };
        let (page, throttled) = self.client.0.attempts.run(attempt).await?;
        Ok(page.with_attempts(tries.sent()).with_throttled(throttled))
    }
}

#[cfg(test)]
mod tests;
