//! What every command that reads takes: where from, which tasks, and how.

use std::convert::Infallible;
use std::num::ParseFloatError;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use glob::Pattern;

use crate::time_args::{self, TimeArg};

/// Without the blanks and line ends around it: values come from files and from other systems.
pub(super) fn trimmed(text: &str) -> Result<String, Infallible> {
    Ok(text.trim().to_owned())
}

/// Reads an id from the command line.
pub(super) fn id(text: &str) -> Result<String, String> {
    let id = text.trim();
    if id.is_empty() || id.contains(|symbol: char| symbol.is_control() || symbol.is_whitespace()) {
        return Err("it must be an id, without blanks and control characters".to_owned());
    }
    Ok(id.to_owned())
}

/// The list to read.
#[derive(Args, Clone)]
pub(crate) struct ReadArgs {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) filters: Filters,
    #[command(flatten)]
    pub(crate) pace: Pace,
}

/// What the list is read from.
#[derive(Args, Clone)]
#[command(next_help_heading = "Where from")]
pub(crate) struct Connection {
    /// Read N made-up tasks (2000 by default) from a server inside of this process. Needs no account.
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        default_missing_value = "2000",
        conflicts_with_all = ["endpoint", "region", "cloud", "project_id", "instance_id", "token", "access_key", "auth",
            "allow_plain_http", "ca_cert", "client_cert", "insecure"]
    )]
    pub(crate) simulate: Option<usize>,

    /// Read with these profiles of the configuration file, with commas between them; several are read as one list, each
    /// record with its profile. The file is $BATCHTASKS_CONFIG or ~/.config/batchtasks/config.toml: see `batchtasks
    /// config --help`.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = trimmed, conflicts_with = "simulate")]
    pub(crate) profile: Vec<String>,

    /// Read with every profile of the configuration file, as one list.
    #[arg(long, conflicts_with_all = ["simulate", "profile"])]
    pub(crate) all_profiles: bool,

    /// The region, such as cn-north-4: means its shared endpoint [env: HW_REGION_NAME].
    #[arg(long, value_parser = trimmed)]
    pub(crate) region: Option<String>,

    /// The endpoint of your instance, https://ID.st1.iotda-app.REGION.myhuaweicloud.com; wins over the
    /// region [env: HW_IOTDA_ENDPOINT or, for a region, HUAWEICLOUD_SDK_REGION_IOTDA_{REGION}].
    #[arg(long, value_name = "URL", value_parser = trimmed)]
    pub(crate) endpoint: Option<String>,

    /// The domain of the cloud, such as myhuaweicloud.eu, where the endpoint of a region and IAM are; myhuaweicloud.com
    /// by default [env: HW_CLOUD].
    #[arg(long, value_name = "DOMAIN", value_parser = trimmed)]
    pub(crate) cloud: Option<String>,

    /// The project: 1 to 32 hexadecimal digits [env: HW_PROJECT_ID or HUAWEICLOUD_SDK_PROJECT_ID, whichever belongs to the
    /// credentials]. Without one, the project that bears the region's name is looked up at IAM.
    #[arg(long, value_name = "ID", value_parser = trimmed)]
    pub(crate) project_id: Option<String>,

    /// The instance; standard and enterprise instances need it [env: HW_INSTANCE_ID].
    #[arg(long, value_name = "ID", value_parser = trimmed)]
    pub(crate) instance_id: Option<String>,

    /// An IAM token [env: HW_AUTH_TOKEN]. Other users of this machine can see the command line, but not the
    /// environment.
    #[arg(long, conflicts_with = "access_key", value_parser = trimmed)]
    pub(crate) token: Option<String>,

    /// An access key [env: HUAWEICLOUD_SDK_AK or HW_ACCESS_KEY].
    #[arg(long = "ak", id = "access_key", value_name = "AK", requires = "secret_key", value_parser = trimmed)]
    pub(crate) access_key: Option<String>,

    /// Its secret key [env: HUAWEICLOUD_SDK_SK or HW_SECRET_KEY]. Better in the environment, as the token is.
    #[arg(long = "sk", id = "secret_key", value_name = "SK", requires = "access_key", conflicts_with = "token", value_parser = trimmed)]
    pub(crate) secret_key: Option<String>,

    /// The security token of temporary keys [env: HUAWEICLOUD_SDK_SECURITY_TOKEN or HW_SECURITY_TOKEN].
    #[arg(long, value_name = "TOKEN", requires = "access_key", conflicts_with = "token", value_parser = trimmed)]
    pub(crate) security_token: Option<String>,

    /// How requests are authorised; by default, with what is found first.
    ///
    /// The credentials file is ~/.huaweicloud/credentials, or the one that HUAWEICLOUD_SDK_CREDENTIALS_FILE names: a section
    /// [basic] with lines such as "ak = AK" and "sk = SK", and optionally security_token, project_id and iam_endpoint; in
    /// place of the keys idp_id and id_token_file.
    #[arg(long, value_name = "KIND")]
    pub(crate) auth: Option<Auth>,

    /// Allow an http endpoint on another machine, though anyone on the way can read the token.
    #[arg(long)]
    pub(crate) allow_plain_http: bool,

    /// Trust the certificates in this file too, PEM, such as those of a company's own authority; may be repeated.
    /// SSL_CERT_FILE and SSL_CERT_DIR replace the system's.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_cert: Vec<PathBuf>,

    /// Show the certificate in this file where the service asks for one: PEM, with its chain and its private key.
    #[arg(long, value_name = "FILE")]
    pub(crate) client_cert: Option<PathBuf>,

    /// The private key of that certificate, where it is in a separate file.
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    pub(crate) client_key: Option<PathBuf>,

    /// Accept any certificate, though another server could answer in the service's place and read the token.
    #[arg(long)]
    pub(crate) insecure: bool,

    // Whether a profile names the endpoint or the region: the variables that name a place are of another one then.
    #[arg(skip)]
    pub(crate) is_of_profile: bool,
}

/// With what requests are authorised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Auth {
    /// The first that is found: options, then variables, then the credentials file
    Auto,
    /// As the official SDKs look: OIDC, variables, the credentials file, ECS, pod
    Chain,
    /// A token, also where there are keys
    Token,
    /// Keys that sign as for shared endpoints (SDK-HMAC-SHA256)
    Aksk,
    /// Keys that sign with a key of the day, as for your own instances (V11-HMAC-SHA256)
    Derived,
    /// The agency HW_ASSUME_ROLE_AGENCY_NAME of the account HW_ASSUME_ROLE_DOMAIN_NAME, assumed with keys
    Agency,
    /// An IAM user: HW_USER_NAME, HW_USER_PASSWORD, HW_DOMAIN_NAME
    Password,
    /// The token of an identity provider: HUAWEICLOUD_SDK_IDP_ID, HUAWEICLOUD_SDK_ID_TOKEN_FILE
    IdToken,
    /// An OIDC token and STS: HUAWEICLOUD_OIDC_PROVIDER_URN, _AGENCY_URN, _ID_TOKEN or _TOKEN_FILE
    Oidc,
    /// The agency of the ECS server that this runs on
    Ecs,
    /// The identity of the CCE pod that this runs in: HC_CONTAINER_CREDENTIALS_FULL_URI
    Pod,
}

/// Which lists are read, and how times are shown.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Which tasks")]
pub(crate) struct Scope {
    /// Only tasks of these types, such as softwareUpgrade, with commas between them; may be repeated. By default, all
    /// types that the service describes.
    #[arg(long = "type", value_name = "TYPES", value_delimiter = ',', value_parser = trimmed)]
    pub(crate) types: Vec<String>,

    /// Only tasks of this type too, though it is not known here; alone, --type takes such types.
    #[arg(long = "type-unchecked", value_name = "TYPE", num_args = 0..=1, default_missing_value = "",
        value_parser = trimmed)]
    pub(crate) types_unchecked: Vec<String>,

    /// Only tasks of this resource space.
    #[arg(long, value_name = "ID", value_parser = trimmed)]
    pub(crate) app_id: Option<String>,

    /// Times without a zone are of this machine's zone, and tables show it; UTC by default.
    #[arg(long)]
    pub(crate) local: bool,
}

/// Which tasks of the lists are meant.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Which tasks")]
pub(crate) struct Filters {
    #[command(flatten)]
    pub(crate) scope: Scope,

    /// Only tasks in these statuses, in any case, with commas between them: Initializing, Waitting, Processing, Success,
    /// Fail, PartialSuccess, Stopped, Stopping. The service chooses by one; of several, the list is read whole.
    #[arg(long, value_name = "STATUSES", value_delimiter = ',', value_parser = trimmed)]
    pub(crate) status: Vec<String>,

    /// Only tasks whose name is like this: * is any text, ? any symbol, [a-z] one of several. The list is read whole.
    #[arg(long, value_name = "GLOB", value_parser = Pattern::new)]
    pub(crate) name: Option<Pattern>,

    /// Only tasks created at this time or later: 7d, 12h (so long ago), 2026-11-15, 2026-11-15T08:30 or
    /// 2026-11-15T08:30:00Z.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = time_args::time)]
    pub(crate) created_after: Option<TimeArg>,

    /// Only tasks created before this time.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = time_args::time)]
    pub(crate) created_before: Option<TimeArg>,
}

/// How the list is read.
#[derive(Args, Clone)]
#[command(next_help_heading = "How to read")]
pub(crate) struct Pace {
    /// Tasks a page, 1 to 50.
    #[arg(long, value_name = "N")]
    pub(crate) page_size: Option<usize>,

    /// Pages to fetch ahead at most; 0 fetches a page when it is needed. By default as many as make it faster, up to 128.
    #[arg(long, value_name = "N")]
    pub(crate) prefetch: Option<usize>,

    /// How long one request may take to its answer, and how long the answer may come to a halt, such as 30s or 2m; by
    /// default 2m, or --max-elapsed if that is shorter.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = time_args::duration)]
    pub(crate) timeout: Option<Duration>,

    /// How long a request that fails for a passing reason is retried, such as 30s or 10m. By default, 12 attempts
    /// within 5 minutes: 10 to 45 seconds where the service fails at once, up to 5 minutes where it does not answer or
    /// throttles.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = time_args::duration)]
    pub(crate) max_elapsed: Option<Duration>,

    /// Requests a second at most, where the quota is known; found out by default.
    #[arg(long, value_name = "N", value_parser = |text: &str| -> Result<f64, ParseFloatError> { text.parse() })]
    pub(crate) rate_limit: Option<f64>,

    /// Ask the gateway to state its quota in each answer (X-Apig-Mode: debug). A quota that is stated is kept in any case.
    #[arg(long)]
    pub(crate) ask_quota: bool,
}

impl Pace {
    /// Retries for `most` where no option says how long; an attempt takes no longer then.
    pub(crate) fn default_max_elapsed(&mut self, most: Duration) {
        if self.max_elapsed.is_none() {
            self.max_elapsed = Some(most);
            self.timeout = self.timeout.map(|timeout| timeout.min(most));
        }
    }
}

impl ReadArgs {
    /// What is no list of tasks.
    pub(crate) fn without_filters(connection: &Connection, pace: &Pace) -> Self {
        Self { connection: connection.clone(), filters: Filters::default(), pace: pace.clone() }
    }
}

/// All tasks of some lists.
#[derive(Args, Clone)]
pub(crate) struct ScopeArgs {
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    pace: Pace,
}

impl ScopeArgs {
    pub(crate) fn read(&self) -> ReadArgs {
        let filters = Filters { scope: self.scope.clone(), ..Filters::default() };
        ReadArgs { connection: self.connection.clone(), filters, pace: self.pace.clone() }
    }
}
