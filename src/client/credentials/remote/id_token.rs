//! Federation of the third version: a token of an identity provider becomes one of IAM.

use serde_json::json;

use super::super::endpoint_url;
use super::super::iam;
use super::transport;
use super::{Context, Fetched, Remote, TokenInput};
use crate::error::{ArgumentError, SourceError};

const WHO: &str = "IAM";
/// As long as keys can last that a token gets.
const SECONDS: u32 = 21_600;

#[derive(Debug)]
pub(crate) struct IdToken {
    pub(crate) idp_id: String,
    pub(crate) token: TokenInput,
}

impl IdToken {
    pub(crate) const IDP_ID: &str = "HUAWEICLOUD_SDK_IDP_ID";
    pub(crate) const TOKEN_FILE: &str = "HUAWEICLOUD_SDK_ID_TOKEN_FILE";

    async fn keys(&self, context: Context<'_>) -> Result<super::TemporaryCredentials, SourceError> {
        let unusable = |error: ArgumentError| super::failure(error.to_string());
        let at = |path| endpoint_url::iam(context.settings, path).map_err(unusable);
        let (login_url, keys_url) = (at("/v3.0/OS-AUTH/id-token/tokens")?, at("/v3.0/OS-CREDENTIAL/securitytokens")?);
        let id_token = self.token.read().await?;
        let mut body = json!({"auth": {"id_token": {"id": *id_token}}});
        if let Some(scope) = iam::scope(context.settings) {
            body["auth"]["scope"] = scope;
        }
        let http = transport::http_for(context.http, &login_url)?;
        let post = |url: &reqwest::Url| http.post(url.clone()).header("content-type", "application/json;charset=utf8");
        let request = post(&login_url).header("X-Idp-Id", &self.idp_id).body(body.to_string());
        let login = transport::send(request, &login_url, WHO).await?;
        let token = login.headers.get("x-subject-token").and_then(|value| value.to_str().ok());
        let Some(token) = token.filter(|_| login.status.is_success()) else {
            return Err(login.refusal(WHO, &login_url, &[&id_token]));
        };
        let identity = json!({"methods": ["token"], "token": {"id": token, "duration_seconds": SECONDS}});
        let request = post(&keys_url).body(json!({"auth": {"identity": identity}}).to_string());
        transport::send(request, &keys_url, WHO).await?.credentials(WHO, &keys_url, &[&id_token, token])
    }
}

impl Remote for IdToken {
    fn name(&self) -> &'static str {
        "a federated id token"
    }

    fn fetch<'a>(&'a self, context: Context<'a>) -> Fetched<'a> {
        Box::pin(self.keys(context))
    }

    fn check(&self, settings: &super::Settings) -> Result<(), ArgumentError> {
        endpoint_url::iam(settings, "").map(drop)
    }

    fn identifying(&self) -> Vec<String> {
        [self.idp_id.clone()].into_iter().chain(self.token.path()).collect()
    }
}
