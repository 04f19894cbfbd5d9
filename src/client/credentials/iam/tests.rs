//! Against a server on loopback that answers once, with the bytes that it is given.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

const PASSWORD: &str = "geheim\"1";

fn user() -> User {
    User { name: "U".to_owned(), account: "A".to_owned(), password: PASSWORD.into() }
}

fn settings(region: Option<&str>, iam_endpoint: Option<&str>) -> Settings {
    let iam_endpoint = iam_endpoint.map(Secret::from);
    Settings { region: region.map(str::to_owned), iam_endpoint, ..Settings::default() }
}

fn now() -> Timestamp {
    "2026-08-22T10:15:30Z".parse().unwrap()
}

/// The outcome of one login when IAM answers `answer`, and what was sent.
async fn login(answer: Vec<u8>) -> (Result<TemporaryCredentials, SourceError>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut sent = Vec::new();
        while !sent.ends_with(b"}}}}") {
            assert!(connection.read_buf(&mut sent).await.unwrap() > 0);
        }
        // The client may have read enough before everything is written.
        let _ = connection.write_all(&answer).await;
        String::from_utf8(sent).unwrap()
    };
    let (user, settings) = (user(), settings(Some("cn-north-4"), Some(&endpoint)));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    tokio::join!(Login::new(&user, &settings).unwrap().token(&http, now()), server)
}

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

async fn refused(answer: Vec<u8>) -> SourceError {
    let error = login(answer).await.0.unwrap_err();
    assert_eq!(error.kind(), FailureKind::Credentials);
    assert!(!format!("{error} {error:?}").contains("geheim"), "{error:?}");
    error
}

#[tokio::test]
async fn a_password_gets_a_token_for_the_project_of_its_region() {
    let body = r#"{"token":{"expires_at":"2026-08-23T10:15:30.000000Z"}}"#;
    let (token, sent) = login(answer("201 Created", "X-Subject-Token: MIIF\r\n", body)).await;
    let end = "2026-08-23T10:15:30Z".parse().unwrap();
    assert_eq!(token.unwrap(), TemporaryCredentials::token("MIIF").expires_at(end));
    let (head, body) = sent.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v3/auth/tokens HTTP/1.1\r\n"), "{head}");
    assert!(head.to_lowercase().contains("content-type: application/json"), "{head}");
    let expected = json!({"auth": {
        "identity": {"methods": ["password"], "password": {
            "user": {"name": "U", "password": PASSWORD, "domain": {"name": "A"}},
        }},
        "scope": {"project": {"name": "cn-north-4"}},
    }});
    assert_eq!(serde_json::from_str::<Value>(body).unwrap(), expected);
}

#[tokio::test]
async fn the_lifetime_counts_from_now_whatever_iam_s_clock_says() {
    let body = r#"{"token":{"issued_at":"2001-01-01T00:00:00Z","expires_at":"2001-01-01T00:00:03Z"}}"#;
    let (token, _) = login(answer("201 Created", "X-Subject-Token: t\r\n", body)).await;
    assert_eq!(token.unwrap().expires_at, Some(now() + SignedDuration::from_secs(3)));
    for body in ["", "no json", r#"{"token":{"expires_at":null}}"#] {
        let (token, _) = login(answer("201 Created", "X-Subject-Token: t\r\n", body)).await;
        assert_eq!(token.unwrap().expires_at, None, "{body}");
    }
}

#[tokio::test]
async fn a_refusal_is_reported_without_the_password() {
    let body = r#"{"error":{"message":"The password geheim\"1 is wrong.","code":401,"title":"Unauthorized"}}"#;
    let error = refused(answer("401 Unauthorized", "X-Request-Id: r1\r\n", body)).await;
    assert_eq!((error.status(), error.is_retryable(), error.request_id()), (Some(401), false, Some("r1")));
    assert_eq!(error.error_msg(), Some("The password *** is wrong."));
    let error = refused(answer("400 Bad Request", "", r#"{"error_code":"IAM.0011","error_msg":"no"}"#)).await;
    assert_eq!((error.error_code(), error.error_msg()), (Some("IAM.0011"), Some("no")));
    let error = refused(answer("403 Forbidden", "", "<html>geheim</html>")).await;
    assert_eq!((error.status(), error.error_msg()), (Some(403), None));
    let page = "geheim\\\"1 ".repeat(10_000);
    let error = refused(answer("403 Forbidden", "", &page)).await.to_string();
    assert!(error.contains("16384 bytes that is not a documented error"), "{error}");
}

#[tokio::test]
async fn what_may_pass_can_be_tried_again() {
    let error = refused(answer("429 Too Many Requests", "Retry-After: 7\r\n", "")).await;
    assert_eq!((error.is_retryable(), error.retry_after()), (true, Some(Duration::from_secs(7))));
    let dates = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:47 GMT\r\n";
    let error = refused(answer("503 Service Unavailable", dates, "")).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(10)));
    let limited = r#"{"error_code":"IOTDA.021101","error_msg":"slow down"}"#;
    let error = refused(answer("403 Forbidden", "", limited)).await;
    assert_eq!((error.is_retryable(), error.is_throttled()), (true, false), "the quota is not the service's");
    let error = refused(answer("503 Service Unavailable", "", "")).await;
    assert_eq!((error.status(), error.is_retryable()), (Some(503), true));
    let error = refused(b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{".to_vec()).await;
    assert!(error.is_retryable(), "the connection broke");
    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (user, settings) = (user(), settings(Some("cn-north-4"), Some(&format!("http://{unused}"))));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let error = Login::new(&user, &settings).unwrap().token(&http, now()).await.unwrap_err();
    assert!(error.is_retryable() && error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn an_answer_without_a_token_or_without_an_end_is_an_error() {
    let error = refused(answer("201 Created", "", "{}")).await;
    assert!(error.to_string().contains("without an X-Subject-Token") && !error.is_retryable(), "{error}");
    let endless = answer("201 Created", "X-Subject-Token: t\r\n", &" ".repeat(transport::MAX_BYTES + 1));
    assert!(refused(endless).await.to_string().contains("more than 1048576 bytes"));
    let error = refused(answer("307 Temporary Redirect", "", "")).await;
    assert_eq!((error.status(), error.is_retryable()), (Some(307), false));
}

#[test]
fn the_place_to_log_in_is_that_of_the_region_or_the_one_given() {
    for (region, endpoint, url) in [
        (Some("cn-north-4"), None, "https://iam.cn-north-4.myhuaweicloud.com/v3/auth/tokens"),
        (Some("cn-north-4"), Some("https://iam.example.org/"), "https://iam.example.org/v3/auth/tokens"),
        (Some("cn-north-4"), Some("https://iam.example.org:444/v3"), "https://iam.example.org:444/v3/auth/tokens"),
        (Some("cn-north-4"), Some("http://[::1]:9/sim"), "http://[::1]:9/sim/v3/auth/tokens"),
        (Some("cn-north-4"), Some("http://localhost:9"), "http://localhost:9/v3/auth/tokens"),
    ] {
        assert_eq!(Login::new(&user(), &settings(region, endpoint)).unwrap().url.as_str(), url);
    }
}

#[test]
fn a_password_goes_nowhere_readable() {
    for endpoint in ["http://iam.example.org", "http://10.0.0.1", "http://localhost.example.org", "ftp://localhost"] {
        let error = Login::new(&user(), &settings(Some("r"), Some(endpoint))).unwrap_err();
        assert_eq!((error.name(), error.value()), ("iam_endpoint", endpoint));
    }
    let allowed = Settings { plain_http: true, ..settings(Some("r"), Some("http://iam.example.org")) };
    assert!(Login::new(&user(), &allowed).is_ok());
    for endpoint in ["https://u:geheim@iam.example.org", "https://iam.example.org?geheim", "geheim"] {
        let error = Login::new(&user(), &settings(Some("r"), Some(endpoint))).unwrap_err();
        assert_eq!((error.name(), error.value()), ("iam_endpoint", "***"));
    }
}

#[test]
fn the_scope_is_the_project_named_else_the_region_s_else_the_client_s() {
    let scope = |settings: &Settings| Login::new(&user(), settings).map(|login| login.scope);
    let mut settings = settings(Some("cn-north-4"), Some("https://iam.example.org"));
    settings.project_id = Some("a".to_owned());
    assert_eq!(scope(&settings), Ok(json!({"project": {"name": "cn-north-4"}})));
    settings.project_name = Some("cn-north-4_factory".to_owned());
    assert_eq!(scope(&settings), Ok(json!({"project": {"name": "cn-north-4_factory"}})));
    (settings.project_name, settings.region) = (None, None);
    assert_eq!(scope(&settings), Ok(json!({"project": {"id": "a"}})));
    settings.project_id = None;
    assert_eq!(scope(&settings).unwrap_err().name(), "project_name");
    settings.iam_endpoint = None;
    assert_eq!(scope(&settings).unwrap_err().name(), "iam_endpoint");
}
