//! Which proxy requests go through, by the variables that curl reads too.
//!
//! They are read here and not by reqwest, which sends requests directly where it cannot read a proxy: past the proxy that
//! was meant to see them.

use std::net::IpAddr;

use reqwest::{NoProxy, Proxy, Url};

use super::credentials::is_loopback;
use crate::ArgumentError;

const RULE: &str = "http://host:port, https://host:port or socks5h://host:port, with user:password@ before the host where the proxy wants \
     it";
/// What never goes through a proxy: this machine, and the metadata service of the cloud, which is this machine's own.
const DIRECT: &str = "localhost,.localhost,127.0.0.0/8,::1,169.254.169.254";

/// The proxies of the environment.
#[derive(Debug, Default)]
pub(super) struct Proxies {
    http: Option<Url>,
    https: Option<Url>,
    direct: String,
    /// Whether a variable names a proxy. Where none does, the system's settings hold, where it has any.
    is_set: bool,
    endpoint_is_loopback: bool,
}

impl Proxies {
    /// Reads the environment for a client of `endpoint`.
    ///
    /// # Errors
    /// When a variable holds something that is no proxy. Its value is not shown: it may hold a password.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>, endpoint: &Url) -> Result<Self, ArgumentError> {
        let set = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let proxy = |names: [&'static str; 2]| {
            let found = names.into_iter().find_map(|name| Some((name, set(name)?)));
            found.map(|(name, value)| parse(name, &value)).transpose()
        };
        let all = proxy(["ALL_PROXY", "all_proxy"])?;
        // A header of a request to a CGI program can set this one.
        let http = if set("REQUEST_METHOD").is_some() { None } else { proxy(["HTTP_PROXY", "http_proxy"])? };
        let https = proxy(["HTTPS_PROXY", "https_proxy"])?;
        let exceptions = set("NO_PROXY").or_else(|| set("no_proxy")).unwrap_or_default();
        let direct = exceptions.split(',').filter_map(|entry| exception(entry.trim(), endpoint));
        let direct = direct.chain([DIRECT.to_owned()]).collect::<Vec<_>>().join(",");
        let (http, https) = (http.or_else(|| all.clone()), https.or(all));
        let is_set = http.is_some() || https.is_some();
        Ok(Self { http, https, direct, is_set, endpoint_is_loopback: is_loopback(endpoint) })
    }

    pub(super) fn apply(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        if !self.is_set {
            return if self.endpoint_is_loopback { builder.no_proxy() } else { builder };
        }
        let direct = || NoProxy::from_string(&self.direct);
        let http = self.http.clone().and_then(|proxy| Proxy::http(proxy).ok());
        let https = self.https.clone().and_then(|proxy| Proxy::https(proxy).ok());
        let proxies = [http, https].into_iter().flatten();
        proxies.fold(builder.no_proxy(), |builder, proxy| builder.proxy(proxy.no_proxy(direct())))
    }
}

fn parse(name: &'static str, value: &str) -> Result<Url, ArgumentError> {
    let wrong = || ArgumentError::new(name, "***", RULE);
    let has_scheme = value.contains("://");
    let url = if has_scheme { Url::parse(value) } else { Url::parse(&format!("http://{value}")) };
    let url = url.map_err(|_| wrong())?;
    let is_bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    let is_proxy = matches!(url.scheme(), "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h")
        && url.host_str().is_some_and(|host| !host.is_empty());
    if is_bare && is_proxy && !value.contains(char::is_whitespace) { Ok(url) } else { Err(wrong()) }
}

/// An entry of `NO_PROXY` as reqwest reads it, which knows neither ports nor `*.example.org`. One with a port counts
/// where the endpoint has that port.
fn exception(entry: &str, endpoint: &Url) -> Option<String> {
    if entry.is_empty() {
        return None;
    }
    let (host, port) = match entry.rsplit_once(':') {
        Some((host, port)) if entry.parse::<IpAddr>().is_err() && !entry.contains('/') => (host, port.parse().ok()),
        _ => (entry, None),
    };
    if port.is_some() && port != endpoint.port_or_known_default() {
        return None;
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Some(host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Proxies, ArgumentError> {
        let variable =
            |name: &str| variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned());
        Proxies::read(variable, &Url::parse("https://iot.example:8443").unwrap())
    }

    #[test]
    fn a_proxy_that_cannot_be_read_is_refused_and_not_shown() {
        for value in [
            "htps://geheim.example:3128",
            "http//geheim.example:3128",
            "http://geheim.example:port",
            "socks6://geheim.example:1080",
            "http://user:geh eim@proxy.example:3128",
            "http://proxy.example:3128/geheim",
            "://geheim",
            "http://",
        ] {
            for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY"] {
                let error = read(&[(name, value)]).unwrap_err();
                assert_eq!(error.name(), name, "{value}");
                assert!(!error.to_string().contains("geheim"), "{error}");
            }
        }
    }

    #[test]
    fn proxies_are_read_as_curl_reads_them() {
        for (value, url) in [
            ("proxy.example:3128", "http://proxy.example:3128/"),
            ("http://user:word@proxy.example:3128/", "http://user:word@proxy.example:3128/"),
            (" https://proxy.example\n", "https://proxy.example/"),
            ("socks5h://user:word@proxy.example:1080", "socks5h://user:word@proxy.example:1080"),
        ] {
            assert_eq!(read(&[("https_proxy", value)]).unwrap().https.unwrap().as_str(), url);
        }
        let proxies = read(&[("ALL_PROXY", "a.example:1"), ("HTTPS_PROXY", "b.example:2")]).unwrap();
        assert_eq!(proxies.http.unwrap().host_str(), Some("a.example"));
        assert_eq!(proxies.https.unwrap().host_str(), Some("b.example"));
        assert!(!read(&[("HTTPS_PROXY", "")]).unwrap().is_set);
        assert!(!read(&[("HTTP_PROXY", "a.example:1"), ("REQUEST_METHOD", "GET")]).unwrap().is_set);
    }

    #[test]
    fn exceptions_may_have_a_port_or_a_star() {
        let direct = |value| read(&[("NO_PROXY", value)]).unwrap().direct;
        for (value, expected) in [
            ("iot.example:8443", "iot.example"),
            ("*.example, other", ".example,other"),
            ("[2001:db8::1]:8443", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("*", "*"),
        ] {
            assert_eq!(direct(value), format!("{expected},{DIRECT}"));
        }
        assert_eq!(direct("iot.example:443"), DIRECT);
    }
}
