//! An agency of another account, assumed with keys or a token of this account.

use std::sync::Arc;

use http::Method;
use serde_json::json;

use super::super::iam_request::IamRequest;
use super::super::{Credentials, Settings, endpoint_url};
use super::{Context, Fetched, Remote};
use crate::error::{ArgumentError, FailureKind, SourceError};

const SECONDS: u32 = 3_600;

#[derive(Debug)]
pub(crate) struct Agency {
    /// Who assumes it.
    pub(crate) credentials: Credentials,
    pub(crate) name: String,
    /// The account that the agency is of.
    pub(crate) account: String,
}

impl Agency {
    pub(crate) const NAME: &str = "HW_ASSUME_ROLE_AGENCY_NAME";
    pub(crate) const ACCOUNT: &str = "HW_ASSUME_ROLE_DOMAIN_NAME";

    async fn keys(&self, context: Context<'_>) -> Result<super::TemporaryCredentials, SourceError> {
        let unusable = |error: ArgumentError| super::failure(error.to_string());
        let url = endpoint_url::iam(context.settings, "/v3.0/OS-CREDENTIAL/securitytokens").map_err(unusable)?;
        let assume = json!({"agency_name": self.name, "domain_name": self.account, "duration_seconds": SECONDS});
        let body = json!({"auth": {"identity": {"methods": ["assume_role"], "assume_role": assume}}}).to_string();
        let request = IamRequest { kind: FailureKind::Credentials, method: Method::POST, url: &url, body };
        let own = self.settings(context.settings);
        self.credentials.send_to_iam(&request, Context { settings: &own, ..context }).await?.credentials()
    }

    /// The settings of who assumes it, with what `others` know and they lack.
    fn settings(&self, others: &Settings) -> Settings {
        self.credentials.0.settings.completed_by(others)
    }
}

impl Remote for Agency {
    fn name(&self) -> &'static str {
        "an assumed agency"
    }

    fn fetch<'a>(&'a self, context: Context<'a>) -> Fetched<'a> {
        Box::pin(self.keys(context))
    }

    fn check(&self, settings: &Settings) -> Result<(), ArgumentError> {
        for (argument, text) in [("agency", &self.name), ("account", &self.account)] {
            if text.is_empty() {
                return Err(ArgumentError::new(argument, "", "one or more characters"));
            }
        }
        self.credentials.check(&self.settings(settings))?;
        endpoint_url::iam(settings, "").map(drop)
    }

    fn without_cache(&self) -> Option<Arc<dyn Remote>> {
        let credentials = self.credentials.clone().with(|_| {});
        Some(Arc::new(Self { credentials, name: self.name.clone(), account: self.account.clone() }))
    }

    fn identifying(&self) -> Vec<String> {
        let own = self.credentials.identifying();
        own.into_iter().chain([self.name.clone(), self.account.clone()]).collect()
    }
}
