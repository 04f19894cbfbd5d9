//! Failures of the transport that no other try can mend, found underneath reqwest's errors.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError};

use crate::FailureKind;

const TRUST: &str =
    "give its issuer to ca_certificates, or add it to the trust store of the system or to SSL_CERT_FILE";

/// What is wrong for good, what to change, and the status of the answer that shows it.
pub(super) fn permanent(error: &reqwest::Error) -> Option<(FailureKind, String, Option<u16>)> {
    causes(error).find_map(|error| {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return tls(error).map(|message| (FailureKind::Tls, message, None));
        }
        of_text(&error.to_string())
    })
}

/// Whether the server reported that it did not process the request, so that it can be sent again at no charge.
pub(super) fn is_unprocessed(error: &reqwest::Error) -> bool {
    causes(error).filter_map(|error| error.downcast_ref::<h2::Error>()).any(|error| {
        let is_closing = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
        let is_refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        error.is_remote() && (is_closing || is_refused)
    })
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let error: &(dyn Error + 'static) = error;
    std::iter::successors(Some(error), |error| underneath(*error))
}

/// The next error. An [`io::Error`] hides the one that it was made from.
fn underneath<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn tls(error: &rustls::Error) -> Option<String> {
    Some(match error {
        rustls::Error::InvalidCertificate(why) => match why {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the server's certificate has expired; if it has not, this machine's clock is wrong".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the server's certificate is not valid yet; check this machine's clock".to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the server's certificate is for another name; check the endpoint".to_owned()
            }
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                format!("the server's certificate is not trusted; {TRUST}")
            }
            // How `openssl req -x509` makes it by default; rustls takes no authority for a server.
            why if format!("{why:?}").contains("CaUsedAsEndEntity") => {
                "the server's certificate is that of an authority (CA:TRUE), which no server may show: make one with \
                 basicConstraints=CA:FALSE, or sign one with this authority and give that to ca_certificates"
                    .to_owned()
            }
            _ => "the server's certificate is not valid".to_owned(),
        },
        rustls::Error::NoCertificatesPresented => "the server has no certificate".to_owned(),
        rustls::Error::InvalidMessage(_) => {
            "what answers at this port speaks no TLS; check the scheme and the port of the endpoint".to_owned()
        }
        rustls::Error::PeerIncompatible(_) | rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            "the server speaks no TLS that is safe; 1.2 or 1.3 is needed".to_owned()
        }
        rustls::Error::AlertReceived(
            AlertDescription::HandshakeFailure
            | AlertDescription::InsufficientSecurity
            | AlertDescription::CertificateRequired
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::UnrecognisedName
            | AlertDescription::NoApplicationProtocol,
        ) => "the server refused the TLS handshake".to_owned(),
        _ => return None,
    })
}

/// hyper-util and h2 keep these types to themselves: they are known by their texts alone.
fn of_text(text: &str) -> Option<(FailureKind, String, Option<u16>)> {
    let (kind, message, status) = match text.strip_prefix("tunnel error: ").unwrap_or(text) {
        "proxy authorization required" => {
            let message =
                "the proxy wants other credentials: write them into HTTPS_PROXY as http://user:password@host:port";
            (FailureKind::Proxy, message, Some(407))
        }
        "unsuccessful" => {
            (FailureKind::Proxy, "the proxy does not connect to this host: check HTTPS_PROXY and NO_PROXY", None)
        }
        "user error: header too big" | "header too big" => (
            FailureKind::TooLarge,
            "the headers are larger than the server takes, as a token with many rights may be",
            None,
        ),
        _ => return None,
    };
    Some((kind, message.to_owned(), status))
}
