//! Real TLS in front of a simulated service: trusted certificates, and the certificate of the client.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::fixture::{Ended, batchtasks, ids_of_lines, service};

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn signed(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &self.0).unwrap();
        (certificate, key)
    }
}

/// Takes TLS off in front of `to`. `clients` signs the certificates that it requires.
async fn serve(authority: &Authority, clients: Option<&Authority>, to: String) -> String {
    let (certificate, key) = authority.signed("localhost");
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = match clients {
        None => builder.unwrap().with_no_client_auth(),
        Some(clients) => {
            let mut roots = RootCertStore::empty();
            roots.add(clients.0.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.unwrap().with_client_cert_verifier(verifier)
        }
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let (acceptor, to) = (acceptor.clone(), to.clone());
            tokio::spawn(async move {
                let Ok(mut outside) = acceptor.accept(connection).await else { return };
                let mut inside = TcpStream::connect(to).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    format!("https://localhost:{port}")
}

/// A file that goes with the test.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = std::env::temp_dir().join(format!("batchtasks-{name}-{}.pem", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn list(endpoint: &str, options: &[&str]) -> Ended {
    let here = ["list", "--type", "softwareUpgrade", "--endpoint", endpoint, "--project-id", "0", "--token", "any"];
    batchtasks(here.iter().chain(options).copied()).output().unwrap().into()
}

#[test]
fn a_certificate_is_trusted_by_an_option_and_never_by_itself() {
    let (service, runtime) = (service(5, |builder| builder), Runtime::new().unwrap());
    let (authority, other) = (Authority::new(), Authority::new());
    let endpoint = runtime.block_on(serve(&authority, None, service.simulator.address().to_string()));
    let (pem, foreign) = (File::new("ca", authority.0.pem()), File::new("other-ca", other.0.pem()));
    for options in [&[][..], &["--ca-cert", foreign.path()]] {
        let refused = list(&endpoint, options);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
        assert!(refused.stderr.contains("not trusted") && refused.stderr.contains("--ca-cert"), "{}", refused.stderr);
    }
    for options in [&["--ca-cert", pem.path()][..], &["--ca-cert", foreign.path(), "--ca-cert", pem.path()]] {
        assert_eq!(ids_of_lines(&list(&endpoint, options).complete()), service.ids());
    }
    let insecure = list(&endpoint, &["--insecure"]);
    assert_eq!((insecure.code, ids_of_lines(&insecure.stdout)), (Some(0), service.ids()));
    assert!(insecure.stderr.contains("WARN") && insecure.stderr.contains("not checked"), "{}", insecure.stderr);
    for (options, words) in [
        (&["--ca-cert", "/nowhere/ca.pem"][..], ["--ca-cert", "/nowhere/ca.pem"]),
        (&["--ca-cert", "/dev/null"], ["--ca-cert", "BEGIN CERTIFICATE"]),
        (&["--client-cert", "/dev/null"], ["--client-cert", "private key"]),
        (&["--client-key", "/dev/null"], ["--client-key", "--client-cert"]),
    ] {
        let refused = list(&endpoint, options);
        assert_eq!(refused.code, Some(2), "{options:?}: {}", refused.stderr);
        assert!(words.iter().all(|word| refused.stderr.contains(word)), "{options:?}: {}", refused.stderr);
    }
}

#[test]
fn a_service_that_asks_for_a_certificate_gets_it() {
    let (service, runtime) = (service(5, |builder| builder), Runtime::new().unwrap());
    let (authority, clients) = (Authority::new(), Authority::new());
    let endpoint = runtime.block_on(serve(&authority, Some(&clients), service.simulator.address().to_string()));
    let pem = File::new("server-ca", authority.0.pem());
    let (certificate, key) = clients.signed("client");
    let (certificate, key) = (certificate.pem(), key.serialize_pem());
    let (cert_file, key_file) = (File::new("cert", &certificate), File::new("key", &key));
    let both = File::new("both", certificate + &key);
    let trusting = ["--ca-cert", pem.path(), "--max-elapsed", "3s"];
    assert_eq!(list(&endpoint, &trusting).code, Some(1));
    for options in
        [&["--client-cert", both.path()][..], &["--client-cert", cert_file.path(), "--client-key", key_file.path()]]
    {
        assert_eq!(ids_of_lines(&list(&endpoint, &[&trusting[..], options].concat()).complete()), service.ids());
    }
}
