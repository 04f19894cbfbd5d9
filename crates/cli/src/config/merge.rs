//! The options, with those of a profile where the command line does not give them.

use clap::ValueEnum;

use super::{Profile, Secret};
use crate::arguments::{Auth, ReadArgs};
use crate::time_args;

/// `secret` reads what a profile refers to: called only where no option is in its place.
pub(super) fn merged(
    read: &ReadArgs,
    profile: &Profile,
    secret: &dyn Fn(&Secret) -> Result<String, String>,
) -> Result<ReadArgs, String> {
    let mut merged = read.clone();
    let connection = &mut merged.connection;
    (connection.profile, connection.all_profiles) = (Vec::new(), false);
    for (option, value) in [
        (&mut connection.endpoint, &profile.endpoint),
        (&mut connection.cloud, &profile.cloud),
        (&mut connection.project_id, &profile.project_id),
        (&mut connection.instance_id, &profile.instance_id),
    ] {
        if option.is_none() {
            option.clone_from(value);
        }
    }
    if connection.region.is_none() {
        connection.region.clone_from(&profile.region);
        // A region on the command line means its own endpoint.
    } else if read.connection.endpoint.is_none() {
        connection.endpoint = None;
    }
    connection.is_of_profile = profile.names_place();
    let auth = |name: &String| Auth::from_str(name, false).map_err(|error| format!("auth {name:?}: {error}"));
    let auth = profile.auth.as_ref().map(auth).transpose()?;
    // Credentials on the command line replace those of the profile as a whole.
    if connection.token.is_none() && connection.access_key.is_none() && connection.auth.is_none() {
        connection.auth = auth;
        for (name, option, reference) in [
            ("token", &mut connection.token, &profile.token),
            ("ak", &mut connection.access_key, &profile.ak),
            ("sk", &mut connection.secret_key, &profile.sk),
            ("security-token", &mut connection.security_token, &profile.security_token),
        ] {
            *option = reference.as_ref().map(secret).transpose().map_err(|error| format!("{name}: {error}"))?;
        }
    }
    if connection.ca_cert.is_empty() {
        connection.ca_cert.clone_from(&profile.ca_cert);
    }
    if connection.client_cert.is_none() {
        connection.client_cert.clone_from(&profile.client_cert);
        connection.client_key.clone_from(&profile.client_key);
    }
    connection.allow_plain_http |= profile.allow_plain_http;
    connection.insecure |= profile.insecure;

    let defaults = &profile.defaults;
    let scope = &mut merged.filters.scope;
    if scope.types.is_empty() && scope.types_unchecked.is_empty() {
        scope.types.clone_from(&defaults.r#type);
    }
    if scope.app_id.is_none() {
        scope.app_id.clone_from(&defaults.app_id);
    }
    let pace = &mut merged.pace;
    pace.page_size = pace.page_size.or(defaults.page_size);
    pace.prefetch = pace.prefetch.or(defaults.prefetch);
    pace.rate_limit = pace.rate_limit.or(defaults.rate_limit);
    pace.ask_quota |= defaults.ask_quota;
    for (name, option, default) in [
        ("timeout", &mut pace.timeout, &defaults.timeout),
        ("max-elapsed", &mut pace.max_elapsed, &defaults.max_elapsed),
    ] {
        if let (None, Some(text)) = (&option, default) {
            *option = Some(time_args::duration(text).map_err(|error| format!("{name} {text:?}: {error}"))?);
        }
    }
    Ok(merged)
}
