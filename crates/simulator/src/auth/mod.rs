//! Authentication: tokens, keys and what is required of them.

mod iam;
mod signature;
mod tokens;

use std::fmt;
use std::time::Duration;

use hyper::{HeaderMap, Method, StatusCode};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use self::signature::{Authorization, SignedRequest};
use self::tokens::{TokenState, Tokens};
use super::answer::Answer;
use super::query::Query;
use super::random::Random;
use super::refusal::Refusal;

/// How far a request's date may be from the service's.
const MOST_SKEW: SignedDuration = SignedDuration::from_mins(15);
const DERIVED_FOR: &str = "iotdm";
/// The key pair of the project's signing vectors: public example values.
const EXAMPLE_KEY: (&str, &str) = ("AKIDEXAMPLE0123456", "SecretKeyExample/0123456789+abcdefghijkl");

/// Which signature a service takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureKind {
    /// `SDK-HMAC-SHA256`, as the shared endpoint does.
    Basic,
    /// `V11-HMAC-SHA256`, as standard and enterprise instances do.
    Derived,
    /// Either.
    Either,
}

/// Which credentials exist, and what is required.
#[derive(Clone)]
pub(super) struct Policy {
    pub(super) token: Option<String>,
    pub(super) users: Vec<User>,
    pub(super) token_lifetime: Duration,
    pub(super) keys: Vec<Key>,
    pub(super) signature: Option<SignatureKind>,
    pub(super) project_id: String,
}

#[derive(Clone)]
pub(super) struct User {
    pub(super) domain: String,
    pub(super) name: String,
    pub(super) password: String,
}

#[derive(Clone)]
pub(super) struct Key {
    pub(super) access_key: String,
    pub(super) secret_key: String,
    pub(super) security_token: Option<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            token: None,
            users: Vec::new(),
            token_lifetime: Duration::from_secs(24 * 60 * 60),
            keys: Vec::new(),
            signature: None,
            project_id: "0123456789abcdef0123456789abcdef".to_owned(),
        }
    }
}

/// Without a secret.
impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("users", &self.users.len())
            .field("token_lifetime", &self.token_lifetime)
            .field("keys", &self.keys.len())
            .field("signature", &self.signature)
            .finish_non_exhaustive()
    }
}

/// A request as far as credentials go.
#[derive(Clone, Copy)]
pub(super) struct Claim<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) query: &'a Query,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
    pub(super) now: Timestamp,
}

/// Lets requests through or refuses them.
pub(super) struct Gate {
    policy: Policy,
    tokens: Tokens,
}

impl Gate {
    pub(super) fn new(mut policy: Policy) -> Self {
        if policy.keys.is_empty() {
            let (access_key, secret_key) = EXAMPLE_KEY;
            let (access_key, secret_key) = (access_key.to_owned(), secret_key.to_owned());
            policy.keys.push(Key { access_key, secret_key, security_token: None });
        }
        Self { policy, tokens: Tokens::default() }
    }

    pub(super) fn tokens_issued(&self) -> u64 {
        self.tokens.issued()
    }

    pub(super) fn revoke_tokens(&mut self) {
        self.tokens.revoke();
    }

    /// Answers for IAM; `None` where the path is none of IAM's.
    pub(super) fn iam(&mut self, claim: &Claim<'_>, random: &mut Random) -> Option<Answer> {
        match claim.path {
            "/v3/auth/tokens" if claim.method == Method::POST => {
                Some(iam::issue(&self.policy, &mut self.tokens, claim.body, claim.now, random))
            }
            "/v3/projects" if claim.method == Method::GET => {
                let name = claim.query.get("name").unwrap_or("cn-north-4");
                // The kind of signature is a matter of the service's endpoint, and IAM has another.
                Some(match self.check_for(claim, SignatureKind::Either) {
                    Ok(()) => iam::projects(&self.policy.project_id, name),
                    Err(_) => {
                        iam::refused(StatusCode::UNAUTHORIZED, "The request you have made requires authentication.")
                    }
                })
            }
            _ => None,
        }
    }

    pub(super) fn check(&self, claim: &Claim<'_>) -> Result<(), Refusal> {
        self.check_for(claim, self.policy.signature.unwrap_or(SignatureKind::Either))
    }

    fn check_for(&self, claim: &Claim<'_>, kind: SignatureKind) -> Result<(), Refusal> {
        let header = |name: &str| claim.headers.get(name).map(|value| value.to_str().unwrap_or_default());
        // A signature is never ignored, wanted or not.
        if let Some(text) = header("authorization").filter(|text| Authorization::is_claimed_by(text)) {
            return self.check_signature(claim, text, kind);
        }
        let takes_tokens = self.policy.token.is_some() || !self.policy.users.is_empty();
        match header("x-auth-token") {
            Some(token) if takes_tokens => self.check_token(token, claim.now),
            None if takes_tokens => Err(incorrect("x-auth-token not found")),
            _ if self.policy.signature.is_some() => Err(incorrect("authorization not found")),
            _ => Ok(()),
        }
    }

    fn check_token(&self, token: &str, now: Timestamp) -> Result<(), Refusal> {
        if self.policy.token.as_deref() == Some(token) {
            return Ok(());
        }
        match self.tokens.state(token, now) {
            TokenState::Valid => Ok(()),
            TokenState::Expired => Err(unauthenticated("the token has expired or was revoked")),
            TokenState::Unknown => Err(incorrect("decrypt token fail")),
        }
    }

    fn check_signature(&self, claim: &Claim<'_>, text: &str, kind: SignatureKind) -> Result<(), Refusal> {
        let Claim { method, path, query, headers, body, now } = *claim;
        let request = SignedRequest { method, path, query, headers, body };
        let authorization = Authorization::parse(text).ok_or_else(|| incorrect("authorization header is malformed"))?;
        let date = request.header("x-sdk-date").unwrap_or_default();
        let sent = DateTime::strptime("%Y%m%dT%H%M%SZ", date)
            .and_then(|date| date.to_zoned(TimeZone::UTC))
            .map_err(|_| incorrect("x-sdk-date is missing or malformed"))?;
        if now.duration_since(sent.timestamp()).abs() > MOST_SKEW {
            let message = "Incorrect app authentication information: the signature has expired, check the clock";
            return Err(Refusal::new(StatusCode::UNAUTHORIZED, "APIGW.0303", message));
        }
        let unwanted = match kind {
            SignatureKind::Basic => authorization.info.is_some(),
            SignatureKind::Derived => authorization.info.is_none(),
            SignatureKind::Either => false,
        };
        let wrong_scope = authorization.info.is_some_and(|info| !is_scope(info, date));
        if unwanted || wrong_scope {
            return Err(unauthenticated("the signature is not made for this instance"));
        }
        let key = self.policy.keys.iter().find(|key| key.access_key == authorization.access_key);
        let key = key.ok_or_else(|| incorrect("get secretKey failed"))?;
        let security_token = request.header("x-security-token");
        let token_fits = match (&key.security_token, security_token) {
            (Some(own), Some(given)) => own == given,
            (Some(_), None) => false,
            (None, Some(_)) => authorization.signs("x-security-token"),
            (None, None) => true,
        };
        if !token_fits || !authorization.fits(&request, &key.secret_key) {
            return Err(incorrect("verify aksk signature fail"));
        }
        Ok(())
    }
}

/// `yyyyMMdd/{region}/iotdm`, of the day of the request.
fn is_scope(info: &str, date: &str) -> bool {
    match info.split('/').collect::<Vec<_>>().as_slice() {
        [day, region, service] => {
            date.starts_with(day) && day.len() == 8 && !region.is_empty() && *service == DERIVED_FOR
        }
        _ => false,
    }
}

fn incorrect(what: &str) -> Refusal {
    let message = format!("Incorrect IAM authentication information: {what}");
    Refusal::new(StatusCode::UNAUTHORIZED, "APIGW.0301", message)
}

fn unauthenticated(why: &str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "IOTDA.000002", format!("Authentication failed: {why}."))
}
