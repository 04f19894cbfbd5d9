//! What went wrong, told in the service's words. Knows error answers (section 7) and transport errors; decides
//! nothing.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use reqwest::Url;
use serde_json::Value;

use crate::{FailureKind, SourceError};

/// How far apart the clocks may be before the service refuses a signature (section 6).
const SKEW: Duration = Duration::from_secs(15 * 60);
const SHOWN_MESSAGE: usize = 400;
const SHOWN_BODY: usize = 80;

/// A rate limit that comes as a 403.
const RATE_LIMITS: [&str; 2] = ["IOTDA.021101", "IOTDA.021102"];

/// Whether the service said "too many requests", as 429 or in its own way.
pub(super) fn is_throttled(error: &SourceError) -> bool {
    match error.status() {
        Some(429) => true,
        Some(403) => error.error_code().is_some_and(|code| RATE_LIMITS.contains(&code)),
        _ => false,
    }
}

/// Whether the service does not take the credentials: a token that ran out or was revoked, say.
pub(super) fn refuses_credentials(error: &SourceError) -> bool {
    error.status() == Some(401) || (error.status() == Some(403) && error.error_code() == Some("IOTDA.000004"))
}

/// The error of a request that got no complete answer.
pub(super) fn of_transport(error: reqwest::Error, is_shared: bool) -> SourceError {
    let error = error.without_url();
    let (kind, message) = if error.is_connect() {
        (FailureKind::Connect, "no connection came about")
    } else if error.is_timeout() {
        (FailureKind::Timeout, "the HTTP client's own time limit ran out")
    } else if error.is_redirect() {
        (FailureKind::Other, "the HTTP client followed redirects and gave up")
    } else if error.is_builder() {
        (FailureKind::Other, "the request cannot be written")
    } else {
        (FailureKind::Interrupted, "the connection broke before the answer was complete")
    };
    // Most users have an instance, whose address is its own, and a shared one may not even resolve.
    let hint = if is_shared && kind == FailureKind::Connect {
        "; this is an address that many users share: an instance's own is in the console under Overview, Access details"
    } else {
        ""
    };
    SourceError::new(kind, format!("{message}{hint}")).with_cause(Chain(error))
}

/// A user's own HTTP client went elsewhere, and with it the credentials.
pub(super) fn redirect_followed(to: &Url) -> SourceError {
    let message = format!(
        "the HTTP client followed a redirect to {}: build it with redirect(Policy::none()), or credentials go wherever \
         a redirect leads",
        host(to)
    );
    SourceError::new(FailureKind::Other, message)
}

/// An HTTP client unpacks what it asked for packed. What is still packed was not asked for, and nothing here unpacks it.
pub(super) fn refuse_encoded(headers: &HeaderMap) -> Result<(), SourceError> {
    match visible(headers, &header::CONTENT_ENCODING) {
        Some(encoding) if !encoding.eq_ignore_ascii_case("identity") => {
            let message = format!("the answer is encoded as {encoding:?}, which was not asked for");
            Err(SourceError::new(FailureKind::Decode, message))
        }
        _ => Ok(()),
    }
}

/// The error of an answer that has `bytes` bytes, where `most` are allowed.
pub(super) fn too_large(bytes: &str, most: usize) -> SourceError {
    let message = format!("the answer has {bytes} bytes; max_body_bytes allows {most}");
    SourceError::new(FailureKind::TooLarge, message)
}

/// The error of an answer that is no 200. `credentials` are what the request carried: if the service echoes
/// them, they are not shown.
pub(super) fn of_status(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    credentials: &[(HeaderName, HeaderValue)],
) -> SourceError {
    let now = Timestamp::now();
    let told = Told::read(body, credentials);
    let mut message = format!("the service answered {status}");
    if status.is_redirection() {
        message.push_str(&redirection(headers));
    } else if told.code.is_none() && told.message.is_none() {
        message.push_str(&unreadable(body, credentials));
    }
    let authorization = credentials.iter().find(|(name, _)| name == header::AUTHORIZATION);
    if let Some((_, authorization)) = authorization.filter(|_| status == StatusCode::UNAUTHORIZED) {
        let algorithm = || match told.code.as_deref() {
            Some("IOTDA.000002") => authorization.to_str().map(super::credentials::hint).unwrap_or_default().to_owned(),
            _ => String::new(),
        };
        message.push_str(&skew(headers, now).unwrap_or_else(algorithm));
    }
    let request_id = visible(headers, &HeaderName::from_static("x-request-id")).or(told.request_id);
    let error = SourceError::new(FailureKind::Status, message)
        .with_status(status.as_u16())
        .with_service_error(told.code, told.message)
        .with_request_id(request_id)
        .with_retry_after(retry_after(headers, now));
    let retryable = matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504) || is_throttled(&error);
    error.with_retryable(retryable)
}

/// What an error body says, in whichever of its forms.
#[derive(Default)]
struct Told {
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
}

impl Told {
    fn read(body: &[u8], credentials: &[(HeaderName, HeaderValue)]) -> Self {
        let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(body) else { return Self::default() };
        // IAM, and some gateways, wrap the same fields once more.
        let inner = body.get("error").and_then(Value::as_object).unwrap_or(&body);
        let text = |names: [&str; 2]| {
            let value = names.into_iter().find_map(|name| inner.get(name).filter(|value| !value.is_null()))?;
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (!text.is_empty()).then(|| shortened(&without_secrets(text, credentials), SHOWN_MESSAGE))
        };
        let word =
            |text: String| if text.bytes().all(|byte| byte.is_ascii_graphic()) { text } else { format!("{text:?}") };
        Self {
            code: text(["error_code", "code"]).map(word),
            message: text(["error_msg", "message"]),
            request_id: text(["request_id", "requestId"]).map(word),
        }
    }
}

fn unreadable(body: &[u8], credentials: &[(HeaderName, HeaderValue)]) -> String {
    if body.is_empty() {
        return " with an empty body".to_owned();
    }
    let text = without_secrets(String::from_utf8_lossy(body).into_owned(), credentials);
    format!(" with a body of {} bytes that is no error of the service: {:?}", body.len(), shortened(&text, SHOWN_BODY))
}

fn redirection(headers: &HeaderMap) -> String {
    let to = headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
    match to.map(Url::parse) {
        Some(Ok(url)) => format!(", a redirect to {}; redirects are not followed", host(&url)),
        Some(Err(_)) => ", a redirect within the same host; redirects are not followed".to_owned(),
        None => "; redirects are not followed".to_owned(),
    }
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or("(no host)")
}

fn skew(headers: &HeaderMap, now: Timestamp) -> Option<String> {
    let theirs = date(headers.get(header::DATE)?)?;
    if now.duration_since(theirs).unsigned_abs() <= SKEW {
        return None;
    }
    Some(format!(
        "; its clock says {theirs:.0}, this machine's says {now:.0}: signatures more than 15 minutes apart are refused"
    ))
}

/// `Retry-After` in both its forms. A date is read against the answer's own `Date`, so that our clock does not
/// matter.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?;
    if let Ok(seconds) = value.to_str().ok()?.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let theirs = headers.get(header::DATE).and_then(date).unwrap_or(now);
    Some(Duration::try_from(date(value)?.duration_since(theirs)).unwrap_or(Duration::ZERO))
}

fn date(value: &HeaderValue) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value.to_str().ok()?.trim()).ok()
}

fn visible(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (!text.is_empty()).then(|| shortened(text, 128))
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_owned(),
    }
}

/// Some gateways quote the token that they refuse.
fn without_secrets(text: String, credentials: &[(HeaderName, HeaderValue)]) -> String {
    let secrets =
        credentials.iter().filter(|(_, value)| value.is_sensitive()).filter_map(|(_, value)| value.to_str().ok());
    secrets.filter(|secret| !secret.is_empty()).fold(text, |text, secret| text.replace(secret, "***"))
}

/// A reqwest error that tells its causes too: on its own it only says "error sending request".
#[derive(Debug)]
struct Chain(reqwest::Error);

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&chain(&self.0))
    }
}

impl std::error::Error for Chain {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// An error and everything underneath, in one line.
pub(super) fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut under = error.source();
    while let Some(cause) = under {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        under = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(retry_after: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, retry_after.parse().unwrap());
        if let Some(date) = date {
            headers.insert(header::DATE, date.parse().unwrap());
        }
        let error = of_status(StatusCode::SERVICE_UNAVAILABLE, &headers, b"", &[]);
        error.retry_after().map(|wait| wait.as_secs())
    }

    #[test]
    fn retry_after_is_read_in_both_its_forms() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(asked("120", None), Some(120));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:47 GMT", date), Some(10), "whatever our own clock says");
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:27 GMT", date), Some(0), "past");
        assert_eq!(asked("soon", date), None);
        assert_eq!(asked("-1", None), None);
    }

    #[test]
    fn rate_limits_count_as_throttling_also_as_a_403() {
        let of = |status: u16, code: &str| {
            let body = serde_json::json!({ "error_code": code, "error_msg": "" }).to_string();
            of_status(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes(), &[])
        };
        for (status, code) in [(429, "APIGW.0308"), (403, "IOTDA.021101"), (403, "IOTDA.021102")] {
            assert!(is_throttled(&of(status, code)) && of(status, code).is_retryable(), "{status} {code}");
        }
        assert!(!is_throttled(&of(403, "IOTDA.000021")) && !of(403, "IOTDA.000021").is_retryable());
    }

    #[test]
    fn texts_of_the_service_cannot_break_a_line_or_flood_a_log() {
        let long = "x".repeat(10_000);
        let body = serde_json::json!({ "error_code": "A\nB", "error_msg": long, "request_id": "C\u{7}" }).to_string();
        let error = of_status(StatusCode::BAD_REQUEST, &HeaderMap::new(), body.as_bytes(), &[]).to_string();
        assert!(error.len() < 600 && !error.chars().any(char::is_control), "{error}");
    }
}
