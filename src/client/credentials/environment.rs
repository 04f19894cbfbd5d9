//! Finds credentials where the official SDKs and the Terraform provider keep them. Knows names and places; reads them
//! only through what it is given, and sends nothing.

use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::secret::{Keys, Proof};
use super::{Credentials, Kind};
use crate::error::ArgumentError;

/// The variables of one tool, in the order: access key, secret key, security token.
struct KeyNames([&'static str; 3]);

const SDK: KeyNames = KeyNames(["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN"]);
const TERRAFORM: KeyNames = KeyNames(["HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_SECURITY_TOKEN"]);
const PROFILE: KeyNames = KeyNames(["ak", "sk", "security_token"]);

const SDK_PROJECT: &str = "HUAWEICLOUD_SDK_PROJECT_ID";
const SDK_IAM: &str = "HUAWEICLOUD_SDK_IAM_ENDPOINT";
const SDK_FILE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";
const TERRAFORM_PROJECT: &str = "HW_PROJECT_ID";
const TERRAFORM_REGION: &str = "HW_REGION_NAME";
const TERRAFORM_TOKEN: &str = "HW_AUTH_TOKEN";

impl Credentials {
    /// Credentials from where other tools keep them. The first that is set counts:
    ///
    /// 1. `HUAWEICLOUD_SDK_AK` and `HUAWEICLOUD_SDK_SK`, with `HUAWEICLOUD_SDK_SECURITY_TOKEN` for temporary keys;
    /// 2. `HW_AUTH_TOKEN`;
    /// 3. `HW_ACCESS_KEY` and `HW_SECRET_KEY`, with `HW_SECURITY_TOKEN`;
    /// 4. `ak`, `sk` and `security_token` under `[basic]` in the file that `HUAWEICLOUD_SDK_CREDENTIALS_FILE` names,
    ///    else in `~/.huaweicloud/credentials`.
    ///
    /// A variable that is empty is not set. [`project_id`](Self::project_id) comes from the same place if it is there
    /// (`HUAWEICLOUD_SDK_PROJECT_ID`, `HW_PROJECT_ID`, or `project_id` in the file), else from the first of the two
    /// variables that is set; [`region`](Self::region) is that of `HW_REGION_NAME`. A client takes both unless it is
    /// told others.
    ///
    /// It reads one small file at most, and waits for it.
    ///
    /// # Errors
    /// When one key of a pair is set without the other, when a file that is named or there cannot be read, or when
    /// nothing was found: then the error tells each place that was looked at.
    ///
    /// # Example
    /// ```no_run
    /// use iotda_batch_tasks::Credentials;
    ///
    /// let credentials = Credentials::from_env()?;
    /// # Ok::<(), iotda_batch_tasks::ArgumentError>(())
    /// ```
    pub fn from_env() -> Result<Self, ArgumentError> {
        Self::around(&|name| std::env::var(name).ok())
    }

    /// As [`from_env`](Self::from_env), but keys alone: `HW_AUTH_TOKEN` is passed over.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn keys_from_env() -> Result<Self, ArgumentError> {
        Self::around(&|name| if name == TERRAFORM_TOKEN { None } else { std::env::var(name).ok() })
    }

    fn around(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, ArgumentError> {
        find(&Surroundings { variable, home: std::env::home_dir(), read: &|path| std::fs::read_to_string(path) })
    }
}

/// Everything around the process that is looked at.
struct Surroundings<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    home: Option<PathBuf>,
    read: &'a dyn Fn(&Path) -> io::Result<String>,
}

impl Surroundings<'_> {
    fn get(&self, name: &str) -> Option<String> {
        (self.variable)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn first(&self, names: [&str; 2]) -> Option<String> {
        names.into_iter().find_map(|name| self.get(name))
    }
}

/// What one place holds.
struct Found {
    proof: Proof,
    project_id: Option<String>,
    iam_endpoint: Option<String>,
}

fn find(around: &Surroundings<'_>) -> Result<Credentials, ArgumentError> {
    let get = |name: &'static str| around.get(name);
    let found = if let Some(keys) = keys(&SDK, get, "")? {
        Found { proof: Proof::Keys(keys), project_id: get(SDK_PROJECT), iam_endpoint: get(SDK_IAM) }
    } else if let Some(token) = get(TERRAFORM_TOKEN) {
        Found { proof: Proof::Token(token.into()), project_id: get(TERRAFORM_PROJECT), iam_endpoint: None }
    } else if let Some(keys) = keys(&TERRAFORM, get, "")? {
        Found { proof: Proof::Keys(keys), project_id: get(TERRAFORM_PROJECT), iam_endpoint: None }
    } else {
        in_file(around)?
    };
    let mut credentials = Credentials::of(Kind::Fixed(found.proof));
    credentials = credentials.with(|inner| {
        inner.settings.project_id = found.project_id.or_else(|| around.first([SDK_PROJECT, TERRAFORM_PROJECT]));
        inner.settings.region = around.get(TERRAFORM_REGION);
        inner.settings.iam_endpoint = found.iam_endpoint.map(Into::into);
    });
    Ok(credentials)
}

/// A pair of keys; half a pair is a mistake, and looking on would hide it. `place` is told where names alone do not
/// say it.
fn keys(
    names: &KeyNames,
    get: impl Fn(&'static str) -> Option<String>,
    place: &str,
) -> Result<Option<Keys>, ArgumentError> {
    let [access_key, secret_key, security_token] = names.0;
    let missing = |name, other| Err(ArgumentError::new(name, "", format!("set{place}, because {other} is")));
    match (get(access_key), get(secret_key)) {
        (Some(access), Some(secret)) => {
            let security_token = get(security_token).map(Into::into);
            Ok(Some(Keys { security_token, ..Keys::new(access, secret) }))
        }
        (Some(_), None) => missing(secret_key, access_key),
        (None, Some(_)) => missing(access_key, secret_key),
        (None, None) => Ok(None),
    }
}

fn in_file(around: &Surroundings<'_>) -> Result<Found, ArgumentError> {
    let named = around.get(SDK_FILE).map(PathBuf::from);
    let is_named = named.is_some();
    let Some(path) = named.or_else(|| around.home.as_ref().map(|home| home.join(".huaweicloud").join("credentials")))
    else {
        return Err(nothing("there is no home directory to look for .huaweicloud/credentials in"));
    };
    let shown = path.display();
    let text = match (around.read)(&path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !is_named => {
            return Err(nothing(&format!("{shown}, which does not exist")));
        }
        Err(error) => {
            return Err(ArgumentError::new("credentials file", shown, format!("a file that can be read: {error}")));
        }
    };
    let get = |name: &'static str| value_in_basic(&text, name).map(str::to_owned);
    match keys(&PROFILE, get, &format!(" under [basic] in {shown}"))? {
        Some(keys) => {
            Ok(Found { proof: Proof::Keys(keys), project_id: get("project_id"), iam_endpoint: get("iam_endpoint") })
        }
        None => Err(nothing(&format!("{shown}, which has no ak and sk under [basic]"))),
    }
}

fn nothing(file: &str) -> ArgumentError {
    let rule = format!(
        "set in the environment or in a file; looked for {} and {}, for {TERRAFORM_TOKEN}, for {} and {}, and at {file}",
        SDK.0[0], SDK.0[1], TERRAFORM.0[0], TERRAFORM.0[1]
    );
    ArgumentError::new("credentials", "", rule)
}

/// The value of `name` under `[basic]`: `name = value`, one a line; a line that begins with `#` or `;` is a comment. A
/// value may hold any of these signs: security tokens do.
fn value_in_basic<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let mut in_basic = false;
    let mut found = None;
    for line in lines.filter(|line| !line.starts_with(['#', ';'])) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            in_basic = section.trim() == "basic";
        } else if let Some((key, value)) = line.split_once('=').filter(|_| in_basic) {
            let value = value.trim();
            if key.trim() == name && !value.is_empty() {
                found = Some(value);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
