//! Which TLS is underneath, by the features of this crate: rustls where one of its features is on, else that of the
//! system with `native-tls`.
//!
//! The choice is made here and not left to reqwest, which takes the TLS of the system as soon as any crate of the program
//! switches that on.

use crate::ArgumentError;

pub(super) use backend::{builder, identity, prepare};

#[cfg(any(feature = "rustls-aws-lc", feature = "rustls-ring", not(feature = "native-tls")))]
mod backend {
    use super::ArgumentError;

    /// A client over rustls.
    pub(in crate::client) fn builder() -> reqwest::ClientBuilder {
        reqwest::Client::builder().tls_backend_rustls()
    }

    /// A private key and the certificate that belongs to it, with its chain.
    pub(in crate::client) fn identity(pem: &[u8]) -> Option<reqwest::Identity> {
        reqwest::Identity::from_pem(pem).ok()
    }

    /// Sees to it that there is cryptography for rustls: with the feature `rustls-ring` alone that of `ring` becomes the
    /// process's, unless the program has chosen another.
    pub(in crate::client) fn prepare() -> Result<(), ArgumentError> {
        #[cfg(all(feature = "rustls-ring", not(feature = "rustls-aws-lc")))]
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // An error says that another thread was quicker.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        #[cfg(not(any(feature = "rustls-aws-lc", feature = "rustls-ring")))]
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            let rule = "given, or one of the features rustls-aws-lc, rustls-ring and native-tls switched on, or a \
                        CryptoProvider of rustls installed by the program";
            return Err(ArgumentError::new("http_client", "(none)", rule));
        }
        Ok(())
    }
}

#[cfg(all(feature = "native-tls", not(any(feature = "rustls-aws-lc", feature = "rustls-ring"))))]
mod backend {
    use super::ArgumentError;

    const KEY: [&str; 2] = ["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"];

    /// A client over the TLS of the system.
    pub(in crate::client) fn builder() -> reqwest::ClientBuilder {
        reqwest::Client::builder().tls_backend_native()
    }

    /// A private key, as PKCS #8, and the certificate that belongs to it, with its chain.
    pub(in crate::client) fn identity(pem: &[u8]) -> Option<reqwest::Identity> {
        let find = |from: usize, words: &str| memchr::memmem::find(&pem[from..], words.as_bytes()).map(|at| from + at);
        let begin = find(0, KEY[0])?;
        let end = find(begin, KEY[1])? + KEY[1].len();
        let certificates = zeroize::Zeroizing::new([&pem[..begin], &pem[end..]].concat());
        reqwest::Identity::from_pkcs8_pem(&certificates, &pem[begin..end]).ok()
    }

    /// The system has its own cryptography.
    pub(in crate::client) fn prepare() -> Result<(), ArgumentError> {
        Ok(())
    }
}
