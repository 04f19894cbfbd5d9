//! An agency of another account, assumed with keys or a token of this account.

use serde_json::json;

use super::super::{Credentials, RequestToSign, SigningAlgorithm, endpoint_url};
use super::sts;
use super::{Context, Fetched, Remote};
use crate::error::{ArgumentError, SourceError};

const WHO: &str = "IAM";
const SECONDS: u32 = 3_600;

#[derive(Debug)]
pub(crate) struct Agency {
    /// Who assumes it.
    pub(crate) credentials: Credentials,
    pub(crate) name: String,
    /// The account that the agency is of.
    pub(crate) account: String,
}

impl Agency {
    pub(crate) const NAME: &str = "HW_ASSUME_ROLE_AGENCY_NAME";
    pub(crate) const ACCOUNT: &str = "HW_ASSUME_ROLE_DOMAIN_NAME";

    async fn keys(&self, context: Context<'_>) -> Result<super::TemporaryCredentials, SourceError> {
        let unusable = |error: ArgumentError| super::failure(error.to_string());
        let url = endpoint_url::iam(context.settings, "/v3.0/OS-CREDENTIAL/securitytokens").map_err(unusable)?;
        let assume = json!({"agency_name": self.name, "domain_name": self.account, "duration_seconds": SECONDS});
        let body = json!({"auth": {"identity": {"methods": ["assume_role"], "assume_role": assume}}}).to_string();
        let mut headers = http::HeaderMap::new();
        headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json;charset=utf8"));
        // IAM takes basic signatures, whatever the service takes.
        let own = self.credentials.clone().with_settings(context.settings);
        let to_sign =
            RequestToSign { method: "POST", url: &url, headers: &headers, body: body.as_bytes(), now: context.now };
        let authorized = own.authorize_as(SigningAlgorithm::Basic, context.http, &to_sign).await?;
        let secrets: Vec<String> =
            authorized.headers.iter().filter_map(|(_, value)| value.to_str().ok().map(str::to_owned)).collect();
        headers.extend(authorized.headers.into_iter().map(|(name, value)| (Some(name), value)));
        let http = sts::http_for(context.http, &url)?;
        let answer = sts::send(http.post(url.clone()).headers(headers).body(body), &url, WHO).await?;
        answer.credentials(WHO, &url, &secrets.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

impl Remote for Agency {
    fn name(&self) -> &'static str {
        "an assumed agency"
    }

    fn fetch<'a>(&'a self, context: Context<'a>) -> Fetched<'a> {
        Box::pin(self.keys(context))
    }

    fn check(&self, settings: &super::Settings) -> Result<(), ArgumentError> {
        endpoint_url::iam(settings, "").map(drop)
    }
}
