//! The known answers, and what they do not cover.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

/// One known answer. The last vector gives only its authorization, so the steps before it are optional.
#[derive(Deserialize)]
struct Vector {
    name: String,
    access_key: String,
    secret_key: String,
    method: String,
    host: String,
    path: String,
    query_in_order_given: Vec<(String, String)>,
    headers_in: std::collections::BTreeMap<String, String>,
    body: String,
    region: Option<String>,
    service: Option<String>,
    signed_headers: Option<String>,
    canonical_request: Option<String>,
    canonical_request_sha256: Option<String>,
    string_to_sign: Option<String>,
    hkdf_prk_hex: Option<String>,
    derived_key_hex: Option<String>,
    uri_sent: Option<String>,
    authorization: String,
}

fn vectors() -> Vec<Vector> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/signing-vectors.json");
    let text = std::fs::read_to_string(path).expect("the known answers are in the repository");
    serde_json::from_str::<Vectors>(&text).unwrap().vectors
}

impl Vector {
    fn key(&self) -> Key<'_> {
        match (&self.region, &self.service) {
            (Some(region), Some(service)) => Key::Derived { region, service },
            _ => Key::Basic,
        }
    }

    fn query(&self) -> String {
        canonical_query(self.query_in_order_given.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    fn headers(&self) -> Vec<(&str, &str)> {
        let given = self.headers_in.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        given.chain([("Host", self.host.as_str())]).collect()
    }
}

/// What the client writes into its URLs.
fn canonical_query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs = pairs.into_iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()));
    joined_query(pairs.collect())
}

fn assert_same(step: &str, vector: &Vector, expected: &Option<String>, found: &str) -> usize {
    if let Some(expected) = expected {
        assert_eq!(expected, found, "{step} of {}", vector.name);
    }
    usize::from(expected.is_some())
}

#[test]
fn every_step_of_every_known_answer_is_reproduced() {
    let mut compared = 0;
    for vector in &vectors() {
        let (query, headers, date) = (vector.query(), vector.headers(), &vector.headers_in["X-Sdk-Date"]);
        let request = Signed {
            method: &vector.method,
            path: &vector.path,
            query: &query,
            headers: &headers,
            body: vector.body.as_bytes(),
            date,
        };
        let signed = signed_headers(&headers);
        let names = names_of(&signed);
        let canonical = canonical_request(&request, &signed, &names);
        compared += assert_same("signed headers", vector, &vector.signed_headers, &names);
        compared += assert_same("canonical request", vector, &vector.canonical_request, &canonical);
        let digest = hex(&Sha256::digest(canonical.as_bytes()));
        compared += assert_same("digest", vector, &vector.canonical_request_sha256, &digest);
        let text = string_to_sign(vector.key(), date, &canonical);
        compared += assert_same("string to sign", vector, &vector.string_to_sign, &text);
        let uri = if query.is_empty() { vector.path.clone() } else { format!("{}?{query}", vector.path) };
        compared += assert_same("uri sent", vector, &vector.uri_sent, &uri);
        if let Key::Derived { region, service } = vector.key() {
            let first = hex(&hmac_sha256(vector.access_key.as_bytes(), vector.secret_key.as_bytes()));
            compared += assert_same("pseudo-random key", vector, &vector.hkdf_prk_hex, &first);
            let derived = derived_key(&vector.access_key, &vector.secret_key, &scope(date, region, service));
            compared += assert_same("derived key", vector, &vector.derived_key_hex, &derived);
        }
        let found = authorization(&vector.access_key, &vector.secret_key, vector.key(), &request);
        assert_eq!(vector.authorization, found, "authorization of {}", vector.name);
    }
    assert_eq!((vectors().len(), compared), (11, 56), "every step that the vectors give was compared");
}

#[test]
fn a_path_is_escaped_once_however_it_was_written() {
    assert_eq!(canonical_path("/a b/~c"), "/a%20b/~c/");
    assert_eq!(canonical_path("/a%20b/%7ec"), "/a%20b/~c/");
    assert_eq!(canonical_path("/a%2fb/"), "/a%2Fb/", "an escaped slash does not split its segment");
    assert_eq!(canonical_path(""), "/");
}

#[test]
fn a_query_is_sorted_by_name_and_then_by_value() {
    assert_eq!(canonical_query([("b", "2"), ("a", "2"), ("b", "1")]), "a=2&b=1&b=2");
    assert_eq!(canonical_of_query("b=2&&a&b=1%2B"), "a=&b=1%2B&b=2", "`1+` sorts before `2`");
}

#[test]
fn a_url_keeps_the_canonical_query_as_it_is() {
    let query = canonical_query([("a b", "c/?&=+%*'()-_.~\"<>#é😀")]);
    let mut url = reqwest::Url::parse("https://iotda.cn-north-4.myhuaweicloud.com/v5").unwrap();
    url.set_query(Some(&query));
    assert_eq!(url.query(), Some(query.as_str()));
    assert_eq!(canonical_of_query(&query), query);
}

#[test]
fn header_values_are_trimmed_and_names_lowercased() {
    let headers = signed_headers(&[("X-Sdk-Date", " now "), ("Under_score", "x"), ("Host", "h")]);
    assert_eq!(headers, [("host".to_owned(), "h"), ("x-sdk-date".to_owned(), "now")]);
}
