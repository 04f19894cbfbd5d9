//! One request to a service that hands out credentials, and its answer in each of its spellings.

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use reqwest::{RequestBuilder, Url};
use serde_json::Value;

use super::super::endpoint_url;
use super::super::provider::TemporaryCredentials;
use super::{METADATA_TIMEOUT, failure};
use crate::client::transport_cause;
use crate::error::answer::{self, ErrorAnswer};
use crate::error::{FailureKind, SourceError, chain};
use crate::lists::url;

/// A token's answer lists roles and catalogues, some tens of kilobytes.
pub(in super::super) const MAX_BYTES: usize = 1024 * 1024;

/// An answer of any status.
pub(in super::super) struct Answer {
    pub(in super::super) status: StatusCode,
    pub(in super::super) headers: HeaderMap,
    pub(in super::super) body: Vec<u8>,
}

/// The client for a metadata service at `url`: over plain HTTP never through a proxy, and with short time-outs.
pub(in super::super) fn metadata_http(http: &reqwest::Client, url: &Url) -> Result<reqwest::Client, SourceError> {
    match url.scheme() {
        "http" => build(direct().timeout(METADATA_TIMEOUT).connect_timeout(METADATA_TIMEOUT)),
        _ => Ok(http.clone()),
    }
}

/// Never through a proxy, and without TLS.
fn direct() -> reqwest::ClientBuilder {
    crate::client::tls::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).tls_certs_only([])
}

fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, SourceError> {
    crate::client::tls::prepare().map_err(|error| failure(error.to_string()))?;
    builder.build().map_err(|error| failure(format!("no HTTP client for credentials: {error}")))
}

/// The client for `url`: requests within this machine go through no proxy.
pub(in super::super) fn http_for(http: &reqwest::Client, url: &Url) -> Result<reqwest::Client, SourceError> {
    if endpoint_url::is_loopback(url) && url.scheme() == "http" { build(direct()) } else { Ok(http.clone()) }
}

/// Sends `request` to `url`. `who` is named in errors.
pub(in super::super) async fn send(request: RequestBuilder, url: &Url, who: &str) -> Result<Answer, SourceError> {
    send_as(FailureKind::Credentials, request, url, who).await
}

/// The same; what no answer comes of is a failure of `kind`.
pub(in super::super) async fn send_as(
    kind: FailureKind,
    request: RequestBuilder,
    url: &Url,
    who: &str,
) -> Result<Answer, SourceError> {
    let failure = |message: String| SourceError::new(kind, message);
    let at = url::shown(url.as_str());
    let unreachable = |error: reqwest::Error| {
        if let Some((kind, message, status)) = transport_cause::permanent(&error) {
            let failure = SourceError::new(kind, format!("{who} at {at} cannot be reached: {message}"));
            return match status {
                Some(status) => failure.with_status(status),
                None => failure,
            };
        }
        let retryable = !error.is_builder() && !error.is_redirect();
        let message = format!("{who} at {at} cannot be reached: {}", chain(&error.without_url()));
        failure(message).with_retryable(retryable)
    };
    let mut answer = request.send().await.map_err(unreachable)?;
    if answer.url() != url {
        let message = format!("{who} redirected to another address, which is not followed with credentials");
        return Err(failure(message));
    }
    let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
    if !status.is_success() {
        let body = answer::body_of(http::Response::from(answer).into_body()).await;
        return Ok(Answer { status, headers, body });
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(failure(format!("the answer of {who} has more than {MAX_BYTES} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body })
}

impl Answer {
    /// The credentials in it.
    pub(in super::super) fn credentials(
        &self,
        who: &str,
        url: &Url,
        secrets: &[&str],
    ) -> Result<TemporaryCredentials, SourceError> {
        if !self.status.is_success() {
            return Err(self.refusal(who, url, secrets));
        }
        let without = || format!("{who} at {} answered {} without keys", url::shown(url.as_str()), self.status);
        temporary(&self.body).ok_or_else(|| failure(without()))
    }

    /// The error that the answer means, without the secrets that it may quote.
    pub(in super::super) fn refusal(&self, who: &str, url: &Url, secrets: &[&str]) -> SourceError {
        self.refusal_as(FailureKind::Credentials, who, url, secrets, "")
    }

    /// As [`refusal`](Self::refusal), of `kind` and with a note.
    pub(in super::super) fn refusal_as(
        &self,
        kind: FailureKind,
        who: &str,
        url: &Url,
        secrets: &[&str],
        note: &str,
    ) -> SourceError {
        let refusal = ErrorAnswer { status: self.status, headers: &self.headers, body: &self.body, secrets };
        refusal.error(kind, &format!("{who} at {}", url::shown(url.as_str())), note)
    }
}

/// Temporary keys, in whichever spelling: the services have three.
fn temporary(body: &[u8]) -> Option<TemporaryCredentials> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let keys = body.get("credential").or_else(|| body.get("credentials"))?;
    let text = |names: &[&str]| names.iter().find_map(|name| keys.get(*name)?.as_str().filter(|text| !text.is_empty()));
    let access = text(&["access", "accessKeyId", "access_key_id"])?;
    let secret = text(&["secret", "secretAccessKey", "secret_access_key"])?;
    let credentials = match text(&["securitytoken", "securityToken", "security_token"]) {
        Some(token) => TemporaryCredentials::aksk_with_security_token(access, secret, token),
        None => TemporaryCredentials::aksk(access, secret),
    };
    Some(match text(&["expires_at", "expiration"]).and_then(|end| end.parse::<Timestamp>().ok()) {
        Some(end) => credentials.expires_at(end),
        None => credentials,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_in_each_spelling() {
        let expected = TemporaryCredentials::aksk_with_security_token("A", "S", "T")
            .expires_at("2099-01-01T00:00:00.123Z".parse().unwrap());
        for body in [
            r#"{"credential":{"access":"A","secret":"S","securitytoken":"T","expires_at":"2099-01-01T00:00:00.123000Z"}}"#,
            r#"{"credentials":{"accessKeyId":"A","secretAccessKey":"S","securityToken":"T","expiration":"2099-01-01T00:00:00.123Z"}}"#,
            r#"{"credentials":{"access_key_id":"A","secret_access_key":"S","security_token":"T","expiration":"2099-01-01T00:00:00.123Z"}}"#,
        ] {
            assert_eq!(temporary(body.as_bytes()), Some(expected.clone()), "{body}");
        }
        for body in ["", "{}", r#"{"credential":{"access":"A"}}"#, r#"{"credential":{"access":"A","secret":""}}"#] {
            assert_eq!(temporary(body.as_bytes()), None, "{body}");
        }
    }
}
