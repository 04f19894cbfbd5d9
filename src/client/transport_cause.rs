//! Failures of the transport that no other try can mend, found underneath reqwest's errors.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError};

use crate::FailureKind;

const TRUST: &str = "add its issuer to the trust store of the system or to SSL_CERT_FILE, or bring an http_client";

/// What is wrong for good, and what to change.
pub(super) fn permanent(error: &reqwest::Error) -> Option<(FailureKind, String)> {
    let error: &(dyn Error + 'static) = error;
    std::iter::successors(Some(error), |error| underneath(*error)).find_map(|error| {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return tls(error).map(|message| (FailureKind::Tls, message));
        }
        of_text(&error.to_string())
    })
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
            CertificateError::UnknownIssuer => format!("the server's certificate is not trusted; {TRUST}"),
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
fn of_text(text: &str) -> Option<(FailureKind, String)> {
    let (kind, message) = match text {
        "proxy authorization required" => (
            FailureKind::Proxy,
            "the proxy wants other credentials; write them into HTTPS_PROXY as http://user:password@host:port",
        ),
        "unsuccessful" => {
            (FailureKind::Proxy, "the proxy does not connect to this host; check HTTPS_PROXY and NO_PROXY")
        }
        "user error: header too big" | "header too big" => {
            (FailureKind::TooLarge, "the headers are larger than the server takes: a token with many rights may be")
        }
        _ => return None,
    };
    Some((kind, message.to_owned()))
}
