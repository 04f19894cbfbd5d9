//! From arguments and environment to a client.

// Knows where a missing value could come from; the rules are the library's.

mod credentials;
mod trust;

use std::fmt;
use std::time::Duration;

use iotda_batch_tasks::{ArgumentError, Client, ClientBuilder, Error, RetryPolicy, SourceError, TaskType};
use iotda_simulator::Simulator;

use crate::arguments::{Connection, Pace};
use crate::console::Console;
use crate::exit::{Exit, Signal};
use crate::interrupt::Interrupt;
use crate::time_args::shown;
use credentials::Source;

const REGION: &str = "HW_REGION_NAME";
const ENDPOINT: &str = "HW_IOTDA_ENDPOINT";
/// Before the name of a region.
const ENDPOINT_OF: &str = "HUAWEICLOUD_SDK_REGION_IOTDA_";
const CLOUD: &str = "HW_CLOUD";

/// How long the library lets a request take by default.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);

/// A client, and the simulator that it reads from, if there is one.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) client: Client,
    simulated: Option<Simulated>,
}

/// Runs for as long as it is held.
#[derive(Debug)]
struct Simulated {
    tasks: usize,
    _simulator: Simulator,
}

impl Connected {
    /// What the list is read from, by the options that name it, wherever the values came from. A project that was not
    /// given is looked up.
    pub(crate) async fn origin(&self, interrupt: &Interrupt) -> Result<Vec<(&'static str, String)>, Refusal> {
        if let Some(Simulated { tasks, .. }) = &self.simulated {
            return Ok(vec![("--simulate", tasks.to_string())]);
        }
        let mut interrupt = interrupt.clone();
        let project_id = tokio::select! {
            biased;
            signal = interrupt.wait() => return Err(Refusal::Interrupted(signal)),
            found = self.client.project_id() => found.map_err(Refusal::Project)?,
        };
        let mut origin = vec![("--endpoint", self.client.endpoint().to_owned()), ("--project-id", project_id)];
        origin.extend(self.client.instance_id().map(|id| ("--instance-id", id.to_owned())));
        Ok(origin)
    }
}

impl Connected {
    /// The same as far as it is known without a request.
    pub(crate) fn known_origin(&self, connection: &Connection) -> Vec<(&'static str, String)> {
        let mut origin = vec![("--endpoint", self.client.endpoint().to_owned())];
        origin.extend(connection.project_id.iter().map(|id| ("--project-id", id.clone())));
        origin.extend(self.client.instance_id().map(|id| ("--instance-id", id.to_owned())));
        origin
    }
}

/// Why there is no client.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Something in the arguments; nothing was sent.
    Argument(String),
    /// The simulator cannot run here.
    Simulator(std::io::Error),
    /// The project that was not given could not be looked up.
    Project(SourceError),
    /// A signal came.
    Interrupted(Signal),
}

impl Refusal {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Argument(_) => Exit::BadArguments,
            Self::Simulator(_) | Self::Project(_) => Exit::Failed,
            Self::Interrupted(signal) => Exit::Interrupted(*signal),
        }
    }

    /// Reports why there is no client. Returns how the command ends.
    pub(crate) fn report(&self, console: &Console) -> Exit {
        match self {
            Self::Interrupted(_) => console.line(self),
            _ => console.error(self),
        }
        self.exit()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(message) => f.write_str(message),
            Self::Simulator(error) => write!(f, "the simulator cannot start: {error}"),
            Self::Project(error) => write!(f, "no project was given (--project-id): {error}"),
            Self::Interrupted(_) => f.write_str("interrupted"),
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
    let has_endpoint = connection.endpoint.is_some() || environment(ENDPOINT).is_some();
    let region = source.region(connection, has_endpoint)?;
    let builder = trust::trusting(addressed(builder, connection, region), connection)?;
    let credentials = match credentials::credentials(connection) {
        Ok(credentials) => credentials,
        // Where to read from comes first.
        Err(refusal) => return Err(without_credentials(with_addresses(builder, connection)).unwrap_or(refusal)),
    };
    let project_id = source.project_id(connection, &credentials)?;
    let mut builder = builder.credentials(credentials);
    if let Some(project_id) = project_id {
        builder = builder.project_id(project_id);
    }
    let client = with_addresses(builder, connection).build().map_err(refused)?;
    Ok(Connected { client, simulated: None })
}

fn addressed(mut builder: ClientBuilder, connection: &Connection, region: Option<String>) -> ClientBuilder {
    if let Some(region) = region {
        builder = builder.region(region);
    }
    if let Some(endpoint) = &connection.endpoint {
        builder = builder.endpoint(endpoint);
    }
    if let Some(cloud) = &connection.cloud {
        builder = builder.cloud(cloud);
    }
    if let Some(instance_id) = &connection.instance_id {
        builder = builder.instance_id(instance_id);
    }
    if connection.allow_plain_http { builder.allow_plain_http() } else { builder }
}

/// With the addresses of the environment, as far as these are of the place that is read.
fn with_addresses(builder: ClientBuilder, connection: &Connection) -> ClientBuilder {
    if !connection.is_of_profile {
        return builder.addresses_from_env();
    }
    let builder = match environment(CLOUD).filter(|_| connection.cloud.is_none()) {
        Some(cloud) => builder.cloud(cloud),
        None => builder,
    };
    let of_region = |region: &String| environment(&format!("{ENDPOINT_OF}{}", region.to_uppercase().replace('-', "_")));
    match connection.region.as_ref().and_then(of_region).filter(|_| connection.endpoint.is_none()) {
        Some(endpoint) => builder.endpoint(endpoint),
        None => builder,
    }
}

/// What is wrong with the address, if anything is.
fn without_credentials(builder: ClientBuilder) -> Option<Refusal> {
    match builder.build() {
        Err(Error::Argument(error)) if error.name() == "endpoint" => Some(refused(error.into())),
        _ => None,
    }
}

fn refused(error: Error) -> Refusal {
    match error {
        Error::Argument(error) if error.name() == "endpoint" && error.value() == "(none)" => {
            Refusal::Argument(format!(
                "where to read from is missing: give --region or --endpoint or set {REGION} or {ENDPOINT} (the console shows \
             an instance's own endpoint under Overview, Access details); --simulate needs neither"
            ))
        }
        Error::Argument(error) if error.name() == "project_id" && error.value() == "(none)" => Refusal::Argument(
            "the project is missing: give --project-id or set HW_PROJECT_ID; with --region it is looked up at IAM"
                .to_owned(),
        ),
        error => error.into(),
    }
}

fn paced(mut builder: ClientBuilder, pace: &Pace) -> Result<ClientBuilder, Refusal> {
    let Pace { timeout, max_elapsed, rate_limit, ask_quota, .. } = *pace;
    builder = builder.ask_for_quota(ask_quota);
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

async fn simulated(tasks: usize, types: &[TaskType], builder: ClientBuilder) -> Result<Connected, Refusal> {
    let types = types.iter().map(TaskType::as_str);
    let simulator = Simulator::builder().tasks(tasks).mix(types).start().await.map_err(Refusal::Simulator)?;
    let client = builder.endpoint(simulator.endpoint()).project_id("0").token("simulated").build()?;
    Ok(Connected { client, simulated: Some(Simulated { tasks, _simulator: simulator }) })
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
        "endpoint" => "--endpoint or HW_IOTDA_ENDPOINT",
        "cloud" => "--cloud or HW_CLOUD",
        "ca_certificates" => "--ca-cert",
        "client_certificate" => "--client-cert and --client-key",
        "region" => "--region or HW_REGION_NAME",
        "project_id" => "--project-id or HW_PROJECT_ID",
        "instance_id" => "--instance-id or HW_INSTANCE_ID",
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
        "checkpoint" | "marker" => {
            "--resume: it takes `last`, the last line that `list` with the same filters left on stderr, or @FILE"
        }
        _ => return None,
    })
}
