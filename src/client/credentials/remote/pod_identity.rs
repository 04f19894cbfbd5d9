//! The identity of a pod of CCE.

use std::path::PathBuf;

use reqwest::Url;

use super::sts;
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
        let url = Url::parse(uri).ok().filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or_else(|| ArgumentError::new(Self::URI, uri, "an absolute http or https URL"))?;
        if url.scheme() == "http" && !is_near(&url) {
            return Err(ArgumentError::new(Self::URI, uri, "https, unless it is on this machine or link-local"));
        }
        Ok(Self { url, token_file: token_file.into() })
    }

    async fn keys(&self, context: Context<'_>) -> Result<super::TemporaryCredentials, SourceError> {
        let token = read_trimmed(&self.token_file).await?;
        let http = if self.url.scheme() == "http" { sts::metadata_http()? } else { context.http.clone() };
        let request = http.post(self.url.clone()).header("content-type", "application/json");
        let request = request.header("Authorization", token.as_str()).body("{}");
        sts::send(request, &self.url, WHO).await?.credentials(WHO, &self.url, &[&token])
    }
}

/// Whether the address cannot be beyond this machine's own link.
fn is_near(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    match host.parse() {
        Ok(std::net::IpAddr::V4(address)) => address.is_loopback() || address.is_link_local(),
        Ok(std::net::IpAddr::V6(address)) => address.is_loopback() || address.is_unicast_link_local(),
        Err(_) => host == "localhost",
    }
}

impl Remote for PodIdentity {
    fn name(&self) -> &'static str {
        "the identity of a CCE pod"
    }

    fn fetch<'a>(&'a self, context: Context<'a>) -> Fetched<'a> {
        Box::pin(self.keys(context))
    }
}
