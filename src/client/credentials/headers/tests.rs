use super::*;

const INSTANCE: &str = "https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com/v5/iot/a/batchtasks?limit=50";

fn keys() -> Keys {
    Keys::new("AK", "secret-key")
}

fn added(material: &AuthMaterial, url: &str, given: &[(&'static str, &'static str)]) -> Result<HeaderMap, SourceError> {
    let signing = Signing { algorithm: SigningAlgorithm::Auto, region: None };
    let mut given_headers = HeaderMap::new();
    for (name, value) in given {
        given_headers.append(*name, HeaderValue::from_static(value));
    }
    let request = RequestToSign {
        method: "GET",
        url: &Url::parse(url).unwrap(),
        headers: &given_headers,
        body: b"",
        now: "2026-08-22T12:15:30.999+02".parse().unwrap(),
    };
    headers(material, &signing, &request).map(|headers| headers.into_iter().collect())
}

/// The same computed by hand with what the wire carries.
fn expected(host: &str, path: &str, query: &str, more: &[(&str, &str)], key: super::super::signing::Key<'_>) -> String {
    let mut headers = vec![("host", host), ("x-sdk-date", "20260822T101530Z")];
    headers.extend(more);
    let date = "20260822T101530Z";
    authorization("AK", "secret-key", key, &Signed { method: "GET", path, query, headers: &headers, body: b"", date })
}

#[test]
fn a_token_is_sent_as_it_is_and_marked_sensitive() {
    let headers = added(&AuthMaterial::Token("secret-token".into()), INSTANCE, &[]).unwrap();
    assert_eq!((headers.len(), headers["x-auth-token"].to_str().unwrap()), (1, "secret-token"));
    assert!(headers["x-auth-token"].is_sensitive());
}

#[test]
fn keys_sign_what_goes_over_the_wire() {
    use super::super::signing::Key;
    let headers =
        added(&AuthMaterial::Keys(keys()), "http://127.0.0.1:8443/v5/iot/a/batchtasks?limit=50", &[]).unwrap();
    let signed = expected("127.0.0.1:8443", "/v5/iot/a/batchtasks", "limit=50", &[], Key::Basic);
    assert_eq!(headers["authorization"].to_str().unwrap(), signed);
    assert_eq!(headers["x-sdk-date"], "20260822T101530Z", "seconds are cut and the zone is UTC");
    assert_eq!((headers.len(), headers["authorization"].is_sensitive()), (2, true));

    let headers = added(&AuthMaterial::Keys(keys()), "https://iotda.cn-north-4.myhuaweicloud.com:443/v5", &[]).unwrap();
    let signed = expected("iotda.cn-north-4.myhuaweicloud.com", "/v5", "", &[], Key::Basic);
    assert_eq!(headers["authorization"].to_str().unwrap(), signed, "a default port is not in the host header");
}

#[test]
fn an_instance_gets_a_derived_signature() {
    let headers = added(&AuthMaterial::Keys(keys()), INSTANCE, &[]).unwrap();
    let authorization = headers["authorization"].to_str().unwrap();
    let start = "V11-HMAC-SHA256 Credential=AK/20260822/cn-north-4/iotdm, SignedHeaders=host;x-sdk-date, Signature=";
    assert!(authorization.starts_with(start), "{authorization}");
}

#[test]
fn the_service_s_own_headers_are_signed_and_those_that_proxies_rewrite_are_not() {
    use super::super::signing::Key;
    let keys = Keys { security_token: Some("secret-session".into()), ..keys() };
    let given = [("instance-id", "1-2"), ("x-project-id", "a"), ("user-agent", "u"), ("x-sdk-date", "old")];
    let headers = added(&AuthMaterial::Keys(keys), "http://localhost/v5", &given).unwrap();
    let more = [("instance-id", "1-2"), ("x-project-id", "a"), ("x-security-token", "secret-session")];
    assert_eq!(headers["authorization"].to_str().unwrap(), expected("localhost", "/v5", "", &more, Key::Basic));
    assert_eq!(headers["x-security-token"], "secret-session");
    assert!(headers["x-security-token"].is_sensitive());
}

#[test]
fn what_does_not_fit_into_a_header_is_refused_unseen() {
    let broken = Keys::new("AK", "secret-key\n");
    for (material, name) in [
        (AuthMaterial::Token("secret token".into()), "token"),
        (AuthMaterial::Token(String::new().into()), "token"),
        (AuthMaterial::Keys(broken), "secret_key"),
        (AuthMaterial::Keys(Keys::new("", "secret-key")), "access_key"),
        (AuthMaterial::Keys(Keys { security_token: Some("secret\r\n".into()), ..keys() }), "security_token"),
    ] {
        let error = added(&material, INSTANCE, &[]).unwrap_err();
        assert_eq!((error.kind(), error.is_retryable()), (FailureKind::Credentials, false));
        let text = error.to_string();
        assert!(text.contains(&format!("used: {name} ")) && !text.contains("secret "), "{text}");
    }
}
