//! What a marker is: the service's place in a list.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

const HEX: usize = 24;
const LONGEST: usize = 36;

/// A place in a list, as the service hands it out: only records *below* it are listed.
///
/// Most lists use 24 hexadecimal digits in either case (`^[a-fA-F0-9]{24}$`, section 1 of the API page),
/// which is what [`FromStr`] accepts. Two markers that differ in case alone are equal; the text is kept and
/// sent back as it was. Hexadecimal markers are ordered, and a newer record has a larger one.
///
/// ```
/// use iotda_paging::Marker;
///
/// let older: Marker = "5c8ba99030344005c02316ad".parse()?;
/// let newer: Marker = "5C90FA7D3C4E4405E8525079".parse()?;
/// assert!(older < newer);
/// assert_eq!(newer.as_str(), "5C90FA7D3C4E4405E8525079");
/// assert!("5c8ba990".parse::<Marker>().is_err());
/// # Ok::<(), iotda_paging::ArgumentError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Marker {
    text: [u8; LONGEST],
    length: u8,
    ordered: bool,
}

impl Marker {
    /// A marker of a list whose alphabet is wider than hexadecimal (certificates: 1 to 36 of `A-Za-z0-9_-`).
    ///
    /// Such a marker has no order that the service promises, even where it happens to be hexadecimal, so
    /// [`is_below`](Self::is_below) cannot tell.
    ///
    /// # Errors
    /// [`ArgumentError`](crate::ArgumentError) when the text is empty, longer than 36, or holds another character.
    pub fn opaque(text: &str) -> Result<Self, crate::ArgumentError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if text.is_empty() || text.len() > LONGEST || !text.bytes().all(allowed) {
            return Err(crate::ArgumentError::new("marker", text, "1 to 36 characters of A-Z a-z 0-9 _ -"));
        }
        Ok(Self { ordered: false, ..Self::of(text) })
    }

    /// The text, in the case in which it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Both constructors let ASCII through only, so the text is UTF-8.
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }

    /// Whether this marker lies below `other`, which is to say later in the list; `None` where a marker has no
    /// order.
    #[must_use]
    pub fn is_below(&self, other: &Self) -> Option<bool> {
        (self.ordered && other.ordered).then(|| self < other)
    }

    /// The value of a hexadecimal marker: 96 bits, of which the first 32 look like the seconds since 1970. `None` for a
    /// marker without order.
    #[must_use]
    pub fn value(&self) -> Option<u128> {
        self.ordered.then(|| u128::from_str_radix(self.as_str(), 16).ok()).flatten()
    }

    /// The marker of this value; `None` where the value takes more than 96 bits.
    #[must_use]
    pub fn from_value(value: u128) -> Option<Self> {
        (value >> 96 == 0).then(|| Self::of(&format!("{value:024x}")))
    }

    fn of(text: &str) -> Self {
        let mut marker = Self { text: [0; LONGEST], length: text.len() as u8, ordered: is_hex(text) };
        marker.text[..text.len()].copy_from_slice(text.as_bytes());
        marker
    }

    fn bytes(&self) -> &[u8] {
        &self.text[..usize::from(self.length)]
    }

    /// What is compared: case counts only where the text is not hexadecimal.
    fn key(&self) -> impl Iterator<Item = u8> {
        let ordered = self.ordered;
        self.bytes().iter().map(move |byte| if ordered { byte.to_ascii_lowercase() } else { *byte })
    }
}

fn is_hex(text: &str) -> bool {
    text.len() == HEX && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl FromStr for Marker {
    type Err = crate::ArgumentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_hex(text) {
            Ok(Self::of(text))
        } else {
            Err(crate::ArgumentError::new("marker", text, "24 hexadecimal digits"))
        }
    }
}

impl PartialEq for Marker {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Marker {}

impl PartialOrd for Marker {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By value for hexadecimal markers; other markers sort after them, by text, which says nothing of the list.
impl Ord for Marker {
    fn cmp(&self, other: &Self) -> Ordering {
        other.ordered.cmp(&self.ordered).then_with(|| self.key().cmp(other.key()))
    }
}

impl Hash for Marker {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().for_each(|byte| state.write_u8(byte));
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Marker({self})")
    }
}

#[cfg(feature = "serde")]
mod text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Marker, is_hex};

    /// The prefix of a marker without order whose text would pass for one that has an order.
    const WITHOUT_ORDER: char = '~';

    impl Serialize for Marker {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match is_hex(self.as_str()) && !self.ordered {
                true => serializer.collect_str(&format_args!("{WITHOUT_ORDER}{self}")),
                false => serializer.serialize_str(self.as_str()),
            }
        }
    }

    impl<'de> Deserialize<'de> for Marker {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
            let marker = match is_hex(&text) {
                true => text.parse(),
                false => Self::opaque(text.strip_prefix(WITHOUT_ORDER).unwrap_or(&text)),
            };
            marker.map_err(serde::de::Error::custom)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn case_is_kept_but_does_not_count() {
        let upper: Marker = "ABCDEFABCDEFABCDEFABCDEF".parse().unwrap();
        let lower: Marker = "abcdefabcdefabcdefabcdef".parse().unwrap();
        assert_eq!(upper, lower);
        assert_eq!(upper.as_str(), "ABCDEFABCDEFABCDEFABCDEF");
        assert_eq!(upper.is_below(&lower), Some(false));
    }

    #[test]
    fn only_24_hex_digits_parse() {
        for text in ["", "5c8ba99030344005c02316a", "5c8ba99030344005c02316adb", "5c8ba99030344005c02316ag", "５c"] {
            let error = text.parse::<Marker>().unwrap_err().to_string();
            assert!(error.contains("24 hexadecimal digits") && error.contains(text), "{error}");
        }
    }

    #[test]
    fn other_alphabets_have_no_order() {
        let marker = Marker::opaque("cert_A-1").unwrap();
        assert_eq!(marker.is_below(&"ffffffffffffffffffffffff".parse().unwrap()), None);
        assert!(Marker::opaque("a b").is_err() && Marker::opaque(&"a".repeat(37)).is_err());
    }

    #[test]
    fn a_marker_without_order_has_up_to_36_characters() {
        let longest = "a".repeat(36);
        assert_eq!(Marker::opaque(&longest).unwrap().as_str(), longest);
        assert!(Marker::opaque("").is_err());
        assert_eq!(format!("{:?}", Marker::opaque("cert-1").unwrap()), "Marker(cert-1)");
    }

    #[test]
    fn equal_markers_have_the_same_hash_and_few_others_have_it() {
        use std::hash::{BuildHasher, RandomState};
        let hasher = RandomState::new();
        let hash = |text: &str| hasher.hash_one(text.parse::<Marker>().unwrap());
        assert_eq!(hash("ABCDEFABCDEFABCDEFABCDEF"), hash("abcdefabcdefabcdefabcdef"));
        assert_ne!(hash("ABCDEFABCDEFABCDEFABCDEF"), hash("5c8ba99030344005c02316ad"));
    }

    #[test]
    #[cfg(feature = "serde")]
    fn survives_serde() {
        let marker: Marker = "5C90FA7D3C4E4405E8525079".parse().unwrap();
        let json = serde_json::to_string(&marker).unwrap();
        assert_eq!(json, "\"5C90FA7D3C4E4405E8525079\"");
        assert_eq!(serde_json::from_str::<Marker>(&json).unwrap().as_str(), marker.as_str());
    }

    #[test]
    #[cfg(feature = "serde")]
    fn hexadecimal_by_chance_is_no_order_before_and_after_serde() {
        let [one, other] = ["5C90FA7D3C4E4405E8525079", "5c8ba99030344005c02316ad"].map(|text| {
            let marker = Marker::opaque(text).unwrap();
            let read: Marker = serde_json::from_str(&serde_json::to_string(&marker).unwrap()).unwrap();
            assert_eq!((read, read.as_str()), (marker, text));
            assert_ne!(read, text.parse().unwrap());
            read
        });
        assert_eq!((one.is_below(&other), one.value()), (None, None));
        let wide = serde_json::to_string(&Marker::opaque("cert_A-1").unwrap()).unwrap();
        assert_eq!(wide, "\"cert_A-1\"");
        assert!(serde_json::from_str::<Marker>("\"~~5c8ba990\"").is_err());
    }
}
