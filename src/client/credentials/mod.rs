//! Credentials, and the headers that they add to a request.

// Knows keys, tokens and the rules of signing; must not know pages, retries or tasks.

mod algorithm;
mod authorize;
mod cache;
mod described;
mod endpoint_url;
mod environment;
mod headers;
mod iam;
mod iam_request;
mod named;
mod profile;
mod project;
mod provider;
mod remote;
mod secret;
mod signing;

use std::fmt;
use std::sync::Arc;

pub use algorithm::SigningAlgorithm;
pub use provider::{CredentialsProvider, TemporaryCredentials};

pub(crate) use algorithm::{hint, is_shared};
pub(crate) use authorize::{Authorized, ClientSide};
pub(crate) use endpoint_url::{CLOUD, check_host_part, check_region, is_loopback, is_loopback_host};
pub(crate) use environment::Environment;
pub(crate) use headers::RequestToSign;
pub(crate) use project::is_project_id;

use crate::error::SourceError;
use cache::Cache;
use headers::unusable;
use iam::{Login, User};
use provider::AnyProvider;
use remote::{Context, Remote};
use secret::{AuthMaterial, Keys, Secret};

/// What requests are authorised with: keys that sign them, a token, a password that gets one, or your own provider.
///
/// Clones are cheap and share what was fetched. `Debug` shows no secret. Nothing is sent before the first request needs
/// it, and mistakes that can be seen before are reported by the client's `build()`.
///
/// # Example
/// ```
/// use iotda_batch_tasks::Credentials;
///
/// let keys = Credentials::aksk("AK", "SK");
/// let temporary_keys = Credentials::aksk("AK", "SK").security_token("TOKEN");
/// let login = Credentials::password("user", "account", "password").in_region("cn-north-4");
/// assert!(!format!("{keys:?} {temporary_keys:?} {login:?}").contains("SK"));
/// ```
#[derive(Clone)]
#[must_use]
pub struct Credentials(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    settings: Settings,
    /// Where the environment had them.
    found: Option<&'static str>,
}

#[derive(Clone)]
enum Kind {
    Fixed(AuthMaterial),
    Fetched(Origin, Arc<Cache>),
}

/// Where a material is fetched.
#[derive(Clone, Debug)]
enum Origin {
    Password(Arc<User>),
    Remote(Arc<dyn Remote>),
    Provider(Arc<dyn AnyProvider>),
}

impl Origin {
    async fn fetch(&self, context: Context<'_>) -> Result<TemporaryCredentials, SourceError> {
        match self {
            Self::Password(user) => {
                let login = Login::new(user, context.settings).map_err(|error| unusable(&error))?;
                login.token(context.http, context.now).await
            }
            Self::Remote(remote) => remote.fetch(context).await,
            Self::Provider(provider) => provider.boxed_current().await,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Settings {
    algorithm: SigningAlgorithm,
    region: Option<String>,
    project_id: Option<String>,
    project_name: Option<String>,
    /// A secret, because it may contain a password; it is checked only later.
    iam_endpoint: Option<Secret>,
    sts_endpoint: Option<Secret>,
    metadata_endpoint: Option<Secret>,
    /// The domain of the cloud.
    cloud: Option<String>,
    plain_http: bool,
    /// A setting that was made for credentials that have no use for it.
    misplaced: Option<&'static str>,
}

impl Credentials {
    /// An access key and its secret key, which sign every request.
    pub fn aksk(access_key: impl Into<String>, secret_key: impl Into<String>) -> Self {
        Self::of(Kind::Fixed(AuthMaterial::Keys(Keys::new(access_key, secret_key))))
    }

    /// An IAM token that was got elsewhere. It is sent as it is and not renewed: once it ends, after 24 hours at most,
    /// requests fail.
    pub fn token(token: impl Into<String>) -> Self {
        Self::of(Kind::Fixed(AuthMaterial::Token(token.into().into())))
    }

    /// The name and the password of an IAM user of `account`.
    ///
    /// A token is got from IAM when the first request needs it, shared by all requests, and renewed before it ends or
    /// when the service refuses it; one renewal serves however many requests wait. The token is good for the project
    /// that bears the region's name, unless [`project_name`](Self::project_name) names another; the region is
    /// [given here](Self::in_region) or the client's. Clients made with clones share the token where it is given here.
    pub fn password(user: impl Into<String>, account: impl Into<String>, password: impl Into<String>) -> Self {
        let user = User { name: user.into(), account: account.into(), password: password.into().into() };
        Self::of(Kind::Fetched(Origin::Password(Arc::new(user)), Arc::default()))
    }

    /// Credentials that `provider` brings, kept until shortly before they expire.
    pub fn provider(provider: impl CredentialsProvider) -> Self {
        Self::of(Kind::Fetched(Origin::Provider(Arc::new(provider)), Arc::default()))
    }

    /// The security token of temporary keys, which goes with [`aksk`](Self::aksk) alone.
    pub fn security_token(self, token: impl Into<String>) -> Self {
        self.with(|inner| match &mut inner.kind {
            Kind::Fixed(AuthMaterial::Keys(keys)) => keys.security_token = Some(token.into().into()),
            _ => inner.settings.misplaced = Some("security_token"),
        })
    }

    /// How keys sign; [`Auto`](SigningAlgorithm::Auto) by default. Tokens do not sign.
    pub fn algorithm(self, algorithm: SigningAlgorithm) -> Self {
        self.with(|inner| inner.settings.algorithm = algorithm)
    }

    /// The region to log in to, and to sign for where an endpoint's host names none. Without it, the client's.
    pub fn in_region(self, region: impl Into<String>) -> Self {
        self.with(|inner| inner.settings.region = Some(region.into()))
    }

    /// The project that a [password](Self::password)'s token is good for, such as `cn-north-4_factory`.
    pub fn project_name(self, name: impl Into<String>) -> Self {
        self.with(|inner| match inner.kind {
            Kind::Fetched(Origin::Password(_), _) => inner.settings.project_name = Some(name.into()),
            _ => inner.settings.misplaced = Some("project_name"),
        })
    }

    /// Where a [password](Self::password) logs in, an agency is assumed and a project that was not given is looked up;
    /// `https://iam.{region}.myhuaweicloud.com` by default.
    ///
    /// Plain `http` is for this machine alone, unless the client allows it.
    pub fn iam_endpoint(self, url: impl Into<String>) -> Self {
        self.with(|inner| match inner.kind {
            Kind::Fixed(AuthMaterial::Token(_)) | Kind::Fetched(Origin::Provider(_), _) => {
                inner.settings.misplaced = Some("iam_endpoint");
            }
            _ => inner.settings.iam_endpoint = Some(url.into().into()),
        })
    }

    /// The address of STS for [OIDC](Self::oidc); `https://sts.{region}.myhuaweicloud.com` by default.
    pub fn sts_endpoint(self, url: impl Into<String>) -> Self {
        self.with(|inner| match inner.kind {
            Kind::Fetched(Origin::Remote(_), _) => inner.settings.sts_endpoint = Some(url.into().into()),
            _ => inner.settings.misplaced = Some("sts_endpoint"),
        })
    }

    /// The metadata service of an [ECS agency](Self::ecs_agency); `http://169.254.169.254` by default.
    ///
    /// Whoever answers there decides with which keys requests are signed: plain `http` is for this machine and its own link
    /// (`127.0.0.0/8`, `169.254.0.0/16` and their like) alone, everything else has to be `https`.
    pub fn metadata_endpoint(self, url: impl Into<String>) -> Self {
        self.with(|inner| match inner.kind {
            Kind::Fetched(Origin::Remote(_), _) => inner.settings.metadata_endpoint = Some(url.into().into()),
            _ => inner.settings.misplaced = Some("metadata_endpoint"),
        })
    }

    /// The project id that [`from_env`](Self::from_env) found with the credentials.
    #[must_use]
    pub fn project_id(&self) -> Option<&str> {
        self.0.settings.project_id.as_deref()
    }

    /// The region that was [given](Self::in_region), or that [`from_env`](Self::from_env) found.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.0.settings.region.as_deref()
    }

    fn of(kind: Kind) -> Self {
        Self(Arc::new(Inner { kind, settings: Settings::default(), found: None }))
    }

    /// A token that was got for other settings is not good for these.
    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        change(inner);
        if let Kind::Fetched(origin @ (Origin::Password(_) | Origin::Remote(_)), cache) = &mut inner.kind {
            *cache = Arc::default();
            if let Origin::Remote(remote) = origin
                && let Some(fresh) = remote.without_cache()
            {
                *remote = fresh;
            }
        }
        self
    }
}

impl Settings {
    /// These settings with what `others` know and they lack.
    fn completed_by(&self, others: &Self) -> Self {
        let mut settings = self.clone();
        settings.region = settings.region.or_else(|| others.region.clone());
        settings.project_id = settings.project_id.or_else(|| others.project_id.clone());
        settings.iam_endpoint = settings.iam_endpoint.or_else(|| others.iam_endpoint.clone());
        settings.sts_endpoint = settings.sts_endpoint.or_else(|| others.sts_endpoint.clone());
        settings.metadata_endpoint = settings.metadata_endpoint.or_else(|| others.metadata_endpoint.clone());
        settings.cloud = settings.cloud.or_else(|| others.cloud.clone());
        settings.plain_http |= others.plain_http;
        settings
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, settings, .. } = &*self.0;
        let kind: &dyn fmt::Debug = match kind {
            Kind::Fixed(material) => material,
            Kind::Fetched(origin, _) => origin,
        };
        f.debug_struct("Credentials").field("kind", kind).field("settings", settings).finish()
    }
}

#[cfg(test)]
mod tests;
