//! Finds credentials where the official SDKs and the Terraform provider keep them.

// Knows names and places; reads them only through its argument, and sends nothing.

mod places;

use std::io;
use std::path::{Path, PathBuf};

use super::Credentials;
use super::remote::{Chain, EcsAgency, IdToken, Oidc, PodIdentity, Remote};
use crate::error::ArgumentError;
use places::{Found, TERRAFORM_TOKEN, Wanted, looked_for};

pub(super) use places::USER;

impl Credentials {
    /// Credentials from where other tools keep them. The first that is set counts:
    ///
    /// 1. `HUAWEICLOUD_SDK_AK` and `HUAWEICLOUD_SDK_SK`, with `HUAWEICLOUD_SDK_SECURITY_TOKEN` for temporary keys;
    /// 2. `HUAWEICLOUD_SDK_IDP_ID` and `HUAWEICLOUD_SDK_ID_TOKEN_FILE`, see [`id_token`](Self::id_token);
    /// 3. `HW_AUTH_TOKEN`;
    /// 4. `HW_ACCESS_KEY` and `HW_SECRET_KEY`, with `HW_SECURITY_TOKEN`; they assume the agency
    ///    `HW_ASSUME_ROLE_AGENCY_NAME` of the account `HW_ASSUME_ROLE_DOMAIN_NAME` where both are set;
    /// 5. `HW_USER_NAME`, `HW_USER_PASSWORD` and `HW_DOMAIN_NAME`, see [`password_from_env`](Self::password_from_env);
    /// 6. `ak`, `sk` and `security_token`, or `idp_id` and `id_token_file`, under `[basic]` in the file that
    ///    `HUAWEICLOUD_SDK_CREDENTIALS_FILE` names, else in `~/.huaweicloud/credentials`.
    ///
    /// A variable that is empty is not set. Blanks around a value do not count. [`project_id`](Self::project_id) and
    /// [`region`](Self::region) come from the same tool and never from another: `HUAWEICLOUD_SDK_PROJECT_ID` with 1 and 2,
    /// `HW_PROJECT_ID` and `HW_REGION_NAME` with 3 to 5, `project_id` in the file with 6. A client takes both unless it
    /// is given others.
    ///
    /// It reads one small file at most, and waits for it.
    ///
    /// # Errors
    /// When one key of a pair is set without the other, when a file that is named or there cannot be read, or when
    /// nothing was found: then the error names each place that was looked at.
    ///
    /// # Example
    /// ```no_run
    /// use iotda_batch_tasks::Credentials;
    ///
    /// let credentials = Credentials::from_env()?;
    /// # Ok::<(), iotda_batch_tasks::ArgumentError>(())
    /// ```
    pub fn from_env() -> Result<Self, ArgumentError> {
        Environment::of_process(|environment| environment.credentials())
    }

    /// As [`from_env`](Self::from_env), but keys alone: tokens, id tokens and passwords are passed over.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn keys_from_env() -> Result<Self, ArgumentError> {
        Environment::of_process(|environment| environment.keys())
    }
}

/// Everything around the process that is looked at.
pub(crate) struct Environment<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    home: Option<PathBuf>,
    read: &'a dyn Fn(&Path) -> io::Result<String>,
}

impl<'a> Environment<'a> {
    /// Looks at the environment of this process.
    pub(crate) fn of_process<R>(look: impl FnOnce(&Environment<'_>) -> R) -> R {
        look(&Environment::around(&|name| std::env::var(name).ok()))
    }

    /// For tests: nothing but these variables.
    #[cfg(test)]
    pub(crate) fn of_variables(variable: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { variable, home: None, read: &|_| Err(io::ErrorKind::NotFound.into()) }
    }

    fn around(variable: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { variable, home: std::env::home_dir(), read: &|path| std::fs::read_to_string(path) }
    }

    /// The value of a variable, trimmed; `None` where it is not set or empty.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        (self.variable)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// As [`Credentials::from_env`].
    fn credentials(&self) -> Result<Credentials, ArgumentError> {
        self.credentials_of(Wanted::Either)
    }

    /// As [`Credentials::keys_from_env`].
    fn keys(&self) -> Result<Credentials, ArgumentError> {
        let others = [TERRAFORM_TOKEN, IdToken::IDP_ID, IdToken::TOKEN_FILE];
        let is_no_key = |name: &str| others.contains(&name) || USER.contains(&name);
        let variable = |name: &str| if is_no_key(name) { None } else { (self.variable)(name) };
        let keys = Environment { variable: &variable, home: self.home.clone(), read: self.read };
        keys.credentials_of(Wanted::Keys)
    }

    /// The same with what is wanted of the file.
    fn credentials_of(&self, wanted: Wanted) -> Result<Credentials, ArgumentError> {
        match self.in_variables()? {
            Some(found) => Ok(found.into_credentials()),
            None => match self.in_file(wanted)? {
                Ok(found) => Ok(found.into_credentials()),
                Err(file) => Err(ArgumentError::new("credentials", "", format!("set; {}", looked_for(&file)))),
            },
        }
    }

    /// As [`Credentials::default_chain`].
    pub(super) fn chain(&self) -> Result<Credentials, ArgumentError> {
        if let Some(credentials) = self.oidc()? {
            return Ok(credentials);
        }
        if let Some(found) = self.in_variables()? {
            return Ok(found.into_credentials());
        }
        let file = match self.in_file(Wanted::Either)? {
            Ok(found) => return Ok(found.into_credentials()),
            Err(file) => file,
        };
        let mut sources: Vec<Box<dyn Remote>> = vec![Box::new(EcsAgency)];
        let mut looked_for = format!("{} is not set; {}", Oidc::PROVIDER_URN, looked_for(&file));
        match self.pod()? {
            Some(pod) => sources.push(Box::new(pod)),
            None => looked_for.push_str(&format!("; {} is not set", PodIdentity::URI)),
        }
        Ok(Found::remote(Chain { looked_for, sources }, "this machine").into_credentials())
    }

    /// What a user requested by name.
    pub(super) fn needed<T>(found: Option<T>, variables: &[&str]) -> Result<T, ArgumentError> {
        let rule = format!("set in the environment: {}", variables.join(", "));
        found.ok_or_else(|| ArgumentError::new("credentials", "", rule))
    }

    pub(super) fn id_token(&self) -> Result<Option<Credentials>, ArgumentError> {
        if let Some(found) = self.id_token_in_variables()? {
            return Ok(Some(found.into_credentials()));
        }
        Ok(self.in_file(Wanted::IdToken)?.ok().map(Found::into_credentials))
    }

    pub(super) fn pod_identity(&self) -> Result<Option<Credentials>, ArgumentError> {
        Ok(self.pod()?.map(|pod| Found::remote(pod, PodIdentity::URI).into_credentials()))
    }

    pub(super) fn password(&self) -> Result<Option<Credentials>, ArgumentError> {
        Ok(self.password_in_variables()?.map(Found::into_credentials))
    }
}

#[cfg(test)]
mod tests;
