//! `batchtasks config`: each value, and where it comes from.

// Knows names and places, reads no secret.

use std::fmt::Write;

use serde::Serialize;

use super::file::{ConfigFile, Profile};
use super::{Secret, merge, of_one_place};
use crate::arguments::{ConfigArguments, ConfigFormat, ReadArgs};
use crate::console::Console;
use crate::exit::Exit;
use crate::output::stdout;
use crate::terminal::visible;

/// In place of a secret.
const HIDDEN: &str = "(hidden)";

#[derive(Serialize)]
struct Shown {
    file: String,
    profiles: Vec<String>,
    values: Vec<Value>,
}

/// One value that the options would be read with.
#[derive(Serialize)]
struct Value {
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    name: &'static str,
    value: String,
    from: String,
}

pub(crate) fn run(arguments: &ConfigArguments, console: &Console) -> Exit {
    match shown(&arguments.lists.read()) {
        Ok(shown) => {
            let text = match arguments.format {
                ConfigFormat::Text => text(&shown),
                ConfigFormat::Json => serde_json::to_string_pretty(&shown).unwrap_or_default() + "\n",
            };
            stdout::print(text, console)
        }
        Err(error) => {
            console.error(error);
            Exit::BadArguments
        }
    }
}

fn shown(read: &ReadArgs) -> Result<Shown, String> {
    let file = ConfigFile::load()?;
    let profiles = file.profiles().map(|(name, _)| name.to_owned()).collect();
    let mut values = Vec::new();
    if super::has_profiles(&read.connection) {
        let named = file.named(&read.connection)?;
        if named.len() > 1
            && let Some(option) = of_one_place(&read.connection)
        {
            return Err(format!("{option} is for one place to read from: it cannot be used with several profiles"));
        }
        for (name, profile) in named {
            values.extend(values_of(read, Some((name, profile))).map_err(|error| file.wrong(name, &error))?);
        }
    } else {
        values = values_of(read, None)?;
    }
    Ok(Shown { file: file.path.display().to_string(), profiles, values })
}

/// The values of one place.
fn values_of(read: &ReadArgs, profile: Option<(&str, &Profile)>) -> Result<Vec<Value>, String> {
    let hidden = |_: &Secret| Ok(HIDDEN.to_owned());
    let merged = match profile {
        Some((_, profile)) => merge::merged(read, profile, &hidden)?,
        None => read.clone(),
    };
    let (given, found) = (settings(read), settings(&merged));
    let mut values = Vec::new();
    for (given, found) in given.into_iter().zip(found) {
        let is_elsewhere = ["--endpoint", "--region", "--instance-id"].contains(&found.option)
            && profile.is_some_and(|(_, profile)| profile.names_place());
        let variable = found.variables.iter().find(|name| is_set(name)).filter(|_| !is_elsewhere);
        let (value, from) = match (given.value, found.value, profile) {
            (Some(value), _, _) => (value, format!("option {}", found.option)),
            (None, Some(value), Some((name, profile))) => (value, of_profile(name, profile, found.option)),
            // Where there is no profile, nothing was merged.
            (None, Some(value), None) => (value, "default".to_owned()),
            (None, None, _) => match variable {
                Some(variable) if found.is_secret => (HIDDEN.to_owned(), format!("variable {variable}")),
                Some(variable) => (std::env::var(variable).unwrap_or_default(), format!("variable {variable}")),
                None => continue,
            },
        };
        let value = if found.is_secret { HIDDEN.to_owned() } else { without_user(&value) };
        let profile = profile.map(|(name, _)| name.to_owned());
        values.push(Value { profile, name: found.option.trim_start_matches('-'), value, from });
    }
    Ok(values)
}

fn of_profile(name: &str, profile: &Profile, option: &str) -> String {
    let secret = match option {
        "--token" => profile.token.as_ref(),
        "--ak" => profile.ak.as_ref(),
        "--sk" => profile.sk.as_ref(),
        "--security-token" => profile.security_token.as_ref(),
        _ => None,
    };
    match secret {
        Some(secret) => format!("profile {name}, {secret}"),
        None => format!("profile {name}"),
    }
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// A URL without the password that may be in it.
fn without_user(value: &str) -> String {
    match (value.find("://"), value.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}***{}", &value[..scheme + 3], &value[at..]),
        _ => value.to_owned(),
    }
}

/// What an option has.
struct Setting {
    option: &'static str,
    value: Option<String>,
    variables: &'static [&'static str],
    is_secret: bool,
}

fn settings(read: &ReadArgs) -> Vec<Setting> {
    let ReadArgs { connection, filters, pace } = read;
    let scope = &filters.scope;
    let setting = |option, value, variables| Setting { option, value, variables, is_secret: false };
    let secret = |option, value: &Option<String>, variables| Setting {
        option,
        value: value.as_ref().map(|_| HIDDEN.to_owned()),
        variables,
        is_secret: true,
    };
    let flag = |is_given: bool| is_given.then(|| "true".to_owned());
    let list = |texts: Vec<String>| Some(texts.join(", ")).filter(|text| !text.is_empty());
    let path = |path: &std::path::PathBuf| path.display().to_string();
    let auth = connection.auth.and_then(|auth| clap::ValueEnum::to_possible_value(&auth));
    vec![
        setting("--simulate", connection.simulate.map(|tasks| tasks.to_string()), &[]),
        setting("--endpoint", connection.endpoint.clone(), &["HW_IOTDA_ENDPOINT"]),
        setting("--region", connection.region.clone(), &["HW_REGION_NAME"]),
        setting("--cloud", connection.cloud.clone(), &["HW_CLOUD"]),
        setting("--project-id", connection.project_id.clone(), &["HW_PROJECT_ID", "HUAWEICLOUD_SDK_PROJECT_ID"]),
        setting("--instance-id", connection.instance_id.clone(), &["HW_INSTANCE_ID"]),
        setting("--auth", auth.map(|auth| auth.get_name().to_owned()), &[]),
        secret("--token", &connection.token, &["HW_AUTH_TOKEN"]),
        secret("--ak", &connection.access_key, &["HUAWEICLOUD_SDK_AK", "HW_ACCESS_KEY"]),
        secret("--sk", &connection.secret_key, &["HUAWEICLOUD_SDK_SK", "HW_SECRET_KEY"]),
        secret(
            "--security-token",
            &connection.security_token,
            &["HUAWEICLOUD_SDK_SECURITY_TOKEN", "HW_SECURITY_TOKEN"],
        ),
        setting("--ca-cert", list(connection.ca_cert.iter().map(path).collect()), &[]),
        setting("--client-cert", connection.client_cert.as_ref().map(path), &[]),
        setting("--client-key", connection.client_key.as_ref().map(path), &[]),
        setting("--allow-plain-http", flag(connection.allow_plain_http), &[]),
        setting("--insecure", flag(connection.insecure), &[]),
        setting("--type", list(scope.types.clone()), &[]),
        setting("--type-unchecked", list(scope.types_unchecked.clone()), &[]),
        setting("--app-id", scope.app_id.clone(), &[]),
        setting("--local", flag(scope.local), &[]),
        setting("--page-size", pace.page_size.map(|records| records.to_string()), &[]),
        setting("--prefetch", pace.prefetch.map(|pages| pages.to_string()), &[]),
        setting("--timeout", pace.timeout.map(|limit| format!("{limit:?}")), &[]),
        setting("--max-elapsed", pace.max_elapsed.map(|limit| format!("{limit:?}")), &[]),
        setting("--rate-limit", pace.rate_limit.map(|limit| limit.to_string()), &[]),
        setting("--ask-quota", flag(pace.ask_quota), &[]),
    ]
}

fn text(shown: &Shown) -> String {
    let mut text = format!("file      {}\n", visible(&shown.file));
    let profiles = if shown.profiles.is_empty() { "(none)".to_owned() } else { shown.profiles.join(", ") };
    let _ = writeln!(text, "profiles  {profiles}");
    let mut last = None;
    for value in &shown.values {
        if value.profile != last {
            let _ = writeln!(text, "\n[{}]", value.profile.as_deref().unwrap_or_default());
            last.clone_from(&value.profile);
        } else if last.is_none() && std::ptr::eq(value, &shown.values[0]) {
            text.push('\n');
        }
        let _ = writeln!(text, "{:<16}  {}  ({})", value.name, visible(&value.value), value.from);
    }
    text
}
