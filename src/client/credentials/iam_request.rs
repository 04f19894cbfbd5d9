//! A request to IAM that credentials authorise: with a basic signature, whatever the service itself takes, or with a
//! token.

// Knows how it is authorised and that refused credentials are renewed once; not what is requested.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::Url;

use super::remote::Context;
use super::remote::transport::{self, Answer};
use super::{Credentials, RequestToSign, SigningAlgorithm};
use crate::error::{FailureKind, SourceError};

const WHO: &str = "IAM";

pub(super) struct IamRequest<'a> {
    /// What fails if no answer comes.
    pub(super) kind: FailureKind,
    pub(super) method: Method,
    pub(super) url: &'a Url,
    /// JSON, or nothing.
    pub(super) body: String,
}

/// An answer of IAM, and the secrets of its request.
pub(super) struct IamAnswer<'a> {
    pub(super) answer: Answer,
    url: &'a Url,
    secrets: Vec<String>,
    generation: u64,
}

impl Credentials {
    /// Sends the request, and once more where these credentials were refused and others can be had.
    pub(super) async fn send_to_iam<'a>(
        &self,
        request: &IamRequest<'a>,
        context: Context<'_>,
    ) -> Result<IamAnswer<'a>, SourceError> {
        let answer = self.send_once(request, context).await?;
        let is_refused = answer.answer.status == StatusCode::UNAUTHORIZED;
        if is_refused && self.renew_with(context, answer.generation).await? {
            return self.send_once(request, context).await;
        }
        Ok(answer)
    }

    async fn send_once<'a>(
        &self,
        IamRequest { kind, method, url, body }: &IamRequest<'a>,
        context: Context<'_>,
    ) -> Result<IamAnswer<'a>, SourceError> {
        let mut headers = HeaderMap::new();
        if !body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=utf8"));
        }
        let (method_name, body_bytes, now) = (method.as_str(), body.as_bytes(), context.now);
        let to_sign = RequestToSign { method: method_name, url, headers: &headers, body: body_bytes, now };
        let authorized = self.authorize_with(context, SigningAlgorithm::Basic, &to_sign).await?;
        let secrets =
            authorized.headers.iter().filter_map(|(_, value)| value.to_str().ok().map(str::to_owned)).collect();
        headers.extend(authorized.headers);
        let http = transport::http_for(context.http, url)?;
        let request = http.request(method.clone(), (*url).clone()).headers(headers).body(body.clone());
        let answer = transport::send_as(*kind, request, url, WHO).await?;
        Ok(IamAnswer { answer, url, secrets, generation: authorized.generation })
    }
}

impl IamAnswer<'_> {
    /// The error that the answer means, without the secrets that it may quote. `note` is added to its message.
    pub(super) fn refusal(&self, kind: FailureKind, note: &str) -> SourceError {
        self.answer.refusal_as(kind, WHO, self.url, &self.secrets(), note)
    }

    /// The temporary keys in it.
    pub(super) fn credentials(&self) -> Result<super::TemporaryCredentials, SourceError> {
        self.answer.credentials(WHO, self.url, &self.secrets())
    }

    fn secrets(&self) -> Vec<&str> {
        self.secrets.iter().map(String::as_str).collect()
    }
}
