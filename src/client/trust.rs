//! The certificates that a client trusts, and the one that it presents.

use reqwest::{Certificate, Identity};

use super::{ClientBuilder, tls};
use crate::ArgumentError;

/// What TLS is set up with, as it was given.
#[derive(Clone, Default)]
pub(super) struct Trust {
    /// PEM texts.
    ca_certificates: Vec<Vec<u8>>,
    /// A PEM text with a private key.
    client_certificate: Option<zeroize::Zeroizing<Vec<u8>>>,
    accepts_anyone: bool,
}

impl ClientBuilder {
    /// Trusts these certificates too, beside those of the system: PEM, one or several. May be called again for more.
    ///
    /// For an instance whose certificate is from a company's own authority. `SSL_CERT_FILE` and `SSL_CERT_DIR` take the place of the
    /// system's certificates for the whole process, on Linux.
    pub fn ca_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.trust.ca_certificates.push(pem.into());
        self
    }

    /// The certificate that this client shows where the service requires one: PEM, the private key (as PKCS #8, which begins
    /// with `BEGIN PRIVATE KEY`) and the certificate with its chain.
    pub fn client_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.trust.client_certificate = Some(pem.into().into());
        self
    }

    /// Accepts any certificate of any name; off by default. A host that answers in the service's place reads tokens and
    /// signatures: for tests alone. [`build`](Self::build) traces a warning.
    pub fn danger_accept_any_certificate(mut self, accept: bool) -> Self {
        self.trust.accepts_anyone = accept;
        self
    }
}

impl Trust {
    /// The first argument that was given, for the error that an HTTP client of the user's own has it already.
    pub(super) fn given(&self) -> Option<&'static str> {
        if !self.ca_certificates.is_empty() {
            Some("ca_certificates")
        } else if self.client_certificate.is_some() {
            Some("client_certificate")
        } else {
            self.accepts_anyone.then_some("danger_accept_any_certificate")
        }
    }

    pub(super) fn accepts_anyone(&self) -> bool {
        self.accepts_anyone
    }

    pub(super) fn read(&self) -> Result<ReadTrust, ArgumentError> {
        let mut certificates = Vec::new();
        for pem in &self.ca_certificates {
            let wrong = |cause: &str| ArgumentError::new("ca_certificates", "***", format!("PEM certificates{cause}"));
            let read = Certificate::from_pem_bundle(pem).map_err(|error| wrong(&format!(": {error}")))?;
            if read.is_empty() {
                return Err(wrong(", one or more: a text with BEGIN CERTIFICATE"));
            }
            certificates.extend(read);
        }
        let identity = self.client_certificate.as_ref().map(|pem| {
            tls::identity(pem).ok_or_else(|| {
                let rule = "PEM, a private key (PKCS #8) and the certificate that belongs to it, with its chain";
                ArgumentError::new("client_certificate", "***", rule)
            })
        });
        Ok(ReadTrust { certificates, identity: identity.transpose()?, accepts_anyone: self.accepts_anyone })
    }
}

/// What TLS is set up with.
#[derive(Default)]
pub(super) struct ReadTrust {
    certificates: Vec<Certificate>,
    identity: Option<Identity>,
    accepts_anyone: bool,
}

impl ReadTrust {
    pub(super) fn apply(&self, mut builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        if !self.certificates.is_empty() {
            builder = builder.tls_certs_merge(self.certificates.iter().cloned());
        }
        if let Some(identity) = &self.identity {
            builder = builder.identity(identity.clone());
        }
        if self.accepts_anyone { builder.tls_danger_accept_invalid_certs(true) } else { builder }
    }
}
