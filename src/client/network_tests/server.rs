//! Certificates, and servers that use them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::BODY;

/// A certificate authority, and a certificate of its making.
pub(super) struct Certificates {
    pub(super) ca: reqwest::Certificate,
    pub(super) server: Arc<rustls::ServerConfig>,
}

pub(super) fn certificates(name: &str, last_year: i32, protocols: &[&str]) -> Certificates {
    let (ca_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = params.self_signed(&ca_key).unwrap();
    let issuer = Issuer::new(params, ca_key);
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(last_year, 1, 1);
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut server = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    server.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    Certificates { ca: reqwest::Certificate::from_pem(ca.pem().as_bytes()).unwrap(), server: Arc::new(server) }
}

/// A server on its own port that hands every connection to `serve`; it is gone when dropped.
pub(super) struct Server {
    pub(super) port: u16,
    connections: Arc<AtomicUsize>,
    accepting: AbortHandle,
}

impl Server {
    pub(super) async fn start<F: Future<Output = ()> + Send + 'static>(
        serve: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let accepting = tokio::spawn(async move {
            let mut serving = JoinSet::new();
            while let Ok((connection, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                serving.spawn(serve(connection));
            }
        });
        Self { port, connections, accepting: accepting.abort_handle() }
    }

    /// Answers over HTTP/2, and closes each connection after so many requests.
    pub(super) async fn http2(certificates: &Certificates, requests: usize) -> Self {
        let acceptor = TlsAcceptor::from(Arc::clone(&certificates.server));
        Self::start(move |connection| {
            let acceptor = acceptor.clone();
            async move {
                let Ok(connection) = acceptor.accept(connection).await else { return };
                let (answered, closing) = (Arc::new(AtomicUsize::new(0)), Arc::new(tokio::sync::Notify::new()));
                let closes = Arc::clone(&closing);
                let service = service_fn(move |_| {
                    let number = answered.fetch_add(1, Ordering::Relaxed) + 1;
                    if number == requests {
                        closes.notify_one();
                    }
                    async move {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                        let large = "x".repeat(33 * 1024);
                        let answer = http::Response::builder().header("x-large", large);
                        answer.body(Full::new(Bytes::from_static(BODY.as_bytes())))
                    }
                });
                let mut http = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                http.max_header_list_size(16 * 1024);
                let mut serving = std::pin::pin!(http.serve_connection(TokioIo::new(connection), service));
                tokio::select! {
                    _ = serving.as_mut() => {}
                    () = closing.notified() => {
                        serving.as_mut().graceful_shutdown();
                        let _ = serving.await;
                    }
                }
            }
        })
        .await
    }

    /// Answers these bytes to whatever it is sent, and closes the connection.
    pub(super) async fn bytes(answer: &'static [u8]) -> Self {
        Self::start(move |mut connection| async move {
            let _ = connection.read(&mut [0; 4096]).await;
            let _ = connection.write_all(answer).await;
        })
        .await
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
