//! Requests a token of IAM with a user's password.

// Knows IAM's request and answer; must not know when a token is needed.

use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use serde_json::{Value, json};

use super::Settings;
use super::endpoint_url;
use super::provider::TemporaryCredentials;
use super::remote::transport;
use super::secret::Secret;
use crate::error::{ArgumentError, FailureKind, SourceError};

const WHO: &str = "IAM";

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
        let http = transport::http_for(http, &self.url)?;
        let request = http.post(self.url.clone()).header("content-type", "application/json;charset=utf8").body(body);
        let answer = transport::send(request, &self.url, WHO).await?;
        if !answer.status.is_success() {
            return Err(answer.refusal(WHO, &self.url, &[password.reveal()]));
        }
        let token = answer.headers.get("x-subject-token").and_then(|value| value.to_str().ok());
        let token = token.ok_or_else(|| {
            let message = format!("IAM answered {} without an X-Subject-Token", answer.status.as_u16());
            SourceError::new(FailureKind::Credentials, message)
        })?;
        let credentials = TemporaryCredentials::token(token);
        Ok(match expiry(&answer.body, now) {
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

/// `token.expires_at`, by our clock: counted from `now` if the answer says when it was issued, so that it does not
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

#[cfg(test)]
mod tests;
