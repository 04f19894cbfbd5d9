//! Authorises requests: completes the credentials by what the client knows, and renews them when they are refused.

use http::{HeaderName, HeaderValue};
use jiff::Timestamp;
use reqwest::Url;

use super::headers::{self, RequestToSign, Signing};
use super::iam::Login;
use super::remote::Context;
use super::secret::AuthMaterial;
use super::{Credentials, Kind, Origin, Settings, SigningAlgorithm, algorithm};
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
        self.check(&settings)?;
        let signs = match &self.0.kind {
            Kind::Fixed(AuthMaterial::Keys(_)) | Kind::Fetched(Origin::Remote(_), _) => true,
            Kind::Fixed(AuthMaterial::Token(_)) | Kind::Fetched(Origin::Password(_), _) => false,
            // It may bring tokens, which need no region.
            Kind::Fetched(Origin::Provider(_), _) => settings.algorithm != SigningAlgorithm::Auto,
        };
        if signs {
            settings.algorithm.key(host, settings.region.as_deref())?;
        }
        if settings == self.0.settings {
            Ok(self.clone())
        } else {
            Ok(self.clone().with(|inner| inner.settings = settings))
        }
    }

    /// The mistakes in these credentials that can be seen before a request, if they are used with `settings`.
    pub(super) fn check(&self, settings: &Settings) -> Result<(), ArgumentError> {
        match &self.0.kind {
            Kind::Fixed(material) => material.check(),
            Kind::Fetched(Origin::Password(user), _) => Login::new(user, settings).map(drop),
            Kind::Fetched(Origin::Remote(remote), _) => remote.check(settings),
            Kind::Fetched(Origin::Provider(_), _) => Ok(()),
        }
    }

    /// The headers that authorise `request`. Fetches a token first where that is due; each attempt of a request needs
    /// new headers, since they contain the time.
    pub(crate) async fn authorize(
        &self,
        http: &reqwest::Client,
        request: &RequestToSign<'_>,
    ) -> Result<Authorized, SourceError> {
        let settings = &self.0.settings;
        self.authorize_with(Context { settings, http, now: request.now }, settings.algorithm, request).await
    }

    /// As [`authorize`](Self::authorize), with other settings and another algorithm.
    pub(super) async fn authorize_with(
        &self,
        context: Context<'_>,
        algorithm: SigningAlgorithm,
        request: &RequestToSign<'_>,
    ) -> Result<Authorized, SourceError> {
        let settings = context.settings;
        let (material, generation) = match &self.0.kind {
            Kind::Fixed(material) => (material.clone(), 0),
            Kind::Fetched(origin, cache) => cache.current(context.now, origin.fetch(context)).await?,
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
        self.renew_with(Context { settings: &self.0.settings, http, now }, generation).await
    }

    /// As [`renew`](Self::renew), with other settings.
    pub(super) async fn renew_with(&self, context: Context<'_>, generation: u64) -> Result<bool, SourceError> {
        match &self.0.kind {
            Kind::Fixed(_) => Ok(false),
            Kind::Fetched(origin, cache) => cache.refused(generation, context.now, origin.fetch(context)).await,
        }
    }
}
