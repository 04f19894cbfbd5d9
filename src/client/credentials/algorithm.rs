//! Which algorithm signs for which host. Knows the names of the service's hosts and nothing of keys.

use super::signing::Key;
use crate::error::ArgumentError;

/// How requests are signed with an access key.
///
/// The service takes one of the two at each of its endpoints and answers 401 `IOTDA.000002` to the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// [`Derived`](Self::Derived) where the endpoint is an instance's own, such as
    /// `https://{id}.st1.iotda-app.cn-north-4.myhuaweicloud.com`, and [`Basic`](Self::Basic) anywhere else.
    #[default]
    Auto,
    /// `SDK-HMAC-SHA256`: the secret key signs.
    Basic,
    /// `V11-HMAC-SHA256`: a key derived for one day and one region signs. The region is the one in the endpoint's
    /// host, else the one given with [`Credentials::in_region`](super::Credentials::in_region) or to the client.
    Derived,
}

/// The name of the service in the scope of a derived key.
const SERVICE: &str = "iotdm";

impl SigningAlgorithm {
    /// The key that signs for `host`; `region` counts where the host names none.
    pub(super) fn key<'a>(self, host: &'a str, region: Option<&'a str>) -> Result<Key<'a>, ArgumentError> {
        let of_instance = region_of_instance(host);
        if self == Self::Basic || (self == Self::Auto && of_instance.is_none()) {
            return Ok(Key::Basic);
        }
        let region = of_instance.or(region_of(host)).or(region).ok_or_else(|| {
            ArgumentError::new("region", "", format!("given for derived signing: the host {host} does not name one"))
        })?;
        Ok(Key::Derived { region, service: SERVICE })
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

/// `{id}.st1.iotda-app.{region}.myhuaweicloud.com`
fn region_of_instance(host: &str) -> Option<&str> {
    match labels(host).as_slice() {
        [_, .., "iotda-app", region, "myhuaweicloud", _] => Some(region),
        _ => None,
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
    const ELSEWHERE: [&str; 5] = [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "iotda-app.cn-north-4.myhuaweicloud.com",
        "id.st1.iotda-app.cn-north-4.myhuaweicloud.com.example.org",
    ];

    fn derived(region: &str) -> Result<Key<'_>, ArgumentError> {
        Ok(Key::Derived { region, service: "iotdm" })
    }

    #[test]
    fn an_instance_of_its_own_is_signed_with_a_derived_key() {
        assert_eq!(SigningAlgorithm::Auto.key(INSTANCE, None), derived("cn-north-4"));
        assert_eq!(
            SigningAlgorithm::Auto.key(INSTANCE, Some("cn-south-1")),
            derived("cn-north-4"),
            "the host knows best"
        );
        assert_eq!(SigningAlgorithm::Auto.key(&format!("{INSTANCE}."), None), derived("cn-north-4"));
    }

    #[test]
    fn every_other_host_is_signed_with_the_secret_key() {
        for host in ELSEWHERE.into_iter().chain([SHARED]) {
            assert_eq!(SigningAlgorithm::Auto.key(host, Some("cn-north-4")), Ok(Key::Basic), "{host}");
        }
    }

    #[test]
    fn either_algorithm_can_be_forced() {
        assert_eq!(SigningAlgorithm::Basic.key(INSTANCE, None), Ok(Key::Basic));
        assert_eq!(SigningAlgorithm::Derived.key(SHARED, None), derived("cn-south-1"));
        assert_eq!(SigningAlgorithm::Derived.key("localhost", Some("cn-east-3")), derived("cn-east-3"));
    }

    #[test]
    fn a_derived_key_without_a_region_is_refused_by_name() {
        for host in ELSEWHERE {
            let error = SigningAlgorithm::Derived.key(host, None).unwrap_err().to_string();
            assert!(error.starts_with("region ") && error.contains(host), "{error}");
        }
    }
}
