//! From arguments and environment to a client. Knows where a missing value could come from; the rules are the library's.

use std::fmt;

use iotda_batch_tasks::sim::Simulator;
use iotda_batch_tasks::{ArgumentError, Client, Credentials, Error, TaskType};

use crate::arguments::Connection;
use crate::exit::Exit;

const REGION: &str = "HW_REGION_NAME";
const PROJECT_ID: &str = "HW_PROJECT_ID";
const TOKEN: &str = "HW_AUTH_TOKEN";

/// A client, and the simulator that it reads from, if there is one.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) client: Client,
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
        Self::Argument(told(&error))
    }
}

/// Makes the client; with `--simulate` the service too, with tasks of `types`.
pub(crate) async fn connect(connection: &Connection, types: &[TaskType]) -> Result<Connected, Refusal> {
    if let Some(tasks) = connection.simulate {
        return simulated(tasks, types).await;
    }
    let region = connection.region.clone().or_else(|| environment(REGION));
    if connection.endpoint.is_none() && region.is_none() {
        return Err(Refusal::Argument(format!(
            "where to read from is missing: give --region or --endpoint or set {REGION}; --simulate needs neither"
        )));
    }
    let mut builder = Client::builder();
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
    }
    let credentials = match &connection.token {
        Some(token) => Ok(Credentials::token(token)),
        None => Credentials::from_env(),
    };
    let known = credentials.iter().find_map(|credentials| credentials.project_id()).map(str::to_owned);
    let project_id =
        connection.project_id.clone().or_else(|| environment(PROJECT_ID)).or(known).ok_or_else(|| {
            Refusal::Argument(format!("the project is missing: give --project-id or set {PROJECT_ID}"))
        })?;
    let credentials = credentials.map_err(|error| {
        let rule = error.rule;
        Refusal::Argument(format!("the credentials are missing: give --token or set {TOKEN}; they must be {rule}"))
    })?;
    let client = builder.project_id(project_id).credentials(credentials).build()?;
    Ok(Connected { client, _simulator: None })
}

async fn simulated(tasks: usize, types: &[TaskType]) -> Result<Connected, Refusal> {
    let types = types.iter().map(TaskType::as_str);
    let simulator = Simulator::builder().tasks(tasks).mix(types).start().await.map_err(Refusal::Simulator)?;
    let client = Client::builder().endpoint(simulator.endpoint()).project_id("0").token("simulated").build()?;
    Ok(Connected { client, _simulator: Some(simulator) })
}

/// A variable that is set to nothing counts as not set.
fn environment(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}

/// The library's words for an argument, and where on the command line or in the environment it came from.
pub(crate) fn told(error: &Error) -> String {
    match error {
        Error::Argument(error) => match origin(error) {
            Some(origin) => format!("{error} ({origin})"),
            None => error.to_string(),
        },
        other => other.to_string(),
    }
}

fn origin(error: &ArgumentError) -> Option<&'static str> {
    Some(match error.name {
        "endpoint" if error.value.starts_with("http:") => "--endpoint; --allow-plain-http allows it",
        "endpoint" => "--endpoint",
        "region" => "--region or HW_REGION_NAME",
        "project_id" => "--project-id or HW_PROJECT_ID",
        "instance_id" => "--instance-id",
        "token" => "--token or HW_AUTH_TOKEN",
        "task_type" => "--type",
        "status" => "--status",
        "app_id" => "--app-id",
        "page_size" => "--page-size",
        "checkpoint" | "marker" => "--resume: it takes the last line that `list` with the same filters left on stderr",
        _ => return None,
    })
}
