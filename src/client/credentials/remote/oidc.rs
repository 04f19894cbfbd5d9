//! An agency assumed with a token of an OIDC provider, as in CI jobs and Kubernetes.

use serde_json::json;

use super::super::endpoint_url;
use super::transport;
use super::{Context, Fetched, Remote, TokenInput};
use crate::error::{ArgumentError, SourceError};

const WHO: &str = "STS";

#[derive(Debug)]
pub(crate) struct Oidc {
    pub(crate) provider_urn: String,
    pub(crate) agency_urn: String,
    pub(crate) token: TokenInput,
    pub(crate) session_name: Option<String>,
    pub(crate) duration_seconds: Option<u32>,
}

impl Oidc {
    pub(crate) const PROVIDER_URN: &str = "HUAWEICLOUD_OIDC_PROVIDER_URN";
    pub(crate) const AGENCY_URN: &str = "HUAWEICLOUD_OIDC_AGENCY_URN";
    pub(crate) const ID_TOKEN: &str = "HUAWEICLOUD_OIDC_ID_TOKEN";
    pub(crate) const TOKEN_FILE: &str = "HUAWEICLOUD_OIDC_TOKEN_FILE";
    pub(crate) const SESSION_NAME: &str = "HUAWEICLOUD_OIDC_SESSION_NAME";
    pub(crate) const DURATION_SECONDS: &str = "HUAWEICLOUD_OIDC_DURATION_SECONDS";

    async fn keys(&self, context: Context<'_>) -> Result<super::TemporaryCredentials, SourceError> {
        let unusable = |error: ArgumentError| super::failure(error.to_string());
        let url = endpoint_url::sts(context.settings, "/v5/agencies/assume-with-oidc").map_err(unusable)?;
        let token = self.token.read().await?;
        let mut body = json!({
            "provider_urn": self.provider_urn,
            "agency_urn": self.agency_urn,
            "agency_session_name": self.session_name.as_deref().unwrap_or("iotda-batch-tasks"),
            "id_token": *token,
        });
        if let Some(seconds) = self.duration_seconds {
            body["duration_seconds"] = seconds.into();
        }
        let http = transport::http_for(context.http, &url)?;
        let request = http.post(url.clone()).header("content-type", "application/json").body(body.to_string());
        transport::send(request, &url, WHO).await?.credentials(WHO, &url, &[&token])
    }
}

impl Remote for Oidc {
    fn name(&self) -> &'static str {
        "an OIDC token"
    }

    fn fetch<'a>(&'a self, context: Context<'a>) -> Fetched<'a> {
        Box::pin(self.keys(context))
    }

    fn check(&self, settings: &super::Settings) -> Result<(), ArgumentError> {
        endpoint_url::sts(settings, "").map(drop)
    }

    fn identifying(&self) -> Vec<String> {
        let urns = [&self.provider_urn, &self.agency_urn].into_iter().chain(&self.session_name).cloned();
        urns.chain(self.token.path()).collect()
    }
}
