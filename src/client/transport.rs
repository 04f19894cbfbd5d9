//! One request and its answer, piece by piece to the last byte.

// Knows HTTP; must not know pages, retries or quotas.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use jiff::Timestamp;
use reqwest::Url;
use tokio::time::Instant;
use tracing::{Instrument, Span};

use super::credentials::{Authorized, Credentials, RequestToSign};
use super::failure;
use super::quota::{Gate, StatedQuota};
use super::request_counts::Counters;
use super::retry::PROGRESS;
use crate::error::answer;
use crate::{FailureKind, SourceError};

/// What all requests of a client have in common.
pub(crate) struct Transport {
    pub(super) http: reqwest::Client,
    pub(super) credentials: Credentials,
    pub(super) headers: HeaderMap,
    pub(super) max_body_bytes: usize,
    pub(super) request_timeout: Duration,
    /// Whether the endpoint is one that many users share.
    pub(super) is_shared: bool,
    /// Is informed of the quotas that answers state.
    pub(super) gate: Gate,
    pub(super) counters: Arc<Counters>,
    /// `None` where the user's HTTP client has its own rule.
    pub(super) checks_certificates: Option<bool>,
}

/// One attempt to get a page.
#[derive(Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub(super) url: &'a Url,
    pub(super) project_id: &'a str,
    pub(super) stats: &'a AttemptStats,
    /// Has the fields `status`, `bytes` and `milliseconds`, which are filled in.
    pub(super) span: &'a Span,
}

/// What the attempts of one page request have in common.
#[derive(Debug, Default)]
pub(super) struct AttemptStats {
    sent: AtomicU32,
    renewed: AtomicBool,
    arrived: AtomicU64,
    /// Kept for a diagnosis alone.
    observed: Option<Mutex<Option<Observed>>>,
}

/// What the latest answer, of any status, showed beside its body.
#[derive(Clone, Debug)]
pub(super) struct Observed {
    pub(super) version: Version,
    /// The service's clock, and this machine's at that moment.
    pub(super) date: Option<Timestamp>,
    pub(super) at: Timestamp,
    pub(super) quotas: Vec<StatedQuota>,
}

impl AttemptStats {
    pub(super) fn observing() -> Self {
        Self { observed: Some(Mutex::default()), ..Self::default() }
    }

    fn observe(&self, answer: &reqwest::Response) {
        let Some(observed) = &self.observed else { return };
        let headers = answer.headers();
        let quotas = StatedQuota::in_headers(headers);
        let date = failure::date(headers);
        let seen = Observed { version: answer.version(), date, at: Timestamp::now(), quotas };
        *observed.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
    }

    pub(super) fn observed(&self) -> Option<Observed> {
        self.observed.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many bytes of bodies have come.
    pub(super) fn arrived(&self) -> u64 {
        self.arrived.load(Ordering::Relaxed)
    }

    /// How many requests went out.
    pub(super) fn sent(&self) -> u32 {
        self.sent.load(Ordering::Relaxed)
    }
}

/// An answer with status 200 whose body is still to come.
pub(super) struct Answer<'a> {
    answer: reqwest::Response,
    bytes: usize,
    most: usize,
    stats: &'a AttemptStats,
    clock: Clock<'a>,
}

/// The time of one request. Its limit counts from the sending, and anew whenever another [`PROGRESS`] has come: a large
/// page over a slow link takes as long as it takes.
struct Clock<'a> {
    started: Instant,
    limit: Duration,
    /// When the limit began to count, and how much has come since.
    counts_from: Instant,
    since: usize,
    span: &'a Span,
}

impl Transport {
    /// Requests the page. Returns the answer if it is a 200; every other one is an error.
    ///
    /// Credentials that are refused are renewed and the request is sent again, once in all attempts.
    pub(super) async fn get<'a>(&self, attempt: Attempt<'a>) -> Result<Answer<'a>, SourceError> {
        let used = self.authorize(attempt).await?;
        let refused = match self.send_in_time(attempt, &used).await {
            Err(error) if failure::refuses_credentials(&error) => error,
            answer => return answer,
        };
        if attempt.stats.renewed.swap(true, Ordering::Relaxed) {
            return Err(refused);
        }
        if !self.credentials.renew(&self.http, used.generation, Timestamp::now()).await? {
            return Err(refused);
        }
        let renewed = self.authorize(attempt).await?;
        self.send_in_time(attempt, &renewed).await
    }

    /// The whole body of the answer to [`get`](Self::get), read in the attempt's span.
    pub(super) async fn body(&self, attempt: Attempt<'_>) -> Result<Vec<u8>, SourceError> {
        let read = async {
            let (mut answer, mut body) = (self.get(attempt).await?, Vec::new());
            while answer.add_to(&mut body).await? {}
            Ok(body)
        };
        read.instrument(attempt.span.clone()).await
    }

    async fn authorize(&self, attempt: Attempt<'_>) -> Result<Authorized, SourceError> {
        let headers = self.headers_of(attempt);
        let now = Timestamp::now();
        let to_sign = RequestToSign { method: "GET", url: attempt.url, headers: &headers, body: b"", now };
        self.credentials.authorize(&self.http, &to_sign).await
    }

    /// What the request carries besides its credentials.
    fn headers_of(&self, attempt: Attempt<'_>) -> HeaderMap {
        let mut headers = self.headers.clone();
        if let Ok(value) = HeaderValue::from_str(attempt.project_id) {
            headers.insert(HeaderName::from_static("x-project-id"), value);
        }
        headers
    }

    async fn send_in_time<'a>(&self, attempt: Attempt<'a>, authorized: &Authorized) -> Result<Answer<'a>, SourceError> {
        attempt.stats.sent.fetch_add(1, Ordering::Relaxed);
        self.counters.sent();
        let clock = Clock::new(self.request_timeout, attempt.span);
        let answer = clock.in_time(self.send(attempt, &authorized.headers)).await?;
        Ok(Answer { answer, bytes: 0, most: self.max_body_bytes, stats: attempt.stats, clock })
    }

    async fn send(
        &self,
        attempt: Attempt<'_>,
        credentials: &[(HeaderName, HeaderValue)],
    ) -> Result<reqwest::Response, SourceError> {
        let mut request = reqwest::Request::new(Method::GET, attempt.url.clone());
        *request.headers_mut() = self.headers_of(attempt);
        for (name, value) in credentials {
            request.headers_mut().insert(name, value.clone());
        }
        let answer = self.http.execute(request).await.map_err(|error| failure::of_transport(error, self.is_shared))?;
        attempt.span.record("status", answer.status().as_u16());
        self.gate.stated(&StatedQuota::in_headers(answer.headers()));
        attempt.stats.observe(&answer);
        if answer.url() != attempt.url {
            return Err(failure::redirect_followed(answer.url()));
        }
        if answer.status() == StatusCode::OK {
            failure::refuse_encoded(answer.headers())?;
            let claimed = answer.content_length().unwrap_or(0);
            if claimed > self.max_body_bytes as u64 {
                return Err(failure::too_large(&claimed.to_string(), self.max_body_bytes));
            }
            return Ok(answer);
        }
        self.counters.refused();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer::body_of(http::Response::from(answer).into_body()).await;
        Err(failure::of_status(status, &headers, &body, credentials))
    }
}

impl Answer<'_> {
    /// How many bytes are still to come, as far as the answer says so.
    pub(super) fn claimed(&self) -> u64 {
        self.answer.content_length().unwrap_or(0)
    }

    /// Adds to `body` what comes next; returns whether there was any more.
    pub(super) async fn add_to(&mut self, body: &mut Vec<u8>) -> Result<bool, SourceError> {
        let next = async { self.answer.chunk().await.map_err(|error| failure::of_transport(error, false)) };
        let Some(chunk) = self.clock.in_time(next).await? else {
            self.clock.span.record("bytes", self.bytes as u64);
            return Ok(false);
        };
        self.bytes += chunk.len();
        if self.bytes > self.most {
            return Err(failure::too_large(&format!("{} or more", self.bytes), self.most));
        }
        self.clock.arrived(chunk.len());
        self.stats.arrived.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        body.extend_from_slice(&chunk);
        Ok(true)
    }

    /// Whether the answer says how long it is.
    pub(super) fn has_length(&self) -> bool {
        self.answer.content_length().is_some()
    }
}

impl<'a> Clock<'a> {
    fn new(limit: Duration, span: &'a Span) -> Self {
        let now = Instant::now();
        Self { started: now, limit, counts_from: now, since: 0, span }
    }

    fn arrived(&mut self, bytes: usize) {
        self.since += bytes;
        if self.since >= PROGRESS {
            (self.counts_from, self.since) = (Instant::now(), 0);
        }
    }

    async fn in_time<T>(&self, step: impl Future<Output = Result<T, SourceError>>) -> Result<T, SourceError> {
        let left = self.limit.saturating_sub(self.counts_from.elapsed());
        tokio::time::timeout(left, step).await.unwrap_or_else(|_| {
            let message = match self.counts_from == self.started {
                true => format!("no complete answer within {:?}", self.limit),
                false => format!("the answer stalled for {:?}", self.limit),
            };
            Err(SourceError::new(FailureKind::Timeout, message))
        })
    }
}

impl Drop for Clock<'_> {
    fn drop(&mut self) {
        self.span.record("milliseconds", self.started.elapsed().as_millis() as u64);
    }
}
