//! Named profiles: where to read from, with what credentials, and options by default.

// Knows the file and what is in it; what its values mean is that of the options.

mod file;
mod merge;
mod secret;
mod show;

use std::sync::Arc;

use crate::arguments::{Connection, ReadArgs};
use crate::connect::Refusal;
use crate::interrupt::Interrupt;

pub(crate) use file::{ConfigFile, Profile};
pub(crate) use secret::Secret;
pub(crate) use show::run;

/// One place to read from.
pub(crate) struct Source {
    /// The profile, where several are read as one.
    pub(crate) profile: Option<Arc<str>>,
    /// The options, with what the profile adds to them.
    pub(crate) read: ReadArgs,
}

/// The places that the options name: one, or one a profile. Reads the secrets that profiles refer to; sends nothing.
pub(crate) async fn sources(read: &ReadArgs, interrupt: &Interrupt) -> Result<Vec<Source>, Refusal> {
    if !has_profiles(&read.connection) {
        return Ok(vec![Source { profile: None, read: read.clone() }]);
    }
    let options = read.clone();
    // Files and commands block.
    let resolved = tokio::task::spawn_blocking(move || resolve(&options));
    let mut interrupt = interrupt.clone();
    tokio::select! {
        biased;
        signal = interrupt.wait() => Err(Refusal::Interrupted(signal)),
        resolved = resolved => match resolved {
            Ok(sources) => sources.map_err(Refusal::Argument),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        },
    }
}

/// As [`sources`], for a command that reads from one place.
pub(crate) async fn one(read: &ReadArgs, command: &str, interrupt: &Interrupt) -> Result<ReadArgs, Refusal> {
    let mut sources = sources(read, interrupt).await?;
    match (sources.pop(), sources.len()) {
        (Some(source), 0) => Ok(source.read),
        (_, more) => {
            let number = more + 1;
            Err(Refusal::Argument(format!("{command} reads from one place: give one --profile, not {number}")))
        }
    }
}

pub(crate) fn has_profiles(connection: &Connection) -> bool {
    connection.all_profiles || !connection.profile.is_empty()
}

fn resolve(read: &ReadArgs) -> Result<Vec<Source>, String> {
    let file = ConfigFile::load()?;
    let profiles = file.named(&read.connection)?;
    let is_several = read.connection.all_profiles || profiles.len() > 1;
    if is_several && let Some(option) = of_one_place(&read.connection) {
        return Err(format!("{option} is for one place to read from: it cannot be used with several profiles"));
    }
    let source = |(name, profile): (&str, &Profile)| {
        let secrets = |secret: &Secret| secret.read(&file.folder());
        let read = merge::merged(read, profile, &secrets).map_err(|error| file.wrong(name, &error))?;
        Ok(Source { profile: is_several.then(|| name.into()), read })
    };
    profiles.into_iter().map(source).collect()
}

/// The option that names one place, if one is given.
fn of_one_place(connection: &Connection) -> Option<&'static str> {
    let given = [
        ("--endpoint", connection.endpoint.is_some()),
        ("--region", connection.region.is_some()),
        ("--project-id", connection.project_id.is_some()),
        ("--instance-id", connection.instance_id.is_some()),
        ("--token", connection.token.is_some()),
        ("--ak", connection.access_key.is_some()),
    ];
    given.into_iter().find(|(_, is_given)| *is_given).map(|(option, _)| option)
}
