//! One list of the service as a page source. Knows how a page request is written as a URL and its answer read;
//! must not know which page to ask for.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use tracing::Instrument;

use super::Client;
use super::exchange::{Attempt, Tries};
use crate::decode::{self, ListShape};
use crate::{FailureKind, Identity, Page, PageRequest, PageSource, SourceError};

/// A body from this size on is read on a thread of its own, so that the runtime's go on with the rest.
const LARGE: usize = 512 * 1024;

/// One list: its path below the project, the query that never changes, and the shape of its answers.
#[derive(Debug)]
pub(crate) struct HttpSource {
    client: Client,
    name: String,
    path: &'static str,
    fixed: Vec<(&'static str, String)>,
    shape: ListShape,
}

impl HttpSource {
    pub(crate) fn new(
        client: Client,
        name: String,
        path: &'static str,
        fixed: Vec<(&'static str, String)>,
        shape: ListShape,
    ) -> Self {
        Self { client, name, path, fixed, shape }
    }

    fn url(&self, request: &PageRequest) -> reqwest::Url {
        let mut pairs: Vec<(&str, Cow<'_, str>)> = vec![("limit", request.limit.get().to_string().into())];
        if request.offset.get() > 0 {
            pairs.push(("offset", request.offset.get().to_string().into()));
        }
        if let Some(marker) = &request.marker {
            pairs.push(("marker", marker.as_str().into()));
        }
        pairs.extend(self.fixed.iter().map(|(name, value)| (*name, value.as_str().into())));
        let segments: Vec<&str> =
            ["v5", "iot", &self.client.0.project_id].into_iter().chain(self.path.split('/')).collect();
        self.client.0.endpoint.url(&segments, &pairs)
    }

    async fn decode<T>(&self, body: Vec<u8>) -> Result<Page<T>, SourceError>
    where
        T: DeserializeOwned + Identity + Send + 'static,
    {
        let bytes = body.len();
        let page = if bytes < LARGE {
            decode::page(&body, &self.shape)
        } else {
            let shape = self.shape;
            tokio::task::spawn_blocking(move || decode::page(&body, &shape)).await.unwrap_or_else(|error| {
                Err(SourceError::new(FailureKind::Stopped, "the answer could not be read to its end").with_cause(error))
            })
        };
        page.map(|page| page.with_bytes(bytes))
    }
}

impl<T> PageSource<T> for HttpSource
where
    T: DeserializeOwned + Identity + Send + 'static,
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
