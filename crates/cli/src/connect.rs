//! From arguments and environment to a client.

// Knows where a missing value could come from; the rules are the library's.

use std::fmt;
use std::time::Duration;

use iotda_batch_tasks::{
    ArgumentError, Client, ClientBuilder, Credentials, Error, RetryPolicy, SigningAlgorithm, TaskType,
};
use iotda_simulator::Simulator;

use crate::arguments::{Auth, Connection, Pace};
use crate::console::Console;
use crate::exit::Exit;
use crate::time_args::shown;

const REGION: &str = "HW_REGION_NAME";
const PROJECT_ID: &str = "HW_PROJECT_ID";
const SDK_PROJECT_ID: &str = "HUAWEICLOUD_SDK_PROJECT_ID";
const TOKEN: &str = "HW_AUTH_TOKEN";
const KEYS: &str = "HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK";

/// How long the library lets a request take by default.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);

/// A client, and the simulator that it reads from, if there is one.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) client: Client,
    /// What the list is read from, by the options that name it, wherever the values came from.
    pub(crate) origin: Vec<(&'static str, String)>,
    /// Runs for as long as it is held.
    _simulator: Option<Simulator>,
}

/// Why there is no client.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Something in the arguments; nothing was sent.
    Argument(String),
    /// The simulator cannot run here.
    Simulator(std::io::Error),
}

impl Refusal {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Argument(_) => Exit::BadArguments,
            Self::Simulator(_) => Exit::Failed,
        }
    }

    /// Says why there is no client, and how the command ends.
    pub(crate) fn report(&self, console: &Console) -> Exit {
        console.error(self);
        self.exit()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(message) => f.write_str(message),
            Self::Simulator(error) => write!(f, "the simulator cannot start: {error}"),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Argument(describe(&error))
    }
}

/// Makes the client; with `--simulate` the service too, with tasks of `types`.
pub(crate) async fn connect(connection: &Connection, pace: &Pace, types: &[TaskType]) -> Result<Connected, Refusal> {
    let builder = paced(Client::builder(), pace)?;
    if let Some(tasks) = connection.simulate {
        return simulated(tasks, types, builder).await;
    }
    let source = Source::of(connection);
    let region = region(connection, source)?;
    let mut origin = Vec::new();
    let mut builder = builder;
    match (&connection.endpoint, &region) {
        (Some(endpoint), _) => origin.push(("--endpoint", endpoint.clone())),
        (None, Some(region)) => origin.push(("--region", region.clone())),
        (None, None) => {
            return Err(Refusal::Argument(format!(
                "where to read from is missing: give --region or --endpoint or set {REGION}; --simulate needs neither"
            )));
        }
    }
    if let Some(region) = region {
        builder = builder.region(region);
    }
    if let Some(endpoint) = &connection.endpoint {
        builder = builder.endpoint(endpoint);
    }
    if connection.allow_plain_http {
        builder = builder.allow_plain_http();
    }
    if let Some(instance_id) = &connection.instance_id {
        builder = builder.instance_id(instance_id);
        origin.push(("--instance-id", instance_id.clone()));
    }
    let credentials = credentials(connection);
    let project_id = project_id(connection, source, credentials.as_ref().ok())?;
    origin.push(("--project-id", project_id.clone()));
    let client = builder.project_id(project_id).credentials(credentials?).build()?;
    Ok(Connected { client, origin, _simulator: None })
}

fn paced(mut builder: ClientBuilder, pace: &Pace) -> Result<ClientBuilder, Refusal> {
    let Pace { timeout, max_elapsed, rate_limit, .. } = *pace;
    if let Some(limit) = timeout.or(max_elapsed.filter(|limit| !limit.is_zero() && *limit < REQUEST_TIMEOUT)) {
        builder = builder.request_timeout(limit);
    }
    if let Some(max_elapsed) = max_elapsed {
        if let Some(timeout) = timeout.filter(|timeout| *timeout > max_elapsed) {
            return Err(Refusal::Argument(format!(
                "--timeout is {}, which must not be longer than --max-elapsed: {}",
                shown(timeout),
                shown(max_elapsed)
            )));
        }
        builder = builder.retry(RetryPolicy::default().max_attempts(u32::MAX).max_elapsed(max_elapsed));
    }
    if let Some(per_second) = rate_limit {
        builder = builder.rate_limit(per_second);
    }
    Ok(builder)
}

/// Where credentials come from. Project and region come from the same place: those of another tool may be of another
/// account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// The command line.
    Options,
    /// The variables of Huawei's own SDKs.
    Sdk,
    /// The variables of the Terraform provider.
    Terraform,
    /// The credentials file of the SDKs.
    File,
}

impl Source {
    /// The first that is set, in the order of [`Credentials::from_env`].
    fn of(connection: &Connection) -> Self {
        let is_set = |names: &[&str]| names.iter().any(|name| environment(name).is_some());
        let (takes_token, takes_keys) = match connection.auth {
            None | Some(Auth::Auto) => (true, true),
            Some(Auth::Token) => (true, false),
            Some(Auth::Aksk | Auth::Derived) => (false, true),
        };
        if connection.token.is_some() || connection.access_key.is_some() {
            Self::Options
        } else if takes_keys && is_set(&["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"]) {
            Self::Sdk
        } else if (takes_token && is_set(&[TOKEN])) || (takes_keys && is_set(&["HW_ACCESS_KEY", "HW_SECRET_KEY"])) {
            Self::Terraform
        } else {
            Self::File
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Options => "options",
            Self::Sdk => "HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK",
            Self::Terraform => "HW_AUTH_TOKEN or HW_ACCESS_KEY",
            Self::File => "the credentials file",
        }
    }

    fn refuse(self, variable: &str, option: &str, instead: &str) -> Refusal {
        let name = self.name();
        Refusal::Argument(format!(
            "the credentials come from {name}, and {variable} is a variable of another tool, which may use another \
             account: give {option}{instead}"
        ))
    }
}

fn region(connection: &Connection, source: Source) -> Result<Option<String>, Refusal> {
    if connection.region.is_some() {
        return Ok(connection.region.clone());
    }
    let variable = environment(REGION);
    match source {
        Source::Options | Source::Terraform => Ok(variable),
        Source::Sdk | Source::File if variable.is_some() && connection.endpoint.is_none() => {
            Err(source.refuse(REGION, "--region", ""))
        }
        Source::Sdk | Source::File => Ok(None),
    }
}

fn project_id(connection: &Connection, source: Source, credentials: Option<&Credentials>) -> Result<String, Refusal> {
    if let Some(given) = &connection.project_id {
        return Ok(given.clone());
    }
    let (terraform, sdk) = (environment(PROJECT_ID), environment(SDK_PROJECT_ID));
    let of_credentials = || credentials.and_then(Credentials::project_id).map(str::to_owned);
    let (found, other, instead) = match source {
        Source::Options => (terraform.or(sdk), None, ""),
        Source::Sdk => (sdk, terraform.map(|_| PROJECT_ID), " or set HUAWEICLOUD_SDK_PROJECT_ID"),
        Source::Terraform => (terraform, sdk.map(|_| SDK_PROJECT_ID), " or set HW_PROJECT_ID"),
        Source::File => (of_credentials(), None, " or write project_id to the file"),
    };
    match (found, other) {
        (Some(found), _) => Ok(found),
        (None, Some(other)) => Err(source.refuse(other, "--project-id", instead)),
        (None, None) => {
            Err(Refusal::Argument(format!("the project is missing: give --project-id or set {PROJECT_ID}")))
        }
    }
}

/// The credentials that the options give or name, else those of the environment.
fn credentials(connection: &Connection) -> Result<Credentials, Refusal> {
    let algorithm = match connection.auth {
        None | Some(Auth::Auto) => SigningAlgorithm::Auto,
        Some(Auth::Aksk) => SigningAlgorithm::Basic,
        Some(Auth::Derived) => SigningAlgorithm::Derived,
        Some(Auth::Token) => return token(connection),
    };
    let keys_alone = algorithm != SigningAlgorithm::Auto;
    if let (Some(access_key), Some(secret_key)) = (&connection.access_key, &connection.secret_key) {
        let keys = Credentials::aksk(access_key, secret_key).algorithm(algorithm);
        return Ok(match &connection.security_token {
            Some(token) => keys.security_token(token),
            None => keys,
        });
    }
    if keys_alone {
        if connection.token.is_some() {
            return Err(Refusal::Argument("--auth asks for keys, and --token is none: give --ak and --sk".to_owned()));
        }
        let keys = Credentials::keys_from_env().map_err(|error| missing("--ak and --sk", KEYS, &error))?;
        return Ok(keys.algorithm(algorithm));
    }
    match &connection.token {
        Some(token) => Ok(Credentials::token(token)),
        None => Credentials::from_env().map_err(|error| missing("--token, or --ak and --sk,", TOKEN, &error)),
    }
}

fn token(connection: &Connection) -> Result<Credentials, Refusal> {
    if connection.access_key.is_some() {
        return Err(Refusal::Argument("--auth asks for a token, and --ak is none: give --token".to_owned()));
    }
    let token = connection.token.clone().or_else(|| environment(TOKEN));
    token
        .map(Credentials::token)
        .ok_or_else(|| Refusal::Argument(format!("the token is missing: give --token or set {TOKEN}")))
}

fn missing(options: &str, variables: &str, error: &ArgumentError) -> Refusal {
    let rule = error.rule();
    Refusal::Argument(format!("the credentials are missing: give {options} or set {variables}; they must be {rule}"))
}

async fn simulated(tasks: usize, types: &[TaskType], builder: ClientBuilder) -> Result<Connected, Refusal> {
    let types = types.iter().map(TaskType::as_str);
    let simulator = Simulator::builder().tasks(tasks).mix(types).start().await.map_err(Refusal::Simulator)?;
    let client = builder.endpoint(simulator.endpoint()).project_id("0").token("simulated").build()?;
    Ok(Connected { client, origin: vec![("--simulate", tasks.to_string())], _simulator: Some(simulator) })
}

/// A variable without the blanks and line ends around it. One that is set to nothing counts as not set.
fn environment(variable: &str) -> Option<String> {
    std::env::var(variable).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// The library's words for an argument, and where on the command line or in the environment it came from.
pub(crate) fn describe(error: &Error) -> String {
    match error {
        Error::Argument(error) => match origin(error) {
            Some(origin) => format!("{error} ({origin})"),
            None => error.to_string(),
        },
        other => other.to_string(),
    }
}

fn origin(error: &ArgumentError) -> Option<&'static str> {
    Some(match error.name() {
        "endpoint" if error.value().starts_with("http:") => "--endpoint; --allow-plain-http allows it",
        "endpoint" => "--endpoint",
        "region" => "--region or HW_REGION_NAME",
        "project_id" => "--project-id or HW_PROJECT_ID",
        "instance_id" => "--instance-id",
        "token" => "--token or HW_AUTH_TOKEN",
        "task_type" => "--type",
        "status" => "--status",
        "app_id" => "--app-id",
        "created_after or created_before" => "--created-after and --created-before",
        "page_size" => "--page-size",
        "request_timeout" => "--timeout",
        "max_elapsed" => "--max-elapsed",
        "interval" => "--interval",
        "rate_limit" => "--rate-limit",
        "checkpoint" | "marker" => "--resume: it takes the last line that `list` with the same filters left on stderr",
        _ => return None,
    })
}
