//! What credentials are, for a reader who must not see them.

use super::secret::{AuthMaterial, Keys};
use super::signing::Key;
use super::{Credentials, Kind, Origin};

/// Credentials in words.
pub(crate) struct Described {
    /// What they are, and where they were found.
    pub(crate) origin: String,
    /// How requests to the service are signed.
    pub(crate) signature: String,
}

impl Credentials {
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
