//! One source after the other, until one has credentials.

use super::{Context, Fetched, Remote};
use crate::error::SourceError;

#[derive(Debug)]
pub(crate) struct Chain {
    /// What was looked for before the first source, for the error.
    pub(crate) looked_for: String,
    pub(crate) sources: Vec<Box<dyn Remote>>,
}

impl Chain {
    async fn keys(&self, context: Context<'_>) -> Result<super::TemporaryCredentials, SourceError> {
        let mut failed = self.looked_for.clone();
        let mut retryable = false;
        for source in &self.sources {
            match source.fetch(context).await {
                Ok(credentials) => return Ok(credentials),
                Err(error) => {
                    retryable |= error.is_retryable() && error.status().is_some();
                    failed.push_str(&format!("; {error}"));
                }
            }
        }
        Err(super::failure(format!("no credentials were found: {failed}")).with_retryable(retryable))
    }
}

impl Remote for Chain {
    fn name(&self) -> &'static str {
        "the default chain"
    }

    fn fetch<'a>(&'a self, context: Context<'a>) -> Fetched<'a> {
        Box::pin(self.keys(context))
    }
}
