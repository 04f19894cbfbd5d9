//! From the address to the first answer: what is right and what is not.

// Knows what each failure means for the connection; sends nothing but a look-up of the host's name.

use std::net::IpAddr;

use super::super::Client;
use super::super::failure::SKEW;
use super::super::transport::Observed;
use super::hashed::{hashed, host, without_ids};
use super::report::ConnectionCheck::{
    self, Answer, Clock, Connection, Credentials, Endpoint, NameResolution, Permission, Project, Quota, Signature,
};
use super::report::Finding::{DoesNotHold, Holds, NotSeen};
use super::report::{Finding, Observation};
use crate::{FailureKind, SourceError};

/// What is known once the first page was requested.
pub(super) struct Connecting<'a> {
    client: &'a Client,
    /// Words that identify an account.
    known: Vec<String>,
    found: Vec<Observation<ConnectionCheck>>,
}

impl<'a> Connecting<'a> {
    /// What shows before the first request.
    pub(super) async fn new(client: &'a Client) -> Self {
        let url = client.0.endpoint.base();
        let name = url.host_str().unwrap_or_default();
        let ids = [client.instance_id(), client.0.project.known()];
        let mut known: Vec<String> = ids.into_iter().flatten().map(str::to_owned).collect();
        let hosts = [name.to_owned()].into_iter().chain(client.0.transport.credentials.hosts());
        known.extend(hosts.filter(|name| host(name) != *name));
        known.extend(client.0.transport.credentials.identifying());
        // Paths begin there, with a person's name.
        known.extend(std::env::home_dir().map(|home| home.display().to_string()));
        // A name may be part of another: the longer one is looked for first.
        known.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let mut connecting = Self { client, known, found: Vec::new() };
        let instance = match client.instance_id() {
            Some(id) => format!("Instance-Id {}", hashed(id)),
            None => "no Instance-Id".to_owned(),
        };
        connecting.note(Endpoint, Holds, format!("{}://{}, {instance}", url.scheme(), host(name)));
        let (finding, note) = resolved(name, url.port_or_known_default().unwrap_or(443)).await;
        connecting.note(NameResolution, finding, note);
        connecting
    }

    fn note(&mut self, check: ConnectionCheck, finding: Finding, note: impl Into<String>) {
        self.found.push(Observation::new(check, finding, note));
    }

    /// The text without what names an account.
    pub(super) fn shown(&self, text: &str) -> String {
        let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
        without_ids(text, &known)
    }

    /// Evaluates the first answer: its error, if any, and its headers.
    pub(super) fn answered(mut self, error: Option<&SourceError>, observed: Option<&Observed>) -> Self {
        let failed = error.map(|error| (blamed(error), self.shown(&error.to_string())));
        let is_status = error.is_some_and(|error| error.kind() == FailureKind::Status);
        let of = |check: ConnectionCheck, right: String, unknown: &str| match &failed {
            Some((blamed, why)) if *blamed == check => (DoesNotHold, why.clone()),
            Some((blamed, _)) if order(*blamed) < order(check) => (NotSeen, unknown.to_owned()),
            // The service may fail before it checks the credentials.
            Some((Answer, _)) if is_status && order(check) > order(Connection) => (NotSeen, unknown.to_owned()),
            _ => (Holds, right),
        };
        let url = self.client.0.endpoint.base();
        let transport = &self.client.0.transport;
        let described = transport.credentials.described(url.host_str().unwrap_or_default());
        let version =
            observed.map_or("an HTTP version that was not seen".to_owned(), |seen| format!("{:?}", seen.version));
        let connection = match (url.scheme(), transport.checks_certificates) {
            ("https", Some(true)) => format!("{version} over TLS, with a certificate that is trusted"),
            ("https", Some(false)) => format!("{version} over TLS, and certificates are not checked"),
            ("https", None) => format!("{version} over TLS, by an HTTP client of the program"),
            _ => format!("{version} without TLS"),
        };
        let connection = of(Connection, connection, "no request was answered");
        let credentials = of(Credentials, format!("{}; the service takes them", described.origin), &described.origin);
        let credentials = match credentials {
            (DoesNotHold, why) => (DoesNotHold, format!("{}; {why}", described.origin)),
            other => other,
        };
        let project = match (self.client.0.project.known(), transport.credentials.project_id()) {
            (Some(id), _) => (Holds, hashed(id)),
            (None, _) => of(Project, String::new(), "it was not looked up"),
        };
        let permission = of(Permission, "iotda:batchtasks:queryList".to_owned(), "no list was answered");
        let answer = of(Answer, "a list of batch tasks".to_owned(), "no list was answered");
        let clock = clock(observed);
        let quota = quota(observed);
        for (check, (finding, note)) in [
            (Connection, connection),
            (Credentials, credentials),
            (Signature, (Holds, described.signature)),
            (Clock, clock),
            (Project, project),
            (Permission, permission),
            (Answer, answer),
            (Quota, quota),
        ] {
            self.note(check, finding, note);
        }
        self
    }

    pub(super) fn into_found(self) -> Vec<Observation<ConnectionCheck>> {
        self.found
    }
}

/// What is wrong where a request fails so.
fn blamed(error: &SourceError) -> ConnectionCheck {
    use FailureKind::{Connect, Decode, Interrupted, Proxy, Timeout, Tls, TooLarge};
    match (error.kind(), error.status(), error.error_code()) {
        // IAM does not take them.
        (FailureKind::Project, Some(401), _) => Credentials,
        (FailureKind::Project, ..) => Project,
        (FailureKind::Credentials, ..) => Credentials,
        (Connect | Timeout | Interrupted | Proxy | Tls, ..) => Connection,
        (FailureKind::Status, Some(401), _) | (FailureKind::Status, Some(403), Some("IOTDA.000004")) => Credentials,
        // Without a code it is not the service that answers.
        (FailureKind::Status, Some(403), None) => Connection,
        (FailureKind::Status, Some(403), _) => Permission,
        (FailureKind::Status | Decode | TooLarge, ..) => Answer,
        _ => Connection,
    }
}

/// What has to be right before what.
fn order(check: ConnectionCheck) -> u8 {
    match check {
        Endpoint | NameResolution => 0,
        Connection => 1,
        Credentials | Signature | Clock => 2,
        Project => 3,
        Permission => 4,
        Answer | Quota => 5,
    }
}

async fn resolved(name: &str, port: u16) -> (Finding, String) {
    if name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return (Holds, "it is an address".to_owned());
    }
    match tokio::net::lookup_host((name, port)).await.map(Vec::from_iter) {
        Ok(addresses) if addresses.is_empty() => (DoesNotHold, "the name has no address".to_owned()),
        Ok(addresses) => {
            let six = addresses.iter().filter(|address| address.is_ipv6()).count();
            (Holds, format!("{} addresses of IPv4, {six} of IPv6", addresses.len() - six))
        }
        Err(_) => (DoesNotHold, "the name does not resolve here; a proxy may resolve it".to_owned()),
    }
}

fn clock(observed: Option<&Observed>) -> (Finding, String) {
    let Some((theirs, ours)) = observed.and_then(|seen| Some((seen.date?, seen.at))) else {
        return (NotSeen, "no answer had a date".to_owned());
    };
    let ahead = theirs.duration_since(ours).as_secs();
    let note = match ahead {
        -1..=1 => "the same as the service's".to_owned(),
        ahead if ahead > 0 => format!("the service's is {ahead} s ahead of this machine's"),
        ahead => format!("the service's is {} s behind this machine's", -ahead),
    };
    (if ahead.unsigned_abs() <= SKEW.as_secs() { Holds } else { DoesNotHold }, note)
}

fn quota(observed: Option<&Observed>) -> (Finding, String) {
    let stated: Vec<String> = observed.iter().flat_map(|seen| &seen.quotas).map(|quota| quota.to_string()).collect();
    match stated.is_empty() {
        true => (NotSeen, "none is stated in the headers; ask_for_quota (--ask-quota) requests them".to_owned()),
        false => (Holds, stated.join(", ")),
    }
}
