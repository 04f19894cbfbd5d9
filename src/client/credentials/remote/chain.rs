//! One source after the other, until one has credentials.

use super::{Context, Fetched, Remote};
use crate::error::{ArgumentError, SourceError};

#[derive(Debug)]
pub(crate) struct Chain {
    /// What was looked for before the first source, for the error.
    pub(crate) looked_for: String,
    pub(crate) sources: Vec<Box<dyn Remote>>,
}

impl Chain {
    async fn keys(&self, context: Context<'_>) -> Result<super::TemporaryCredentials, SourceError> {
        let mut failures = Vec::new();
        for source in &self.sources {
            match source.fetch(context).await {
                Ok(credentials) => return Ok(credentials),
                Err(failure) => failures.push(failure),
            }
        }
        let texts: String = failures.iter().map(|failure| format!("; {failure}")).collect();
        let message = format!("no credentials were found: {}{texts}", self.looked_for);
        // A source that answered is there, and the others are not: what it answered decides.
        let answered = || failures.iter().filter_map(|failure| Some((failure, failure.status()?)));
        let decides = answered().find(|(failure, _)| failure.is_retryable()).or_else(|| answered().next());
        Err(match decides {
            Some((failure, status)) => super::failure(message)
                .with_status(status)
                .with_retryable(failure.is_retryable())
                .with_retry_after(failure.retry_after()),
            None => super::failure(message),
        })
    }
}

impl Remote for Chain {
    fn name(&self) -> &'static str {
        "the default chain"
    }

    fn fetch<'a>(&'a self, context: Context<'a>) -> Fetched<'a> {
        Box::pin(self.keys(context))
    }

    fn check(&self, settings: &super::Settings) -> Result<(), ArgumentError> {
        self.sources.iter().try_for_each(|source| source.check(settings))
    }

    fn identifying(&self) -> Vec<String> {
        self.sources.iter().flat_map(|source| source.identifying()).collect()
    }
}
