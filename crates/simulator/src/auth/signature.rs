//! Checks signatures by section 6 of the API facts.
//!
//! Written from the facts alone, so that the client's signer has something to be tested against.

use hmac::{Hmac, KeyInit, Mac};
use hyper::{HeaderMap, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::query::Query;

const DATE: &str = "x-sdk-date";
/// What stays as it is: `A-Za-z0-9-_.~`.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The parts of a request that are signed.
#[derive(Clone, Copy, Debug)]
pub(super) struct SignedRequest<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) query: &'a Query,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

impl SignedRequest<'_> {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }

    fn canonical(&self, signed: &[&str]) -> Option<String> {
        let mut headers = String::new();
        for name in signed {
            headers.push_str(&format!("{name}:{}\n", self.header(name)?));
        }
        Some(format!(
            "{}\n{}\n{}\n{headers}\n{}\n{}",
            self.method,
            self.canonical_path(),
            self.canonical_query(),
            signed.join(";"),
            hex(&Sha256::digest(self.body)),
        ))
    }

    fn canonical_path(&self) -> String {
        let segments: Vec<String> =
            self.path.split('/').map(|segment| escaped(&percent_decode_str(segment).decode_utf8_lossy())).collect();
        let path = segments.join("/");
        if path.ends_with('/') { path } else { path + "/" }
    }

    fn canonical_query(&self) -> String {
        let mut pairs: Vec<&(String, String)> = self.query.0.iter().collect();
        pairs.sort();
        let written: Vec<String> =
            pairs.into_iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
        written.join("&")
    }
}

/// An `Authorization` header of one of the two algorithms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Authorization<'a> {
    pub(super) access_key: &'a str,
    /// `yyyyMMdd/{region}/{service}` where the key is derived.
    pub(super) info: Option<&'a str>,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Whether the header claims to be a signature at all, well made or not.
    pub(super) fn is_claimed_by(text: &str) -> bool {
        text.starts_with("SDK-HMAC-SHA256") || text.starts_with("V11-HMAC-SHA256")
    }

    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (algorithm, fields) = text.split_once(' ')?;
        let field = |name: &str| fields.split(',').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='));
        let (access_key, info) = match algorithm {
            "SDK-HMAC-SHA256" => (field("Access")?, None),
            "V11-HMAC-SHA256" => field("Credential")?.split_once('/').map(|(key, info)| (key, Some(info)))?,
            _ => return None,
        };
        let signed_headers: Vec<&str> = field("SignedHeaders")?.split(';').collect();
        Some(Self { access_key, info, signed_headers, signature: field("Signature")? })
    }

    pub(super) fn signs(&self, header: &str) -> bool {
        self.signed_headers.contains(&header)
    }

    /// Whether the request was signed with `secret_key`.
    pub(super) fn fits(&self, request: &SignedRequest<'_>, secret_key: &str) -> bool {
        self.expected(request, secret_key).is_some_and(|expected| expected == self.signature)
    }

    /// The signature that the request should bear; `None` where it names a header that is not there, or leaves the
    /// date unsigned.
    fn expected(&self, request: &SignedRequest<'_>, secret_key: &str) -> Option<String> {
        if !self.signs(DATE) || !self.signed_headers.is_sorted() {
            return None;
        }
        let date = request.header(DATE)?;
        let digest = hex(&Sha256::digest(request.canonical(&self.signed_headers)?));
        Some(match self.info {
            None => {
                let text = format!("SDK-HMAC-SHA256\n{date}\n{digest}");
                hex(&keyed(secret_key.as_bytes(), text.as_bytes()))
            }
            Some(info) => {
                let text = format!("V11-HMAC-SHA256\n{date}\n{info}\n{digest}");
                let pseudorandom = keyed(self.access_key.as_bytes(), secret_key.as_bytes());
                let derived = hex(&keyed(&pseudorandom, &[info.as_bytes(), &[1]].concat()));
                hex(&keyed(derived.as_bytes(), text.as_bytes()))
            }
        })
    }
}

fn keyed(key: &[u8], message: &[u8]) -> Vec<u8> {
    // A key of any length will do.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::{HeaderName, HeaderValue};
    use serde_json::Value;

    struct Vector {
        name: String,
        method: Method,
        path: String,
        query: Query,
        headers: HeaderMap,
        body: String,
        secret_key: String,
        authorization: String,
        canonical: Option<String>,
    }

    impl Vector {
        fn of(value: &Value) -> Self {
            let text = |name: &str| value[name].as_str().unwrap().to_owned();
            let mut headers = HeaderMap::new();
            headers.insert("host", HeaderValue::from_str(&text("host")).unwrap());
            for (name, header) in value["headers_in"].as_object().unwrap() {
                let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
                headers.insert(name, HeaderValue::from_str(header.as_str().unwrap()).unwrap());
            }
            let sent = value["uri_sent"].as_str().and_then(|uri| uri.split_once('?'));
            Self {
                name: text("name"),
                method: text("method").parse().unwrap(),
                path: text("path"),
                query: Query::parse(sent.map_or("", |(_, query)| query)),
                headers,
                body: text("body"),
                secret_key: text("secret_key"),
                authorization: text("authorization"),
                canonical: value["canonical_request"].as_str().map(str::to_owned),
            }
        }

        fn request(&self) -> SignedRequest<'_> {
            let Self { method, path, query, headers, body, .. } = self;
            SignedRequest { method, path, query, headers, body: body.as_bytes() }
        }

        fn fits(&self) -> bool {
            Authorization::parse(&self.authorization).is_some_and(|found| found.fits(&self.request(), &self.secret_key))
        }
    }

    fn vectors() -> Vec<Vector> {
        let file: Value = serde_json::from_str(include_str!("../../tests/data/signing-vectors.json")).unwrap();
        file["vectors"].as_array().unwrap().iter().map(Vector::of).collect()
    }

    #[test]
    fn every_known_answer_fits() {
        assert!(vectors().len() >= 11);
        for vector in vectors() {
            let authorization = Authorization::parse(&vector.authorization).unwrap();
            if let Some(canonical) = &vector.canonical {
                let own = vector.request().canonical(&authorization.signed_headers);
                assert_eq!(own.as_deref(), Some(canonical.as_str()), "{}", vector.name);
            }
            assert!(vector.fits(), "{}", vector.name);
        }
    }

    #[test]
    fn whatever_is_changed_breaks_the_signature() {
        let changes: [fn(&mut Vector); 8] = [
            |vector| vector.method = Method::POST,
            |vector| vector.path.push_str("/more"),
            |vector| vector.query.0.push(("limit".into(), "7".into())),
            |vector| vector.body.push('x'),
            |vector| vector.secret_key.push('x'),
            |vector| drop(vector.headers.insert("host", HeaderValue::from_static("elsewhere"))),
            |vector| drop(vector.headers.insert("x-sdk-date", HeaderValue::from_static("20260822T101531Z"))),
            |vector| drop(vector.headers.remove("x-sdk-date")),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            for mut vector in vectors() {
                change(&mut vector);
                assert!(!vector.fits(), "change {number} of {}", vector.name);
            }
        }
    }

    #[test]
    fn unsigned_headers_may_change() {
        for mut vector in vectors() {
            vector.headers.insert("accept", HeaderValue::from_static("*/*"));
            assert!(vector.fits(), "{}", vector.name);
        }
    }

    #[test]
    fn the_order_of_the_query_on_the_wire_does_not_count() {
        for mut vector in vectors() {
            vector.query.0.reverse();
            assert!(vector.fits(), "{}", vector.name);
        }
    }

    #[test]
    fn a_header_that_is_no_signature_is_none() {
        for text in ["", "Bearer x", "SDK-HMAC-SHA256", "SDK-HMAC-SHA256 Access=a", "V11-HMAC-SHA256 Credential=a"] {
            assert_eq!(Authorization::parse(text), None, "{text}");
        }
        assert!(Authorization::is_claimed_by("SDK-HMAC-SHA256") && !Authorization::is_claimed_by("Bearer x"));
    }
}
