//! Real TLS in front of a simulated service: trusted certificates, and the certificate of the client.

#[path = "../../../../tests/fixture/tls.rs"]
mod tls;

use std::path::PathBuf;

use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::fixture::{Ended, batchtasks, ids_of_lines, service};
use tls::Authority;

/// Takes TLS off in front of `to`. `clients` signs the certificates that it requires.
async fn serve(authority: &Authority, clients: Option<&Authority>, to: String) -> String {
    tls::serve(authority.signed("localhost"), clients, move |mut outside| {
        let to = to.clone();
        async move {
            let mut inside = TcpStream::connect(to).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
        }
    })
    .await
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
    let (pem, foreign) = (File::new("ca", authority.pem()), File::new("other-ca", other.pem()));
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
    let pem = File::new("server-ca", authority.pem());
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
