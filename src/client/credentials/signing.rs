//! The arithmetic of a signed request, as pure functions of what is passed in: no clock, no network, no environment.

// Knows the canonical form and both algorithms; must not know where keys come from.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{percent_decode_str, percent_encode};
use sha2::{Digest, Sha256};

use crate::lists::url::RESERVED;

/// What of a request is signed.
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    /// Percent-encoded, as it is in the URL.
    pub(super) path: &'a str,
    /// Percent-encoded, as it is in the URL, without the question mark.
    pub(super) query: &'a str,
    /// Names and values as they will be sent, in any order and any case. `host` is one of them.
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
    /// The value of `X-Sdk-Date`.
    pub(super) date: &'a str,
}

/// How the key that signs is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key<'a> {
    /// `SDK-HMAC-SHA256`: the secret key itself.
    Basic,
    /// `V11-HMAC-SHA256`: a key for one day, region and service.
    Derived { region: &'a str, service: &'a str },
}

/// The value of `Authorization`.
pub(super) fn authorization(access_key: &str, secret_key: &str, key: Key<'_>, request: &Signed<'_>) -> String {
    let headers = signed_headers(request.headers);
    let names = names_of(&headers);
    let text = string_to_sign(key, request.date, &canonical_request(request, &headers, &names));
    let (label, signature) = match key {
        Key::Basic => {
            (format!("{} Access={access_key}", name_of(key)), hmac_sha256(secret_key.as_bytes(), text.as_bytes()))
        }
        Key::Derived { region, service } => {
            let info = scope(request.date, region, service);
            let derived = derived_key(access_key, secret_key, &info);
            (
                format!("{} Credential={access_key}/{info}", name_of(key)),
                hmac_sha256(derived.as_bytes(), text.as_bytes()),
            )
        }
    };
    format!("{label}, SignedHeaders={names}, Signature={}", hex(&signature))
}

/// Lowercase names with their trimmed values, sorted. Names with an underscore are left out: gateways drop them.
fn signed_headers<'a>(headers: &[(&'a str, &'a str)]) -> Vec<(String, &'a str)> {
    let kept = headers.iter().filter(|(name, _)| !name.contains('_'));
    let mut kept: Vec<_> = kept.map(|(name, value)| (name.to_ascii_lowercase(), value.trim())).collect();
    kept.sort_unstable();
    kept
}

fn names_of(headers: &[(String, &str)]) -> String {
    headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";")
}

fn canonical_request(request: &Signed<'_>, headers: &[(String, &str)], names: &str) -> String {
    let block: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let (path, query) = (canonical_path(request.path), canonical_of_query(request.query));
    format!("{}\n{path}\n{query}\n{block}\n{names}\n{}", request.method, hex(&Sha256::digest(request.body)))
}

fn string_to_sign(key: Key<'_>, date: &str, canonical_request: &str) -> String {
    let digest = hex(&Sha256::digest(canonical_request.as_bytes()));
    match key {
        Key::Basic => format!("{}\n{date}\n{digest}", name_of(key)),
        Key::Derived { region, service } => {
            format!("{}\n{date}\n{}\n{digest}", name_of(key), scope(date, region, service))
        }
    }
}

fn name_of(key: Key<'_>) -> &'static str {
    match key {
        Key::Basic => "SDK-HMAC-SHA256",
        Key::Derived { .. } => "V11-HMAC-SHA256",
    }
}

/// What a derived key is good for: the day of the request, the region and the service.
fn scope(date: &str, region: &str, service: &str) -> String {
    let day = date.split('T').next().unwrap_or(date);
    format!("{day}/{region}/{service}")
}

/// One round of HKDF with the access key as its salt. The key is the hexadecimal text, not the bytes that it encodes.
fn derived_key(access_key: &str, secret_key: &str, info: &str) -> String {
    let pseudo_random_key = hmac_sha256(access_key.as_bytes(), secret_key.as_bytes());
    hex(&hmac_sha256(&pseudo_random_key, &[info.as_bytes(), &[1]].concat()))
}

/// Each segment escaped anew, and a slash at the end: in the canonical form only, the URL goes without.
fn canonical_path(path: &str) -> String {
    let segments = path.split('/').map(|segment| {
        let bytes: Vec<u8> = percent_decode_str(segment).collect();
        percent_encode(&bytes, RESERVED).to_string()
    });
    let mut canonical = segments.collect::<Vec<_>>().join("/");
    if !canonical.ends_with('/') {
        canonical.push('/');
    }
    canonical
}

fn canonical_of_query(query: &str) -> String {
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (percent_decode_str(name).collect(), percent_decode_str(value).collect())
    });
    joined_query(pairs.collect())
}

/// Sorting comes before escaping: the order is that of the raw bytes.
fn joined_query(mut pairs: Vec<(Vec<u8>, Vec<u8>)>) -> String {
    pairs.sort_unstable();
    let mut joined = String::new();
    for (name, value) in &pairs {
        let separator = if joined.is_empty() { "" } else { "&" };
        let (name, value) = (percent_encode(name, RESERVED), percent_encode(value, RESERVED));
        // Writing to a string cannot fail.
        let _ = write!(joined, "{separator}{name}={value}");
    }
    joined
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    hmac.update(message);
    hmac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
