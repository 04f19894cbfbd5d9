//! What went wrong with one member of a fleet.

use std::sync::Arc;

use crate::Error;

/// An error of one member of a fleet. After [`Error::Record`] the member continues; after any other error it has ended,
/// and the others continue.
#[derive(Debug, thiserror::Error)]
#[error("{member}: {error}")]
pub struct MemberError {
    member: Arc<str>,
    error: Error,
}

impl MemberError {
    pub(super) fn new(member: Arc<str>, error: Error) -> Self {
        Self { member, error }
    }

    /// The name of the member.
    #[must_use]
    pub fn member(&self) -> &str {
        &self.member
    }

    /// What went wrong.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// What went wrong, without the name.
    #[must_use]
    pub fn into_error(self) -> Error {
        self.error
    }
}
