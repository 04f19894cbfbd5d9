//! Turns authentication material into the headers of one request.

// Knows the request as it will be sent; must not know where the material comes from.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;
use reqwest::Url;

use super::algorithm::SigningAlgorithm;
use super::secret::{AuthMaterial, Keys};
use super::signing::{Signed, authorization};
use crate::error::{ArgumentError, FailureKind, SourceError};

const AUTH_TOKEN: &str = "x-auth-token";
const SDK_DATE: &str = "x-sdk-date";
const SECURITY_TOKEN: &str = "x-security-token";

/// A request that is about to be sent.
pub(crate) struct RequestToSign<'a> {
    pub(crate) method: &'a str,
    /// As it goes over the wire: host, port, path and query are signed as they are.
    pub(crate) url: &'a Url,
    /// The headers that it has so far. Those whose names begin with `x-`, `content-type` and `instance-id` are signed;
    /// a proxy may rewrite the others on the way.
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) now: Timestamp,
}

/// How the keys of one client sign.
pub(super) struct Signing<'a> {
    pub(super) algorithm: SigningAlgorithm,
    pub(super) region: Option<&'a str>,
}

/// The headers to add to `request`. All but the date are marked sensitive.
pub(super) fn headers(
    material: &AuthMaterial,
    signing: &Signing<'_>,
    request: &RequestToSign<'_>,
) -> Result<Vec<(HeaderName, HeaderValue)>, SourceError> {
    material.check().map_err(|error| unusable(&error))?;
    match material {
        AuthMaterial::Token(token) => Ok(vec![(HeaderName::from_static(AUTH_TOKEN), secret_value(token.reveal())?)]),
        AuthMaterial::Keys(keys) => signed(keys, signing, request),
    }
}

fn signed(
    keys: &Keys,
    signing: &Signing<'_>,
    request: &RequestToSign<'_>,
) -> Result<Vec<(HeaderName, HeaderValue)>, SourceError> {
    let host_name = request.url.host_str().unwrap_or_default();
    let key = signing.algorithm.key(host_name, signing.region).map_err(|error| unusable(&error))?;
    let host = request.url.port().map_or_else(|| host_name.to_owned(), |port| format!("{host_name}:{port}"));
    let date = request.now.strftime(crate::task::time::FORMAT).to_string();
    let mut covered = vec![("host", host.as_str()), (SDK_DATE, date.as_str())];
    for (name, value) in request.headers.iter().filter(|(name, _)| is_covered(name)) {
        let value =
            value.to_str().map_err(|_| failure(format!("the header {name} cannot be signed: it is no text")))?;
        covered.push((name.as_str(), value));
    }
    if let Some(token) = &keys.security_token {
        covered.push((SECURITY_TOKEN, token.reveal()));
    }
    let request = Signed {
        method: request.method,
        path: request.url.path(),
        query: request.url.query().unwrap_or_default(),
        headers: &covered,
        body: request.body,
        date: &date,
    };
    let authorization = authorization(&keys.access_key, keys.secret_key.reveal(), key, &request);
    let date = HeaderValue::from_str(&date).map_err(|_| failure("the time does not fit into a header"))?;
    let mut headers =
        vec![(HeaderName::from_static(SDK_DATE), date), (header::AUTHORIZATION, secret_value(&authorization)?)];
    if let Some(token) = &keys.security_token {
        headers.push((HeaderName::from_static(SECURITY_TOKEN), secret_value(token.reveal())?));
    }
    Ok(headers)
}

fn is_covered(name: &HeaderName) -> bool {
    let replaced = [SDK_DATE, SECURITY_TOKEN].contains(&name.as_str());
    !replaced && (name.as_str().starts_with("x-") || name == header::CONTENT_TYPE || name == "instance-id")
}

fn secret_value(text: &str) -> Result<HeaderValue, SourceError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| failure("the credentials do not fit into a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Arguments are checked when a client is built; this is for what a provider brings.
pub(super) fn unusable(error: &ArgumentError) -> SourceError {
    failure(format!("the credentials cannot be used: {error}"))
}

fn failure(message: impl Into<String>) -> SourceError {
    SourceError::new(FailureKind::Credentials, message)
}

#[cfg(test)]
mod tests;
