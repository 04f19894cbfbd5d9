//! Which TLS is underneath, by the features of this crate.

use crate::ArgumentError;

/// A client over rustls, also where another crate of the program switches reqwest to the TLS of the system.
pub(super) fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder().tls_backend_rustls()
}

/// Sees to it that there is cryptography for TLS: with the feature `rustls-ring` alone that of `ring` becomes the
/// process's, unless the program has chosen another.
pub(super) fn prepare() -> Result<(), ArgumentError> {
    #[cfg(all(feature = "rustls-ring", not(feature = "rustls-aws-lc")))]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error says that another thread was quicker.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    #[cfg(not(any(feature = "rustls-aws-lc", feature = "rustls-ring")))]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        let rule = "given, or one of the features rustls-aws-lc and rustls-ring switched on, or a CryptoProvider of \
                    rustls installed by the program";
        return Err(ArgumentError::new("http_client", "(none)", rule));
    }
    Ok(())
}
