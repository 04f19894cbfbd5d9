//! Lists that are refused as soon as they are too long.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// A list of at most `N` entries, for which there is room for `USUAL` from the beginning.
///
/// An entry of two bytes may become a value of hundreds, so a list
/// needs a limit: that of the body alone would let a few megabytes of JSON take gigabytes.
pub(crate) struct AtMost<T, const N: usize, const USUAL: usize = 0>(pub(crate) Vec<T>);

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

impl<'de, T: Deserialize<'de>, const N: usize, const USUAL: usize> Deserialize<'de> for AtMost<T, N, USUAL> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T, const N: usize, const USUAL: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const N: usize, const USUAL: usize> Visitor<'de> for ListVisitor<T, N, USUAL> {
    type Value = AtMost<T, N, USUAL>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<AtMost<T, N, USUAL>, A::Error> {
        let mut entries = Vec::with_capacity(USUAL);
        while let Some(entry) = list.next_element()? {
            if entries.len() == N {
                return Err(A::Error::custom(too_many::<N>()));
            }
            entries.push(entry);
        }
        if USUAL > 0 {
            entries.shrink_to_fit();
        }
        Ok(AtMost(entries))
    }
}
