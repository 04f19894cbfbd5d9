//! Texts that can be published: without ids.

use sha2::{Digest, Sha256};

use super::super::credentials::{is_loopback_host, is_shared};

/// So long a word with a digit in it is an id or a key. The names of algorithms and regions are shorter.
const LEAST_ID: usize = 16;
const SHOWN: usize = 300;

/// The same for the same id, and no way back to it: those of the service have 96 bits and more.
pub(super) fn hashed(id: &str) -> String {
    let digest = Sha256::digest(id.as_bytes());
    format!("#{}", digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// The text with the `known` words, and with all that look like ids, hashed.
pub(super) fn without_ids(text: &str, known: &[&str]) -> String {
    let known = known.iter().filter(|word| word.len() > 3);
    let text = known.fold(text.to_owned(), |text, word| text.replace(word, &hashed(word)));
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '+' | '=');
    let mut shown = String::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !is_word(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        match word.len() >= LEAST_ID && word.bytes().any(|byte| byte.is_ascii_digit()) {
            true => shown.push_str(&hashed(word)),
            false => shown.push_str(word),
        }
        let next = after.find(is_word).unwrap_or(after.len());
        shown.extend(after[..next].chars().map(|letter| if letter.is_control() { ' ' } else { letter }));
        rest = &after[next..];
    }
    shown.chars().take(SHOWN).collect()
}

/// A host without what identifies its owner: the id of an instance, or a private name.
pub(super) fn host(host: &str) -> String {
    let is_address = host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok();
    let host = host.trim_end_matches('.');
    match host.split_once('.') {
        _ if is_shared(host) => host.to_owned(),
        Some((id, rest)) if !is_address && rest.contains("iotda-app.") => format!("{}.{rest}", hashed(id)),
        _ if is_loopback_host(host) => "this machine".to_owned(),
        _ => format!("a private host, {}", hashed(host)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_hashed_and_words_are_not() {
        let text = "project 0123456789abcdef0123456789abcdef at iam.cn-north-4.myhuaweicloud.com: SDK-HMAC-SHA256, \
                    authentication failed\u{1b}[2J";
        let shown = without_ids(text, &["factory-7"]);
        assert!(!shown.contains("0123456789abcdef") && !shown.contains('\u{1b}'), "{shown}");
        for kept in ["iam.cn-north-4.myhuaweicloud.com", "SDK-HMAC-SHA256", "authentication failed"] {
            assert!(shown.contains(kept), "{shown}");
        }
        assert_eq!(without_ids("in factory-7, 7", &["factory-7", "7"]), format!("in {}, 7", hashed("factory-7")));
        assert_eq!(hashed("a").len(), 9);
        assert_ne!(hashed("a"), hashed("b"));
    }

    #[test]
    fn a_host_shows_its_cloud_and_not_its_owner() {
        let own = host("0123456789.st1.iotda-app.cn-north-4.myhuaweicloud.com");
        assert!(own.starts_with('#') && own.ends_with(".st1.iotda-app.cn-north-4.myhuaweicloud.com"), "{own}");
        assert_eq!(host("iotda.cn-north-4.myhuaweicloud.com"), "iotda.cn-north-4.myhuaweicloud.com");
        assert_eq!(host("127.0.0.1"), "this machine");
        for name in ["iot.factory.example", "10.1.2.3", "[2001:db8::1]"] {
            assert!(!host(name).contains(name), "{name}");
        }
    }
}
