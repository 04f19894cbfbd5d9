//! The whole of it, as a client uses it.

use jiff::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderMap;
use reqwest::Url;

use super::*;
use crate::error::{ArgumentError, FailureKind};

const SHARED: &str = "https://iotda.cn-north-4.myhuaweicloud.com";
const INSTANCE: &str = "https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com";
const LOCAL: &str = "http://127.0.0.1:8080";

fn completed(credentials: &Credentials, endpoint: &str, region: Option<&str>) -> Result<Credentials, ArgumentError> {
    let endpoint = Url::parse(endpoint).unwrap();
    credentials.completed(&ClientSide {
        endpoint: &endpoint,
        region,
        project_id: Some("abc"),
        cloud: None,
        plain_http: false,
    })
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_787_393_730 + seconds).unwrap()
}

async fn authorize(credentials: &Credentials, endpoint: &str, now: Timestamp) -> Result<Authorized, SourceError> {
    let (url, headers) = (Url::parse(endpoint).unwrap(), HeaderMap::new());
    let request = RequestToSign { method: "GET", url: &url, headers: &headers, body: b"", now };
    credentials.authorize(&reqwest::Client::new(), &request).await
}

/// The value of the first header that starts so.
fn value<'a>(authorized: &'a Authorized, name: &str) -> &'a str {
    let found = authorized.headers.iter().find(|(header, _)| header == name);
    found.expect("the header is there").1.to_str().unwrap()
}

/// Hands out numbered tokens that last ten seconds.
#[derive(Default)]
struct Vault(Arc<AtomicU64>);

impl CredentialsProvider for Vault {
    async fn current(&self) -> Result<TemporaryCredentials, SourceError> {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let end = at(10 * number as i64);
        Ok(match number {
            1..=3 => TemporaryCredentials::token(format!("secret-{number}")).expires_at(end),
            _ => TemporaryCredentials::aksk_with_security_token("AKIDEXAMPLE", "secret-sk", "secret-session"),
        })
    }
}

#[tokio::test]
async fn what_a_provider_supplies_is_kept_renewed_and_shared_by_clones() {
    let vault = Vault::default();
    let calls = vault.0.clone();
    let credentials = Credentials::provider(vault);
    let (first, second) =
        (completed(&credentials, SHARED, None).unwrap(), completed(&credentials, LOCAL, None).unwrap());
    let one = authorize(&first, SHARED, at(0)).await.unwrap();
    assert_eq!((value(&one, "x-auth-token"), one.generation), ("secret-1", 1));
    let one = authorize(&second.clone(), LOCAL, at(7)).await.unwrap();
    assert_eq!((value(&one, "x-auth-token"), calls.load(Ordering::SeqCst)), ("secret-1", 1));
    let two = authorize(&first, SHARED, at(8)).await.unwrap();
    assert_eq!((value(&two, "x-auth-token"), two.generation), ("secret-2", 2), "a fifth of its time before its end");

    let http = reqwest::Client::new();
    assert!(second.renew(&http, one.generation, at(9)).await.unwrap());
    assert_eq!(calls.load(Ordering::SeqCst), 2, "there was a newer one already");
    assert!(second.renew(&http, two.generation, at(9)).await.unwrap());
    assert_eq!(value(&authorize(&first, SHARED, at(9)).await.unwrap(), "x-auth-token"), "secret-3");
    let keys = authorize(&first, INSTANCE, at(100)).await.unwrap();
    assert!(value(&keys, "authorization").starts_with("V11-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
    assert_eq!(value(&keys, "x-security-token"), "secret-session");
}

#[tokio::test]
async fn a_service_that_refuses_everything_costs_one_renewal_for_all_requests() {
    let vault = Vault::default();
    let calls = vault.0.clone();
    let credentials = Credentials::provider(vault);
    let http = reqwest::Client::new();
    // As the client does it: authorise, be refused, renew once, try once more, be refused, give up.
    let request = || async {
        let first = authorize(&credentials, SHARED, at(0)).await.unwrap();
        tokio::task::yield_now().await;
        let worth_another = credentials.renew(&http, first.generation, at(0)).await.unwrap();
        let second = authorize(&credentials, SHARED, at(0)).await.unwrap();
        (first.generation, worth_another, second.generation)
    };
    let outcomes = futures::future::join_all((0..8).map(|_| request())).await;
    assert_eq!((outcomes, calls.load(Ordering::SeqCst)), (vec![(1, true, 2); 8], 2));
}

#[tokio::test]
async fn what_is_fixed_cannot_be_renewed() {
    let http = reqwest::Client::new();
    for credentials in [Credentials::token("t"), Credentials::aksk("AK", "SK")] {
        let authorized = authorize(&credentials, SHARED, at(0)).await.unwrap();
        assert!(!credentials.renew(&http, authorized.generation, at(0)).await.unwrap());
    }
}

#[tokio::test]
async fn a_forced_algorithm_and_a_region_are_used() {
    let keys = Credentials::aksk("AK", "SK");
    for (credentials, endpoint, start) in [
        (keys.clone(), SHARED, "SDK-HMAC-SHA256 Access=AK,"),
        (keys.clone(), INSTANCE, "V11-HMAC-SHA256 Credential=AK/20260822/cn-north-4/iotdm,"),
        (keys.clone().algorithm(SigningAlgorithm::Basic), INSTANCE, "SDK-HMAC-SHA256 Access=AK,"),
        (
            keys.clone().algorithm(SigningAlgorithm::Derived).in_region("la-south-2"),
            LOCAL,
            "V11-HMAC-SHA256 Credential=AK/20260822/la-south-2/iotdm,",
        ),
    ] {
        let completed = completed(&credentials, endpoint, None).unwrap();
        let authorized = authorize(&completed, endpoint, at(0)).await.unwrap();
        assert!(value(&authorized, "authorization").starts_with(start), "{:?}", value(&authorized, "authorization"));
    }
    let derived = keys.algorithm(SigningAlgorithm::Derived);
    assert_eq!(completed(&derived, LOCAL, None).unwrap_err().name(), "region");
    let error = authorize(&derived, LOCAL, at(0)).await.err().unwrap();
    assert_eq!((error.kind(), error.is_retryable()), (FailureKind::Credentials, false));
    let with_the_client_s = completed(&derived, LOCAL, Some("me-east-1")).unwrap();
    let authorized = authorize(&with_the_client_s, LOCAL, at(0)).await.unwrap();
    assert!(value(&authorized, "authorization").contains("/20260822/me-east-1/iotdm,"));
}

#[test]
fn mistakes_are_reported_before_any_request() {
    let login = Credentials::password("U", "A", "geheim");
    for (credentials, name) in [
        (Credentials::aksk("", "geheim"), "access_key"),
        (Credentials::aksk("AK", ""), "secret_key"),
        (Credentials::aksk("AK", "geheim\n"), "secret_key"),
        (Credentials::aksk("AK", "geheim").security_token(""), "security_token"),
        (Credentials::token("geheim geheim"), "token"),
        (Credentials::token("t").security_token("geheim"), "security_token"),
        (Credentials::aksk("AK", "geheim").project_name("p"), "project_name"),
        (Credentials::token("t").iam_endpoint("https://iam.example.org"), "iam_endpoint"),
        (Credentials::password("", "A", "geheim"), "user"),
        (Credentials::password("U", "", "geheim"), "account"),
        (Credentials::password("U", "A", ""), "password"),
        (login.clone(), "iam_endpoint"),
        (login.clone().iam_endpoint("http://iam.example.org"), "iam_endpoint"),
        (login.clone().iam_endpoint("https://u:geheim@iam.example.org"), "iam_endpoint"),
    ] {
        let error = completed(&credentials, LOCAL, None).unwrap_err();
        assert_eq!(error.name(), name, "{error}");
        assert!(!error.to_string().contains("geheim"), "{error}");
    }
    assert!(completed(&login, SHARED, None).is_ok(), "the endpoint's host names the region");
    assert!(completed(&login, LOCAL, Some("cn-north-4")).is_ok());
    assert!(completed(&login.clone().iam_endpoint(LOCAL), LOCAL, None).is_ok(), "the project id is scope enough");
}

#[test]
fn a_token_is_shared_only_where_it_was_got_for_the_same_settings() {
    let cache = |credentials: &Credentials| match &credentials.0.kind {
        Kind::Fetched(_, cache) => Arc::as_ptr(cache),
        Kind::Fixed(_) => panic!("nothing is fetched here"),
    };
    let login = Credentials::password("U", "A", "P");
    let whole = login.clone().in_region("cn-north-4");
    assert_ne!(cache(&login), cache(&whole));
    let (first, second) =
        (completed(&whole, SHARED, None).unwrap(), completed(&whole, INSTANCE, Some("la-south-2")).unwrap());
    assert_eq!((cache(&first), cache(&second)), (cache(&whole), cache(&whole)));
    assert_eq!(cache(&first), cache(&first.clone()));
    let (first, second) = (completed(&login, SHARED, None).unwrap(), completed(&login, LOCAL, Some("r")).unwrap());
    assert_ne!(cache(&first), cache(&second));
}

#[test]
fn nothing_shows_a_secret() {
    let (geheim, url) = ("geheim-0123456789", "https://u:geheim-0123456789@iam.example.org");
    let login = Credentials::password("U", "A", geheim).iam_endpoint(url);
    let keys = TemporaryCredentials::aksk_with_security_token("AKIDEXAMPLE", geheim, geheim);
    let shown = format!(
        "{:?} {:?} {login:?} {:?} {keys:?} {:?}",
        Credentials::token(geheim),
        Credentials::aksk("AKIDEXAMPLE", geheim).security_token(geheim),
        Credentials::provider(Vault::default()),
        TemporaryCredentials::token(geheim),
    );
    assert!(!shown.contains("geheim") && !shown.contains("EXAMPLE"), "{shown}");
    assert!(shown.contains("access_key: AKID***, secret_key: ***, security_token: Some(***)"), "{shown}");
    assert!(
        format!("{:?}", Credentials::aksk("A", "S")).contains("access_key: ***"),
        "a short one is not shown at all"
    );
}

#[test]
fn credentials_and_their_futures_go_between_threads() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    fn shared<T: Send + Sync + Clone + Unpin + 'static>() {}
    shared::<Credentials>();
    shared::<TemporaryCredentials>();
    let credentials = Credentials::provider(Vault::default());
    let http = reqwest::Client::new();
    drop(send(authorize(&credentials, SHARED, at(0))));
    drop(send(credentials.renew(&http, 0, at(0))));
}
