//! Refusals: status, error code and message.

use std::borrow::Cow;

use hyper::StatusCode;
use serde_json::json;

/// An error answer: its status and the two fields of its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: Cow<'static, str>,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "IOTDA.000006", format!("Invalid input data. {}", message.into()))
    }

    /// The body. Answers of the gateway in front of the service name the request as well.
    pub(super) fn body(&self, request_id: &str) -> String {
        let mut body = json!({"error_code": self.code, "error_msg": self.message});
        if self.code.starts_with("APIG") {
            body["request_id"] = request_id.into();
        }
        body.to_string()
    }
}
