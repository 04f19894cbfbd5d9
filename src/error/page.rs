//! A page that could not be read, and why its source could not bring it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::chain;
use crate::paging::PageRequest;

type Cause = Box<dyn std::error::Error + Send + Sync>;
/// Shared, so that one failure can be reported to all who waited for it.
type SharedCause = Arc<dyn std::error::Error + Send + Sync>;

/// A rate limit that comes as a 403 (section 7).
const RATE_LIMITS: [&str; 2] = ["IOTDA.021101", "IOTDA.021102"];
/// How the gateway answers for a path that is not there.
#[cfg(feature = "client")]
const NO_SUCH_CALL: [&str; 2] = ["APIGW.0101", "APIG.0101"];
const LONGEST_WORD: usize = 128;
const LONGEST_MESSAGE: usize = 400;

/// A page that could not be read: which request, of which list, and why.
///
/// Its text has that of its [`failure`](Self::failure), so it has no [`source`](std::error::Error::source).
#[derive(Debug)]
pub struct PageError {
    pub(crate) list: Option<String>,
    pub(crate) request: PageRequest,
    pub(crate) failure: SourceError,
}

impl PageError {
    /// The list, where a stream reads several or knows its name: a task type, say.
    #[must_use]
    pub fn list(&self) -> Option<&str> {
        self.list.as_deref()
    }

    /// The request that failed.
    #[must_use]
    pub fn request(&self) -> &PageRequest {
        &self.request
    }

    /// Why.
    #[must_use]
    pub fn failure(&self) -> &SourceError {
        &self.failure
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(list) = &self.list {
            write!(f, "{list}: ")?;
        }
        write!(f, "page {} failed: ", self.request)?;
        self.failure.fmt(f)
    }
}

impl std::error::Error for PageError {}

/// What kind of thing went wrong with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// No connection could be made.
    Connect,
    /// A time limit ran out.
    Timeout,
    /// The connection broke before the answer was complete.
    Interrupted,
    /// The service answered with an error status.
    Status,
    /// The answer is not what the service documents.
    Decode,
    /// No secure connection: the certificate is not trusted, has expired or is for another name, no TLS version is in
    /// common, or the port speaks no TLS.
    Tls,
    /// The proxy did not let the request through.
    Proxy,
    /// The answer is larger than the cap, or headers are larger than the peer takes.
    TooLarge,
    /// The answer breaks a paging rule: the scan would never end, or lose records.
    Paging,
    /// Credentials could not be obtained.
    Credentials,
    /// The project, which was not given, could not be looked up.
    Project,
    /// The runtime stopped while the page was being fetched.
    Stopped,
    /// Something else: the message says what.
    Other,
}

/// Why a [`PageSource`](crate::PageSource) could not bring a page.
///
/// Your own source makes one with [`new`](Self::new) and adds what it knows.
#[derive(Clone, Debug)]
pub struct SourceError(Box<Failure>);

#[derive(Clone, Debug)]
struct Failure {
    kind: FailureKind,
    message: String,
    status: Option<u16>,
    error_code: Option<String>,
    error_msg: Option<String>,
    request_id: Option<String>,
    attempt: u32,
    retryable: bool,
    retry_after: Option<Duration>,
    cause: Option<SharedCause>,
}

impl SourceError {
    /// A failure of `kind`, described in a few words that show no secret. It is the first attempt, and a retry can
    /// help where the kind is [`Connect`](FailureKind::Connect), [`Timeout`](FailureKind::Timeout) or
    /// [`Interrupted`](FailureKind::Interrupted).
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        use FailureKind::{Connect, Interrupted, Timeout};
        Self(Box::new(Failure {
            kind,
            message: message.into(),
            status: None,
            error_code: None,
            error_msg: None,
            request_id: None,
            attempt: 1,
            retryable: matches!(kind, Connect | Timeout | Interrupted),
            retry_after: None,
            cause: None,
        }))
    }

    /// A failure of your own source, of the kind [`Other`](FailureKind::Other), which is not retried: `error` is its
    /// [cause](Self::cause). Give it to `map_err`, or let `?` use it where your error is made into a `SourceError`:
    ///
    /// ```
    /// use iotda_batch_tasks::SourceError;
    ///
    /// #[derive(Debug, thiserror::Error)]
    /// #[error("the session has ended")]
    /// struct SessionEnded;
    ///
    /// impl From<SessionEnded> for SourceError {
    ///     fn from(error: SessionEnded) -> Self {
    ///         SourceError::other(error)
    ///     }
    /// }
    ///
    /// fn by_your_error() -> Result<(), SourceError> {
    ///     Err(SessionEnded)?
    /// }
    /// fn by_any_error() -> Result<(), SourceError> {
    ///     std::fs::read("/no/such/file").map_err(SourceError::other)?;
    ///     Ok(())
    /// }
    /// assert_eq!(by_your_error().unwrap_err().to_string(), "the source failed: the session has ended");
    /// assert!(!by_any_error().unwrap_err().is_retryable());
    /// ```
    pub fn other(error: impl Into<Cause>) -> Self {
        Self::new(FailureKind::Other, "the source failed").with_cause(error)
    }

    /// Adds the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Adds the service's `error_code` and `error_msg`. Both are shortened, and control characters in a code are
    /// escaped.
    #[must_use]
    pub fn with_service_error(mut self, code: Option<String>, message: Option<String>) -> Self {
        self.0.error_code = code.map(|code| word(&code));
        self.0.error_msg = message.map(|message| shortened(&message, LONGEST_MESSAGE));
        self
    }

    /// Adds the request id, for the service's support.
    #[must_use]
    pub fn with_request_id(mut self, request_id: Option<String>) -> Self {
        self.0.request_id = request_id.map(|id| word(&id));
        self
    }

    /// Sets which attempt failed, counted from 1.
    #[must_use]
    pub fn with_attempt(mut self, attempt: u32) -> Self {
        self.0.attempt = attempt;
        self
    }

    /// Sets whether a retry can help.
    #[must_use]
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    /// Adds how long the service requires to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    /// Adds the error underneath.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<Cause>) -> Self {
        self.0.cause = Some(Arc::from(cause.into()));
        self
    }

    /// What kind of thing went wrong.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        self.0.kind
    }

    /// The HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Whether the service refused the request as invalid, by status 400: a task type that it does not know, a marker
    /// that it does not take.
    /// A 400 of IAM or of a proxy is not the service's.
    #[must_use]
    pub fn is_bad_request(&self) -> bool {
        self.is_service_status() && self.0.status == Some(400)
    }

    /// Whether a status is that of the list itself, and not of what stands before it.
    pub(crate) fn is_service_status(&self) -> bool {
        !matches!(self.0.kind, FailureKind::Credentials | FailureKind::Project | FailureKind::Proxy)
    }

    /// Whether the service itself says that there is no such task. Without a code it is not the service that answers, and the
    /// gateway's codes are about the path.
    #[cfg(feature = "client")]
    pub(crate) fn is_no_such_task(&self) -> bool {
        let is_of_service = |code: &str| !code.is_empty() && !NO_SUCH_CALL.contains(&code);
        self.0.status == Some(404) && self.error_code().is_some_and(is_of_service)
    }

    /// Whether the service refused the request because there are too many: by status 429, or by a 403 that is a rate
    /// limit. A 429 of IAM is not the service's.
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        self.0.kind == FailureKind::Status && self.is_rate_limit()
    }

    /// Whether there were too many requests, whether at the service or at IAM.
    pub(crate) fn is_rate_limit(&self) -> bool {
        match self.0.status {
            Some(429) => true,
            Some(403) => self.error_code().is_some_and(|code| RATE_LIMITS.contains(&code)),
            _ => false,
        }
    }

    /// The service's `error_code`, such as `IOTDA.000006`.
    #[must_use]
    pub fn error_code(&self) -> Option<&str> {
        self.0.error_code.as_deref()
    }

    /// The service's `error_msg`.
    #[must_use]
    pub fn error_msg(&self) -> Option<&str> {
        self.0.error_msg.as_deref()
    }

    /// The request id, for the service's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Which attempt failed, counted from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.0.attempt
    }

    /// Whether a retry can help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// How long the service requires to wait before the next attempt.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The error underneath, if there is one.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        self.0.cause.as_deref()
    }
}

/// As [`SourceError::other`]: `?` on a boxed error in a [`PageSource`](crate::PageSource).
impl From<Cause> for SourceError {
    fn from(error: Cause) -> Self {
        Self::other(error)
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failure = &self.0;
        f.write_str(&failure.message)?;
        if let Some(code) = &failure.error_code {
            write!(f, ": {code}")?;
        }
        if let Some(message) = &failure.error_msg {
            write!(f, " {message:?}")?;
        }
        if let Some(id) = &failure.request_id {
            write!(f, " (request id {id})")?;
        }
        if failure.attempt > 1 {
            write!(f, " (attempt {})", failure.attempt)?;
        }
        failure.cause.as_deref().map_or(Ok(()), |cause| write!(f, ": {}", chain(cause)))
    }
}

/// The text has all that is underneath, so there is no source: see [`SourceError::cause`].
impl std::error::Error for SourceError {}

/// A code or an id, fit for one line.
fn word(text: &str) -> String {
    let text = shortened(text, LONGEST_WORD);
    if text.bytes().all(|byte| byte.is_ascii_graphic()) { text } else { format!("{text:?}") }
}

fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_owned(),
    }
}
