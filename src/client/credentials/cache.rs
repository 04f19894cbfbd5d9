//! Keeps credentials that expire; one fetch serves all requests that wait.

// Is given the time; must not know where credentials come from.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::provider::TemporaryCredentials;
use super::secret::AuthMaterial;
use crate::error::{FailureKind, SourceError};

/// A fetch that hangs must not hold up all requests for ever.
const FETCH_LIMIT: Duration = Duration::from_secs(30);

/// Credentials are renewed this long before they expire, or a fifth of their lifetime, whichever is less.
const MOST_MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// One place for credentials that are fetched, numbered by generation: each new material counts one up.
///
/// The request that fetches holds `fetching`, and the others wait for it. A fetch that is dropped with its request leaves
/// everything as it was, and the next in line fetches.
#[derive(Default)]
pub(super) struct Cache {
    state: Mutex<State>,
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    generation: u64,
    /// Why the last fetch failed, if it did.
    failure: Option<SourceError>,
    /// How many fetches have ended. A request that sees it grow while it waits takes that outcome.
    finished: u64,
}

struct Held {
    material: AuthMaterial,
    expires_at: Option<Timestamp>,
    renew_at: Option<Timestamp>,
    /// The service does not take it any more. It stays to be compared with the next one.
    refused: bool,
}

type Fetched = Result<TemporaryCredentials, SourceError>;

impl Cache {
    /// The material to use now and its generation, fetched where none is held or it is about to expire.
    ///
    /// `fetch` is not polled if it is not needed. While the held material is still good, only the one that renews it
    /// waits, and if that fails the held one serves on.
    pub(super) async fn current(
        &self,
        now: Timestamp,
        fetch: impl Future<Output = Fetched> + Send,
    ) -> Result<(AuthMaterial, u64), SourceError> {
        let Some(seen) = self.state().unless_fresh(now) else { return self.state().outcome(now) };
        let _fetching = match self.fetching.try_lock() {
            Ok(guard) => guard,
            Err(_) if self.state().is_valid(now) => return self.state().outcome(now),
            Err(_) => self.fetching.lock().await,
        };
        if !self.state().is_settled_since(seen) {
            self.settle(fetch, now).await;
        }
        self.state().outcome(now)
    }

    /// Records that the service refused the material of `generation`. Returns whether there is another one now.
    pub(super) async fn refused(
        &self,
        generation: u64,
        now: Timestamp,
        fetch: impl Future<Output = Fetched> + Send,
    ) -> Result<bool, SourceError> {
        let Some(seen) = self.state().unless_newer(generation) else { return Ok(true) };
        let _fetching = self.fetching.lock().await;
        if self.state().finished == seen {
            self.state().refuse();
            self.settle(fetch, now).await;
        }
        let state = self.state();
        match &state.failure {
            Some(failure) if state.generation == generation => Err(failure.clone()),
            _ => Ok(state.generation != generation),
        }
    }

    async fn settle(&self, fetch: impl Future<Output = Fetched> + Send, now: Timestamp) {
        let fetched = in_time("no credentials", FailureKind::Credentials, fetch).await;
        self.state().settle(fetched, now);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What `fetch` brings within the time that a service of accounts is given.
pub(super) async fn in_time<T>(
    nothing: &str,
    kind: FailureKind,
    fetch: impl Future<Output = Result<T, SourceError>>,
) -> Result<T, SourceError> {
    tokio::time::timeout(FETCH_LIMIT, fetch).await.unwrap_or_else(|_| {
        let message = format!("{nothing} came within {} s", FETCH_LIMIT.as_secs());
        Err(SourceError::new(kind, message).with_retryable(true))
    })
}

impl State {
    /// How many fetches had ended, where a fetch is due.
    fn unless_fresh(&self, now: Timestamp) -> Option<u64> {
        let fresh = self.held.as_ref().is_some_and(|held| !held.refused && held.renew_at.is_none_or(|time| now < time));
        (!fresh).then_some(self.finished)
    }

    /// How many fetches had ended, where none has brought another material than that of `generation`.
    fn unless_newer(&self, generation: u64) -> Option<u64> {
        (self.generation == generation).then_some(self.finished)
    }

    fn is_valid(&self, now: Timestamp) -> bool {
        self.held.as_ref().is_some_and(|held| held.is_valid(now))
    }

    /// Whether a fetch ended meanwhile and what it brought was not refused since.
    fn is_settled_since(&self, seen: u64) -> bool {
        self.finished != seen && (self.failure.is_some() || self.held.as_ref().is_some_and(|held| !held.refused))
    }

    fn refuse(&mut self) {
        if let Some(held) = &mut self.held {
            held.refused = true;
        }
    }

    fn settle(&mut self, fetched: Fetched, now: Timestamp) {
        self.finished += 1;
        match fetched {
            Ok(TemporaryCredentials { material, expires_at }) => {
                if self.held.as_ref().is_none_or(|held| held.material != material) {
                    self.generation += 1;
                    tracing::debug!(generation = self.generation, ?expires_at, "new credentials");
                }
                let renew_at = expires_at.map(|end| end - margin(end.duration_since(now)));
                self.held = Some(Held { material, expires_at, renew_at, refused: false });
                self.failure = None;
            }
            Err(failure) => {
                if let Some(held) = self.held.as_mut().filter(|held| held.is_valid(now)) {
                    tracing::warn!(%failure, "credentials could not be renewed; the present ones are used on");
                    held.renew_at = held.expires_at.map(|end| now + margin(end.duration_since(now)));
                }
                self.failure = Some(failure);
            }
        }
    }

    /// The outcome of the last fetch: its material even if its time is short, or the one before as long as it is good.
    fn outcome(&self, now: Timestamp) -> Result<(AuthMaterial, u64), SourceError> {
        match (&self.held, &self.failure) {
            (Some(held), None) => Ok((held.material.clone(), self.generation)),
            (Some(held), Some(_)) if held.is_valid(now) => Ok((held.material.clone(), self.generation)),
            (_, Some(failure)) => Err(failure.clone()),
            (None, None) => Err(SourceError::new(FailureKind::Credentials, "no credentials were fetched")),
        }
    }
}

impl Held {
    fn is_valid(&self, now: Timestamp) -> bool {
        !self.refused && self.expires_at.is_none_or(|time| now < time)
    }
}

fn margin(lifetime: SignedDuration) -> SignedDuration {
    (lifetime / 5).clamp(SignedDuration::ZERO, MOST_MARGIN)
}

#[cfg(test)]
mod tests;
