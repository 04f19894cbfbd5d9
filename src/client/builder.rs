//! How a client is set up.

// Knows every argument's rule; nothing is sent from here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::attempts::Attempts;
use super::credentials::{CLOUD, ClientSide, Credentials, Environment, check_host_part, is_project_id};
use super::endpoint::Endpoint;
use super::http_client;
use super::project::Project;
use super::proxies::Proxies;
use super::retry::RetryPolicy;
use super::transport::Transport;
use super::trust::Trust;
use super::{Client, Shared};
use crate::{ArgumentError, Error};

const MAX_BODY_BYTES: usize = 256 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// As the service's own SDKs wait: a page whose tasks carry 30,000 targets each takes its time.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);

/// Sets up a [`Client`]. Every rule is checked by [`build`](Self::build), and nothing is sent before a stream is
/// polled.
///
/// ```
/// use iotda_batch_tasks::Client;
///
/// let client = Client::builder()
///     .region("cn-north-4")
///     .project_id("0123456789abcdef0123456789abcdef")
///     .token("MIIF...")
///     .build()?;
/// # Ok::<(), iotda_batch_tasks::Error>(())
/// ```
#[derive(Clone, Default)]
#[must_use = "a builder does nothing unless built"]
pub struct ClientBuilder {
    endpoint: Option<String>,
    region: Option<String>,
    cloud: Option<String>,
    plain_http: bool,
    project_id: Option<String>,
    instance_id: Option<String>,
    credentials: Option<Credentials>,
    http_client: Option<reqwest::Client>,
    max_body_bytes: Option<usize>,
    connect_timeout: Option<Duration>,
    request_timeout: Option<Duration>,
    retry: RetryPolicy,
    rate_limit: Option<f64>,
    asks_for_quota: bool,
    pub(super) trust: Trust,
}

impl ClientBuilder {
    /// Where to send requests: `https://{id}.st1.iotda-app.{region}.myhuaweicloud.com` for your own instance.
    ///
    /// A port and a path in front are kept. It wins over [`region`](Self::region), which then only says what to sign
    /// for. `http` is allowed on this machine alone, for simulators; see
    /// [`allow_plain_http`](Self::allow_plain_http).
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// The region, such as `cn-north-4`. Without an [`endpoint`](Self::endpoint) it means the region's shared one,
    /// `https://iotda.{region}.myhuaweicloud.com`.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// The domain of the cloud, such as `myhuaweicloud.eu`; `myhuaweicloud.com` by default. The shared endpoint of a
    /// region, IAM and STS are under it.
    pub fn cloud(mut self, domain: impl Into<String>) -> Self {
        self.cloud = Some(domain.into());
        self
    }

    /// What the variables of the official tools say of addresses, where this builder was not given it:
    ///
    /// - the endpoint: `HW_IOTDA_ENDPOINT`, else `HUAWEICLOUD_SDK_REGION_IOTDA_{REGION}` for the region that is given,
    ///   written in capitals with `_` for `-`;
    /// - the instance: `HW_INSTANCE_ID`;
    /// - the cloud: `HW_CLOUD`.
    ///
    /// Blanks around a value do not count, and an empty variable is not set. Credentials, and the region and the project
    /// that belong to them, come from [`Credentials::from_env`].
    pub fn addresses_from_env(self) -> Self {
        Environment::of_process(|environment| self.addresses_from(environment))
    }

    fn addresses_from(mut self, environment: &Environment<'_>) -> Self {
        let region = self.region.clone().or_else(|| self.credentials.as_ref()?.region().map(str::to_owned));
        let of_region = || {
            let region = region?.to_ascii_uppercase().replace('-', "_");
            environment.get(&format!("HUAWEICLOUD_SDK_REGION_IOTDA_{region}"))
        };
        self.endpoint = self.endpoint.or_else(|| environment.get("HW_IOTDA_ENDPOINT")).or_else(of_region);
        self.instance_id = self.instance_id.or_else(|| environment.get("HW_INSTANCE_ID"));
        self.cloud = self.cloud.or_else(|| environment.get("HW_CLOUD"));
        self
    }

    /// Allows an `http` endpoint on another machine. Tokens and signatures can then be read on the network.
    pub fn allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// The project: 1 to 32 hexadecimal digits. Where neither this nor the credentials' environment names it, the first
    /// request looks up the project that bears the region's name at IAM.
    pub fn project_id(mut self, id: impl Into<String>) -> Self {
        self.project_id = Some(id.into());
        self
    }

    /// The instance: up to 36 of `a-f0-9-`, needed on standard and enterprise instances.
    pub fn instance_id(mut self, id: impl Into<String>) -> Self {
        self.instance_id = Some(id.into());
        self
    }

    /// An IAM token: short for `credentials(Credentials::token(..))`.
    pub fn token(self, token: impl Into<String>) -> Self {
        self.credentials(Credentials::token(token))
    }

    /// What requests are authorised with. Needed.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Sends through your own HTTP client: its proxies, its certificates, its connections.
    ///
    /// Build it with `redirect(reqwest::redirect::Policy::none())`. A client that follows redirects carries the
    /// token to wherever it is sent; this crate can only notice afterwards, and then refuses the answer.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// The most bytes of one answer that are read, 256 MiB by default. A task may carry 30,000 targets,
    /// so that a page of 50 can be tens of megabytes.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = Some(bytes);
        self
    }

    /// How long connecting may take, 10 s by default. Your own
    /// [`http_client`](Self::http_client) has its own limit, so both together are refused.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = Some(limit);
        self
    }

    /// How long one request may take to its answer, connecting included, and how long the answer may then
    /// stall: 120 s by default. In each such time another 16 KiB of the answer must come, or its end.
    pub fn request_timeout(mut self, limit: Duration) -> Self {
        self.request_timeout = Some(limit);
        self
    }

    /// How often and how long to retry; see [`RetryPolicy`] for the defaults.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// The quota, where it is known: requests go out evenly, at most so many a second, over all clones of the
    /// client.
    ///
    /// Without it requests go out at once until the service throttles or states its quota; then the client keeps what was
    /// stated, or finds the pace by itself.
    ///
    /// Waiting for a turn counts against [`max_elapsed`](RetryPolicy::max_elapsed). So below one request a second,
    /// allow more time or prefetch fewer pages.
    pub fn rate_limit(mut self, per_second: f64) -> Self {
        self.rate_limit = Some(per_second);
        self
    }

    /// Sends `X-Apig-Mode: debug` with each request, which requests the gateway to state its quotas in the answers; off by
    /// default, since it is unverified whether the service minds.
    ///
    /// Quotas that an answer states, requested or not, are kept by all requests of the client from then on.
    pub fn ask_for_quota(mut self, ask: bool) -> Self {
        self.asks_for_quota = ask;
        self
    }

    /// Checks everything and makes the client.
    ///
    /// # Errors
    /// [`Error::Argument`] with the name, the value and the rule of the first argument that breaks one, or when
    /// one that is needed is missing. Secrets are not shown.
    pub fn build(self) -> Result<Client, Error> {
        let endpoint = self.checked_endpoint()?;
        let credentials = self
            .credentials
            .ok_or_else(|| ArgumentError::new("credentials", "(none)", "given, with credentials(..) or token(..)"))?;
        let project_id = self.project_id.or_else(|| credentials.project_id().map(str::to_owned));
        let project_id = project_id.map(checked_project_id).transpose()?;
        let mut headers = headers(self.instance_id)?;
        if self.asks_for_quota {
            headers.insert(HeaderName::from_static("x-apig-mode"), HeaderValue::from_static("debug"));
        }
        let credentials = credentials.completed(&ClientSide {
            endpoint: endpoint.base(),
            region: self.region.as_deref(),
            project_id: project_id.as_deref(),
            cloud: self.cloud.as_deref(),
            plain_http: self.plain_http,
        })?;
        if project_id.is_none() && !credentials.names_a_project() {
            let rule = "given, or else a region, whose project is looked up at IAM";
            return Err(ArgumentError::new("project_id", "(none)", rule).into());
        }
        let max_body_bytes = self.max_body_bytes.unwrap_or(MAX_BODY_BYTES);
        if max_body_bytes == 0 {
            return Err(ArgumentError::new("max_body_bytes", 0, "1 or more").into());
        }
        let request_timeout = checked_timeout("request_timeout", self.request_timeout)?.unwrap_or(REQUEST_TIMEOUT);
        let connect_timeout = checked_timeout("connect_timeout", self.connect_timeout)?;
        if let Some(name) = self.trust.given().filter(|_| self.http_client.is_some()) {
            return Err(ArgumentError::new(name, "***", "set on the http_client itself, when one is given").into());
        }
        let checks_certificates = self.http_client.is_none().then(|| !self.trust.accepts_anyone());
        let trust = self.trust.read()?;
        if self.trust.accepts_anyone() {
            tracing::warn!(
                "certificates are not checked: another server can answer in the service's place and read tokens"
            );
        }
        let http = match (self.http_client, connect_timeout) {
            (Some(_), Some(limit)) => {
                let rule = "set on the http_client itself, when one is given";
                return Err(ArgumentError::new("connect_timeout", format_args!("{limit:?}"), rule).into());
            }
            (Some(client), None) => client,
            (None, limit) => {
                let environment = |name: &str| std::env::var(name).ok();
                let proxies = Proxies::read(environment, endpoint.base())?;
                http_client::build(&endpoint, &proxies, limit.unwrap_or(CONNECT_TIMEOUT), request_timeout, &trust)?
            }
        };
        self.retry.check()?;
        let attempts = Attempts::new(self.retry, checked_rate(self.rate_limit)?);
        let (gate, counters) = (attempts.gate(), Arc::clone(attempts.counters()));
        let is_shared = endpoint.is_shared();
        let transport = Transport {
            http,
            credentials,
            headers,
            max_body_bytes,
            request_timeout,
            is_shared,
            gate,
            counters,
            checks_certificates,
        };
        Ok(Client(Arc::new(Shared { endpoint, project: Project::new(project_id), transport, attempts })))
    }

    fn checked_endpoint(&self) -> Result<Endpoint, ArgumentError> {
        let region = self.region.as_deref().or_else(|| self.credentials.as_ref().and_then(Credentials::region));
        let cloud = self.cloud.as_deref().unwrap_or(CLOUD);
        check_host_part("cloud", cloud, "the domain of a cloud, such as myhuaweicloud.com")?;
        let of_region = region.map(|region| Endpoint::of_region(region, cloud)).transpose()?;
        let given = self.endpoint.as_deref().map(|text| Endpoint::parse(text, self.plain_http)).transpose()?;
        given.or(of_region).ok_or_else(|| {
            let rule = "given (the console shows an instance's own under Overview, Access details), or else a region";
            ArgumentError::new("endpoint", "(none)", rule)
        })
    }
}

/// Shows no secret: an endpoint may have been given with a password, and an HTTP client has its own headers.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("endpoint", &self.endpoint.as_deref().map(crate::lists::url::shown))
            .field("region", &self.region)
            .field("project_id", &self.project_id)
            .field("instance_id", &self.instance_id)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

fn checked_project_id(id: String) -> Result<String, ArgumentError> {
    let id = id.trim().to_owned();
    if is_project_id(&id) {
        return Ok(id);
    }
    Err(ArgumentError::new("project_id", id, "1 to 32 hexadecimal digits"))
}

fn checked_timeout(name: &'static str, limit: Option<Duration>) -> Result<Option<Duration>, ArgumentError> {
    match limit {
        Some(Duration::ZERO) => Err(ArgumentError::new(name, "0s", "longer than nothing")),
        limit => Ok(limit),
    }
}

fn checked_rate(per_second: Option<f64>) -> Result<Option<f64>, ArgumentError> {
    match per_second {
        Some(rate) if !(0.001..=1e6).contains(&rate) => {
            Err(ArgumentError::new("rate_limit", rate, "0.001 to 1000000 requests a second"))
        }
        rate => Ok(rate),
    }
}

/// What every request carries besides its credentials.
fn headers(instance_id: Option<String>) -> Result<HeaderMap, ArgumentError> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers
        .insert(header::USER_AGENT, HeaderValue::from_static(concat!("iotda-batch-tasks/", env!("CARGO_PKG_VERSION"))));
    if let Some(id) = instance_id {
        let letter = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f' | b'-');
        let checked = Some(&id).filter(|id| (1..=36).contains(&id.len()) && id.bytes().all(letter));
        let Some(value) = checked.and_then(|id| HeaderValue::from_str(id).ok()) else {
            return Err(ArgumentError::new("instance_id", id, "1 to 36 of a-f 0-9 -"));
        };
        headers.insert(HeaderName::from_static("instance-id"), value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests;
