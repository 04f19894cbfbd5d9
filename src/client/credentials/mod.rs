//! STAND-IN, to be dropped on merge: a token only, in the shape that `exchange.rs` calls.
#![allow(missing_docs, dead_code)]

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{ArgumentError, SourceError};

#[derive(Clone)]
pub struct Credentials(String);

/// What is about to be sent, for those who sign it.
pub(crate) struct RequestToSign<'a> {
    pub(crate) method: &'a str,
    /// What goes over the wire: `host_str()`, `port()`, `path()` and `query()` are to be signed as they are.
    pub(crate) url: &'a reqwest::Url,
    /// Everything else that will be sent.
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) now: jiff::Timestamp,
}

/// What a request was authorised with.
pub(crate) type UsedCredentials = [(HeaderName, HeaderValue)];

impl Credentials {
    pub fn token(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    pub(crate) fn check(&self) -> Result<(), ArgumentError> {
        if !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(());
        }
        Err(ArgumentError::new("token", "(hidden)", "one or more visible ASCII characters"))
    }

    pub(crate) async fn authorize(
        &self,
        _request: &RequestToSign<'_>,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, SourceError> {
        let mut token = HeaderValue::from_str(&self.0)
            .map_err(|error| SourceError::new(crate::FailureKind::Credentials, "no token").with_cause(error))?;
        token.set_sensitive(true);
        Ok(vec![(HeaderName::from_static("x-auth-token"), token)])
    }

    pub(crate) async fn renew(&self, _used: &UsedCredentials) -> Result<bool, SourceError> {
        Ok(false)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(token)")
    }
}
