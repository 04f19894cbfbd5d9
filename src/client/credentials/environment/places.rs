//! The places where credentials are found, one by one: the variables of each tool, and their file.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::Environment;
use crate::client::credentials::iam::User;
use crate::client::credentials::profile::Profile;
use crate::client::credentials::remote::{Agency, IdToken, Oidc, PodIdentity, Remote, TokenInput};
use crate::client::credentials::secret::{AuthMaterial, Keys};
use crate::client::credentials::{Credentials, Kind, Origin, Settings};
use crate::error::ArgumentError;

/// The variables of one tool, in the order: access key, secret key, security token.
struct KeyNames([&'static str; 3]);

const SDK: KeyNames = KeyNames(["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN"]);
const TERRAFORM: KeyNames = KeyNames(["HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_SECURITY_TOKEN"]);
const PROFILE: KeyNames = KeyNames(["ak", "sk", "security_token"]);

const SDK_PROJECT: &str = "HUAWEICLOUD_SDK_PROJECT_ID";
const SDK_IAM: &str = "HUAWEICLOUD_SDK_IAM_ENDPOINT";
const SDK_STS: &str = "HUAWEICLOUD_SDK_STS_ENDPOINT";
const SDK_FILE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";
const TERRAFORM_PROJECT: &str = "HW_PROJECT_ID";
const TERRAFORM_PROJECT_NAME: &str = "HW_PROJECT_NAME";
const TERRAFORM_REGION: &str = "HW_REGION_NAME";
pub(super) const TERRAFORM_TOKEN: &str = "HW_AUTH_TOKEN";
pub(in super::super) const USER: [&str; 3] = ["HW_USER_NAME", "HW_DOMAIN_NAME", "HW_USER_PASSWORD"];

/// What is looked for in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Keys, else an id token.
    Either,
    Keys,
    IdToken,
}

/// What one place holds.
pub(super) struct Found {
    pub(super) kind: Kind,
    settings: Settings,
    place: &'static str,
}

impl Found {
    /// `place` is shown to others: a name, and no path.
    fn new(kind: Kind, place: &'static str) -> Self {
        Self { kind, settings: Settings::default(), place }
    }

    pub(super) fn remote(source: impl Remote + 'static, place: &'static str) -> Self {
        Self::new(Kind::Fetched(Origin::Remote(Arc::new(source)), Arc::default()), place)
    }

    fn project_id(mut self, id: Option<String>) -> Self {
        self.settings.project_id = id;
        self
    }

    fn region(mut self, region: Option<String>) -> Self {
        self.settings.region = region;
        self
    }

    fn iam_endpoint(mut self, url: Option<String>) -> Self {
        self.settings.iam_endpoint = url.map(Into::into);
        self
    }

    pub(super) fn into_credentials(self) -> Credentials {
        let Self { kind, settings, place } = self;
        Credentials::of(kind).with(|inner| (inner.settings, inner.found) = (settings, Some(place)))
    }
}

impl Environment<'_> {
    pub(in super::super) fn oidc(&self) -> Result<Option<Credentials>, ArgumentError> {
        let get = |name: &'static str| self.get(name);
        let token = get(Oidc::ID_TOKEN).map(|token| TokenInput::Given(token.into()));
        let token = token.or_else(|| get(Oidc::TOKEN_FILE).map(|path| TokenInput::File(self.expanded(&path))));
        let (provider_urn, agency_urn, token) = match (get(Oidc::PROVIDER_URN), get(Oidc::AGENCY_URN), token) {
            (Some(provider), Some(agency), Some(token)) => (provider, agency, token),
            (None, None, None) => return Ok(None),
            (None, ..) => return Err(missing(Oidc::PROVIDER_URN, "others of its kind are")),
            (_, None, _) => return Err(missing(Oidc::AGENCY_URN, &format!("{} is", Oidc::PROVIDER_URN))),
            (.., None) => return Err(missing(Oidc::TOKEN_FILE, &format!("{} is", Oidc::PROVIDER_URN))),
        };
        let seconds = |text: String| {
            let rule = "a number of seconds from 900 to 43200";
            let seconds = text.parse().ok().filter(|seconds| (900..=43_200).contains(seconds));
            seconds.ok_or_else(|| ArgumentError::new(Oidc::DURATION_SECONDS, text, rule))
        };
        let duration_seconds = get(Oidc::DURATION_SECONDS).map(seconds).transpose()?;
        let session_name = get(Oidc::SESSION_NAME);
        let oidc = Oidc { provider_urn, agency_urn, token, session_name, duration_seconds };
        let mut found = Found::remote(oidc, Oidc::PROVIDER_URN).project_id(get(SDK_PROJECT));
        found.settings.sts_endpoint = get(SDK_STS).map(Into::into);
        Ok(Some(found.into_credentials()))
    }

    pub(super) fn pod(&self) -> Result<Option<PodIdentity>, ArgumentError> {
        match (self.get(PodIdentity::URI), self.get(PodIdentity::TOKEN_FILE)) {
            (Some(uri), Some(file)) => PodIdentity::new(&uri, self.expanded(&file)).map(Some),
            (None, None) => Ok(None),
            (Some(_), None) => Err(missing(PodIdentity::TOKEN_FILE, &format!("{} is", PodIdentity::URI))),
            (None, Some(_)) => Err(missing(PodIdentity::URI, &format!("{} is", PodIdentity::TOKEN_FILE))),
        }
    }

    pub(super) fn in_variables(&self) -> Result<Option<Found>, ArgumentError> {
        let get = |name: &'static str| self.get(name);
        if let Some(keys) = keys(&SDK, get, &|_| String::new())? {
            let found = Found::new(Kind::Fixed(AuthMaterial::Keys(keys)), SDK.0[0]);
            return Ok(Some(found.project_id(get(SDK_PROJECT)).iam_endpoint(get(SDK_IAM))));
        }
        if let Some(found) = self.id_token_in_variables()? {
            return Ok(Some(found));
        }
        let of_terraform = |found: Found| found.project_id(get(TERRAFORM_PROJECT)).region(get(TERRAFORM_REGION));
        if let Some(token) = get(TERRAFORM_TOKEN) {
            return Ok(Some(of_terraform(Found::new(Kind::Fixed(AuthMaterial::Token(token.into())), TERRAFORM_TOKEN))));
        }
        if let Some(keys) = keys(&TERRAFORM, get, &|_| String::new())? {
            let kind = Kind::Fixed(AuthMaterial::Keys(keys));
            return Ok(Some(of_terraform(match (get(Agency::NAME), get(Agency::ACCOUNT)) {
                (Some(name), Some(account)) => {
                    Found::remote(Agency { credentials: Credentials::of(kind), name, account }, TERRAFORM.0[0])
                }
                (None, None) => Found::new(kind, TERRAFORM.0[0]),
                (Some(_), None) => return Err(missing(Agency::ACCOUNT, &format!("{} is", Agency::NAME))),
                (None, Some(_)) => return Err(missing(Agency::NAME, &format!("{} is", Agency::ACCOUNT))),
            })));
        }
        self.password_in_variables()
    }

    pub(super) fn id_token_in_variables(&self) -> Result<Option<Found>, ArgumentError> {
        let (idp_id, file) = (self.get(IdToken::IDP_ID), self.get(IdToken::TOKEN_FILE));
        let places = (IdToken::IDP_ID, IdToken::TOKEN_FILE);
        let Some(source) = self.id_token_of(idp_id, file, places, "")? else { return Ok(None) };
        let found = Found::remote(source, IdToken::IDP_ID);
        Ok(Some(found.project_id(self.get(SDK_PROJECT)).iam_endpoint(self.get(SDK_IAM))))
    }

    fn id_token_of(
        &self,
        idp_id: Option<String>,
        file: Option<String>,
        names: (&'static str, &'static str),
        place: &str,
    ) -> Result<Option<IdToken>, ArgumentError> {
        match (idp_id, file) {
            (Some(idp_id), Some(file)) => Ok(Some(IdToken { idp_id, token: TokenInput::File(self.expanded(&file)) })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(missing_at(names.1, place, &format!("{} is", names.0))),
            (None, Some(_)) => Err(missing_at(names.0, place, &format!("{} is", names.1))),
        }
    }

    pub(super) fn password_in_variables(&self) -> Result<Option<Found>, ArgumentError> {
        let [name, account, password] = USER.map(|name| self.get(name));
        let user = match (name, account, password) {
            (Some(name), Some(account), Some(password)) => User { name, account, password: password.into() },
            // The name of the account alone goes with keys as well.
            (None, _, None) => return Ok(None),
            (None, ..) => return Err(missing(USER[0], &format!("{} is", USER[2]))),
            (_, None, _) => return Err(missing(USER[1], &format!("{} is", USER[0]))),
            (.., None) => return Err(missing(USER[2], &format!("{} is", USER[0]))),
        };
        let mut found = Found::new(Kind::Fetched(Origin::Password(Arc::new(user)), Arc::default()), USER[0]);
        found.settings.project_name = self.get(TERRAFORM_PROJECT_NAME);
        Ok(Some(found.project_id(self.get(TERRAFORM_PROJECT)).region(self.get(TERRAFORM_REGION))))
    }

    /// What the file holds of what is wanted, or why it holds nothing.
    pub(super) fn in_file(&self, wanted: Wanted) -> Result<Result<Found, String>, ArgumentError> {
        let named = self.get(SDK_FILE).map(|path| self.expanded(&path));
        let is_named = named.is_some();
        let in_home = || self.home.as_ref().map(|home| home.join(".huaweicloud").join("credentials"));
        let Some(path) = named.or_else(in_home) else {
            return Ok(Err("there is no home directory to look for .huaweicloud/credentials in".to_owned()));
        };
        let shown = path.display();
        let text = match (self.read)(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !is_named => {
                return Ok(Err(format!("{shown}, which does not exist")));
            }
            Err(error) => {
                return Err(ArgumentError::new("credentials file", shown, format!("a file that can be read: {error}")));
            }
        };
        let profile = Profile::parse(&path, &text)?;
        let get = |name: &'static str| profile.get(name).map(str::to_owned);
        let in_file = if is_named { "the credentials file that is named" } else { "~/.huaweicloud/credentials" };
        let keys = || {
            let keys = keys(&PROFILE, get, &|name| format!(" {}", profile.place(name)))?;
            Ok(keys.map(|keys| Found::new(Kind::Fixed(AuthMaterial::Keys(keys)), in_file)))
        };
        let id_token = || {
            let (idp_id, file) = (get("idp_id"), get("id_token_file"));
            let place = format!(" under [basic] in {shown}");
            let source = self.id_token_of(idp_id, file, ("idp_id", "id_token_file"), &place)?;
            Ok(source.map(|source| Found::remote(source, in_file)))
        };
        let (found, names) = match wanted {
            Wanted::Keys => (keys()?, "ak and sk"),
            Wanted::IdToken => (id_token()?, "idp_id and id_token_file"),
            Wanted::Either => (keys()?.map_or_else(id_token, |found| Ok(Some(found)))?, "ak and sk"),
        };
        let Some(found) = found else { return Ok(Err(format!("{shown}, which has no {names} under [basic]"))) };
        Ok(Ok(found.project_id(get("project_id")).iam_endpoint(get("iam_endpoint"))))
    }

    /// A path that may begin with `~`.
    fn expanded(&self, path: &str) -> PathBuf {
        match (path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/')), &self.home) {
            (Some(rest), Some(home)) => home.join(rest.trim_start_matches('/')),
            _ => path.into(),
        }
    }
}

/// A pair of keys; half a pair is a mistake, and a further search would hide it. `place` shows where a name is, if names
/// alone do not.
fn keys(
    names: &KeyNames,
    get: impl Fn(&'static str) -> Option<String>,
    place: &dyn Fn(&str) -> String,
) -> Result<Option<Keys>, ArgumentError> {
    let [access_key, secret_key, security_token] = names.0;
    match (get(access_key), get(secret_key)) {
        (Some(access), Some(secret)) => {
            let security_token = get(security_token).map(Into::into);
            Ok(Some(Keys { security_token, ..Keys::new(access, secret) }))
        }
        (Some(_), None) => Err(missing_at(secret_key, &place(access_key), &format!("{access_key} is"))),
        (None, Some(_)) => Err(missing_at(access_key, &place(secret_key), &format!("{secret_key} is"))),
        (None, None) => Ok(None),
    }
}

fn missing(name: &'static str, because: &str) -> ArgumentError {
    missing_at(name, "", because)
}

fn missing_at(name: &'static str, place: &str, because: &str) -> ArgumentError {
    ArgumentError::new(name, "", format!("set{place}, because {because}"))
}

pub(super) fn looked_for(file: &str) -> String {
    format!(
        "looked for {} and {}, for {}, for {TERRAFORM_TOKEN}, for {} and {}, for {}, and at {file}",
        SDK.0[0],
        SDK.0[1],
        IdToken::IDP_ID,
        TERRAFORM.0[0],
        TERRAFORM.0[1],
        USER[0]
    )
}
