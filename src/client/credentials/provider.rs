//! Credentials that the user supplies, and how long they last.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;

use super::secret::{AuthMaterial, Keys, Secret};
use crate::error::SourceError;

/// Credentials that last for a while: what a [`CredentialsProvider`] hands out.
///
/// `Debug` shows no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct TemporaryCredentials {
    pub(super) material: AuthMaterial,
    pub(super) expires_at: Option<Timestamp>,
}

impl TemporaryCredentials {
    /// An access key and its secret key.
    pub fn aksk(access_key: impl Into<String>, secret_key: impl Into<String>) -> Self {
        Self { material: AuthMaterial::Keys(Keys::new(access_key, secret_key)), expires_at: None }
    }

    /// The same with the security token that belongs to temporary keys.
    pub fn aksk_with_security_token(
        access_key: impl Into<String>,
        secret_key: impl Into<String>,
        security_token: impl Into<String>,
    ) -> Self {
        let security_token = Some(Secret::from(security_token));
        let keys = Keys { security_token, ..Keys::new(access_key, secret_key) };
        Self { material: AuthMaterial::Keys(keys), expires_at: None }
    }

    /// An IAM token.
    pub fn token(token: impl Into<String>) -> Self {
        Self { material: AuthMaterial::Token(token.into().into()), expires_at: None }
    }

    /// Says when they end. They are renewed somewhat earlier: by a fifth of their time, and by five minutes at most.
    /// Without it they are kept until the service refuses them.
    pub fn expires_at(mut self, end: Timestamp) -> Self {
        self.expires_at = Some(end);
        self
    }
}

/// Supplies credentials from elsewhere: a vault, a metadata service, another login.
///
/// What it brings is shared by all requests and kept until shortly before it expires, or until the service refuses
/// it. However many requests wait, one call is under way at a time; it may take 30 seconds, and it is dropped with
/// the request that made it.
///
/// # Example
/// ```
/// use iotda_batch_tasks::{Credentials, CredentialsProvider, SourceError, TemporaryCredentials};
///
/// struct Vault;
///
/// impl CredentialsProvider for Vault {
///     async fn current(&self) -> Result<TemporaryCredentials, SourceError> {
///         let in_an_hour = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
///         Ok(TemporaryCredentials::aksk("AK", "SK").expires_at(in_an_hour))
///     }
/// }
///
/// let credentials = Credentials::provider(Vault);
/// ```
pub trait CredentialsProvider: Send + Sync + 'static {
    /// Brings credentials that are good now.
    ///
    /// # Errors
    /// Whatever kept them from coming; put no secret into its message. All requests that waited for this call get the
    /// same error; the next one calls again. It is tried again if it says that this
    /// [can help](SourceError::is_retryable).
    fn current(&self) -> impl Future<Output = Result<TemporaryCredentials, SourceError>> + Send;
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<TemporaryCredentials, SourceError>> + Send + 'a>>;

/// A [`CredentialsProvider`] of any type.
pub(super) trait AnyProvider: Send + Sync {
    fn boxed_current(&self) -> Answer<'_>;
}

impl<P: CredentialsProvider> AnyProvider for P {
    fn boxed_current(&self) -> Answer<'_> {
        Box::pin(self.current())
    }
}

impl fmt::Debug for dyn AnyProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}
