//! A secret by its place: the file of profiles never holds one.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde::de::IgnoredAny;

/// Where a secret is.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Written")]
pub(crate) enum Secret {
    Env(String),
    File(PathBuf),
    Command(Vec<String>),
    /// Anything else, the secret itself maybe: it is not kept.
    Other,
}

/// What the file may have in place of one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Table(BTreeMap<String, Part>),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Text(String),
    Texts(Vec<String>),
    Other(IgnoredAny),
}

impl From<Written> for Secret {
    fn from(written: Written) -> Self {
        let Written::Table(mut parts) = written else { return Self::Other };
        match (parts.pop_first(), parts.is_empty()) {
            (Some((key, Part::Text(name))), true) if key == "env" => Self::Env(name),
            (Some((key, Part::Text(path))), true) if key == "file" => Self::File(path.into()),
            (Some((key, Part::Texts(command))), true) if key == "command" => Self::Command(command),
            _ => Self::Other,
        }
    }
}

impl Secret {
    pub(super) fn check(&self, name: &str) -> Result<(), String> {
        match self {
            Self::Other => Err(format!(
                "{name} is a secret and not written here: refer to it by {{ env = \"VARIABLE\" }}, {{ file = \"PATH\" }} or \
                 {{ command = [\"PROGRAM\", \"ARGUMENT\"] }}"
            )),
            _ => Ok(()),
        }
    }

    /// The secret itself, without the blanks and line ends around it. Relative paths start from `folder`.
    pub(super) fn read(&self, folder: &Path) -> Result<String, String> {
        let found = match self {
            Self::Env(env) => std::env::var(env).map_err(|_| format!("{env} is not set")),
            Self::File(file) => {
                let path = expanded(file, folder);
                std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
            }
            Self::Command(command) => output(command),
            Self::Other => Err("it is no reference".to_owned()),
        };
        let found = found?.trim().to_owned();
        if found.is_empty() { Err(format!("{self} is empty")) } else { Ok(found) }
    }
}

fn output(command: &[String]) -> Result<String, String> {
    let Some((program, arguments)) = command.split_first() else { return Err("the command is empty".to_owned()) };
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{program} failed: {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{program} printed no UTF-8"))
}

/// A path that may begin with `~/`.
fn expanded(path: &Path, folder: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(rest), Some(home)) => Path::new(&home).join(rest),
        _ => folder.join(path),
    }
}

/// The place, not the secret.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(env) => write!(f, "variable {env}"),
            Self::File(file) => write!(f, "file {}", file.display()),
            // Its arguments could hold one.
            Self::Command(command) => {
                write!(f, "command {}", command.first().map(String::as_str).unwrap_or_default())
            }
            Self::Other => f.write_str("(no reference)"),
        }
    }
}
