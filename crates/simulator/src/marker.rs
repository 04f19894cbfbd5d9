//! How markers are spelt.

use super::id::RecordId;

/// The digits of a wide marker, which lie in no order.
const DIGITS: &[u8; 16] = b"Aa0_Bb1-Zz9XmQ7k";
/// What every wide marker begins with.
const OPENING: &str = "Rw_9-cD0eF1_";
/// An odd number below 2^96, and the one that undoes a multiplication with it.
const FACTOR: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c061;
const UNDO: u128 = inverse(FACTOR);
const MASK: u128 = (1 << 96) - 1;

/// The alphabet of a list's markers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Spelling {
    /// 24 hexadecimal digits: the value of the record id, so that a newer record has a larger marker.
    #[default]
    Hexadecimal,
    /// 36 of `A-Za-z0-9_-`, which show no order.
    Wide,
}

impl Spelling {
    pub(super) fn write(self, id: RecordId) -> String {
        match self {
            Self::Hexadecimal => id.to_string(),
            Self::Wide => {
                let hidden = scrambled_id(id).value();
                let digit = |place: u32| char::from(DIGITS[(hidden >> (4 * place)) as usize & 0xf]);
                OPENING.chars().chain((0..24).rev().map(digit)).collect()
            }
        }
    }

    /// The record id that a marker stands for; `None` where it is no marker of such a list.
    pub(super) fn read(self, text: &str) -> Option<RecordId> {
        match self {
            Self::Hexadecimal => RecordId::parse(text),
            Self::Wide => {
                let digits = text.strip_prefix(OPENING).filter(|digits| digits.len() == 24)?;
                let value = digits.bytes().try_fold(0_u128, |value, byte| {
                    let digit = DIGITS.iter().position(|digit| *digit == byte)?;
                    Some(value << 4 | digit as u128)
                })?;
                Some(unscrambled_id(RecordId::from_value(value)))
            }
        }
    }
}

/// Another id for each id, from which no order can be inferred.
pub(super) fn scrambled_id(id: RecordId) -> RecordId {
    RecordId::from_value(scrambled(id.value(), FACTOR))
}

/// Reverts [`scrambled_id`].
pub(super) fn unscrambled_id(id: RecordId) -> RecordId {
    RecordId::from_value(scrambled(id.value(), UNDO))
}

/// Maps each number below 2^96 to another; `UNDO` reverts what `FACTOR` did.
fn scrambled(value: u128, factor: u128) -> u128 {
    let mixed = |value: u128| value ^ (value >> 48);
    mixed(mixed(value).wrapping_mul(factor) & MASK)
}

/// By Newton's method: each step doubles the bits that are right.
pub(super) const fn inverse(odd: u128) -> u128 {
    let mut inverse = odd;
    let mut step = 0;
    while step < 6 {
        inverse = inverse.wrapping_mul(2_u128.wrapping_sub(odd.wrapping_mul(inverse)));
        step += 1;
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_lead_back_to_the_record() {
        for text in ["5c8ba99030344005c02316ad", "000000000000000000000000", "ffffffffffffffffffffffff"] {
            let id = RecordId::parse(text).unwrap();
            for spelling in [Spelling::Hexadecimal, Spelling::Wide] {
                assert_eq!(spelling.read(&spelling.write(id)), Some(id), "{text}");
            }
        }
    }

    #[test]
    fn a_wide_marker_is_36_of_its_alphabet_and_has_no_order() {
        let markers: Vec<String> = (0..100)
            .map(|suffix| Spelling::Wide.write(RecordId { seconds: 0x5c8b_a990, suffix }))
            .inspect(|marker| assert_eq!(marker.len(), 36))
            .collect();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        assert!(markers.iter().all(|marker| marker.bytes().all(allowed)));
        let rising = markers.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((30..70).contains(&rising), "{rising}");
    }

    #[test]
    fn anything_else_is_no_wide_marker() {
        let marker = Spelling::Wide.write(RecordId { seconds: 1, suffix: 2 });
        for text in [
            "",
            "5c8ba99030344005c02316ad",
            &marker[1..],
            &marker.replace(OPENING, "Rw_9-cD0eF1-"),
            &format!("{marker}A"),
        ] {
            assert_eq!(Spelling::Wide.read(text), None, "{text}");
        }
    }
}
