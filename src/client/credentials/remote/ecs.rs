//! The agency of a server: keys from the metadata service of ECS.

use http::StatusCode;
use reqwest::Url;

use super::sts::{self, Answer};
use super::{Context, Fetched, Remote};
use crate::error::{ArgumentError, SourceError};

const WHO: &str = "the metadata service of ECS";
const TOKEN_SECONDS: &str = "21600";

#[derive(Debug)]
pub(crate) struct EcsAgency;

impl EcsAgency {
    /// The same on every server, and nowhere else.
    pub(crate) const METADATA: &str = "http://169.254.169.254";

    async fn keys(&self, context: Context<'_>) -> Result<super::TemporaryCredentials, SourceError> {
        let base = super::super::endpoint_url::metadata(context.settings)
            .map_err(|error| super::failure(error.to_string()))?;
        let at = |path: &str| {
            let mut url = base.clone();
            url.set_path(path);
            url
        };
        let (token_url, keys_url) = (at("/meta-data/latest/api/token"), at("/openstack/latest/securitykey"));
        let http = sts::metadata_http()?;
        let mut answer = request_keys(&http, &token_url, &keys_url).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            // The token of a moment ago may have ended with the service's restart.
            answer = request_keys(&http, &token_url, &keys_url).await?;
        }
        if answer.status == StatusCode::NOT_FOUND {
            let message = format!("{WHO} at {keys_url} has no keys: give the server an agency");
            return Err(super::failure(message).with_status(404));
        }
        answer.credentials(WHO, &keys_url, &[])
    }
}

async fn request_keys(http: &reqwest::Client, token_url: &Url, keys_url: &Url) -> Result<Answer, SourceError> {
    let request = http.put(token_url.clone()).header("X-Metadata-Token-Ttl-Seconds", TOKEN_SECONDS);
    let token = sts::send(request, token_url, WHO).await?;
    let request = match token.status.as_u16() {
        200 => http.get(keys_url.clone()).header("X-Metadata-Token", String::from_utf8_lossy(&token.body).trim()),
        // A metadata service of the first version hands out keys without a token.
        404 | 405 | 503 => http.get(keys_url.clone()),
        _ => return Err(token.refusal(WHO, token_url, &[])),
    };
    sts::send(request, keys_url, WHO).await
}

impl Remote for EcsAgency {
    fn name(&self) -> &'static str {
        "the agency of an ECS server"
    }

    fn fetch<'a>(&'a self, context: Context<'a>) -> Fetched<'a> {
        Box::pin(self.keys(context))
    }

    fn check(&self, settings: &super::Settings) -> Result<(), ArgumentError> {
        super::super::endpoint_url::metadata(settings).map(drop)
    }
}
