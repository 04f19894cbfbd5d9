//! Asks IAM for a token with a user's password. Knows IAM's request and answer; must not know when a token is needed.

use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use serde_json::{Value, json};

use super::Settings;
use super::endpoint_url;
use super::provider::TemporaryCredentials;
use super::secret::Secret;
use crate::error::{ArgumentError, FailureKind, SourceError};

/// A token's answer lists roles and catalogues, some tens of kilobytes.
const MOST_BYTES: usize = 1024 * 1024;
/// More than this of an error is of no use to anyone.
const MOST_SHOWN: usize = 400;

/// Who logs in.
#[derive(Debug)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) account: String,
    pub(super) password: Secret,
}

/// A request for a token, checked and ready to send, any number of times.
#[derive(Debug)]
pub(super) struct Login<'a> {
    user: &'a User,
    url: Url,
    scope: Value,
}

impl<'a> Login<'a> {
    pub(super) fn new(user: &'a User, settings: &Settings) -> Result<Self, ArgumentError> {
        for (name, text) in
            [("user", user.name.as_str()), ("account", &user.account), ("password", user.password.reveal())]
        {
            if text.is_empty() {
                return Err(ArgumentError::new(name, "", "one or more characters"));
            }
        }
        let url = endpoint_url::iam(settings, "/v3/auth/tokens")?;
        let missing = || ArgumentError::new("project_name", "", "given, or else a region");
        let scope = scope(settings).ok_or_else(missing)?;
        Ok(Self { user, url, scope })
    }

    /// One request for one token, valid from `now` on.
    pub(super) async fn token(
        self,
        http: &reqwest::Client,
        now: Timestamp,
    ) -> Result<TemporaryCredentials, SourceError> {
        let User { name, account, password } = self.user;
        let user = json!({"name": name, "password": password.reveal(), "domain": {"name": account}});
        let identity = json!({"methods": ["password"], "password": {"user": user}});
        let body = json!({"auth": {"identity": identity, "scope": self.scope}}).to_string();
        let request = http.post(self.url.clone()).header("content-type", "application/json;charset=utf8").body(body);
        let mut answer = request.send().await.map_err(unreachable)?;
        if *answer.url() != self.url {
            let message = "IAM redirected to another address, which is not followed with a password";
            return Err(failure(message.to_owned()));
        }
        let status = answer.status().as_u16();
        let headers = std::mem::take(answer.headers_mut());
        let body = capped_body(answer).await?;
        if !(200..300).contains(&status) {
            return Err(refusal(status, &headers, &body, password));
        }
        let token = headers.get("x-subject-token").and_then(|value| value.to_str().ok());
        let token = token.ok_or_else(|| failure(format!("IAM answered {status} without an X-Subject-Token")))?;
        let credentials = TemporaryCredentials::token(token);
        Ok(match expiry(&body, now) {
            Some(end) => credentials.expires_at(end),
            None => credentials,
        })
    }
}

/// What a token is good for: the project that is named, else that of the region, else the client's.
pub(super) fn scope(settings: &Settings) -> Option<Value> {
    // The project of a region bears its name; others are known by theirs, or by their id if that is all there is.
    match (settings.project_name.as_ref().or(settings.region.as_ref()), &settings.project_id) {
        (Some(name), _) => Some(json!({"project": {"name": name}})),
        (None, Some(id)) => Some(json!({"project": {"id": id}})),
        (None, None) => None,
    }
}

/// `token.expires_at`, told by our clock: counted from `now` if the answer says when it was issued, so that it does not
/// matter which of the two clocks is wrong.
fn expiry(body: &[u8], now: Timestamp) -> Option<Timestamp> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let time = |name| body.pointer(name)?.as_str()?.parse::<Timestamp>().ok();
    let end = time("/token/expires_at")?;
    let lifetime = time("/token/issued_at").map(|start| end.duration_since(start));
    match lifetime {
        Some(lifetime) if lifetime > SignedDuration::ZERO => now.checked_add(lifetime).ok(),
        _ => Some(end),
    }
}

async fn capped_body(mut answer: reqwest::Response) -> Result<Vec<u8>, SourceError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(failure(format!("IAM's answer has more than {MOST_BYTES} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What IAM said, in whichever of its forms; never the password, even if IAM quotes it.
fn refusal(status: u16, headers: &http::HeaderMap, body: &[u8], password: &Secret) -> SourceError {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |names: [&str; 3]| {
        let found = names.into_iter().find_map(|name| body.pointer(name)?.as_str().filter(|text| !text.is_empty()))?;
        let harmless = found.replace(password.reveal(), "***");
        Some(harmless.chars().take(MOST_SHOWN).collect::<String>())
    };
    let code = text(["/error_code", "/code", "/error/error_code"]);
    let message = text(["/error_msg", "/message", "/error/message"]);
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let wait = header("retry-after").and_then(|text| text.parse().ok()).map(std::time::Duration::from_secs);
    failure(format!("IAM gave no token, it answered {status}"))
        .with_status(status)
        .with_service_error(code, message)
        .with_request_id(header("x-request-id").map(str::to_owned))
        .with_retryable(matches!(status, 408 | 429 | 500..=599))
        .with_retry_after(wait)
}

/// Nothing was refused: the next try may come through.
fn unreachable(error: reqwest::Error) -> SourceError {
    let retryable = !error.is_builder() && !error.is_redirect();
    let error = error.without_url();
    let mut told = format!("IAM could not be asked: {error}");
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        told.push_str(&format!(": {error}"));
        cause = error.source();
    }
    failure(told).with_retryable(retryable)
}

fn failure(message: String) -> SourceError {
    SourceError::new(FailureKind::Credentials, message)
}

#[cfg(test)]
mod tests;
