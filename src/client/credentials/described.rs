//! What credentials are, for a reader who must not see them.

use super::secret::{AuthMaterial, Keys};
use super::signing::Key;
use super::{Credentials, Kind, Origin, endpoint_url};

/// Credentials in words.
pub(crate) struct Described {
    /// What they are, and where they were found.
    pub(crate) origin: String,
    /// How requests to the service are signed.
    pub(crate) signature: String,
}

impl Credentials {
    /// The hosts where they are fetched, and where a project is looked up.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = String> {
        let settings = &self.0.settings;
        let urls = [endpoint_url::iam(settings, ""), endpoint_url::sts(settings, ""), endpoint_url::metadata(settings)];
        urls.into_iter().filter_map(|url| url.ok()?.host_str().map(str::to_owned))
    }

    /// What errors of their requests quote and identifies an account, a host or a person.
    pub(crate) fn identifying(&self) -> Vec<String> {
        let of_kind = match &self.0.kind {
            Kind::Fixed(_) | Kind::Fetched(Origin::Provider(_), _) => Vec::new(),
            Kind::Fetched(Origin::Password(user), _) => vec![user.name.clone(), user.account.clone()],
            Kind::Fetched(Origin::Remote(remote), _) => remote.identifying(),
        };
        of_kind.into_iter().chain(self.0.settings.project_name.clone()).collect()
    }

    /// Describes them, as they authorise requests to `host`.
    pub(crate) fn described(&self, host: &str) -> Described {
        let kind = match &self.0.kind {
            Kind::Fixed(AuthMaterial::Token(_)) => "a token",
            Kind::Fixed(AuthMaterial::Keys(Keys { security_token: None, .. })) => "keys",
            Kind::Fixed(AuthMaterial::Keys(_)) => "temporary keys",
            Kind::Fetched(Origin::Password(_), _) => "the password of an IAM user",
            Kind::Fetched(Origin::Remote(remote), _) => remote.name(),
            Kind::Fetched(Origin::Provider(_), _) => "a provider of the program",
        };
        let place = match self.0.found {
            Some(place) => format!("from {place}"),
            None => "given to the client".to_owned(),
        };
        let settings = &self.0.settings;
        let signature = match &self.0.kind {
            Kind::Fixed(AuthMaterial::Token(_)) | Kind::Fetched(Origin::Password(_), _) => {
                "none: requests carry a token".to_owned()
            }
            Kind::Fetched(Origin::Provider(_), _) => "as the provider's credentials need".to_owned(),
            Kind::Fixed(_) | Kind::Fetched(Origin::Remote(_), _) => {
                match settings.algorithm.key(host, settings.region.as_deref()) {
                    Ok(Key::Basic) => "SDK-HMAC-SHA256 (basic)".to_owned(),
                    Ok(Key::Derived { region, .. }) => format!("V11-HMAC-SHA256 (derived) for {region}"),
                    Err(error) => error.to_string(),
                }
            }
        };
        Described { origin: format!("{kind}, {place}"), signature }
    }
}
