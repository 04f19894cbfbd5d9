//! Each source against a new server on loopback.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::client::credentials::{Credentials, Kind, Origin, Settings};

const KEYS: &str =
    r#"{"credential":{"access":"A","secret":"S","securitytoken":"T","expires_at":"2099-01-01T00:00:00Z"}}"#;

/// A server that answers each request in turn, and keeps what it was sent.
struct Server {
    url: String,
    seen: Arc<Mutex<Vec<(String, String)>>>,
}

impl Server {
    async fn start(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            for answer in answers {
                let (mut connection, _) = listener.accept().await.unwrap();
                let mut sent = Vec::new();
                let (head, length) = loop {
                    connection.read_buf(&mut sent).await.unwrap();
                    let text = String::from_utf8_lossy(&sent).into_owned();
                    if let Some((head, _)) = text.split_once("\r\n\r\n") {
                        let length = head.to_lowercase().lines().find_map(|line| {
                            line.strip_prefix("content-length: ").map(|length| length.parse::<usize>().unwrap())
                        });
                        break (head.to_owned(), length.unwrap_or(0));
                    }
                };
                while sent.len() < head.len() + 4 + length {
                    connection.read_buf(&mut sent).await.unwrap();
                }
                log.lock().unwrap().push((head.clone(), String::from_utf8_lossy(&sent[head.len() + 4..]).into_owned()));
                connection.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { url, seen }
    }

    fn seen(&self) -> Vec<(String, String)> {
        self.seen.lock().unwrap().clone()
    }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

fn ok(body: &str) -> String {
    answer("200 OK", "", body)
}

fn settings(server: &Server) -> Settings {
    Settings {
        region: Some("cn-north-4".to_owned()),
        iam_endpoint: Some(server.url.as_str().into()),
        sts_endpoint: Some(server.url.as_str().into()),
        metadata_endpoint: Some(server.url.as_str().into()),
        ..Settings::default()
    }
}

async fn fetch(source: &dyn Remote, settings: &Settings) -> Result<TemporaryCredentials, SourceError> {
    // A proxy that is not there: what goes through it fails.
    let proxy = reqwest::Proxy::all("http://127.0.0.1:9").unwrap();
    let http = reqwest::Client::builder().proxy(proxy).build().unwrap();
    source.check(settings).unwrap();
    source.fetch(Context { settings, http: &http, now: "2026-08-22T10:15:30Z".parse().unwrap() }).await
}

fn keys() -> TemporaryCredentials {
    TemporaryCredentials::aksk_with_security_token("A", "S", "T").expires_at("2099-01-01T00:00:00Z".parse().unwrap())
}

fn token_file(token: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, " {token} ").unwrap();
    file
}

fn line(request: &(String, String)) -> &str {
    request.0.lines().next().unwrap()
}

#[tokio::test]
async fn a_server_s_agency_is_requested_with_a_token_of_the_metadata_service() {
    let server = Server::start(vec![ok("meta-token"), ok(KEYS)]).await;
    assert_eq!(fetch(&EcsAgency, &settings(&server)).await.unwrap(), keys());
    let seen = server.seen();
    assert_eq!(line(&seen[0]), "PUT /meta-data/latest/api/token HTTP/1.1");
    assert!(seen[0].0.to_lowercase().contains("x-metadata-token-ttl-seconds: 21600"));
    assert_eq!(line(&seen[1]), "GET /openstack/latest/securitykey HTTP/1.1");
    assert!(seen[1].0.to_lowercase().contains("x-metadata-token: meta-token"));
}

#[tokio::test]
async fn an_older_metadata_service_is_tried_without_a_token() {
    for status in ["404 Not Found", "405 Method Not Allowed", "503 Service Unavailable"] {
        let server = Server::start(vec![answer(status, "", ""), ok(KEYS)]).await;
        assert_eq!(fetch(&EcsAgency, &settings(&server)).await.unwrap(), keys());
        assert!(!server.seen()[1].0.to_lowercase().contains("x-metadata-token"));
    }
}

#[tokio::test]
async fn a_metadata_token_that_is_refused_is_fetched_again_once() {
    let refused = || answer("401 Unauthorized", "", "");
    let server = Server::start(vec![ok("old"), refused(), ok("new"), ok(KEYS)]).await;
    assert_eq!(fetch(&EcsAgency, &settings(&server)).await.unwrap(), keys());
    let server = Server::start(vec![ok("old"), refused(), ok("new"), refused()]).await;
    let error = fetch(&EcsAgency, &settings(&server)).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (FailureKind::Credentials, Some(401)));
}

#[tokio::test]
async fn a_server_without_an_agency_is_named() {
    let server = Server::start(vec![ok("token"), answer("404 Not Found", "", "")]).await;
    let error = fetch(&EcsAgency, &settings(&server)).await.unwrap_err().to_string();
    assert!(error.contains("give the server an agency") && error.contains("/openstack/latest/securitykey"), "{error}");
}

#[tokio::test]
async fn a_pod_s_identity_is_requested_with_its_token_file() {
    let body = r#"{"credentials":{"accessKeyId":"A","secretAccessKey":"S","securityToken":"T","expiration":"2099-01-01T00:00:00Z"}}"#;
    let (server, file) = (Server::start(vec![ok(body)]).await, token_file("pod-token"));
    let pod = PodIdentity::new(&format!("{}/v1/credentials", server.url), file.path()).unwrap();
    assert_eq!(fetch(&pod, &settings(&server)).await.unwrap(), keys());
    let seen = server.seen();
    assert_eq!((line(&seen[0]), seen[0].1.as_str()), ("POST /v1/credentials HTTP/1.1", "{}"));
    assert!(seen[0].0.to_lowercase().contains("authorization: pod-token"));
}

#[tokio::test]
async fn an_oidc_token_assumes_its_agency_and_is_read_again_each_time() {
    let body = r#"{"credentials":{"access_key_id":"A","secret_access_key":"S","security_token":"T","expiration":"2099-01-01T00:00:00Z"}}"#;
    let (server, file) = (Server::start(vec![ok(body), ok(body)]).await, token_file("first"));
    let oidc = Oidc {
        provider_urn: "iam::a:oidcProvider:p".to_owned(),
        agency_urn: "iam::a:agency:b".to_owned(),
        token: TokenInput::File(file.path().to_owned()),
        session_name: None,
        duration_seconds: Some(900),
    };
    assert_eq!(fetch(&oidc, &settings(&server)).await.unwrap(), keys());
    std::fs::write(file.path(), "second").unwrap();
    assert_eq!(fetch(&oidc, &settings(&server)).await.unwrap(), keys());
    let seen = server.seen();
    assert_eq!(line(&seen[0]), "POST /v5/agencies/assume-with-oidc HTTP/1.1");
    let sent = |index: usize| serde_json::from_str::<Value>(&seen[index].1).unwrap();
    let expected = json!({
        "provider_urn": "iam::a:oidcProvider:p",
        "agency_urn": "iam::a:agency:b",
        "agency_session_name": "iotda-batch-tasks",
        "id_token": "first",
        "duration_seconds": 900,
    });
    assert_eq!(sent(0), expected);
    assert_eq!(sent(1)["id_token"], "second");
}

#[tokio::test]
async fn a_federated_token_is_exchanged_for_one_of_iam_and_that_for_keys() {
    let login = answer("201 Created", "X-Subject-Token: iam-token\r\n", "{}");
    let (server, file) = (Server::start(vec![login, answer("201 Created", "", KEYS)]).await, token_file("id-token"));
    let source = IdToken { idp_id: "idp".to_owned(), token: TokenInput::File(file.path().to_owned()) };
    assert_eq!(fetch(&source, &settings(&server)).await.unwrap(), keys());
    let seen = server.seen();
    assert_eq!(line(&seen[0]), "POST /v3.0/OS-AUTH/id-token/tokens HTTP/1.1");
    assert!(seen[0].0.to_lowercase().contains("x-idp-id: idp"));
    let expected = json!({"auth": {"id_token": {"id": "id-token"}, "scope": {"project": {"name": "cn-north-4"}}}});
    assert_eq!(serde_json::from_str::<Value>(&seen[0].1).unwrap(), expected);
    assert_eq!(line(&seen[1]), "POST /v3.0/OS-CREDENTIAL/securitytokens HTTP/1.1");
    let identity = json!({"methods": ["token"], "token": {"id": "iam-token", "duration_seconds": 21_600}});
    assert_eq!(serde_json::from_str::<Value>(&seen[1].1).unwrap(), json!({"auth": {"identity": identity}}));
}

#[tokio::test]
async fn an_agency_is_assumed_with_a_basic_signature() {
    let server = Server::start(vec![answer("201 Created", "", KEYS)]).await;
    let credentials = Credentials::aksk("AK", "geheim");
    let agency = Agency { credentials, name: "reader".to_owned(), account: "plant".to_owned() };
    assert_eq!(fetch(&agency, &settings(&server)).await.unwrap(), keys());
    let seen = server.seen();
    assert_eq!(line(&seen[0]), "POST /v3.0/OS-CREDENTIAL/securitytokens HTTP/1.1");
    assert!(seen[0].0.contains("SDK-HMAC-SHA256 Access=AK"), "{}", seen[0].0);
    let assume = json!({"agency_name": "reader", "domain_name": "plant", "duration_seconds": 3600});
    let expected = json!({"auth": {"identity": {"methods": ["assume_role"], "assume_role": assume}}});
    assert_eq!(serde_json::from_str::<Value>(&seen[0].1).unwrap(), expected);
}

#[tokio::test]
async fn a_refusal_names_the_place_and_no_secret() {
    let body = r#"{"error_code":"STS.1","error_msg":"the token geheim is bad"}"#;
    let (server, file) = (Server::start(vec![answer("403 Forbidden", "", body)]).await, token_file("geheim"));
    let oidc = Oidc {
        provider_urn: "p".to_owned(),
        agency_urn: "a".to_owned(),
        token: TokenInput::File(file.path().to_owned()),
        session_name: None,
        duration_seconds: None,
    };
    let error = fetch(&oidc, &settings(&server)).await.unwrap_err();
    assert_eq!((error.status(), error.error_code()), (Some(403), Some("STS.1")));
    let shown = format!("{error} {error:?} {oidc:?}");
    assert!(shown.contains("/v5/agencies/assume-with-oidc") && !shown.contains("geheim"), "{shown}");
    let missing = TokenInput::File("/nowhere/token".into());
    let error = fetch(&Oidc { token: missing, ..oidc }, &settings(&server)).await.unwrap_err().to_string();
    assert!(error.contains("/nowhere/token cannot be read"), "{error}");
}

#[tokio::test]
async fn a_chain_tries_one_after_the_other_and_names_all_that_failed() {
    let refused = || answer("404 Not Found", "", "");
    let (server, file) = (Server::start(vec![ok("t"), refused(), refused()]).await, token_file("pod"));
    let pod = PodIdentity::new(&format!("{}/pod", server.url), file.path()).unwrap();
    let chain = Chain { looked_for: "looked for X".to_owned(), sources: vec![Box::new(EcsAgency), Box::new(pod)] };
    let error = fetch(&chain, &settings(&server)).await.unwrap_err().to_string();
    for part in ["looked for X", "give the server an agency", "/pod answered 404"] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn a_chain_that_failed_says_when_to_come_back() {
    let busy = answer("503 Service Unavailable", "Retry-After: 7\r\n", "");
    let missing = || answer("404 Not Found", "", "");
    let (server, file) = (Server::start(vec![ok("t"), missing(), busy]).await, token_file("pod"));
    let pod = PodIdentity::new(&format!("{}/pod", server.url), file.path()).unwrap();
    let chain = Chain { looked_for: String::new(), sources: vec![Box::new(EcsAgency), Box::new(pod)] };
    let error = fetch(&chain, &settings(&server)).await.unwrap_err();
    assert_eq!((error.status(), error.is_retryable()), (Some(503), true), "{error}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[test]
fn mistakes_inside_an_agency_or_a_chain_are_seen_before_a_request() {
    let agency = |credentials: Credentials, name: &str| Agency {
        credentials,
        name: name.to_owned(),
        account: "plant".to_owned(),
    };
    let known = Settings { region: Some("cn-north-4".to_owned()), ..Settings::default() };
    assert_eq!(agency(Credentials::aksk("AK", "geheim"), "reader").check(&known), Ok(()));
    for (agency, settings, name) in [
        (agency(Credentials::aksk("A\nK", "geheim"), "reader"), &known, "access_key"),
        (agency(Credentials::password("", "plant", "geheim"), "reader"), &known, "user"),
        (agency(Credentials::aksk("AK", "geheim"), ""), &known, "agency"),
        (agency(Credentials::aksk("AK", "geheim"), "reader"), &Settings::default(), "iam_endpoint"),
    ] {
        let error = agency.check(settings).unwrap_err();
        assert_eq!(error.name(), name, "{error}");
        assert!(!error.to_string().contains("geheim"), "{error}");
    }
    let elsewhere = Settings { metadata_endpoint: Some("http://10.0.0.1".into()), ..known };
    let chain = Chain { looked_for: String::new(), sources: vec![Box::new(EcsAgency)] };
    assert_eq!(chain.check(&elsewhere).unwrap_err().name(), "metadata_endpoint");
}

#[test]
fn a_metadata_service_is_near_or_spoken_to_over_tls() {
    let check =
        |url: &str| EcsAgency.check(&Settings { metadata_endpoint: Some(url.into()), ..Settings::default() }).is_ok();
    for url in
        ["http://169.254.169.254", "http://[fe80::1]", "http://127.0.0.1:8080", "http://localhost", "https://10.0.0.1"]
    {
        assert!(check(url), "{url}");
    }
    for url in ["http://10.0.0.1", "http://metadata.example", "http://[2001:db8::1]", "ftp://127.0.0.1", "localhost"] {
        assert!(!check(url), "{url}");
    }
}

fn token(token: &str) -> String {
    answer("201 Created", &format!("X-Subject-Token: {token}\r\n"), "{}")
}

#[tokio::test]
async fn an_agency_keeps_the_token_that_assumes_it_until_that_is_refused() {
    let keys_of = || answer("201 Created", "", KEYS);
    let refused = answer("401 Unauthorized", "", "");
    let server = Server::start(vec![token("first"), keys_of(), keys_of(), refused, token("second"), keys_of()]).await;
    let credentials = Credentials::password("user", "account", "geheim");
    let agency = Agency { credentials, name: "reader".to_owned(), account: "plant".to_owned() };
    // Only the project's id is known.
    let settings = Settings { region: None, project_id: Some("0a1b".to_owned()), ..settings(&server) };
    for _ in 0..3 {
        assert_eq!(fetch(&agency, &settings).await.unwrap(), keys());
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 6);
    let login: Value = serde_json::from_str(&seen[0].1).unwrap();
    assert_eq!(login["auth"]["scope"], json!({"project": {"id": "0a1b"}}));
    for (index, token) in [(1, "first"), (2, "first"), (3, "first"), (5, "second")] {
        assert!(seen[index].0.to_lowercase().contains(&format!("x-auth-token: {token}")), "{}", seen[index].0);
    }
}

#[tokio::test]
async fn a_project_is_looked_up_with_renewed_credentials_where_the_first_are_refused() {
    let projects = ok(r#"{"projects":[{"id":"0a1b","name":"cn-north-4"}]}"#);
    let refused = answer("401 Unauthorized", "", "");
    let server = Server::start(vec![token("first"), refused, token("second"), projects]).await;
    let login = Credentials::password("user", "account", "geheim").in_region("cn-north-4").iam_endpoint(&server.url);
    let now = "2026-08-22T10:15:30Z".parse().unwrap();
    assert_eq!(login.look_up_project(&reqwest::Client::new(), now).await.unwrap(), "0a1b");
    assert!(server.seen()[3].0.to_lowercase().contains("x-auth-token: second"));
}

#[tokio::test]
async fn a_look_up_that_is_refused_keeps_what_the_service_said() {
    let body = r#"{"error_code":"IAM.0003","error_msg":"AK quoted: AKIDEXAMPLE"}"#;
    let headers = "X-Request-Id: r-1\r\nRetry-After: 9\r\n";
    let server = Server::start(vec![answer("403 Forbidden", headers, body)]).await;
    let keys = Credentials::aksk("AKIDEXAMPLE", "geheim").in_region("cn-north-4").iam_endpoint(&server.url);
    let now = "2026-08-22T10:15:30Z".parse().unwrap();
    let error = keys.look_up_project(&reqwest::Client::new(), now).await.unwrap_err();
    assert_eq!((error.kind(), error.status(), error.error_code()), (FailureKind::Project, Some(403), Some("IAM.0003")));
    assert_eq!((error.request_id(), error.retry_after()), (Some("r-1"), Some(Duration::from_secs(9))));
    assert!(error.to_string().contains("give its id") && !error.is_retryable(), "{error}");
}

#[tokio::test]
async fn a_look_up_that_reaches_nothing_is_no_failure_of_the_credentials() {
    let keys = Credentials::aksk("AK", "geheim").in_region("cn-north-4").iam_endpoint("http://127.0.0.1:1");
    let now = "2026-08-22T10:15:30Z".parse().unwrap();
    let error = keys.look_up_project(&reqwest::Client::new(), now).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (FailureKind::Project, true), "{error}");
}

#[test]
fn no_secret_in_an_address_of_keys_is_shown() {
    for address in ["http://u:geheim@10.0.0.1", "https://u:geheim@host", "no url?geheim", "https://host/#geheim"] {
        let settings = Settings { metadata_endpoint: Some(address.into()), ..Settings::default() };
        let error = EcsAgency.check(&settings).unwrap_err();
        assert!(!format!("{error} {error:?} {settings:?}").contains("geheim"), "{error}");
        assert!(!format!("{:?}", Credentials::ecs_agency().metadata_endpoint(address)).contains("geheim"));
    }
}

#[tokio::test]
async fn the_addresses_of_an_agency_are_those_of_the_credentials_that_assume_it() {
    let agency = Credentials::ecs_agency().assume_agency("domain", "agency").metadata_endpoint("http://10.0.0.1");
    let client = crate::Client::builder().region("cn-north-4").project_id("0a").credentials(agency);
    assert!(client.build().unwrap_err().to_string().contains("metadata_endpoint"));
}

/// A server that takes connections and never answers.
#[tokio::test]
async fn a_look_up_without_an_answer_ends_in_its_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let keys = Credentials::aksk("AK", "geheim").in_region("cn-north-4").iam_endpoint(url);
    let now = "2026-08-22T10:15:30Z".parse().unwrap();
    let http = reqwest::Client::new();
    let mut look_up = std::pin::pin!(keys.look_up_project(&http, now));
    // The request goes out over a real socket first; only then may the clock run ahead.
    let (connection, error) = tokio::join!(listener.accept(), async {
        tokio::select! {
            _ = look_up.as_mut() => panic!("nothing was answered"),
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
        }
        tokio::time::pause();
        look_up.await.unwrap_err()
    });
    drop(connection);
    assert_eq!((error.kind(), error.is_retryable()), (FailureKind::Project, true), "{error}");
    assert!(error.to_string().contains("30 s"), "{error}");
}

#[tokio::test]
async fn one_fetch_serves_any_number_of_requests() {
    let server = Server::start(vec![ok("t"), ok(KEYS)]).await;
    let credentials = Credentials::ecs_agency().metadata_endpoint(&server.url);
    let http = reqwest::Client::new();
    let Kind::Fetched(Origin::Remote(_), cache) = &credentials.0.kind else { panic!("an agency is remote") };
    let now = "2026-08-22T10:15:30Z".parse().unwrap();
    let context = Context { settings: &credentials.0.settings, http: &http, now };
    let requests = (0..100).map(|_| cache.current(now, EcsAgency.fetch(context)));
    let fetched = futures::future::join_all(requests).await;
    assert!(fetched.into_iter().all(|outcome| outcome.is_ok_and(|(_, generation)| generation == 1)));
    assert_eq!(server.seen().len(), 2);
}
