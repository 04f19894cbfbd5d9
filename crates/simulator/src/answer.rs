//! An answer before it is sent.

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, DATE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};

use super::body::{Body, Cut};
use super::refusal::Refusal;

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=utf8");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
}

/// What comes of a request.
#[derive(Debug)]
pub(super) enum Outcome {
    Answer(Box<Answer>),
    /// The connection ends without an answer.
    Cut(Cut),
    /// Nothing comes until the client goes.
    Hang,
}

impl Answer {
    /// A JSON text in pieces.
    pub(super) fn json(status: StatusCode, pieces: Vec<Bytes>) -> Self {
        Self { status, headers: HeaderMap::from_iter([(CONTENT_TYPE, JSON)]), body: Body::new(pieces) }
    }

    pub(super) fn refused(refusal: &Refusal, request_id: &str) -> Self {
        Self::json(refusal.status, vec![refusal.body(request_id).into()])
    }

    /// Adds a header; a value that no header can hold is left out.
    pub(super) fn with(mut self, name: HeaderName, value: impl AsRef<str>) -> Self {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.headers.insert(name, value);
        }
        self
    }

    pub(super) fn into_response(self, request_id: &str, date: &str) -> Response<Body> {
        let answer = self.with(REQUEST_ID, request_id).with(DATE, date);
        let mut response = Response::new(answer.body);
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        response
    }
}
