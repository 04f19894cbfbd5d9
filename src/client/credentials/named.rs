//! Each kind of credentials by its name.

use std::sync::Arc;

use super::environment::{Environment, USER};
use super::remote::{Agency, EcsAgency, IdToken, Oidc, PodIdentity};
use super::{Credentials, Kind, Origin};
use crate::error::ArgumentError;

impl Credentials {
    /// What the official SDKs look for, in their order:
    ///
    /// 1. [OIDC](Self::oidc), where its variables are set;
    /// 2. the environment and
    /// 3. the credentials file, as [`from_env`](Self::from_env) reads them;
    /// 4. the [agency](Self::ecs_agency) of an ECS server;
    /// 5. the [identity](Self::pod_identity) of a CCE pod, where its variables are set.
    ///
    /// The first three are looked for at once. Where none is there, the others are tried when the first request needs
    /// credentials; if they have none either, that request fails and its error names every place.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env), except that finding nothing is no error yet.
    pub fn default_chain() -> Result<Self, ArgumentError> {
        Environment::of_process(|environment| environment.chain())
    }

    /// The agency of the ECS server that this runs on: temporary keys from the metadata service, renewed before they
    /// expire. It is reached directly, never through a proxy.
    pub fn ecs_agency() -> Self {
        Self::of(Kind::Fetched(Origin::Remote(Arc::new(EcsAgency)), Arc::default()))
    }

    /// The identity of the CCE pod that this runs in: `HC_CONTAINER_CREDENTIALS_FULL_URI` and
    /// `HC_CONTAINER_AUTHORIZATION_TOKEN_FILE`.
    ///
    /// # Errors
    /// When one of the variables is not set or holds no address.
    pub fn pod_identity() -> Result<Self, ArgumentError> {
        Environment::of_process(|environment| {
            Environment::needed(environment.pod_identity()?, &[PodIdentity::URI, PodIdentity::TOKEN_FILE])
        })
    }

    /// An agency for the token of an OIDC provider, by STS: `HUAWEICLOUD_OIDC_PROVIDER_URN`,
    /// `HUAWEICLOUD_OIDC_AGENCY_URN`, `HUAWEICLOUD_OIDC_ID_TOKEN` or `HUAWEICLOUD_OIDC_TOKEN_FILE`, and optionally
    /// `HUAWEICLOUD_OIDC_SESSION_NAME` and `HUAWEICLOUD_OIDC_DURATION_SECONDS`. STS is at
    /// `HUAWEICLOUD_SDK_STS_ENDPOINT`, else at `https://sts.{region}.myhuaweicloud.com`. A token file is read again for
    /// every renewal.
    ///
    /// # Errors
    /// When one of the variables that are needed is not set.
    pub fn oidc() -> Result<Self, ArgumentError> {
        Environment::of_process(|environment| {
            Environment::needed(environment.oidc()?, &[Oidc::PROVIDER_URN, Oidc::AGENCY_URN, Oidc::TOKEN_FILE])
        })
    }

    /// Federation by the token of an identity provider, by IAM: `HUAWEICLOUD_SDK_IDP_ID` and
    /// `HUAWEICLOUD_SDK_ID_TOKEN_FILE`, or `idp_id` and `id_token_file` in the credentials file. The file is read again
    /// for every renewal.
    ///
    /// # Errors
    /// When one of the two is not set.
    pub fn id_token() -> Result<Self, ArgumentError> {
        Environment::of_process(|environment| {
            Environment::needed(environment.id_token()?, &[IdToken::IDP_ID, IdToken::TOKEN_FILE])
        })
    }

    /// The [password](Self::password) of an IAM user: `HW_USER_NAME`, `HW_USER_PASSWORD`, `HW_DOMAIN_NAME`, and
    /// optionally `HW_PROJECT_NAME` and `HW_PROJECT_ID`.
    ///
    /// # Errors
    /// When one of the first three is not set.
    pub fn password_from_env() -> Result<Self, ArgumentError> {
        Environment::of_process(|environment| Environment::needed(environment.password()?, &USER))
    }

    /// Temporary keys of `agency`, which the account `account` has set up, assumed with these credentials and renewed
    /// before they expire.
    ///
    /// ```
    /// use iotda_batch_tasks::Credentials;
    ///
    /// let credentials = Credentials::aksk("AK", "SK").assume_agency("reader", "plant-account");
    /// ```
    pub fn assume_agency(self, agency: impl Into<String>, account: impl Into<String>) -> Self {
        let (settings, found) = (self.0.settings.clone(), self.0.found);
        let agency = Agency { credentials: self, name: agency.into(), account: account.into() };
        Self::of(Kind::Fetched(Origin::Remote(Arc::new(agency)), Arc::default()))
            .with(|inner| (inner.settings, inner.found) = (settings, found))
    }
}
