//! What can go wrong, as typed values: a bad argument, a page that failed, a record that cannot be read.

#[cfg(any(feature = "client", feature = "tower"))]
pub(crate) mod answer;
mod chain;
mod page;
mod record;

pub(crate) use chain::chain;
pub use iotda_paging::ArgumentError;
pub use page::{FailureKind, PageError, SourceError};
pub use record::RecordError;

use crate::paging::PageRequest;

/// Why a call or an item failed.
///
/// [`Argument`](Self::Argument) comes before anything is sent. In a stream,
/// [`Record`](Self::Record) takes the place of one record and the stream continues after it;
/// [`Page`](Self::Page) is the last item: everything before it was delivered, and the checkpoint of the stream
/// continues right there.
///
/// The text of an error is a line that has everything, the causes underneath included. So an error here has no
/// [`source`](std::error::Error::source): a printed chain of errors repeats nothing. The causes themselves
/// are at [`SourceError::cause`].
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

    /// Why the source could not bring the page.
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
