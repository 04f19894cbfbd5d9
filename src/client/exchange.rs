//! One request and its answer, to the last byte. Knows HTTP; must not know pages, retries or quotas.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use reqwest::Url;
use tokio::time::Instant;
use tracing::Span;

use super::credentials::{Authorized, Credentials, RequestToSign};
use super::failure;
use crate::{FailureKind, SourceError};

/// Of an error's body no more is read: it is there to be shown.
const ERROR_BYTES: usize = 16 * 1024;
/// A `Content-Length` is only a claim; beyond this the buffer grows with what really comes.
const RESERVED_BYTES: usize = 1024 * 1024;

/// What all requests of a client have in common.
pub(crate) struct Exchange {
    pub(super) http: reqwest::Client,
    pub(super) credentials: Credentials,
    pub(super) headers: HeaderMap,
    pub(super) max_body_bytes: usize,
    pub(super) request_timeout: Duration,
}

/// One attempt to get a page.
#[derive(Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub(super) url: &'a Url,
    pub(super) tries: &'a Tries,
    /// Has the fields `status`, `bytes` and `milliseconds`, which are filled in.
    pub(super) span: &'a Span,
}

/// What the attempts of one page request have in common.
#[derive(Debug, Default)]
pub(super) struct Tries {
    sent: AtomicU32,
    renewed: AtomicBool,
}

impl Tries {
    /// How many requests went out.
    pub(super) fn sent(&self) -> u32 {
        self.sent.load(Ordering::Relaxed)
    }
}

impl Exchange {
    /// Asks for the page and brings the body of a 200; every other answer is an error.
    ///
    /// Credentials that are refused are renewed and the request is sent again, once in all tries.
    pub(super) async fn get(&self, attempt: Attempt<'_>) -> Result<Vec<u8>, SourceError> {
        let used = self.authorize(attempt.url).await?;
        let refused = match self.send_in_time(attempt, &used).await {
            Err(error) if failure::refuses_credentials(&error) => error,
            answer => return answer,
        };
        if attempt.tries.renewed.swap(true, Ordering::Relaxed) {
            return Err(refused);
        }
        if !self.credentials.renew(&self.http, used.generation, Timestamp::now()).await? {
            return Err(refused);
        }
        let renewed = self.authorize(attempt.url).await?;
        self.send_in_time(attempt, &renewed).await
    }

    async fn authorize(&self, url: &Url) -> Result<Authorized, SourceError> {
        let to_sign = RequestToSign { method: "GET", url, headers: &self.headers, body: b"", now: Timestamp::now() };
        self.credentials.authorize(&self.http, &to_sign).await
    }

    async fn send_in_time(&self, attempt: Attempt<'_>, authorized: &Authorized) -> Result<Vec<u8>, SourceError> {
        attempt.tries.sent.fetch_add(1, Ordering::Relaxed);
        let started = Instant::now();
        let answer = tokio::time::timeout(self.request_timeout, self.send(attempt, &authorized.headers)).await;
        attempt.span.record("milliseconds", started.elapsed().as_millis() as u64);
        answer.unwrap_or_else(|_| {
            let message = format!("no complete answer within {:?}", self.request_timeout);
            Err(SourceError::new(FailureKind::Timeout, message))
        })
    }

    async fn send(
        &self,
        attempt: Attempt<'_>,
        credentials: &[(HeaderName, HeaderValue)],
    ) -> Result<Vec<u8>, SourceError> {
        let mut request = reqwest::Request::new(Method::GET, attempt.url.clone());
        *request.headers_mut() = self.headers.clone();
        for (name, value) in credentials {
            request.headers_mut().insert(name, value.clone());
        }
        let answer = self.http.execute(request).await.map_err(failure::of_transport)?;
        attempt.span.record("status", answer.status().as_u16());
        if answer.url() != attempt.url {
            return Err(failure::redirect_followed(answer.url()));
        }
        if answer.status() == StatusCode::OK {
            failure::refuse_encoded(answer.headers())?;
            let body = self.whole_body(answer).await?;
            attempt.span.record("bytes", body.len() as u64);
            return Ok(body);
        }
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = beginning(answer).await;
        Err(failure::of_status(status, &headers, &body, credentials))
    }

    async fn whole_body(&self, mut answer: reqwest::Response) -> Result<Vec<u8>, SourceError> {
        let most = self.max_body_bytes;
        let too_large = |what: String| {
            let message = format!("the answer has {what} bytes; max_body_bytes allows {most}");
            Err(SourceError::new(FailureKind::TooLarge, message))
        };
        let claimed = answer.content_length().unwrap_or(0);
        if claimed > most as u64 {
            return too_large(claimed.to_string());
        }
        let mut body = Vec::with_capacity(RESERVED_BYTES.min(claimed as usize));
        while let Some(chunk) = answer.chunk().await.map_err(failure::of_transport)? {
            if body.len() + chunk.len() > most {
                return too_large(format!("{} or more", body.len() + chunk.len()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// As much of an error's body as is worth showing; a body that breaks off is shown as far as it came.
async fn beginning(mut answer: reqwest::Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        body.extend_from_slice(&chunk[..chunk.len().min(ERROR_BYTES - body.len())]);
        if body.len() == ERROR_BYTES {
            break;
        }
    }
    body
}
