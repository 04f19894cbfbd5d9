//! Options for authentication.

use std::time::Duration;

use super::SimulatorBuilder;
use crate::auth::{Key, SignatureKind, User};
use crate::fault::Fault;

impl SimulatorBuilder {
    /// Takes this token in `X-Auth-Token`, for ever. Requests now need a token or a signature.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.policy.token = Some(token.into());
        self
    }

    /// Gives out tokens to this user: `POST /v3/auth/tokens`, at the same address. Requests now need a token or a
    /// signature. May be called for several users.
    pub fn iam_user(mut self, domain: impl Into<String>, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.policy.users.push(User { domain: domain.into(), name: name.into(), password: password.into() });
        self
    }

    /// How long a token is good for; 24 hours by default. An expired one is refused with 401 `IOTDA.000002`.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.policy.token_lifetime = lifetime;
        self
    }

    /// Spoils one request to IAM, by its number among those, counted from 1.
    pub fn iam_fault_at(mut self, number: u64, fault: Fault) -> Self {
        self.script.iam_faults.at.insert(number, fault);
        self
    }

    /// Takes signatures by this key, instead of the example key `AKIDEXAMPLE0123456` of the project's signing vectors.
    /// May be called for several keys.
    ///
    /// A signature is checked wherever a request bears one, wanted or not.
    pub fn key(mut self, access_key: impl Into<String>, secret_key: impl Into<String>) -> Self {
        let (access_key, secret_key) = (access_key.into(), secret_key.into());
        self.policy.keys.push(Key { access_key, secret_key, security_token: None });
        self
    }

    /// As [`key`](Self::key), for a temporary key that has to come with this `X-Security-Token`.
    pub fn temporary_key(
        mut self,
        access_key: impl Into<String>,
        secret_key: impl Into<String>,
        security_token: impl Into<String>,
    ) -> Self {
        let (access_key, secret_key) = (access_key.into(), secret_key.into());
        self.policy.keys.push(Key { access_key, secret_key, security_token: Some(security_token.into()) });
        self
    }

    /// Requires requests to be signed in this way, unless they may come with a token and do. A signature of the other
    /// kind is refused with 401 `IOTDA.000002`.
    pub fn require_signature(mut self, kind: SignatureKind) -> Self {
        self.policy.signature = Some(kind);
        self
    }

    /// The project id that IAM returns for `GET /v3/projects`; `0123456789abcdef0123456789abcdef` by default. The list
    /// answers for every project.
    pub fn project_id(mut self, project_id: impl Into<String>) -> Self {
        self.policy.project_id = project_id.into();
        self
    }
}
