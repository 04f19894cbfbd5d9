//! Where requests go, and how their URLs are written.

// Knows URLs; must not know lists or credentials.

use std::borrow::Cow;
use std::fmt;

use reqwest::Url;

use super::credentials::{check_region, is_loopback, is_shared};
use crate::ArgumentError;
use crate::lists::url as list_url;

const RULE: &str = "an absolute http or https URL with a host, and without user, query or fragment";

/// A checked endpoint: scheme, host, perhaps a port, perhaps a path in front of every path.
#[derive(Clone)]
pub(crate) struct Endpoint(Url);

impl Endpoint {
    /// Reads an endpoint that a user gave. `http` beyond this machine sends tokens and signatures readably, so it
    /// has to be allowed.
    pub(super) fn parse(text: &str, plain_http: bool) -> Result<Self, ArgumentError> {
        let wrong = |rule: &str| ArgumentError::new("endpoint", list_url::shown(text), rule);
        let url = Url::parse(text).map_err(|_| wrong(RULE))?;
        let bare = url.query().is_none() && url.fragment().is_none() && !text.contains('@');
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !bare {
            return Err(wrong(RULE));
        }
        let endpoint = Self(url);
        if !endpoint.is_https() && !endpoint.is_loopback() && !plain_http {
            return Err(wrong("https beyond this machine, unless allow_plain_http() was called"));
        }
        Ok(endpoint)
    }

    /// The shared endpoint of a region of a cloud.
    pub(super) fn of_region(region: &str, cloud: &str) -> Result<Self, ArgumentError> {
        check_region(region)?;
        let text = format!("https://iotda.{region}.{cloud}");
        Url::parse(&text)
            .map(Self)
            .map_err(|_| ArgumentError::new("region", text, "one that makes a host with the cloud"))
    }

    pub(super) fn base(&self) -> &Url {
        &self.0
    }

    /// Whether it is an address that many users share.
    pub(super) fn is_shared(&self) -> bool {
        self.0.host_str().is_some_and(is_shared)
    }

    pub(super) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether requests stay on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// The URL of the path made of `segments` with `pairs` as its query, sorted and percent-encoded.
    pub(super) fn url(&self, segments: &[&str], pairs: &[(&str, Cow<'_, str>)]) -> Url {
        let mut url = self.0.clone();
        url.set_path(&(self.0.path().trim_end_matches('/').to_owned() + &list_url::path(segments.iter().copied())));
        url.set_query((!pairs.is_empty()).then(|| list_url::query(pairs)).as_deref());
        url
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_is_sorted_and_encoded_with_unreserved_characters_kept() {
        let endpoint = Endpoint::parse("https://iot.example:8443/gate/", false).unwrap();
        let url = endpoint.url(&["v5", "a b", "x"], &[("b", "1 +&ä".into()), ("a", "Az0-_.~".into())]);
        assert_eq!(url.as_str(), "https://iot.example:8443/gate/v5/a%20b/x?a=Az0-_.~&b=1%20%2B%26%C3%A4");
    }

    #[test]
    fn an_endpoint_without_a_path_gets_none() {
        let url = Endpoint::of_region("cn-north-4", "myhuaweicloud.com").unwrap().url(&["v5"], &[]);
        assert_eq!(url.as_str(), "https://iotda.cn-north-4.myhuaweicloud.com/v5");
    }

    #[test]
    fn a_region_of_another_cloud_is_under_its_domain() {
        let url = Endpoint::of_region("eu-west-101", "myhuaweicloud.eu").unwrap().url(&["v5"], &[]);
        assert_eq!(url.as_str(), "https://iotda.eu-west-101.myhuaweicloud.eu/v5");
    }

    #[test]
    fn what_is_no_endpoint_is_refused_with_the_value() {
        for text in ["", "iot.example", "ftp://iot.example", "https://", "mailto:a", "/v5"] {
            let error = Endpoint::parse(text, true).unwrap_err();
            assert_eq!((error.name(), error.value()), ("endpoint", text));
        }
    }

    #[test]
    fn users_queries_and_fragments_are_refused_without_showing_them() {
        for text in [
            "https://name:geheim@iot.example",
            "https://@iot.example/geheim@x",
            "name:geheim@iot.example",
            "https://iot.example?token=geheim",
            "https://iot.example/#geheim",
        ] {
            let error = Endpoint::parse(text, true).unwrap_err().to_string();
            assert!(error.contains("without user, query or fragment") && !error.contains("geheim"), "{error}");
        }
    }

    #[test]
    fn plain_http_needs_its_word_beyond_this_machine() {
        for text in ["http://localhost:1", "http://sim.localhost", "http://127.8.0.1", "http://[::1]:9", "https://x.y"]
        {
            assert!(Endpoint::parse(text, false).is_ok(), "{text}");
        }
        for text in ["http://iot.example", "http://10.0.0.1", "http://localhost.example", "http://[2001:db8::1]"] {
            let error = Endpoint::parse(text, false).unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("allow_plain_http"), "{error}");
            assert!(Endpoint::parse(text, true).is_ok());
        }
    }

    #[test]
    fn regions_are_checked() {
        for region in ["", "CN", "cn north", "a.b", "evil.example/#", &"a".repeat(64)] {
            assert_eq!(Endpoint::of_region(region, "myhuaweicloud.com").unwrap_err().name(), "region");
        }
    }
}
