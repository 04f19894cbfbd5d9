//! Lists that are refused as soon as they are too long.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// A list of at most `N` entries.
///
/// An entry of two bytes may become a value of hundreds, so a list
/// needs a limit: that of the body alone would let a few megabytes of JSON take gigabytes.
pub(crate) struct AtMost<T, const N: usize>(pub(crate) Vec<T>);

/// Reads a list of at most `N` entries, or `null`; for serde's `deserialize_with`.
pub(crate) fn at_most<'de, D, T, const N: usize>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<AtMost<T, N>>::deserialize(deserializer)?.map(|AtMost(entries)| entries))
}

pub(super) fn too_many<const N: usize>() -> String {
    format!("a list of more than {N} entries")
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for AtMost<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T, const N: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for ListVisitor<T, N> {
    type Value = AtMost<T, N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<AtMost<T, N>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element()? {
            if entries.len() == N {
                return Err(A::Error::custom(too_many::<N>()));
            }
            entries.push(entry);
        }
        Ok(AtMost(entries))
    }
}
