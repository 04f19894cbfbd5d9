//! Failures of networks: TLS handshakes that fail, proxies that refuse, HTTP/2 connections that close or fall silent.
//! Certificates are made here, and every server is one of this process.

mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use server::{Server, certificates};

use super::http_client;
use super::http_source::HttpSource;
use super::proxies::Proxies;
use super::test_server::{Reply, TestServer};
use super::{Client, RetryPolicy};
use crate::lists::{ListEndpoint, Selection};
use crate::task::BatchTask;
use crate::{FailureKind, Page, PageRequest, PageSize, PageSource, SourceError};

const BODY: &str = r#"{"batchtasks":[{"task_id":"5c8ba99030344005c02316ad"}],"page":{"count":1}}"#;
const LIMIT: Duration = Duration::from_secs(60);

fn source(endpoint: &str, http: reqwest::ClientBuilder, timeout: Duration, retry: RetryPolicy) -> HttpSource {
    source_with_token(endpoint, http, timeout, retry, "secret-token")
}

fn source_with_token(
    endpoint: &str,
    http: reqwest::ClientBuilder,
    timeout: Duration,
    retry: RetryPolicy,
    token: &str,
) -> HttpSource {
    let client = Client::builder().endpoint(endpoint).project_id("0a").token(token).retry(retry);
    let client = client.http_client(http.build().unwrap()).request_timeout(timeout).build().unwrap();
    let mut selection = Selection::new(ListEndpoint::BATCH_TASKS);
    selection.filter("task_type".into(), "softwareUpgrade".to_owned());
    HttpSource::new(client, "softwareUpgrade".to_owned(), selection.checked().unwrap())
}

fn http(ca: &reqwest::Certificate, timeout: Duration) -> reqwest::ClientBuilder {
    http_client::builder(&Proxies::default(), LIMIT, timeout).no_proxy().tls_certs_only([ca.clone()])
}

async fn fetch(source: &HttpSource) -> Result<Page<BatchTask>, SourceError> {
    PageSource::<BatchTask>::fetch(source, PageRequest::after(None, PageSize::MAX)).await
}

/// Fails once, for good, and for this reason.
async fn assert_refused_once(source: &HttpSource, kind: FailureKind, reason: &str) {
    let error = fetch(source).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable(), error.attempt()), (kind, false, 1), "{error}");
    assert!(error.to_string().contains(reason), "{reason}: {error}");
}

#[tokio::test]
async fn a_certificate_that_is_not_good_is_tried_once_and_named() {
    let good = certificates("localhost", 2999, &["h2"]);
    for (server, trusts, reason) in [
        (certificates("localhost", 2999, &["h2"]), None, "certificate is not trusted"),
        (certificates("localhost", 2001, &["h2"]), Some(()), "certificate has expired"),
        (certificates("other.example", 2999, &["h2"]), Some(()), "certificate is for another name"),
    ] {
        let ca = if trusts.is_some() { &server.ca } else { &good.ca };
        let served = Server::http2(&server, usize::MAX).await;
        let endpoint = format!("https://localhost:{}", served.port);
        let source = source(&endpoint, http(ca, LIMIT), LIMIT, RetryPolicy::default());
        assert_refused_once(&source, FailureKind::Tls, reason).await;
    }
}

#[tokio::test]
async fn a_port_without_tls_or_with_an_old_one_is_tried_once_and_named() {
    let ca = certificates("localhost", 2999, &["h2"]).ca;
    // A fatal alert: the version of the protocol.
    let old: &[u8] = &[21, 3, 1, 0, 2, 2, 70];
    for (answer, reason) in
        [(old, "speaks no TLS that is safe"), (b"HTTP/1.1 400 Bad Request\r\n\r\n", "speaks no TLS;")]
    {
        let served = Server::bytes(answer).await;
        let endpoint = format!("https://localhost:{}", served.port);
        let source = source(&endpoint, http(&ca, LIMIT), LIMIT, RetryPolicy::default());
        assert_refused_once(&source, FailureKind::Tls, reason).await;
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_is_tried_once() {
    let ca = certificates("localhost", 2999, &["h2"]).ca;
    for (answer, reason) in [
        (&b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"[..], "wants other credentials"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "does not connect to this host"),
    ] {
        let proxy = Server::bytes(answer).await;
        let url = format!("http://user:geheim@127.0.0.1:{}", proxy.port);
        let endpoint = "https://iot.example";
        let variable = |name: &str| (name == "HTTPS_PROXY").then(|| url.clone());
        let proxies = Proxies::read(variable, &endpoint.parse().unwrap()).unwrap();
        let http = http_client::builder(&proxies, LIMIT, LIMIT).tls_certs_only([ca.clone()]);
        let source = source(endpoint, http, LIMIT, RetryPolicy::default());
        assert_refused_once(&source, FailureKind::Proxy, reason).await;
        assert_eq!(proxy.connections(), 1);
    }
}

#[tokio::test]
async fn this_machine_is_never_reached_through_a_proxy() {
    let proxy = Server::bytes(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").await;
    let server = TestServer::start(|_| Reply::page(&["5c8ba99030344005c02316ad"])).await;
    let url = format!("http://127.0.0.1:{}", proxy.port);
    for name in ["HTTP_PROXY", "ALL_PROXY"] {
        // The endpoint is elsewhere: it is IAM that is on this machine, say.
        let variable = |variable: &str| (variable == name).then(|| url.clone());
        let proxies = Proxies::read(variable, &"https://iot.example".parse().unwrap()).unwrap();
        let http = http_client::builder(&proxies, LIMIT, LIMIT);
        fetch(&source(&server.url, http, LIMIT, RetryPolicy::none())).await.unwrap();
    }
    assert_eq!(proxy.connections(), 0);
}

#[tokio::test]
async fn requests_that_a_closing_connection_did_not_process_are_sent_again_at_no_charge() {
    let certificates = certificates("localhost", 2999, &["h2"]);
    let server = Server::http2(&certificates, 7).await;
    let endpoint = format!("https://localhost:{}", server.port);
    let source = source(&endpoint, http(&certificates.ca, LIMIT), LIMIT, RetryPolicy::none());
    let started = Instant::now();
    let pages = futures::stream::iter(0..200).map(|_| fetch(&source)).buffer_unordered(64);
    let pages: Vec<_> = pages.collect().await;
    for page in pages {
        page.unwrap();
    }
    assert!(server.connections() >= 200 / 64, "{}", server.connections());
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[tokio::test]
async fn an_http2_connection_that_falls_silent_is_left_for_another() {
    let certificates = certificates("localhost", 2999, &["h2"]);
    let server = Server::http2(&certificates, usize::MAX).await;
    // Between the two: once it freezes, the connections that it has pass nothing more on, and new ones do.
    let (port, freezes) = (server.port, Arc::new(AtomicBool::new(false)));
    let frozen = Arc::clone(&freezes);
    let between = Server::start(move |mut connection| {
        let frozen = Arc::clone(&frozen);
        async move {
            let is_new = !frozen.load(Ordering::Relaxed);
            let mut onward = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let freezing = async {
                while !(is_new && frozen.load(Ordering::Relaxed)) {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::select! {
                _ = copy_bidirectional(&mut connection, &mut onward) => {}
                () = freezing => std::future::pending().await,
            }
        }
    })
    .await;
    let timeout = Duration::from_secs(1);
    let endpoint = format!("https://localhost:{}", between.port);
    let source = source(&endpoint, http(&certificates.ca, timeout), timeout, RetryPolicy::default());
    fetch(&source).await.unwrap();
    freezes.store(true, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let started = Instant::now();
    let pages = futures::stream::iter(0..8).map(|_| fetch(&source)).buffer_unordered(8);
    assert!(pages.all(|page| std::future::ready(page.is_ok())).await);
    assert!(started.elapsed() < timeout + Duration::from_secs(3), "{:?}", started.elapsed());
    assert!(between.connections() >= 2);
}

#[tokio::test]
async fn headers_larger_than_the_server_takes_are_sent_once() {
    let certificates = certificates("localhost", 2999, &["h2"]);
    let server = Server::http2(&certificates, usize::MAX).await;
    let endpoint = format!("https://localhost:{}", server.port);
    let http = http(&certificates.ca, LIMIT);
    let source = source_with_token(&endpoint, http, LIMIT, RetryPolicy::default(), &"x".repeat(20 * 1024));
    let error = fetch(&source).await.unwrap_err();
    assert_eq!((error.is_retryable(), error.attempt()), (false, 1), "{error:?}");
}

/// Over TLS, the answer `head` and then `body`, whose connection is then cut.
async fn cut_after(body: &'static str) -> Result<Page<BatchTask>, SourceError> {
    let certificates = certificates("localhost", 2999, &[]);
    let acceptor = TlsAcceptor::from(Arc::clone(&certificates.server));
    let server = Server::start(move |connection| {
        let acceptor = acceptor.clone();
        async move {
            let mut connection = acceptor.accept(connection).await.unwrap();
            let _ = connection.read(&mut [0; 4096]).await;
            let answer = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}");
            connection.write_all(answer.as_bytes()).await.unwrap();
            connection.flush().await.unwrap();
            // Without the farewell of TLS.
            drop(connection.into_inner().0);
        }
    })
    .await;
    let endpoint = format!("https://localhost:{}", server.port);
    fetch(&source(&endpoint, http(&certificates.ca, LIMIT), LIMIT, RetryPolicy::none())).await
}

#[tokio::test]
async fn an_answer_that_is_whole_counts_although_its_connection_was_cut() {
    assert_eq!(cut_after(BODY).await.unwrap().records.len(), 1);
    let error = cut_after(&BODY[..40]).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (FailureKind::Interrupted, true), "{error}");
}

#[tokio::test]
async fn a_slow_link_is_no_time_out_and_a_drip_is() {
    for (piece, is_read) in [(20 * 1024, true), (20, false)] {
        let server = Server::start(move |mut connection| async move {
            let _ = connection.read(&mut [0; 4096]).await;
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 15 * piece + BODY.len());
            connection.write_all(head.as_bytes()).await.unwrap();
            for _ in 0..15 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                if connection.write_all(" ".repeat(piece).as_bytes()).await.is_err() {
                    return;
                }
            }
            let _ = connection.write_all(BODY.as_bytes()).await;
            let _ = connection.read(&mut [0; 4096]).await;
        })
        .await;
        let timeout = Duration::from_millis(700);
        let http = http_client::builder(&Proxies::default(), LIMIT, timeout).no_proxy();
        let page =
            fetch(&source(&format!("http://127.0.0.1:{}", server.port), http, timeout, RetryPolicy::none())).await;
        assert_eq!(page.as_ref().map_err(SourceError::kind).err(), (!is_read).then_some(FailureKind::Timeout));
    }
}

#[tokio::test]
async fn a_character_encoding_in_place_of_a_compression_changes_nothing() {
    let server = TestServer::start(|_| Reply::status("200 OK", &["Content-Encoding: utf-8"], BODY)).await;
    let http = http_client::builder(&Proxies::default(), LIMIT, LIMIT).no_proxy();
    let page = fetch(&source(&server.url, http, LIMIT, RetryPolicy::none())).await.unwrap();
    assert_eq!(page.records.len(), 1);
}
