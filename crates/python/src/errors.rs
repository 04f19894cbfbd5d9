//! Errors of the library as the exceptions of `iotda._errors`.

use std::time::Duration;

use iotda_batch_tasks::{ArgumentError, Error, FailureKind, PageRequest, SourceError};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use crate::reading::Failure;

/// What can go wrong, as an exception.
pub(crate) trait Raise: Send {
    fn raise(&self, py: Python<'_>) -> PyErr;
}

/// An exception of the class `name` with these attributes.
fn exception(
    py: Python<'_>,
    name: &str,
    message: &str,
    attributes: impl FnOnce(&Bound<'_, PyDict>) -> PyResult<()>,
) -> PyErr {
    let make = || -> PyResult<PyErr> {
        let keywords = PyDict::new(py);
        attributes(&keywords)?;
        let class = py.import("iotda._errors")?.getattr(name)?.cast_into::<PyType>()?;
        Ok(PyErr::from_value(class.call((message,), Some(&keywords))?))
    };
    make().unwrap_or_else(|error| error)
}

impl Raise for Error {
    fn raise(&self, py: Python<'_>) -> PyErr {
        reported(py, self, None)
    }
}

/// What the library reports, as an exception that carries the checkpoint of the stream or the watch, as text.
pub(crate) fn reported(py: Python<'_>, error: &Error, checkpoint: Option<String>) -> PyErr {
    let message = error.to_string();
    match error {
        Error::Argument(error) => error.raise(py),
        Error::Record(record) => exception(py, "RecordError", &message, |attributes| {
            attributes.set_item("checkpoint", checkpoint)?;
            attributes.set_item("path", record.path())?;
            attributes.set_item("position", record.position())?;
            attributes.set_item("identity", record.identity())?;
            set_request(attributes, record.request())
        }),
        Error::Page(page) => exception(py, class_of(page.failure()), &message, |attributes| {
            attributes.set_item("checkpoint", checkpoint)?;
            attributes.set_item("list", page.list())?;
            set_request(attributes, Some(page.request()))?;
            set_failure(attributes, page.failure())
        }),
        // A kind that the library has added.
        _ => exception(py, "IotdaError", &message, |attributes| attributes.set_item("checkpoint", checkpoint)),
    }
}

/// A failure of a request that is not for a page.
impl Raise for SourceError {
    fn raise(&self, py: Python<'_>) -> PyErr {
        exception(py, class_of(self), &self.to_string(), |attributes| set_failure(attributes, self))
    }
}

impl Raise for ArgumentError {
    fn raise(&self, py: Python<'_>) -> PyErr {
        exception(py, "ArgumentError", &self.to_string(), |attributes| {
            attributes.set_item("name", self.name())?;
            attributes.set_item("value", self.value())
        })
    }
}

/// An argument that breaks a rule of this package.
pub(crate) fn bad_argument(py: Python<'_>, name: &'static str, value: impl std::fmt::Display, rule: &str) -> PyErr {
    ArgumentError::new(name, value, rule).raise(py)
}

impl Raise for Failure {
    fn raise(&self, py: Python<'_>) -> PyErr {
        match self {
            Self::Reported(error, checkpoint) => reported(py, error, Some(checkpoint.to_string())),
            Self::Closed => closed(py, "stream"),
            Self::Gathered(records) => {
                let message = format!(
                    "a chunk of {records} records was gathered when its reader was interrupted: take it by chunks() first"
                );
                exception(py, "StateError", &message, |_| Ok(()))
            }
            Self::ByColumns => {
                let message = "the stream is read as Arrow data: use that reader, or resume from the checkpoint";
                exception(py, "StateError", message, |_| Ok(()))
            }
            Self::ByPages => {
                exception(py, "StateError", "the stream is read by pages(): use that iterator", |_| Ok(()))
            }
        }
    }
}

/// A task was waited for, and is not done.
pub(crate) fn not_done(py: Python<'_>, task_id: &str, limit: Duration) -> PyErr {
    exception(py, "WaitTimeoutError", &format!("task {task_id} is not done after {limit:?}"), |_| Ok(()))
}

/// Something is used that was closed.
pub(crate) fn closed(py: Python<'_>, what: &str) -> PyErr {
    exception(py, "StateError", &format!("the {what} is closed"), |_| Ok(()))
}

/// A forked child uses what its parent made.
pub(crate) fn forked(py: Python<'_>, what: &str, parent: u32, child: u32) -> PyErr {
    let message = format!(
        "the {what} was made by process {parent}, and this is process {child}: after a fork, make a new Client \
         and resume from a checkpoint, or start processes by \"spawn\""
    );
    exception(py, "ForkError", &message, |_| Ok(()))
}

/// Something that must not happen.
pub(crate) fn internal(message: &'static str) -> PyErr {
    PyRuntimeError::new_err(message)
}

fn class_of(failure: &SourceError) -> &'static str {
    match failure.kind() {
        FailureKind::Status if failure.is_throttled() => "ThrottledError",
        FailureKind::Status => "HttpError",
        FailureKind::Connect => "ConnectError",
        FailureKind::Timeout => "RequestTimeoutError",
        FailureKind::Interrupted => "BrokenConnectionError",
        FailureKind::Decode => "DecodeError",
        FailureKind::Tls => "TlsError",
        FailureKind::Proxy => "ProxyError",
        FailureKind::TooLarge => "TooLargeError",
        FailureKind::Paging => "PagingError",
        FailureKind::Credentials => "CredentialsError",
        _ => "PageError",
    }
}

fn set_request(attributes: &Bound<'_, PyDict>, request: Option<&PageRequest>) -> PyResult<()> {
    let Some(request) = request else { return Ok(()) };
    attributes.set_item("marker", request.marker.map(|marker| marker.to_string()))?;
    attributes.set_item("offset", request.offset.get())?;
    attributes.set_item("limit", request.limit.get())
}

fn set_failure(attributes: &Bound<'_, PyDict>, failure: &SourceError) -> PyResult<()> {
    attributes.set_item("status", failure.status())?;
    attributes.set_item("code", failure.error_code())?;
    attributes.set_item("service_message", failure.error_msg())?;
    attributes.set_item("request_id", failure.request_id())?;
    attributes.set_item("attempt", failure.attempt())?;
    attributes.set_item("is_retryable", failure.is_retryable())
}
