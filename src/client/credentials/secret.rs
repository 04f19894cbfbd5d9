//! Secret texts: kept in one place, wiped when the last owner is dropped, never shown.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::error::ArgumentError;

/// A text that `Debug` shows as `***`, and that has no `Display` at all.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// The text itself: for a signature, a header or a request body, and for nothing else.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for Secret {
    fn from(text: T) -> Self {
        Self(Arc::new(Zeroizing::new(text.into())))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Refuses what cannot be in a header or was pasted with a line break, without showing it.
fn checked(name: &'static str, text: &str) -> Result<(), ArgumentError> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let value = if text.is_empty() { "" } else { "***" };
    Err(ArgumentError::new(name, value, "one or more visible ASCII characters"))
}

/// What authenticates a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AuthMaterial {
    /// An IAM token, sent as it is.
    Token(Secret),
    /// Keys that sign each request.
    Keys(Keys),
}

impl AuthMaterial {
    pub(super) fn check(&self) -> Result<(), ArgumentError> {
        match self {
            Self::Token(token) => checked("token", token.reveal()),
            Self::Keys(keys) => {
                checked("access_key", &keys.access_key)?;
                checked("secret_key", keys.secret_key.reveal())?;
                keys.security_token.as_ref().map_or(Ok(()), |token| checked("security_token", token.reveal()))
            }
        }
    }
}

/// An access key with its secret, and the security token of temporary ones.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) access_key: String,
    pub(super) secret_key: Secret,
    pub(super) security_token: Option<Secret>,
}

impl Keys {
    pub(super) fn new(access_key: impl Into<String>, secret_key: impl Into<String>) -> Self {
        Self { access_key: access_key.into(), secret_key: secret_key.into().into(), security_token: None }
    }
}

/// Shows enough of an access key to tell two apart. It is a name, and no secret, but it is half of a pair.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.access_key.chars().take((self.access_key.chars().count() / 2).min(4)).collect();
        f.debug_struct("Keys")
            .field("access_key", &format_args!("{shown}***"))
            .field("secret_key", &self.secret_key)
            .field("security_token", &self.security_token)
            .finish()
    }
}
