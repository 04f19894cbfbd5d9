//! Quotas as the gateway states them, in the headers of an answer and in the text of a refusal (section 7). Pure.

use std::fmt;
use std::time::Duration;

use http::HeaderMap;

const HEADER: &str = "x-apig-ratelimit-";
/// Longer policy names are no policies of the gateway.
const LONGEST_POLICY: usize = 32;

/// So many requests in each period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::client) struct StatedQuota {
    /// What it applies to: `api`, `user`, `app`, `ip`.
    pub(super) policy: Box<str>,
    pub(super) limit: u32,
    pub(super) period: Duration,
    /// How many requests of the period are left, where it says so.
    pub(super) remain: Option<u32>,
}

impl StatedQuota {
    /// All quotas that these headers state.
    pub(in crate::client) fn in_headers(headers: &HeaderMap) -> Vec<Self> {
        let policy_and_text = |(name, value): (&'_ http::HeaderName, &'_ http::HeaderValue)| {
            let policy = name.as_str().strip_prefix(HEADER)?;
            Self::new(policy, value.to_str().ok()?)
        };
        headers.iter().filter_map(policy_and_text).collect()
    }

    /// The quota that a refusal's text states: `... policy user over ratelimit,limit:200,time:5 minute`.
    pub(in crate::client) fn in_message(message: &str) -> Option<Self> {
        let at = message.find("limit:")?;
        let mut words = message[..at].split_whitespace();
        let policy = words.by_ref().find(|word| *word == "policy").and_then(|_| words.next());
        Self::new(policy.unwrap_or("user"), &message[at..])
    }

    /// Reads `remain:9,limit:10,time:10 second`; `None` unless limit and time are there and make sense.
    fn new(policy: &str, text: &str) -> Option<Self> {
        let field = |name: &str| {
            text.split([',', ';'])
                .find_map(|part| part.split_once(':').filter(|(key, _)| key.trim() == name))
                .map(|(_, value)| value.trim())
        };
        let limit = field("limit")?.parse().ok().filter(|limit| *limit > 0)?;
        let period = period(field("time")?)?;
        let remain = field("remain").and_then(|number| number.parse().ok());
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let is_policy = policy.len() <= LONGEST_POLICY && policy.bytes().all(is_word);
        is_policy.then(|| Self { policy: policy.to_ascii_lowercase().into(), limit, period, remain })
    }
}

/// `10 second`, `1minute`, `2 hours`.
fn period(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim_start().split(|letter: char| !letter.is_ascii_alphabetic()).next()?;
    let seconds: u64 = match unit.to_ascii_lowercase().trim_end_matches('s') {
        "second" => 1,
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => return None,
    };
    let number: u32 = number.parse().ok().filter(|number| (1..=1_000).contains(number))?;
    Some(Duration::from_secs(seconds * u64::from(number)))
}

impl fmt::Display for StatedQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} requests in {} s (policy {})", self.limit, self.period.as_secs(), self.policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &str) -> Option<(String, u32, u64)> {
        let quota = StatedQuota::in_message(message)?;
        Some((quota.policy.into(), quota.limit, quota.period.as_secs()))
    }

    #[test]
    fn the_text_of_a_refusal_states_the_quota() {
        let text = |tail: &str| format!("The throttling threshold has been reached: policy {tail}");
        for (tail, policy, limit, seconds) in [
            ("user over ratelimit,limit:200,time:5 minute", "user", 200, 300),
            ("api over ratelimit,limit:5,time:5 second", "api", 5, 5),
            ("ip over ratelimit, limit: 2000, time: 1 minute", "ip", 2000, 60),
            ("app over ratelimit,limit:10,time:2 hour.", "app", 10, 7200),
            ("app over ratelimit,limit:9,time:1 day, request id x", "app", 9, 86_400),
        ] {
            assert_eq!(read(&text(tail)), Some((policy.to_owned(), limit, seconds)), "{tail}");
        }
    }

    #[test]
    fn a_text_without_a_whole_quota_states_none() {
        for text in [
            "The throttling threshold has been reached: policy user over ratelimit",
            "policy user over ratelimit,limit:10",
            "policy user over ratelimit,limit:10,time:5 fortnight",
            "policy user over ratelimit,limit:0,time:5 second",
            "policy user over ratelimit,limit:10,time:0 second",
            "policy user over ratelimit,limit:99999999999,time:5 second",
            "policy user over ratelimit,limit:10,time:",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn headers_state_any_number_of_quotas() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-apig-ratelimit-api", "remain:9,limit:10,time:10 second"),
            ("x-apig-ratelimit-user", "remain:99,limit:100,time:1 minute"),
            ("x-apig-ratelimit-api-allenv", "limit:7,time:1day"),
            ("x-apig-ratelimit-ip", "unlimited"),
            ("x-request-id", "limit:1,time:1 second"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let mut stated: Vec<_> =
            StatedQuota::in_headers(&headers).iter().map(|quota| (quota.to_string(), quota.remain)).collect();
        stated.sort();
        assert_eq!(
            stated,
            [
                ("10 requests in 10 s (policy api)".to_owned(), Some(9)),
                ("100 requests in 60 s (policy user)".to_owned(), Some(99)),
                ("7 requests in 86400 s (policy api-allenv)".to_owned(), None),
            ]
        );
    }
}
