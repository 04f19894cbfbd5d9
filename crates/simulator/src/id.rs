//! Record ids: 24 hexadecimal digits, the first 8 of them unix seconds.

use std::fmt;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// A record id or a marker, ordered by value: the later the second, the larger the id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct RecordId {
    pub(super) seconds: u32,
    pub(super) suffix: u64,
}

impl RecordId {
    /// The documented default of `marker`: every id lies below it.
    pub(super) const HIGHEST: Self = Self { seconds: u32::MAX, suffix: u64::MAX };

    /// Reads `^[a-fA-F0-9]{24}$`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() != 24 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let seconds = u32::from_str_radix(&text[..8], 16).ok()?;
        let suffix = u64::from_str_radix(&text[8..], 16).ok()?;
        Some(Self { seconds, suffix })
    }

    /// This id moved up by `distance`, or as high as it goes.
    pub(super) fn raised(self, distance: u128) -> Self {
        Self::from_value(self.value().saturating_add(distance).min(Self::HIGHEST.value()))
    }

    /// This id moved down by `distance`, or as low as it goes.
    pub(super) fn lowered(self, distance: u128) -> Self {
        Self::from_value(self.value().saturating_sub(distance))
    }

    pub(super) fn digits(self) -> [u8; 24] {
        let mut digits = [0; 24];
        let mut value = self.value();
        for digit in digits.iter_mut().rev() {
            *digit = DIGITS[(value & 0xf) as usize];
            value >>= 4;
        }
        digits
    }

    pub(super) fn value(self) -> u128 {
        (u128::from(self.seconds) << 64) | u128::from(self.suffix)
    }

    pub(super) fn from_value(value: u128) -> Self {
        Self { seconds: (value >> 64) as u32, suffix: value as u64 }
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}{:016x}", self.seconds, self.suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_in_either_case() {
        let id = RecordId::parse("5C8BA99030344005c02316ad").unwrap();
        assert_eq!(id.seconds, 0x5c8b_a990);
        assert_eq!(id.to_string(), "5c8ba99030344005c02316ad");
        assert_eq!(id.digits().as_slice(), id.to_string().as_bytes());
    }

    #[test]
    fn anything_but_24_hex_digits_is_refused() {
        for text in
            ["", "5c8ba99030344005c02316a", "5c8ba99030344005c02316adb", "+c8ba99030344005c02316ad", "一二三四五六七八"]
        {
            assert_eq!(RecordId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn distances_carry_over_and_stop_at_the_ends() {
        let id = RecordId { seconds: 1, suffix: u64::MAX };
        assert_eq!(id.raised(1), RecordId { seconds: 2, suffix: 0 });
        assert_eq!(id.raised(1).lowered(1), id);
        assert_eq!(RecordId::HIGHEST.raised(5), RecordId::HIGHEST);
        assert_eq!(RecordId { seconds: 0, suffix: 3 }.lowered(5), RecordId { seconds: 0, suffix: 0 });
    }
}
