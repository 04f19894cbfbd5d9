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
        let text = error.to_string();
        of_text(&text).or_else(|| of_openssl(&text).map(|message| (FailureKind::Tls, message, None)))
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

/// OpenSSL, by the feature `native-tls` or in a client of the user's: its errors are known by their texts alone.
fn of_openssl(text: &str) -> Option<String> {
    if let Some((_, why)) = text.split_once("certificate verify failed") {
        return Some(match why.rsplit_once('(').map_or(why, |(_, why)| why.trim_end_matches(')')) {
            "certificate has expired" => {
                "the server's certificate has expired; if it has not, this machine's clock is wrong".to_owned()
            }
            "certificate is not yet valid" => {
                "the server's certificate is not valid yet; check this machine's clock".to_owned()
            }
            "hostname mismatch" | "Hostname mismatch" | "IP address mismatch" => {
                "the server's certificate is for another name; check the endpoint".to_owned()
            }
            _ => format!("the server's certificate is not trusted; {TRUST}"),
        });
    }
    let is_of = |words: &[&str]| text.contains("SSL routines") && words.iter().any(|word| text.contains(word));
    if is_of(&["wrong version number", "unknown protocol", "packet length too long"]) {
        return Some(
            "what answers at this port speaks no TLS; check the scheme and the port of the endpoint".to_owned(),
        );
    }
    if is_of(&[
        "alert handshake failure",
        "alert insufficient security",
        "alert certificate required",
        "alert unknown ca",
        "alert access denied",
        "alert unrecognized name",
        "alert no application protocol",
    ]) {
        return Some("the server refused the TLS handshake".to_owned());
    }
    is_of(&["unsupported protocol", "alert protocol version"])
        .then(|| "the server speaks no TLS that is safe; 1.2 or 1.3 is needed".to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openssl_is_read_by_its_texts() {
        let verify = |why: &str| {
            let at = "SSL routines:tls_post_process_server_certificate:certificate verify failed:../ssl/statem.c:1889:";
            of_openssl(&format!("error:0A000086:{at} ({why})")).unwrap()
        };
        assert!(verify("self-signed certificate").contains("not trusted"));
        assert!(verify("unable to get local issuer certificate").contains("not trusted"));
        assert!(verify("certificate has expired").contains("expired"));
        assert!(verify("Hostname mismatch").contains("another name"));
        let plain = "error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../ssl/ssl3_record.c:354:";
        assert!(of_openssl(plain).unwrap().contains("speaks no TLS"));
        for other in ["connection reset by peer", "wrong version number", "error:0A000126:SSL routines::unexpected eof"]
        {
            assert_eq!(of_openssl(other), None, "{other}");
        }
    }
}
