//! With what requests are authorised: by the options, else by what the environment holds.

// Knows where credentials, project and region could come from; how they are read is the library's.

use iotda_batch_tasks::{ArgumentError, Credentials, SigningAlgorithm};

use super::{REGION, Refusal, environment};
use crate::arguments::{Auth, Connection};

const PROJECT_ID: &str = "HW_PROJECT_ID";
const SDK_PROJECT_ID: &str = "HUAWEICLOUD_SDK_PROJECT_ID";
const TOKEN: &str = "HW_AUTH_TOKEN";
const KEYS: &str = "HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK";
const AGENCY: [&str; 2] = ["HW_ASSUME_ROLE_AGENCY_NAME", "HW_ASSUME_ROLE_DOMAIN_NAME"];

const SDK_VARIABLES: [&str; 3] = ["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_IDP_ID"];
const TERRAFORM_KEYS: [&str; 2] = ["HW_ACCESS_KEY", "HW_SECRET_KEY"];
const TERRAFORM_USER: &str = "HW_USER_NAME";

/// Where credentials come from. Project and region come from the same place: those of another tool may be of another
/// account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The command line.
    Options,
    /// The variables of Huawei's own SDKs.
    Sdk,
    /// The variables of the Terraform provider.
    Terraform,
    /// The credentials file of the SDKs.
    File,
    /// The server or the container that this runs in, which is of no tool.
    Machine,
}

impl Source {
    /// The first that is set, in the order of [`Credentials::from_env`].
    pub(super) fn of(connection: &Connection) -> Self {
        let is_set = |names: &[&str]| names.iter().any(|name| environment(name).is_some());
        let (takes_token, takes_keys) = match connection.auth {
            None | Some(Auth::Auto | Auth::Chain) => (true, true),
            Some(Auth::Token) => (true, false),
            Some(Auth::Aksk | Auth::Derived | Auth::Agency) => (false, true),
            Some(Auth::Oidc) => return Self::Sdk,
            Some(Auth::IdToken) if is_set(&SDK_VARIABLES[2..]) => return Self::Sdk,
            Some(Auth::IdToken) => return Self::File,
            Some(Auth::Password) => return Self::Terraform,
            Some(Auth::Ecs | Auth::Pod) => return Self::Machine,
        };
        let is_chain = connection.auth == Some(Auth::Chain);
        if connection.token.is_some() || connection.access_key.is_some() {
            Self::Options
        } else if (is_chain && is_set(&["HUAWEICLOUD_OIDC_PROVIDER_URN"])) || (takes_keys && is_set(&SDK_VARIABLES)) {
            Self::Sdk
        } else if (takes_token && is_set(&[TOKEN, TERRAFORM_USER])) || (takes_keys && is_set(&TERRAFORM_KEYS)) {
            Self::Terraform
        // Of what the chain takes before the machine, the file alone is left.
        } else if is_chain && Credentials::from_env().is_err() {
            Self::Machine
        } else {
            Self::File
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Options => "options",
            Self::Sdk => "HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or another variable of the SDKs",
            Self::Terraform => "HW_AUTH_TOKEN, HW_ACCESS_KEY or HW_USER_NAME",
            Self::File => "the credentials file",
            Self::Machine => "this machine",
        }
    }

    fn refuse(self, variable: &str, option: &str, instead: &str) -> Refusal {
        let name = self.name();
        Refusal::Argument(format!(
            "the credentials come from {name}, and {variable} is a variable of another tool, which may use another \
             account: give {option}{instead}"
        ))
    }

    /// The region, where the endpoint does not make one superfluous.
    pub(super) fn region(self, connection: &Connection, has_endpoint: bool) -> Result<Option<String>, Refusal> {
        if connection.region.is_some() {
            return Ok(connection.region.clone());
        }
        let variable = environment(REGION);
        match self {
            Self::Options | Self::Terraform | Self::Machine => Ok(variable),
            Self::Sdk | Self::File if variable.is_some() && !has_endpoint => Err(self.refuse(REGION, "--region", "")),
            Self::Sdk | Self::File => Ok(None),
        }
    }

    /// The project, where one is named; the library looks up any other.
    pub(super) fn project_id(
        self,
        connection: &Connection,
        credentials: &Credentials,
    ) -> Result<Option<String>, Refusal> {
        if connection.project_id.is_some() {
            return Ok(connection.project_id.clone());
        }
        let of_tool = credentials.project_id().map(str::to_owned);
        let is_set = |name| environment(name).map(|_| name);
        let (other, instead) = match self {
            Self::Options | Self::Machine => {
                return Ok(of_tool.or_else(|| environment(PROJECT_ID)).or_else(|| environment(SDK_PROJECT_ID)));
            }
            Self::Sdk => (is_set(PROJECT_ID), " or set HUAWEICLOUD_SDK_PROJECT_ID"),
            Self::Terraform => (is_set(SDK_PROJECT_ID), " or set HW_PROJECT_ID"),
            Self::File => (is_set(PROJECT_ID).or(is_set(SDK_PROJECT_ID)), " or write project_id to the file"),
        };
        match (of_tool, other) {
            (None, Some(other)) => Err(self.refuse(other, "--project-id", instead)),
            (found, _) => Ok(found),
        }
    }
}

/// The credentials that the options give or name, else those of the environment.
pub(super) fn credentials(connection: &Connection) -> Result<Credentials, Refusal> {
    let named = |name: &str, found: Result<Credentials, ArgumentError>| {
        found.map_err(|error| Refusal::Argument(format!("--auth {name}: {error}")))
    };
    let takes_options =
        !matches!(connection.auth, Some(Auth::Oidc | Auth::IdToken | Auth::Password | Auth::Ecs | Auth::Pod));
    if !takes_options && (connection.token.is_some() || connection.access_key.is_some()) {
        let message = "--auth names credentials that no option gives: leave out --token, --ak and --sk";
        return Err(Refusal::Argument(message.to_owned()));
    }
    match connection.auth {
        None | Some(Auth::Auto) => of_options_or(connection, || {
            Credentials::from_env().map_err(|error| missing("--token, or --ak and --sk,", TOKEN, &error))
        }),
        Some(Auth::Chain) => of_options_or(connection, || named("chain", Credentials::default_chain())),
        Some(Auth::Token) => token(connection),
        Some(Auth::Aksk) => Ok(keys(connection)?.algorithm(SigningAlgorithm::Basic)),
        Some(Auth::Derived) => Ok(keys(connection)?.algorithm(SigningAlgorithm::Derived)),
        Some(Auth::Agency) => agency(connection),
        Some(Auth::Oidc) => named("oidc", Credentials::oidc()),
        Some(Auth::IdToken) => named("id-token", Credentials::id_token()),
        Some(Auth::Password) => named("password", Credentials::password_from_env()),
        Some(Auth::Ecs) => Ok(Credentials::ecs_agency()),
        Some(Auth::Pod) => named("pod", Credentials::pod_identity()),
    }
}

fn of_options_or(
    connection: &Connection,
    others: impl FnOnce() -> Result<Credentials, Refusal>,
) -> Result<Credentials, Refusal> {
    match (given_keys(connection), &connection.token) {
        (Some(keys), _) => Ok(keys),
        (None, Some(token)) => Ok(Credentials::token(token)),
        (None, None) => others(),
    }
}

fn given_keys(connection: &Connection) -> Option<Credentials> {
    let keys = Credentials::aksk(connection.access_key.as_ref()?, connection.secret_key.as_ref()?);
    Some(match &connection.security_token {
        Some(token) => keys.security_token(token),
        None => keys,
    })
}

/// Keys, even where a token is found first.
fn keys(connection: &Connection) -> Result<Credentials, Refusal> {
    if let Some(keys) = given_keys(connection) {
        return Ok(keys);
    }
    if connection.token.is_some() {
        return Err(Refusal::Argument("--auth requires keys, and --token is none: give --ak and --sk".to_owned()));
    }
    Credentials::keys_from_env().map_err(|error| missing("--ak and --sk", KEYS, &error))
}

fn token(connection: &Connection) -> Result<Credentials, Refusal> {
    if connection.access_key.is_some() {
        return Err(Refusal::Argument("--auth requires a token, and --ak is none: give --token".to_owned()));
    }
    let token = connection.token.clone().or_else(|| environment(TOKEN));
    token
        .map(Credentials::token)
        .ok_or_else(|| Refusal::Argument(format!("the token is missing: give --token or set {TOKEN}")))
}

fn agency(connection: &Connection) -> Result<Credentials, Refusal> {
    let [Some(agency), Some(account)] = AGENCY.map(environment) else {
        let [agency, account] = AGENCY;
        return Err(Refusal::Argument(format!("--auth agency: set {agency} and {account}")));
    };
    let keys = keys(connection)?;
    // With the variables of Terraform, the library assumes the agency already.
    Ok(if Source::of(connection) == Source::Terraform { keys } else { keys.assume_agency(agency, account) })
}

fn missing(options: &str, variables: &str, error: &ArgumentError) -> Refusal {
    let rule = error.rule();
    Refusal::Argument(format!(
        "the credentials are missing: give {options} or set {variables}; they must be {rule}; --auth names other kinds"
    ))
}
