//! The configuration file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Secret;
use crate::arguments::Connection;

/// Names the file, in place of the one in the XDG folder.
pub(crate) const VARIABLE: &str = "BATCHTASKS_CONFIG";

/// The file that was found, or the place where it would be.
pub(crate) struct ConfigFile {
    pub(crate) path: PathBuf,
    profiles: BTreeMap<String, Profile>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    #[serde(default)]
    profiles: BTreeMap<String, Profile>,
}

/// Where to read from, and options by default, by the names of the options.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Profile {
    pub(crate) endpoint: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) cloud: Option<String>,
    pub(crate) project_id: Option<String>,
    pub(crate) instance_id: Option<String>,
    pub(crate) auth: Option<String>,
    pub(crate) token: Option<Secret>,
    pub(crate) ak: Option<Secret>,
    pub(crate) sk: Option<Secret>,
    pub(crate) security_token: Option<Secret>,
    #[serde(default)]
    pub(crate) ca_cert: Vec<PathBuf>,
    pub(crate) client_cert: Option<PathBuf>,
    pub(crate) client_key: Option<PathBuf>,
    #[serde(default)]
    pub(crate) allow_plain_http: bool,
    #[serde(default)]
    pub(crate) insecure: bool,
    #[serde(default)]
    pub(crate) defaults: Defaults,
}

/// Options that are used where the command line does not give them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Defaults {
    #[serde(default)]
    pub(crate) r#type: Vec<String>,
    pub(crate) app_id: Option<String>,
    pub(crate) page_size: Option<usize>,
    pub(crate) prefetch: Option<usize>,
    pub(crate) timeout: Option<String>,
    pub(crate) max_elapsed: Option<String>,
    pub(crate) rate_limit: Option<f64>,
    #[serde(default)]
    pub(crate) ask_quota: bool,
}

impl ConfigFile {
    /// Reads the file. One that is not there has no profiles.
    pub(crate) fn load() -> Result<Self, String> {
        let Some((path, is_named)) = path() else {
            return Ok(Self { path: PathBuf::new(), profiles: BTreeMap::new() });
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_named => String::new(),
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        let content: Content = toml::from_str(&text).map_err(|error| described(&path, &text, &error))?;
        let file = Self { path, profiles: content.profiles };
        for (name, profile) in &file.profiles {
            check_name(name).and_then(|()| profile.check()).map_err(|error| file.wrong(name, &error))?;
        }
        Ok(file)
    }

    pub(crate) fn profiles(&self) -> impl Iterator<Item = (&str, &Profile)> {
        self.profiles.iter().map(|(name, profile)| (name.as_str(), profile))
    }

    /// The profiles that the options name, in that order, each once.
    pub(super) fn named(&self, connection: &Connection) -> Result<Vec<(&str, &Profile)>, String> {
        let shown = self.path.display();
        if self.path.as_os_str().is_empty() {
            return Err(format!("where profiles are is not clear: set {VARIABLE}, XDG_CONFIG_HOME or HOME"));
        }
        if self.profiles.is_empty() {
            return Err(format!("there are no profiles in {shown}"));
        }
        if connection.all_profiles {
            return Ok(self.profiles().collect());
        }
        let mut named = Vec::<(&str, &Profile)>::new();
        for name in &connection.profile {
            let Some((name, profile)) = self.profiles.get_key_value(name) else {
                let all = self.profiles.keys().cloned().collect::<Vec<_>>().join(", ");
                return Err(format!("--profile: there is no {name:?} in {shown}, which has {all}"));
            };
            if !named.iter().any(|(other, _)| other == name) {
                named.push((name, profile));
            }
        }
        Ok(named)
    }

    /// Something in a profile breaks a rule.
    pub(super) fn wrong(&self, name: &str, error: &str) -> String {
        format!("{}: profile {name:?}: {error}", self.path.display())
    }

    /// What relative paths in the file start from.
    pub(super) fn folder(&self) -> PathBuf {
        self.path.parent().map(Path::to_owned).unwrap_or_default()
    }
}

impl Profile {
    /// Whether it says where to read from; else the environment may.
    pub(super) fn names_place(&self) -> bool {
        self.endpoint.is_some() || self.region.is_some()
    }

    /// Secrets are not written to the file, whether or not the profile is used.
    fn check(&self) -> Result<(), String> {
        let secrets =
            [("token", &self.token), ("ak", &self.ak), ("sk", &self.sk), ("security-token", &self.security_token)];
        for (name, secret) in secrets {
            if let Some(secret) = secret {
                secret.check(name)?;
            }
        }
        if self.ak.is_some() != self.sk.is_some() {
            return Err("ak and sk belong together".to_owned());
        }
        if self.token.is_some() && self.ak.is_some() {
            return Err("token and ak exclude each other".to_owned());
        }
        Ok(())
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    match (1..=64).contains(&name.len()) && name.bytes().all(is_allowed) {
        true => Ok(()),
        false => Err("the name of a profile has 1 to 64 of A-Z a-z 0-9 _ . -".to_owned()),
    }
}

/// Without the text of the line, which may hold a secret.
fn described(path: &Path, text: &str, error: &toml::de::Error) -> String {
    let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
    let at = line.map(|line| format!(", line {line}")).unwrap_or_default();
    let message = error.message().lines().next().unwrap_or_default();
    format!("{}{at}: {message}", path.display())
}

/// Where the file is, and whether the user named it; `None` where the environment does not say.
fn path() -> Option<(PathBuf, bool)> {
    let set = |variable| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = set(VARIABLE) {
        return Some((path, true));
    }
    let folder = set("XDG_CONFIG_HOME").filter(|folder| folder.is_absolute());
    let folder = folder.or_else(|| Some(set("HOME")?.join(".config")));
    folder.map(|folder| (folder.join("batchtasks/config.toml"), false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let parsed = toml::from_str::<Content>(text).map_err(|error| described(Path::new("c"), text, &error));
        match parsed {
            Ok(content) => content.profiles.values().find_map(|profile| profile.check().err()).unwrap_or_default(),
            Err(error) => error,
        }
    }

    #[test]
    fn a_secret_in_the_file_is_refused_and_not_repeated() {
        for name in ["token", "ak", "sk", "security-token"] {
            for value in
                ["\"geheim\"", "{ env = \"A\", file = \"geheim\" }", "{ literal = \"geheim\" }", "[\"geheim\"]", "{}"]
            {
                let error = refused(&format!("[profiles.a]\n{name} = {value}\n"));
                assert!(error.contains(name) && error.contains("command"), "{name} {value}: {error}");
                assert!(!error.contains("geheim"), "{error}");
            }
        }
        for broken in
            ["[profiles.a]\ntoken = \"geheim", "[profiles.a]\ntoken = geheim\n", "[profiles.a]\nsecret = \"geheim\"\n"]
        {
            let error = refused(broken);
            assert!(error.contains("line 2") && !error.contains("geheim"), "{error}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused_with_its_line() {
        let error = refused("[profiles.a]\n\nendpont = \"x\"\n");
        assert!(error.contains("line 3") && error.contains("endpont"), "{error}");
        assert!(refused("[profiles.a]\nak = { env = \"A\" }\n").contains("belong together"));
    }
}
