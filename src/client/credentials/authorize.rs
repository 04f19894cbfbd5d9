//! Authorises requests: completes the credentials by what the client knows, and renews them when they are refused.

use http::{HeaderName, HeaderValue};
use jiff::Timestamp;
use reqwest::Url;

use super::headers::{self, RequestToSign, Signing};
use super::iam::Login;
use super::secret::AuthMaterial;
use super::{Credentials, Kind, Origin, SigningAlgorithm, algorithm};
use crate::error::{ArgumentError, SourceError};

/// What a client knows and credentials may lack.
pub(crate) struct ClientSide<'a> {
    pub(crate) endpoint: &'a Url,
    pub(crate) region: Option<&'a str>,
    pub(crate) project_id: Option<&'a str>,
    pub(crate) cloud: Option<&'a str>,
    pub(crate) plain_http: bool,
}

/// What to add to a request, and which credentials that were.
pub(crate) struct Authorized {
    /// To be inserted, not appended. Secret values are marked sensitive.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// For [`Credentials::renew`], should the service refuse them.
    pub(crate) generation: u64,
}

impl Credentials {
    /// These credentials with what only the client knows. Reports every mistake that can be seen before a
    /// request. A clone stays connected with the original wherever nothing had to be filled in.
    pub(crate) fn completed(&self, client: &ClientSide<'_>) -> Result<Self, ArgumentError> {
        let mut settings = self.0.settings.clone();
        if let Some(name) = settings.misplaced {
            return Err(ArgumentError::new(name, "***", "given only with the credentials that it belongs to"));
        }
        let host = client.endpoint.host_str().unwrap_or_default();
        settings.region = settings.region.or_else(|| client.region.or(algorithm::region_of(host)).map(str::to_owned));
        settings.cloud = settings.cloud.or_else(|| client.cloud.map(str::to_owned));
        settings.plain_http |= client.plain_http;
        if settings.region.is_none() && settings.project_name.is_none() {
            settings.project_id = settings.project_id.or_else(|| client.project_id.map(str::to_owned));
        }
        match &self.0.kind {
            Kind::Fixed(material @ AuthMaterial::Keys(_)) => {
                material.check()?;
                settings.algorithm.key(host, settings.region.as_deref())?;
            }
            Kind::Fixed(material) => material.check()?,
            Kind::Fetched(Origin::Password(user), _) => drop(Login::new(user, &settings)?),
            Kind::Fetched(Origin::Remote(remote), _) => {
                remote.check(&settings)?;
                settings.algorithm.key(host, settings.region.as_deref())?;
            }
            // It may bring tokens, which need no region.
            Kind::Fetched(Origin::Provider(_), _) if settings.algorithm == SigningAlgorithm::Auto => {}
            Kind::Fetched(Origin::Provider(_), _) => drop(settings.algorithm.key(host, settings.region.as_deref())?),
        }
        if settings == self.0.settings {
            Ok(self.clone())
        } else {
            Ok(self.clone().with(|inner| inner.settings = settings))
        }
    }

    /// The headers that authorise `request`. Fetches a token first where that is due; each attempt of a request needs
    /// new headers, since they contain the time.
    pub(crate) async fn authorize(
        &self,
        http: &reqwest::Client,
        request: &RequestToSign<'_>,
    ) -> Result<Authorized, SourceError> {
        self.authorize_as(self.0.settings.algorithm, http, request).await
    }

    /// As [`authorize`](Self::authorize), for a service that takes another algorithm.
    pub(super) async fn authorize_as(
        &self,
        algorithm: SigningAlgorithm,
        http: &reqwest::Client,
        request: &RequestToSign<'_>,
    ) -> Result<Authorized, SourceError> {
        let settings = &self.0.settings;
        let (material, generation) = match &self.0.kind {
            Kind::Fixed(material) => (material.clone(), 0),
            Kind::Fetched(origin, cache) => {
                cache.current(request.now, origin.fetch(settings, http, request.now)).await?
            }
        };
        let signing = Signing { algorithm, region: settings.region.as_deref() };
        Ok(Authorized { headers: headers::headers(&material, &signing, request)?, generation })
    }

    /// Records that the service answered 401 to a request authorised as `generation`: true if there are other credentials
    /// now, so that one more try is worth it. However many requests were refused, one fetch serves them all.
    ///
    /// A request may call this once. If its second attempt is refused as well, the credentials are not what is wrong.
    pub(crate) async fn renew(
        &self,
        http: &reqwest::Client,
        generation: u64,
        now: Timestamp,
    ) -> Result<bool, SourceError> {
        match &self.0.kind {
            Kind::Fixed(_) => Ok(false),
            Kind::Fetched(origin, cache) => {
                cache.refused(generation, now, origin.fetch(&self.0.settings, http, now)).await
            }
        }
    }
}
