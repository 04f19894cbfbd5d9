//! Real TLS: trusted certificates, and the certificate of the client.

#[path = "../fixture/tls.rs"]
mod tls;

use std::time::Duration;

use iotda_batch_tasks::{Client, ClientBuilder, Error, FailureKind, RetryPolicy, TaskType};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use tls::{Authority, Identity};

const PAGE: &str =
    r#"{"batchtasks":[{"task_id":"5c8ba99030344005c02316ad"}],"page":{"count":1,"marker":"5c8ba99030344005c02316ad"}}"#;
const EMPTY: &str = r#"{"batchtasks":[],"page":{"count":1}}"#;

/// A service over TLS with one task. `clients` signs the certificates that it requires.
async fn serve(authority: &Authority, clients: Option<&Authority>) -> String {
    serve_as(authority.signed("localhost"), clients).await
}

async fn serve_as(identity: Identity, clients: Option<&Authority>) -> String {
    tls::serve(identity, clients, |mut connection| async move {
        let mut request = Vec::new();
        while connection.read_buf(&mut request).await.is_ok_and(|read| read > 0) {
            if request.ends_with(b"\r\n\r\n") {
                let is_first = !String::from_utf8_lossy(&request).contains("marker=");
                let body = if is_first { PAGE } else { EMPTY };
                let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
                if connection.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
                request.clear();
            }
        }
    })
    .await
}

async fn read(endpoint: &str, trusting: impl Fn(ClientBuilder) -> ClientBuilder) -> Result<usize, Error> {
    let builder = Client::builder().endpoint(endpoint).project_id("0a").token("t").retry(RetryPolicy::none());
    let client = trusting(builder.request_timeout(Duration::from_secs(10))).build()?;
    let count = client.batch_tasks(TaskType::SoftwareUpgrade).count().await?;
    Ok(count.map_or(0, |count| count as usize))
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_where_it_is_given() {
    let (authority, other) = (Authority::new(), Authority::new());
    let endpoint = serve(&authority, None).await;
    let refused = read(&endpoint, |builder| builder).await.unwrap_err();
    assert_eq!(refused.failure().unwrap().kind(), FailureKind::Tls, "{refused}");
    assert!(!refused.is_retryable() && refused.to_string().contains("is not trusted"), "{refused}");
    assert!(read(&endpoint, |builder| builder.ca_certificates(other.pem())).await.is_err());
    assert_eq!(read(&endpoint, |builder| builder.ca_certificates(authority.pem())).await.unwrap(), 1);
    let both = other.pem() + &authority.pem();
    assert_eq!(read(&endpoint, |builder| builder.ca_certificates(both.as_str())).await.unwrap(), 1);
    assert_eq!(read(&endpoint, |builder| builder.danger_accept_any_certificate(true)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_service_that_requires_a_certificate_gets_it() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let endpoint = serve(&authority, Some(&clients)).await;
    let trusting = |builder: ClientBuilder| builder.ca_certificates(authority.pem());
    let kind = |read: Result<usize, Error>| read.unwrap_err().failure().unwrap().kind();
    assert_eq!(kind(read(&endpoint, trusting).await), FailureKind::Tls);
    let (certificate, key) = clients.signed("client");
    let pem = key.serialize_pem() + &certificate.pem();
    assert_eq!(read(&endpoint, |builder| trusting(builder).client_certificate(pem.as_str())).await.unwrap(), 1);
    let (certificate, key) = authority.signed("client");
    let foreign = key.serialize_pem() + &certificate.pem();
    let foreign = read(&endpoint, |builder| trusting(builder).client_certificate(foreign.as_str())).await;
    assert_eq!(kind(foreign), FailureKind::Tls);
}

/// A certificate for this machine that signs itself.
fn self_signed(is_ca: IsCa) -> Identity {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.is_ca = is_ca;
    (params.self_signed(&key).unwrap(), key)
}

#[tokio::test]
async fn a_certificate_that_signs_itself_is_trusted_or_the_error_says_what_to_do() {
    let plain = self_signed(IsCa::ExplicitNoCa);
    let pem = plain.0.pem();
    let endpoint = serve_as(plain, None).await;
    assert_eq!(read(&endpoint, |builder| builder.ca_certificates(pem.as_str())).await.unwrap(), 1);
    // As `openssl req -x509` makes it.
    let authority = self_signed(IsCa::Ca(BasicConstraints::Unconstrained));
    let pem = authority.0.pem();
    let endpoint = serve_as(authority, None).await;
    let read = read(&endpoint, |builder| builder.ca_certificates(pem.as_str())).await;
    if cfg!(all(feature = "native-tls", not(any(feature = "rustls-aws-lc", feature = "rustls-ring")))) {
        assert_eq!(read.unwrap(), 1, "OpenSSL takes it");
        return;
    }
    let error = read.unwrap_err();
    assert!(!error.is_retryable() && error.failure().unwrap().kind() == FailureKind::Tls, "{error}");
    for word in ["CA:TRUE", "basicConstraints=CA:FALSE", "ca_certificates"] {
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_certificate_is_refused_by_the_name_of_its_argument() {
    let complete = || Client::builder().endpoint("https://localhost").project_id("0a").token("t");
    let (authority, own) = (Authority::new(), reqwest::Client::new());
    // Without the TLS of the system, only the client reads what is inside.
    let reader = if cfg!(feature = "native-tls") { "ca_certificates" } else { "http_client" };
    for (builder, name) in [
        (complete().ca_certificates("geheim"), "ca_certificates"),
        (complete().ca_certificates("-----BEGIN CERTIFICATE-----\ngeheim\n-----END CERTIFICATE-----"), reader),
        (complete().client_certificate("geheim"), "client_certificate"),
        (complete().client_certificate(authority.pem()), "client_certificate"),
        (complete().ca_certificates(authority.pem()).http_client(own.clone()), "ca_certificates"),
        (complete().danger_accept_any_certificate(true).http_client(own), "danger_accept_any_certificate"),
    ] {
        match builder.build().unwrap_err() {
            Error::Argument(error) => {
                assert_eq!(error.name(), name);
                assert!(!error.to_string().contains("geheim"), "{error}");
            }
            other => panic!("{other}"),
        }
    }
}
