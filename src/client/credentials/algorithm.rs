//! Which algorithm signs for which host.

// Knows the names of the service's hosts; must not know keys.

use super::endpoint_url::is_loopback_host;
use super::signing::Key;
use crate::error::ArgumentError;

/// How requests are signed with an access key.
///
/// The service takes one of the two at each of its endpoints and answers 401 `IOTDA.000002` to the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// [`Basic`](Self::Basic) where the host is a shared one, such as `iotda.cn-north-4.myhuaweicloud.com`, and
    /// [`Derived`](Self::Derived) for every other: an instance's own address, a partner cloud, your own host name. The
    /// same as in the official SDKs.
    ///
    /// On this machine, where simulators and tunnels are, it is [`Basic`](Self::Basic) unless a region is given.
    #[default]
    Auto,
    /// `SDK-HMAC-SHA256`: the secret key signs.
    Basic,
    /// `V11-HMAC-SHA256`: a key derived for one day and one region signs. The region is the one after `iotda-app` in
    /// the endpoint's host, else the one given with [`Credentials::in_region`](super::Credentials::in_region) or to the
    /// client.
    Derived,
}

/// The name of the service in the scope of a derived key.
const SERVICE: &str = "iotdm";

impl SigningAlgorithm {
    /// The key that signs for `host`; `region` counts where the host names none.
    pub(super) fn key<'a>(self, host: &'a str, region: Option<&'a str>) -> Result<Key<'a>, ArgumentError> {
        let of_instance = region_of_instance(host);
        let is_basic = match self {
            Self::Basic => true,
            Self::Derived => false,
            Self::Auto => is_shared(host) || (of_instance.or(region).is_none() && is_loopback_host(host)),
        };
        if is_basic {
            return Ok(Key::Basic);
        }
        let region = of_instance.or(region_of(host)).or(region).ok_or_else(|| {
            let rule =
                format!("given for derived signing: the host {host} does not name one (or choose basic signing)");
            ArgumentError::new("region", "", rule)
        })?;
        Ok(Key::Derived { region, service: SERVICE })
    }
}

/// What a 401 `IOTDA.000002` may mean for a request with this `Authorization`; empty where it was not signed.
pub(crate) fn hint(authorization: &str) -> &'static str {
    match authorization.split(' ').next() {
        Some("SDK-HMAC-SHA256") => {
            "; it was signed with SDK-HMAC-SHA256 (basic): an instance's own address takes \
             SigningAlgorithm::Derived (--auth derived)"
        }
        Some("V11-HMAC-SHA256") => {
            "; it was signed with V11-HMAC-SHA256 (derived): a shared address takes SigningAlgorithm::Basic \
             (--auth aksk), and a derived key needs the instance's region"
        }
        _ => "",
    }
}

/// The region in the host of an endpoint of the service, an instance's own or the shared one.
pub(super) fn region_of(host: &str) -> Option<&str> {
    let shared = || match labels(host).as_slice() {
        ["iotda", region, "myhuaweicloud", _] => Some(*region),
        _ => None,
    };
    region_of_instance(host).or_else(shared)
}

/// `{id}.st1.iotda-app.{region}.` under any domain.
fn region_of_instance(host: &str) -> Option<&str> {
    let labels = labels(host);
    let at = labels.iter().position(|label| *label == "iotda-app").filter(|at| *at > 0)?;
    let (region, domain) = labels[at + 1..].split_first()?;
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (!domain.is_empty() && !region.is_empty() && region.bytes().all(letter)).then_some(*region)
}

/// Whether many users share the host: the official SDKs' rule, by which every other host takes derived signatures.
///
/// `^[a-z][a-z0-9-]+(\.[a-z]{2,}-[a-z]+-\d{1,2})?\.(my)?(huaweicloud|myhwclouds)\.(com|cn)`, which says nothing of what
/// follows.
pub(crate) fn is_shared(host: &str) -> bool {
    let is_service = |label: &str| {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        label.len() > 1 && label.starts_with(|first: char| first.is_ascii_lowercase()) && label.bytes().all(letter)
    };
    let is_domain = |labels: &[&str]| match labels {
        [domain, top, ..] => {
            let is_cloud = |name: &str| name == "huaweicloud" || name == "myhwclouds";
            let is_cloud = is_cloud(domain) || domain.strip_prefix("my").is_some_and(is_cloud);
            is_cloud && (top.starts_with("com") || top.starts_with("cn"))
        }
        _ => false,
    };
    match labels(host).as_slice() {
        [service, rest @ ..] if is_service(service) => {
            is_domain(rest) || matches!(rest, [region, rest @ ..] if is_region(region) && is_domain(rest))
        }
        _ => false,
    }
}

/// `[a-z]{2,}-[a-z]+-\d{1,2}`
fn is_region(label: &str) -> bool {
    let lower = |part: &str, least: usize| part.len() >= least && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match label.split('-').collect::<Vec<_>>().as_slice() {
        [area, side, number] => {
            let is_number = (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
            lower(area, 2) && lower(side, 1) && is_number
        }
        _ => false,
    }
}

fn labels(host: &str) -> Vec<&str> {
    host.trim_end_matches('.').split('.').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSTANCE: &str = "9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com";
    const SHARED: &str = "iotda.cn-south-1.myhuaweicloud.com";
    const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

    fn derived(region: &str) -> Result<Key<'_>, ArgumentError> {
        Ok(Key::Derived { region, service: "iotdm" })
    }

    #[test]
    fn an_instance_is_signed_with_a_derived_key_under_any_domain() {
        let dotted = format!("{INSTANCE}.");
        let partner = "9bc34.st1.iotda-app.eu-west-101.myhuaweicloud.eu";
        for (host, region) in [
            (INSTANCE, "cn-north-4"),
            (&dotted, "cn-north-4"),
            (partner, "eu-west-101"),
            ("a.iotda-app.ru-moscow-1.hc.sbercloud.ru", "ru-moscow-1"),
        ] {
            assert_eq!(SigningAlgorithm::Auto.key(host, None), derived(region), "{host}");
            assert_eq!(SigningAlgorithm::Auto.key(host, Some("cn-south-1")), derived(region), "the host knows best");
        }
    }

    #[test]
    fn a_shared_host_is_signed_with_the_secret_key() {
        for host in [
            SHARED,
            "iotda.myhuaweicloud.com",
            "iotda.huaweicloud.cn",
            "iotda.cn-north-4.myhwclouds.com",
            "iotda.cn-north-4.huaweicloud.com",
            "iotda.cn-north-4.myhuaweicloud.com.cn",
        ] {
            assert!(is_shared(host), "{host}");
            assert_eq!(SigningAlgorithm::Auto.key(host, Some("cn-north-4")), Ok(Key::Basic), "{host}");
        }
    }

    #[test]
    fn every_other_host_is_signed_with_a_derived_key_for_the_region_given() {
        for host in [
            "iot.example.com",
            "10.0.0.8",
            "iotda.eu-west-101.myhuaweicloud.eu",
            "iotda.eu-west-101.myhuaweicloud.com",
            "9iotda.cn-north-4.myhuaweicloud.com",
            "a.iotda.cn-north-4.myhuaweicloud.com",
        ] {
            assert!(!is_shared(host), "{host}");
            assert_eq!(SigningAlgorithm::Auto.key(host, Some("eu-west-101")), derived("eu-west-101"), "{host}");
        }
        assert!(!is_shared("iotda.cn-north-4.myhuaweicloud.net"));
        let error = SigningAlgorithm::Auto.key("iot.example.com", None).unwrap_err().to_string();
        assert!(error.contains("iot.example.com") && error.contains("basic signing"), "{error}");
    }

    #[test]
    fn this_machine_takes_the_secret_key_unless_a_region_is_given() {
        for host in LOOPBACK {
            assert_eq!(SigningAlgorithm::Auto.key(host, None), Ok(Key::Basic), "{host}");
            assert_eq!(SigningAlgorithm::Auto.key(host, Some("cn-east-3")), derived("cn-east-3"), "{host}");
        }
    }

    #[test]
    fn either_algorithm_can_be_forced() {
        assert_eq!(SigningAlgorithm::Basic.key(INSTANCE, None), Ok(Key::Basic));
        assert_eq!(SigningAlgorithm::Derived.key(SHARED, None), derived("cn-south-1"));
        assert_eq!(SigningAlgorithm::Derived.key("localhost", Some("cn-east-3")), derived("cn-east-3"));
        for host in LOOPBACK {
            let error = SigningAlgorithm::Derived.key(host, None).unwrap_err().to_string();
            assert!(error.starts_with("region ") && error.contains(host), "{error}");
        }
    }
}
