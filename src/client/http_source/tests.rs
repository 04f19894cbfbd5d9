mod counts;
mod large_pages;
mod spans;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::*;
use crate::client::credentials::{Credentials, CredentialsProvider, TemporaryCredentials};
use crate::client::test_server::{Reply, TestServer};
use crate::client::{ClientBuilder, RetryPolicy};
use crate::lists::{ListEndpoint, Selection};
use crate::task::{BatchTask, TaskType};
use crate::{Offset, PageSize};

const ID: &str = "5c8ba99030344005c02316ad";

fn first_page() -> PageRequest {
    PageRequest::after(None, PageSize::MAX)
}

fn client(server: &TestServer) -> ClientBuilder {
    let client = Client::builder().endpoint(&server.url).project_id("0a").instance_id("1-f");
    client.token("secret-token").retry(RetryPolicy::none())
}

fn source(client: ClientBuilder) -> HttpSource {
    let mut selection = Selection::new(ListEndpoint::BATCH_TASKS);
    selection.filter("task_type".into(), "softwareUpgrade".to_owned());
    HttpSource::new(client.build().unwrap(), "softwareUpgrade".to_owned(), selection.checked().unwrap())
}

async fn fetch(source: &HttpSource, request: PageRequest) -> Result<Fetched<BatchTask>, SourceError> {
    PageSource::<BatchTask>::fetch_measured(source, request).await
}

/// The outcome of a single request that is answered with `reply`.
async fn failure_of(reply: Reply) -> SourceError {
    let server = TestServer::start(move |_| reply.clone()).await;
    let error = fetch(&source(client(&server)), first_page()).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret-token"), "{error:?}");
    error
}

#[tokio::test]
async fn a_request_carries_the_page_the_filters_and_the_headers() {
    let server = TestServer::start(|_| Reply::page(&[ID])).await;
    let source = source(client(&server));
    let request = PageRequest {
        marker: Some("5C90FA7D3C4E4405E8525079".parse().unwrap()),
        offset: Offset::new(49).unwrap(),
        limit: PageSize::MAX,
    };
    let fetched = fetch(&source, request).await.unwrap();
    assert_eq!(
        (fetched.page.records.len(), fetched.page.marker.unwrap().as_str(), fetched.page.count),
        (1, ID, Some(1))
    );
    assert!(fetched.bytes > 50 && fetched.attempts == 1 && !fetched.throttled);
    fetch(&source, first_page()).await.unwrap();

    let heads = server.heads();
    let path = "/v5/iot/0a/batchtasks?limit=50&marker=5C90FA7D3C4E4405E8525079&offset=49&task_type=softwareUpgrade";
    assert!(heads[0].starts_with(&format!("GET {path} HTTP/1.1\r\n")), "{}", heads[0]);
    assert!(heads[1].starts_with("GET /v5/iot/0a/batchtasks?limit=50&task_type=softwareUpgrade HTTP"), "{}", heads[1]);
    for header in [
        "x-auth-token: secret-token",
        "x-project-id: 0a",
        "instance-id: 1-f",
        concat!("user-agent: iotda-batch-tasks/", env!("CARGO_PKG_VERSION")),
        "accept: application/json",
    ] {
        assert!(heads[0].to_lowercase().contains(&format!("\r\n{header}\r\n")), "{header} in {}", heads[0]);
    }
    assert!(!heads[0].to_lowercase().contains("accept-encoding"), "{}", heads[0]);
}

#[tokio::test]
async fn the_service_s_errors_are_read_in_each_of_their_forms() {
    for body in [
        r#"{"error_code":"IOTDA.000006","error_msg":"Invalid input."}"#,
        r#"{"code":"IOTDA.000006","message":"Invalid input.","error_code":null}"#,
        r#"{"error":{"code":"IOTDA.000006","message":"Invalid input."}}"#,
    ] {
        let error = failure_of(Reply::status("400 Bad Request", &["X-Request-Id: r-1"], body)).await;
        assert_eq!((error.kind(), error.status()), (FailureKind::Status, Some(400)));
        assert_eq!((error.error_code(), error.error_msg()), (Some("IOTDA.000006"), Some("Invalid input.")));
        assert_eq!((error.request_id(), error.is_retryable()), (Some("r-1"), false));
    }
    let gateway = r#"{"error_code":"APIGW.0301","error_msg":"no","request_id":"r-2"}"#;
    assert_eq!(failure_of(Reply::status("401 Unauthorized", &[], gateway)).await.request_id(), Some("r-2"));
}

#[tokio::test]
async fn an_error_that_is_none_of_the_service_s_is_shown_by_its_beginning() {
    let html = format!("<html>\n{}secret-token</html>", "x".repeat(200));
    let error = failure_of(Reply::status("502 Bad Gateway", &[], &html)).await.to_string();
    assert!(error.contains("502 Bad Gateway with a body of 226 bytes") && error.contains("\"<html>\\nxxx"), "{error}");
    assert!(error.len() < 250, "{error}");
    let error = failure_of(Reply::status("503 Service Unavailable", &[], "")).await;
    assert!(error.to_string().contains("an empty body"), "{error}");
}

#[tokio::test]
async fn a_token_that_the_service_quotes_is_not_passed_on() {
    let body = r#"{"error_code":"APIGW.0301","error_msg":"token secret-token is bad"}"#;
    let error = failure_of(Reply::status("401 Unauthorized", &[], body)).await;
    assert_eq!(error.error_msg(), Some("token *** is bad"));
    let error = failure_of(Reply::status("401 Unauthorized", &[], "token=secret-token")).await;
    assert!(error.to_string().contains("token=***"), "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_only_its_host_is_named() {
    let to = "Location: https://elsewhere.example/login?ticket=geheim";
    let error = failure_of(Reply::status("302 Found", &[to], "")).await;
    let text = error.to_string();
    assert!(text.contains("elsewhere.example") && text.contains("not followed"), "{text}");
    assert!(!text.contains("geheim") && !error.is_retryable());
}

#[tokio::test]
async fn a_redirect_that_a_user_s_client_followed_is_an_error() {
    let server = TestServer::start(|number| match number {
        0 => Reply::status("302 Found", &["Location: /elsewhere"], ""),
        _ => Reply::page(&[ID]),
    })
    .await;
    let client = client(&server).http_client(reqwest::Client::new());
    let error = fetch(&source(client), first_page()).await.unwrap_err().to_string();
    assert!(error.contains("followed a redirect") && error.contains("127.0.0.1"), "{error}");
}

#[tokio::test]
async fn an_answer_above_the_cap_is_refused_before_it_is_read() {
    let claimed = Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n{".to_vec());
    let error = failure_of(claimed).await;
    assert_eq!((error.kind(), error.is_retryable()), (FailureKind::TooLarge, false));
    assert!(error.to_string().contains("1000000000000"), "{error}");
}

#[tokio::test]
async fn an_answer_that_grows_above_the_cap_is_refused() {
    let server = TestServer::start(|_| {
        let chunk = format!("20\r\n{}\r\n", "x".repeat(32));
        Reply::Bytes(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(40)).into_bytes())
    })
    .await;
    let error = fetch(&source(client(&server).max_body_bytes(1000)), first_page()).await.unwrap_err();
    assert_eq!(error.kind(), FailureKind::TooLarge);
    assert!(error.to_string().contains("max_body_bytes allows 1000"), "{error}");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_interrupted() {
    let half = Reply::Break(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"batch".to_vec());
    let error = failure_of(half).await;
    assert_eq!((error.kind(), error.is_retryable()), (FailureKind::Interrupted, true));
    assert!(error.cause().is_some());
    let none = failure_of(Reply::Break(Vec::new())).await;
    assert_eq!(none.kind(), FailureKind::Interrupted, "{none:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_reported_with_the_cause() {
    let server = TestServer::start(|_| Reply::Hang).await;
    let source = source(client(&server));
    drop(server);
    tokio::task::yield_now().await;
    let error = fetch(&source, first_page()).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (FailureKind::Connect, true));
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_request_that_hangs_ends_with_its_time_limit() {
    let server = TestServer::start(|_| Reply::Hang).await;
    let source = source(client(&server).request_timeout(Duration::from_millis(50)));
    let error = fetch(&source, first_page()).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (FailureKind::Timeout, true));
    assert!(error.to_string().contains("50ms"), "{error}");
}

#[tokio::test]
async fn what_can_be_helped_is_tried_again_and_counted() {
    let server = TestServer::start(|number| match number {
        0 => Reply::status("500 Internal Server Error", &[], r#"{"error_code":"IOTDA.000001","error_msg":"no"}"#),
        1 => Reply::Break(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"batch".to_vec()),
        2 => Reply::Break(Vec::new()),
        3 => Reply::status("502 Bad Gateway", &[], "<html>"),
        4 => Reply::status("200 OK", &[], r#"{"batchtasks":[{"task_id":"5c"#),
        5 => Reply::status("403 Forbidden", &[], r#"{"error_code":"IOTDA.021101","error_msg":"slow down"}"#),
        6 => Reply::Hang,
        _ => Reply::page(&[ID]),
    })
    .await;
    let quick = RetryPolicy::default().initial_backoff(Duration::from_millis(1));
    let client = client(&server).retry(quick).request_timeout(Duration::from_millis(200));
    let fetched = fetch(&source(client), first_page()).await.unwrap();
    assert_eq!((fetched.page.records.len(), fetched.attempts, fetched.throttled), (1, 8, true));
    assert_eq!(server.heads().len(), 8);
}

#[tokio::test]
async fn an_error_reports_its_last_attempt() {
    let server = TestServer::start(|_| Reply::status("503 Service Unavailable", &["Retry-After: 0"], "")).await;
    let quick = RetryPolicy::default().initial_backoff(Duration::from_millis(1)).max_attempts(3);
    let error = fetch(&source(client(&server).retry(quick)), first_page()).await.unwrap_err();
    assert_eq!((error.status(), error.attempt(), server.heads().len()), (Some(503), 3, 3));
    assert!(error.to_string().contains("attempt 3"), "{error}");
}

/// Hands out `token-1`, `token-2` and so on.
#[derive(Default)]
struct Tokens(AtomicU32);

impl CredentialsProvider for Tokens {
    async fn current(&self) -> Result<TemporaryCredentials, SourceError> {
        Ok(TemporaryCredentials::token(format!("token-{}", self.0.fetch_add(1, Ordering::Relaxed) + 1)))
    }
}

#[tokio::test]
async fn refused_credentials_are_renewed_once_and_the_request_sent_again() {
    for refusal in [
        Reply::status("401 Unauthorized", &[], r#"{"error_code":"APIGW.0301","error_msg":"expired"}"#),
        Reply::status("403 Forbidden", &[], r#"{"error_code":"IOTDA.000004","error_msg":"invalid token"}"#),
    ] {
        let server = TestServer::start(move |number| match number {
            0 => refusal.clone(),
            _ => Reply::page(&[ID]),
        })
        .await;
        let client = client(&server).credentials(Credentials::provider(Tokens::default()));
        let fetched = fetch(&source(client), first_page()).await.unwrap();
        assert_eq!((fetched.page.records.len(), fetched.attempts), (1, 2));
        let heads = server.heads();
        assert!(heads[0].contains("token-1") && heads[1].contains("token-2"), "{heads:?}");
    }
}

#[tokio::test]
async fn credentials_that_stay_refused_are_an_error_and_no_loop() {
    let body = r#"{"error_code":"IOTDA.000002","error_msg":"Authentication failed."}"#;
    let server = TestServer::start(move |_| Reply::status("401 Unauthorized", &[], body)).await;
    let renewed = client(&server).retry(RetryPolicy::default()).credentials(Credentials::provider(Tokens::default()));
    let error = fetch(&source(renewed), first_page()).await.unwrap_err();
    assert_eq!((error.status(), error.is_retryable(), server.heads().len()), (Some(401), false, 2));

    let fixed = client(&server).retry(RetryPolicy::default());
    let error = fetch(&source(fixed), first_page()).await.unwrap_err();
    assert_eq!((error.error_code(), server.heads().len()), (Some("IOTDA.000002"), 3));
}

#[tokio::test]
async fn a_refused_signature_names_clocks_that_disagree() {
    let date = |offset: i64| {
        let time = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(offset);
        format!("Date: {}", time.strftime("%a, %d %b %Y %H:%M:%S GMT"))
    };
    for (offset, is_reported) in [(-3600, true), (3600, true), (-840, false), (0, false)] {
        let date = date(offset);
        let server = TestServer::start(move |_| Reply::status("401 Unauthorized", &[&date], "{}")).await;
        let signed = client(&server).credentials(Credentials::aksk("AK", "SK"));
        let error = fetch(&source(signed), first_page()).await.unwrap_err().to_string();
        assert_eq!(error.contains("15 minutes"), is_reported, "{offset}: {error}");
        let error = fetch(&source(client(&server)), first_page()).await.unwrap_err().to_string();
        assert!(!error.contains("15 minutes"), "a token has no clock: {error}");
    }
}

#[test]
fn clients_and_streams_go_to_other_threads() {
    fn goes<T: Send + Sync + 'static>() {}
    goes::<Client>();
    goes::<ClientBuilder>();
    goes::<crate::BatchTaskQuery>();
    goes::<HttpSource>();
}

#[tokio::test]
async fn bad_arguments_and_unpolled_streams_send_nothing() {
    let server = TestServer::start(|_| Reply::page(&[ID])).await;
    let client = client(&server).build().unwrap();
    let query = || client.batch_tasks(TaskType::SoftwareUpgrade);
    for (query, name) in [
        (query().page_size(0), "page_size"),
        (query().page_size(51), "page_size"),
        (query().app_id("a b"), "app_id"),
        (query().app_id("a".repeat(37)), "app_id"),
        (query().task_type(TaskType::from("")), "task_type"),
        (query().task_type(TaskType::from("a&b")), "task_type"),
        (query().status(crate::task::TaskStatus::from(&*"x".repeat(65))), "status"),
        (query().scan_timeout(Duration::ZERO), "scan_timeout"),
    ] {
        match query.stream() {
            Err(crate::Error::Argument(error)) => assert_eq!(error.name(), name),
            other => panic!("{name}: {other:?}"),
        }
    }
    let stream = client.all_batch_tasks().stream().unwrap();
    tokio::task::yield_now().await;
    drop(stream);
    assert!(server.heads().is_empty());
}
