//! IAM's two endpoints: a token for a password, and a project's id.

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::HeaderName;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::tokens::Tokens;
use super::{Policy, User};
use crate::answer::Answer;
use crate::random::Random;

const SUBJECT_TOKEN: HeaderName = HeaderName::from_static("x-subject-token");

pub(super) fn issue(policy: &Policy, tokens: &mut Tokens, body: &[u8], now: Timestamp, random: &mut Random) -> Answer {
    let Some((domain, name, password)) = asked(body) else {
        return refused(StatusCode::BAD_REQUEST, "Request body is invalid.");
    };
    let known = |user: &&User| user.domain == domain && user.name == name && user.password == password;
    let Some(user) = policy.users.iter().find(known) else {
        return refused(StatusCode::UNAUTHORIZED, "The username or password is wrong.");
    };
    let lifetime = SignedDuration::try_from(policy.token_lifetime).unwrap_or(SignedDuration::MAX);
    let good_until = now.checked_add(lifetime).unwrap_or(Timestamp::MAX);
    let token: String = (0..8).map(|_| format!("{:016X}", random.next())).collect();
    tokens.issue(token.clone(), good_until);
    let body = json!({"token": {
        "expires_at": written(good_until),
        "issued_at": written(now),
        "methods": ["password"],
        "user": {"name": user.name, "domain": {"name": user.domain}},
        "project": {"id": policy.project_id},
        "catalog": [],
        "roles": [],
    }});
    json_answer(StatusCode::CREATED, &body).with(SUBJECT_TOKEN, token)
}

pub(super) fn projects(project_id: &str, name: &str) -> Answer {
    let project = json!({"id": project_id, "name": name, "enabled": true, "is_domain": false});
    json_answer(StatusCode::OK, &json!({"projects": [project], "links": {"next": null, "previous": null}}))
}

pub(super) fn refused(status: StatusCode, message: &str) -> Answer {
    let title = status.canonical_reason();
    json_answer(status, &json!({"error": {"code": status.as_u16(), "message": message, "title": title}}))
}

fn json_answer(status: StatusCode, body: &Value) -> Answer {
    Answer::json(status, vec![Bytes::from(body.to_string())])
}

/// The domain, the user and the password of a request by password.
fn asked(body: &[u8]) -> Option<(String, String, String)> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let identity = &body["auth"]["identity"];
    if !identity["methods"].as_array()?.iter().any(|method| method == "password") {
        return None;
    }
    let user = &identity["password"]["user"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some((text(&user["domain"]["name"])?, text(&user["name"])?, text(&user["password"])?))
}

/// IAM writes microseconds: `2026-08-23T10:15:30.000000Z`.
fn written(time: Timestamp) -> String {
    format!("{time:.6}")
}
