//! Issued tokens and their expiry.

use std::collections::HashMap;

use jiff::Timestamp;

/// What a token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenState {
    Valid,
    /// Expired or revoked.
    Expired,
    Unknown,
}

#[derive(Default)]
pub(super) struct Tokens {
    /// `None` where the token was revoked.
    good_until: HashMap<String, Option<Timestamp>>,
}

impl Tokens {
    pub(super) fn issue(&mut self, token: String, good_until: Timestamp) {
        self.good_until.insert(token, Some(good_until));
    }

    pub(super) fn issued(&self) -> u64 {
        self.good_until.len() as u64
    }

    pub(super) fn revoke(&mut self) {
        self.good_until.values_mut().for_each(|until| *until = None);
    }

    pub(super) fn state(&self, token: &str, now: Timestamp) -> TokenState {
        match self.good_until.get(token) {
            Some(Some(until)) if now < *until => TokenState::Valid,
            Some(_) => TokenState::Expired,
            None => TokenState::Unknown,
        }
    }
}
