//! The agency of a server: keys from the metadata service of ECS.

use http::StatusCode;
use reqwest::Url;
use zeroize::Zeroizing;

use super::transport::{self, Answer};
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
        let http = transport::metadata_http(context.http, &base)?;
        let (mut answer, mut token) = request_keys(&http, &token_url, &keys_url).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            // The token of a moment ago may have ended with the service's restart.
            (answer, token) = request_keys(&http, &token_url, &keys_url).await?;
        }
        if answer.status == StatusCode::NOT_FOUND {
            let message = format!("{WHO} at {keys_url} has no keys: give the server an agency");
            return Err(super::failure(message).with_status(404));
        }
        answer.credentials(WHO, &keys_url, &[&token])
    }
}

/// The answer, and the token that it was requested with: empty without one.
async fn request_keys(
    http: &reqwest::Client,
    token_url: &Url,
    keys_url: &Url,
) -> Result<(Answer, Zeroizing<String>), SourceError> {
    let request = http.put(token_url.clone()).header("X-Metadata-Token-Ttl-Seconds", TOKEN_SECONDS);
    let answer = transport::send(request, token_url, WHO).await?;
    let token = match answer.status.as_u16() {
        200 => String::from_utf8_lossy(&answer.body).trim().to_owned(),
        // A metadata service of the first version hands out keys without a token.
        404 | 405 | 503 => String::new(),
        _ => return Err(answer.refusal(WHO, token_url, &[])),
    };
    let token = Zeroizing::new(token);
    let request = http.get(keys_url.clone());
    let request = if token.is_empty() { request } else { request.header("X-Metadata-Token", token.as_str()) };
    Ok((transport::send(request, keys_url, WHO).await?, token))
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
