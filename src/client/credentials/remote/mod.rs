//! Temporary credentials that another service issues.

// Each source knows one protocol (section 6) and where its inputs are; none knows when credentials are needed.

mod agency;
mod chain;
mod ecs;
mod id_token;
mod oidc;
mod pod_identity;
#[cfg(test)]
mod tests;
pub(super) mod transport;

use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use zeroize::Zeroizing;

pub(super) use agency::Agency;
pub(super) use chain::Chain;
pub(super) use ecs::EcsAgency;
pub(super) use id_token::IdToken;
pub(super) use oidc::Oidc;
pub(super) use pod_identity::PodIdentity;

use super::Settings;
use super::provider::TemporaryCredentials;
use super::secret::Secret;
use crate::error::{ArgumentError, FailureKind, SourceError};

/// A metadata service answers at once or not at all.
const METADATA_TIMEOUT: Duration = Duration::from_secs(3);

pub(super) type Fetched<'a> = Pin<Box<dyn Future<Output = Result<TemporaryCredentials, SourceError>> + Send + 'a>>;

/// What a source is given for one fetch.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) settings: &'a Settings,
    pub(super) http: &'a reqwest::Client,
    pub(super) now: Timestamp,
}

/// One place that hands out credentials.
pub(super) trait Remote: fmt::Debug + Send + Sync {
    /// What it is, in words.
    fn name(&self) -> &'static str;

    fn fetch<'a>(&'a self, context: Context<'a>) -> Fetched<'a>;

    /// Mistakes that can be seen before a request.
    fn check(&self, _settings: &Settings) -> Result<(), ArgumentError> {
        Ok(())
    }

    /// The same without what it has fetched for certain settings; `None` where it keeps nothing.
    fn without_cache(&self) -> Option<Arc<dyn Remote>> {
        None
    }

    /// What is in its errors and identifies an account, a host or a person.
    fn identifying(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A token that is given, or that is in a file which another program renews.
#[derive(Clone, Debug)]
pub(super) enum TokenInput {
    Given(Secret),
    File(PathBuf),
}

impl TokenInput {
    /// The path, where it is a file.
    fn path(&self) -> Option<String> {
        match self {
            Self::Given(_) => None,
            Self::File(path) => Some(path.display().to_string()),
        }
    }

    async fn read(&self) -> Result<Zeroizing<String>, SourceError> {
        match self {
            Self::Given(token) => Ok(Zeroizing::new(token.reveal().to_owned())),
            Self::File(path) => read_trimmed(path).await,
        }
    }
}

/// Files of a platform are small, but a mounted one can take its time.
async fn read_trimmed(path: &Path) -> Result<Zeroizing<String>, SourceError> {
    let owned = path.to_owned();
    let text = tokio::task::spawn_blocking(move || std::fs::read_to_string(owned).map(Zeroizing::new)).await;
    let unreadable = |cause: &dyn fmt::Display| failure(format!("{} cannot be read: {cause}", path.display()));
    let text = text.map_err(|error| unreadable(&error))?.map_err(|error| unreadable(&error))?;
    let token = text.trim();
    if token.is_empty() || token.bytes().any(|byte| !byte.is_ascii_graphic()) {
        return Err(failure(format!("{} holds no token: one line of visible ASCII is expected", path.display())));
    }
    Ok(Zeroizing::new(token.to_owned()))
}

fn failure(message: impl Into<String>) -> SourceError {
    SourceError::new(FailureKind::Credentials, message)
}
