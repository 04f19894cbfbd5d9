//! HTTP answers with an error status (section 7), read into errors: those of the service, of IAM, STS and the metadata
//! services, and of gateways in front of them.

use std::future::poll_fn;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use bytes::Buf;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use http_body::Body;
use serde_json::Value;

use super::{FailureKind, SourceError};

/// The most bytes that are read of an error's body.
const MAX_BYTES: usize = 16 * 1024;
const SHOWN_BODY: usize = 80;

/// An answer with an error status.
#[derive(Clone, Copy)]
pub(crate) struct ErrorAnswer<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    /// What [`body_of`] read.
    pub(crate) body: &'a [u8],
    /// What is never shown: some gateways quote the token that they refuse.
    pub(crate) secrets: &'a [&'a str],
}

impl ErrorAnswer<'_> {
    /// The error of `kind` that this answer of `peer` means. `note` is added to its message.
    pub(crate) fn error(&self, kind: FailureKind, peer: &str, note: &str) -> SourceError {
        let status = self.status;
        let fields = self.fields();
        let mut message = format!("{peer} answered {status}");
        if status.is_redirection() {
            message.push_str(&self.redirection());
        } else if fields.code.is_none() && fields.message.is_none() {
            message.push_str(&self.unreadable(kind));
        }
        message.push_str(note);
        let kind = if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED { FailureKind::Proxy } else { kind };
        let error = SourceError::new(kind, message)
            .with_status(status.as_u16())
            .with_service_error(fields.code, fields.message)
            .with_request_id(self.header(&HeaderName::from_static("x-request-id")).or(fields.request_id))
            .with_retry_after(retry_after(self.headers, SystemTime::now()));
        let retryable = matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504) || error.is_rate_limit();
        error.with_retryable(retryable)
    }

    fn fields(&self) -> Fields {
        let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(self.body) else { return Fields::default() };
        // IAM, and some gateways, wrap the same fields once more.
        let inner = body.get("error").and_then(Value::as_object).unwrap_or(&body);
        let text = |names: [&str; 2]| {
            let value = names.into_iter().find_map(|name| inner.get(name).filter(|value| !value.is_null()))?;
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (!text.is_empty()).then(|| self.without_secrets(text))
        };
        Fields {
            code: text(["error_code", "code"]),
            message: text(["error_msg", "message"]),
            request_id: text(["request_id", "requestId"]),
        }
    }

    fn redirection(&self) -> String {
        let to = self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
        let host = to.map(|to| to.parse::<http::Uri>().ok().and_then(|to| to.host().map(str::to_owned)));
        match host {
            Some(Some(host)) => format!(", a redirect to {host}; redirects are not followed"),
            Some(None) => ", a redirect within the same host; redirects are not followed".to_owned(),
            None => "; redirects are not followed".to_owned(),
        }
    }

    fn unreadable(&self, kind: FailureKind) -> String {
        if self.body.is_empty() {
            return " with an empty body".to_owned();
        }
        // Requests for credentials have secrets in their bodies, which a peer may quote in any encoding.
        if matches!(kind, FailureKind::Credentials | FailureKind::Project) {
            return format!(" with a body of {} bytes that is not a documented error", self.body.len());
        }
        let text = self.without_secrets(String::from_utf8_lossy(self.body).into_owned());
        let beginning: String = text.chars().take(SHOWN_BODY).collect();
        let more = if text.len() > beginning.len() { "..." } else { "" };
        format!(
            " with a body of {} bytes that is not a documented error: {:?}",
            self.body.len(),
            format!("{beginning}{more}")
        )
    }

    fn header(&self, name: &HeaderName) -> Option<String> {
        let text = self.headers.get(name)?.to_str().ok()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn without_secrets(&self, text: String) -> String {
        let secrets = self.secrets.iter().filter(|secret| !secret.is_empty());
        secrets.fold(text, |text, secret| text.replace(*secret, "***"))
    }
}

/// The fields of an error body, in whichever of its forms.
#[derive(Default)]
struct Fields {
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
}

/// `Retry-After` in both its forms. A date is read against the answer's own `Date`, so that our clock does not matter.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?;
    if let Ok(seconds) = value.to_str().ok()?.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let theirs = headers.get(header::DATE).and_then(date).unwrap_or(now);
    Some(date(value)?.duration_since(theirs).unwrap_or(Duration::ZERO))
}

/// The first [`MAX_BYTES`] of an error's body. A body that breaks off is kept as far as it came.
pub(crate) async fn body_of<B: Body>(body: B) -> Vec<u8> {
    let mut body = pin!(body);
    let mut bytes = Vec::new();
    while bytes.len() < MAX_BYTES {
        let Some(Ok(frame)) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await else { break };
        let Ok(mut data) = frame.into_data() else { continue };
        let wanted = data.remaining().min(MAX_BYTES - bytes.len());
        bytes.extend_from_slice(&data.copy_to_bytes(wanted));
    }
    bytes
}

/// A date in a header, in any of the forms that HTTP allows.
pub(crate) fn date(value: &HeaderValue) -> Option<SystemTime> {
    httpdate::parse_http_date(value.to_str().ok()?.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, headers: &[(&str, &str)], body: &str) -> SourceError {
        let header = |(name, value): &(&str, &str)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        let headers: HeaderMap<HeaderValue> = headers.iter().map(header).collect();
        let status = StatusCode::from_u16(status).unwrap();
        let answer = ErrorAnswer { status, headers: &headers, body: body.as_bytes(), secrets: &["geheim"] };
        answer.error(FailureKind::Status, "the service", "")
    }

    #[test]
    fn retry_after_is_read_in_both_its_forms() {
        let wait = |retry_after: &str, date: Option<&str>| {
            let date = date.map(|date| ("date", date));
            let headers: Vec<_> = date.into_iter().chain([("retry-after", retry_after)]).collect();
            error(503, &headers, "").retry_after().map(|wait| wait.as_secs())
        };
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(wait("120", None), Some(120));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:47 GMT", date), Some(10), "whatever our own clock says");
        assert_eq!(wait("Sunday, 06-Nov-94 08:49:47 GMT", date), Some(10), "an older form");
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:27 GMT", date), Some(0), "past");
        assert_eq!(wait("soon", date), None);
        assert_eq!(wait("-1", None), None);
        assert_eq!(wait("18446744073709551615", None), Some(u64::MAX));
    }

    #[test]
    fn rate_limits_count_as_throttling_also_as_a_403() {
        let of = |status: u16, code: &str| {
            error(status, &[], &serde_json::json!({ "error_code": code, "error_msg": "" }).to_string())
        };
        for (status, code) in [(429, "APIGW.0308"), (403, "IOTDA.021101"), (403, "IOTDA.021102")] {
            assert!(of(status, code).is_throttled() && of(status, code).is_retryable(), "{status} {code}");
        }
        assert!(!of(403, "IOTDA.000021").is_throttled() && !of(403, "IOTDA.000021").is_retryable());
    }

    #[test]
    fn a_proxy_that_wants_a_password_is_tried_once() {
        let error = error(407, &[], "");
        assert_eq!((error.kind(), error.is_retryable()), (FailureKind::Proxy, false));
    }

    #[test]
    fn texts_of_the_service_cannot_break_a_line_or_flood_a_log() {
        let long = "x".repeat(10_000);
        let body = serde_json::json!({ "error_code": "A\nB", "error_msg": long, "request_id": "C\u{7}" }).to_string();
        let error = error(400, &[], &body).to_string();
        assert!(error.len() < 600 && !error.chars().any(char::is_control), "{error}");
    }

    #[test]
    fn secrets_are_not_shown_even_if_the_answer_quotes_them() {
        for body in ["<html>geheim</html>", r#"{"error_msg":"geheim","error_code":"geheim"}"#] {
            let error = error(403, &[], body);
            assert!(!format!("{error:?}").contains("geheim"), "{error:?}");
        }
    }
}
