//! The identity of a pod of CCE.

use std::path::PathBuf;

use reqwest::Url;

use super::super::endpoint_url;
use super::transport;
use super::{Context, Fetched, Remote, read_trimmed};
use crate::error::{ArgumentError, SourceError};

const WHO: &str = "the pod identity service";

#[derive(Debug)]
pub(crate) struct PodIdentity {
    url: Url,
    token_file: PathBuf,
}

impl PodIdentity {
    pub(crate) const URI: &str = "HC_CONTAINER_CREDENTIALS_FULL_URI";
    pub(crate) const TOKEN_FILE: &str = "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE";

    pub(crate) fn new(uri: &str, token_file: impl Into<PathBuf>) -> Result<Self, ArgumentError> {
        Ok(Self { url: endpoint_url::local(Self::URI, uri)?, token_file: token_file.into() })
    }

    async fn keys(&self, context: Context<'_>) -> Result<super::TemporaryCredentials, SourceError> {
        let token = read_trimmed(&self.token_file).await?;
        let http = transport::metadata_http(context.http, &self.url)?;
        let request = http.post(self.url.clone()).header("content-type", "application/json");
        let request = request.header("Authorization", token.as_str()).body("{}");
        transport::send(request, &self.url, WHO).await?.credentials(WHO, &self.url, &[&token])
    }
}

impl Remote for PodIdentity {
    fn name(&self) -> &'static str {
        "the identity of a CCE pod"
    }

    fn fetch<'a>(&'a self, context: Context<'a>) -> Fetched<'a> {
        Box::pin(self.keys(context))
    }

    fn identifying(&self) -> Vec<String> {
        let host = self.url.host_str().map(str::to_owned);
        host.into_iter().chain([self.token_file.display().to_string()]).collect()
    }
}
