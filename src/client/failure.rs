//! What went wrong with a request: failures of the transport, and answers that are no page.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use reqwest::Url;

use super::transport_cause;
use crate::error::answer::{self, ErrorAnswer};
use crate::{FailureKind, SourceError};

/// How far apart the clocks may be before the service refuses a signature (section 6).
pub(super) const SKEW: Duration = Duration::from_secs(15 * 60);

/// Whether the service does not take the credentials: a token that ran out or was revoked, say.
pub(super) fn refuses_credentials(error: &SourceError) -> bool {
    error.status() == Some(401) || (error.status() == Some(403) && error.error_code() == Some("IOTDA.000004"))
}

/// Whether the server reported that it did not process the request: it was closing the connection.
pub(super) fn is_unprocessed(error: &SourceError) -> bool {
    let cause = error.cause().and_then(|cause| cause.downcast_ref::<reqwest::Error>());
    cause.is_some_and(transport_cause::is_unprocessed)
}

/// The error of a request that got no complete answer.
pub(super) fn of_transport(error: reqwest::Error, is_shared: bool) -> SourceError {
    let error = error.without_url();
    if let Some((kind, message, status)) = transport_cause::permanent(&error) {
        let failure = SourceError::new(kind, message).with_cause(error);
        return match status {
            Some(status) => failure.with_status(status),
            None => failure,
        };
    }
    let (kind, message) = if error.is_connect() {
        (FailureKind::Connect, "no connection could be made")
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
    SourceError::new(kind, format!("{message}{hint}")).with_cause(error)
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

/// An HTTP client decompresses the encodings that it requests. Any other was not requested, and is refused.
pub(super) fn refuse_encoded(headers: &HeaderMap) -> Result<(), SourceError> {
    let encoding = headers.get(header::CONTENT_ENCODING).map(|value| String::from_utf8_lossy(value.as_bytes()));
    match encoding.as_deref().map(str::trim) {
        // A character encoding where a compression belongs: some gateways write it, and it changes nothing.
        Some(encoding) if !["", "identity", "utf-8", "utf8"].iter().any(|none| encoding.eq_ignore_ascii_case(none)) => {
            let message = format!("the answer is encoded as {encoding:?}, which was not requested");
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
    let authorization = credentials.iter().find(|(name, _)| name == header::AUTHORIZATION);
    let authorization = authorization.filter(|_| status == StatusCode::UNAUTHORIZED).map(|(_, value)| value);
    let hint = authorization.map(|authorization| {
        let is_of_algorithm = memchr::memmem::find(body, b"IOTDA.000002").is_some();
        let algorithm = || match authorization.to_str() {
            Ok(text) if is_of_algorithm => super::credentials::hint(text).to_owned(),
            _ => String::new(),
        };
        skew(headers, Timestamp::now()).unwrap_or_else(algorithm)
    });
    let secrets = credentials.iter().filter(|(_, value)| value.is_sensitive());
    let secrets: Vec<_> = secrets.filter_map(|(_, value)| value.to_str().ok()).collect();
    let refusal = ErrorAnswer { status, headers, body, secrets: &secrets };
    refusal.error(FailureKind::Status, "the service", &hint.unwrap_or_default())
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or("(no host)")
}

/// What the peer's clock says.
pub(super) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    Timestamp::try_from(answer::date(headers.get(header::DATE)?)?).ok()
}

fn skew(headers: &HeaderMap, now: Timestamp) -> Option<String> {
    let theirs = date(headers)?;
    if now.duration_since(theirs).unsigned_abs() <= SKEW {
        return None;
    }
    Some(format!(
        "; its clock says {theirs:.0}, this machine's says {now:.0}: signatures more than 15 minutes apart are refused"
    ))
}
