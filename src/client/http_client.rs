//! The HTTP client that is built where the user brings none.

use std::time::Duration;

use super::endpoint::Endpoint;
use super::proxies::Proxies;
use super::tls;
use super::trust::ReadTrust;
use crate::ArgumentError;
use crate::error::chain;

/// A token with many rights has tens of kilobytes, and some gateways return it.
const MAX_HEADER_BYTES: u32 = 256 * 1024;
/// An HTTP/2 connection on which nothing comes is pinged after this time, and closed if no answer comes in
/// as much again. No less often than four times in the time limit of a request, so that its next try has another.
const PING_AFTER: Duration = Duration::from_secs(10);
const LEAST_PING_AFTER: Duration = Duration::from_millis(250);

/// No cookies, no compression, no redirects: a token goes to the endpoint and nowhere else.
pub(super) fn build(
    endpoint: &Endpoint,
    proxies: &Proxies,
    connect_timeout: Duration,
    request_timeout: Duration,
    trust: &ReadTrust,
) -> Result<reqwest::Client, ArgumentError> {
    tls::prepare()?;
    let builder = || trust.apply(builder(proxies, connect_timeout, request_timeout));
    let built = match builder().build() {
        // Without certificates on the machine there is no TLS client, but plain HTTP needs none.
        Err(_) if !endpoint.is_https() => builder().tls_certs_only([]).build(),
        built => built,
    };
    built.map_err(|error| {
        let rule = format!("given, because the built-in one cannot be made here: {}", chain(&error));
        ArgumentError::new("http_client", "(none)", rule)
    })
}

pub(super) fn builder(
    proxies: &Proxies,
    connect_timeout: Duration,
    request_timeout: Duration,
) -> reqwest::ClientBuilder {
    let ping_after = (request_timeout / 4).clamp(LEAST_PING_AFTER, PING_AFTER);
    let builder = tls::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        // Off also where another crate of the same program switches these features of reqwest on.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .connect_timeout(connect_timeout)
        .http2_max_header_list_size(MAX_HEADER_BYTES)
        .http2_keep_alive_interval(ping_after)
        .http2_keep_alive_timeout(ping_after);
    proxies.apply(builder)
}
