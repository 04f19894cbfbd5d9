//! What a task's devices were chosen by.

// Knows one key of the map and keeps the others.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Json;
use crate::decode::AtMost;

const GROUP_IDS: &str = "group_ids";
/// More groups than this stay as they came, and more keys than this are no filter: a key of a few bytes takes a
/// hundred in a map.
const MAX_GROUPS: usize = 1_000;
const MAX_KEYS: usize = 100;

/// What a task's devices were chosen by: a map of which the service documents one key.
///
/// Any map of up to 100 keys is read. Where `group_ids` is no list of texts, or one of more than 1,000, it is found in
/// [`other`](Self::other).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TargetsFilter {
    /// The device groups whose devices were chosen.
    pub group_ids: Option<Vec<String>>,
    /// All other keys, as they came.
    pub other: BTreeMap<String, Json>,
}

// By hand: serde's `flatten` would buffer the values, and a buffered value has lost the text that `Json` keeps.
impl<'de> Deserialize<'de> for TargetsFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FilterVisitor)
    }
}

struct FilterVisitor;

impl<'de> Visitor<'de> for FilterVisitor {
    type Value = TargetsFilter;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TargetsFilter, A::Error> {
        let mut filter = TargetsFilter::default();
        while let Some(key) = map.next_key()? {
            let value: Json = map.next_value()?;
            match key {
                Key::GroupIds => match value.decode::<Option<AtMost<_, MAX_GROUPS>>>() {
                    Ok(group_ids) => filter.group_ids = group_ids.map(|AtMost(ids)| ids),
                    Err(_) => _ = filter.other.insert(GROUP_IDS.to_owned(), value),
                },
                Key::Other(key) => _ = filter.other.insert(key, value),
            }
            if filter.other.len() > MAX_KEYS {
                return Err(A::Error::custom(format_args!("more than {MAX_KEYS} keys")));
            }
        }
        Ok(filter)
    }
}

/// A key of the map; the one that nearly every filter has is not copied.
enum Key {
    GroupIds,
    Other(String),
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: Error>(self, key: &str) -> Result<Key, E> {
                Ok(if key == GROUP_IDS { Key::GroupIds } else { Key::Other(key.to_owned()) })
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}

impl Serialize for TargetsFilter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(group_ids) = &self.group_ids {
            map.serialize_entry(GROUP_IDS, group_ids)?;
        }
        let known = |key: &str| key == GROUP_IDS && self.group_ids.is_some();
        for (key, value) in self.other.iter().filter(|(key, _)| !known(key)) {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(text: &str) -> TargetsFilter {
        let filter: TargetsFilter = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&filter).unwrap(), text);
        filter
    }

    #[test]
    fn group_ids_are_read_and_other_keys_kept() {
        let filter = there_and_back(r#"{"group_ids":["g1","g2"],"a":{"x": 1.0},"b":null}"#);
        assert_eq!(filter.group_ids.unwrap(), ["g1", "g2"]);
        assert_eq!(filter.other["a"].get(), r#"{"x": 1.0}"#);
        assert_eq!(filter.other.len(), 2);
    }

    #[test]
    fn group_ids_of_another_shape_are_kept_as_they_are() {
        for odd in [r#"{"group_ids":"g1"}"#, r#"{"group_ids":[1]}"#, r#"{"group_ids":{}}"#] {
            let filter = there_and_back(odd);
            assert_eq!((filter.group_ids, filter.other.len()), (None, 1), "{odd}");
        }
    }

    #[test]
    fn more_groups_or_keys_than_any_task_has_take_no_more_memory_than_their_text() {
        let groups = |count: usize| serde_json::json!({ "group_ids": vec!["g"; count] }).to_string();
        assert_eq!(there_and_back(&groups(1_000)).group_ids.unwrap().len(), 1_000);
        let filter = there_and_back(&groups(1_001));
        assert_eq!((filter.group_ids, filter.other.len()), (None, 1));

        let keys = |count: usize| {
            let map: BTreeMap<String, u8> = (0..count).map(|key| (key.to_string(), 0)).collect();
            serde_json::to_string(&map).unwrap()
        };
        assert_eq!(there_and_back(&keys(100)).other.len(), 100);
        let error = serde_json::from_str::<TargetsFilter>(&keys(101)).unwrap_err();
        assert!(error.to_string().starts_with("more than 100 keys"), "{error}");
    }

    #[test]
    fn a_map_without_content_says_nothing() {
        assert_eq!(there_and_back("{}"), TargetsFilter::default());
        assert_eq!(serde_json::from_str::<TargetsFilter>(r#"{"group_ids":null}"#).unwrap(), TargetsFilter::default());
        assert!(serde_json::from_str::<TargetsFilter>("[]").is_err());
    }
}
