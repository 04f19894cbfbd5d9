//! What can go wrong, as typed values: a bad argument, a page that failed, a record that cannot be read.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::paging::PageRequest;

type Cause = Box<dyn std::error::Error + Send + Sync>;
/// Shared, so that one failure can be told to all who waited for it.
type SharedCause = Arc<dyn std::error::Error + Send + Sync>;

/// Why a call or an item failed.
///
/// [`Argument`](Self::Argument) comes before anything is sent. In a stream,
/// [`Record`](Self::Record) stands in the place of one record and the stream goes on behind it;
/// [`Page`](Self::Page) is the last item: everything before it was delivered, and the checkpoint of the stream
/// continues right there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An argument breaks a rule; nothing was sent.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// A page could not be read.
    #[error(transparent)]
    Page(Box<PageError>),
    /// A record of a page could not be read.
    #[error(transparent)]
    Record(Box<RecordError>),
}

impl Error {
    /// The request that failed or that brought the unreadable record.
    #[must_use]
    pub fn request(&self) -> Option<&PageRequest> {
        match self {
            Self::Argument(_) => None,
            Self::Page(error) => Some(&error.request),
            Self::Record(error) => error.request.as_ref(),
        }
    }

    /// What the source said of a page that failed.
    #[must_use]
    pub fn failure(&self) -> Option<&SourceError> {
        match self {
            Self::Page(error) => Some(&error.failure),
            _ => None,
        }
    }

    /// Whether the same request may succeed later: a time-out, say, and not a refused argument.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.failure().is_some_and(SourceError::is_retryable)
    }

    /// Whether the service refused the request as invalid: see [`SourceError::is_bad_request`].
    #[must_use]
    pub fn is_bad_request(&self) -> bool {
        self.failure().is_some_and(SourceError::is_bad_request)
    }
}

impl From<RecordError> for Error {
    fn from(error: RecordError) -> Self {
        Self::Record(Box::new(error))
    }
}

pub use iotda_paging::ArgumentError;

/// A page that could not be read: which request, of which list, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}page {request} failed: {failure}", Of(.list))]
#[non_exhaustive]
pub struct PageError {
    /// The list, where a stream reads several or knows its name: a task type, say.
    pub list: Option<String>,
    /// The request that failed.
    pub request: PageRequest,
    /// Why.
    #[source]
    pub failure: SourceError,
}

struct Of<'a>(&'a Option<String>);

impl fmt::Display for Of<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |list| write!(f, "{list}: "))
    }
}

/// What kind of thing went wrong with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// No connection came about.
    Connect,
    /// A time limit ran out.
    Timeout,
    /// The connection broke before the answer was complete.
    Interrupted,
    /// The service answered with an error status.
    Status,
    /// The answer is not what the service documents.
    Decode,
    /// The answer is larger than the cap.
    TooLarge,
    /// The answer breaks a paging rule: going on would never end or lose records.
    Paging,
    /// Credentials could not be had.
    Credentials,
    /// The runtime stopped while the page was being fetched.
    Stopped,
    /// Something else, told by the source.
    Other,
}

/// Why a [`PageSource`](crate::PageSource) could not bring a page.
///
/// A source of your own makes one with [`new`](Self::new) and adds what it knows.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", Told(self))]
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
    /// A failure of `kind`, told in a few words that show no secret. It is the first attempt, and trying again
    /// helps where the kind is [`Connect`](FailureKind::Connect), [`Timeout`](FailureKind::Timeout) or
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

    /// Adds the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Adds the service's `error_code` and `error_msg`.
    #[must_use]
    pub fn with_service_error(mut self, code: Option<String>, message: Option<String>) -> Self {
        self.0.error_code = code;
        self.0.error_msg = message;
        self
    }

    /// Adds the request id that the service's support asks for.
    #[must_use]
    pub fn with_request_id(mut self, request_id: Option<String>) -> Self {
        self.0.request_id = request_id;
        self
    }

    /// Says which attempt failed, counted from 1.
    #[must_use]
    pub fn with_attempt(mut self, attempt: u32) -> Self {
        self.0.attempt = attempt;
        self
    }

    /// Says whether trying again can help.
    #[must_use]
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    /// Says how long the service asked to wait.
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
    #[must_use]
    pub fn is_bad_request(&self) -> bool {
        self.0.status == Some(400)
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

    /// The request id that the service's support asks for.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Which attempt failed, counted from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.0.attempt
    }

    /// Whether trying again can help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// How long the service asked to wait before the next try.
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

struct Told<'a>(&'a SourceError);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failure = &self.0.0;
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
        failure.cause.as_ref().map_or(Ok(()), |cause| write!(f, ": {cause}"))
    }
}

/// A record that could not be read. It is an item of its own, in its place, and the stream goes on behind it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("record {position} of page {} cannot be read: at {path}: {message}", Asked(.request))]
#[non_exhaustive]
pub struct RecordError {
    /// Its place in the page, counted from 0.
    pub position: usize,
    /// The JSON path to what could not be read, such as `batchtasks[3].task_progress.total`.
    pub path: Box<str>,
    /// What was wrong there.
    pub message: Box<str>,
    /// Its id, where that much could be read; else a text that is the same for the same bytes. Seams are judged by
    /// it.
    pub identity: Option<Box<str>>,
    /// The request that brought the page. The stream fills it in.
    pub request: Option<PageRequest>,
}

impl RecordError {
    /// An unreadable record at `position` of its page.
    pub fn new(position: usize, path: impl Into<Box<str>>, message: impl Into<Box<str>>) -> Self {
        Self { position, path: path.into(), message: message.into(), identity: None, request: None }
    }

    /// Adds what the record is told apart by.
    #[must_use]
    pub fn with_identity(mut self, identity: impl Into<Box<str>>) -> Self {
        self.identity = Some(identity.into());
        self
    }
}

struct Asked<'a>(&'a Option<PageRequest>);

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(request) => request.fmt(f),
            None => f.write_str("(not asked yet)"),
        }
    }
}

impl crate::Identity for RecordError {
    fn identity(&self) -> Option<&str> {
        self.identity.as_deref()
    }
}
