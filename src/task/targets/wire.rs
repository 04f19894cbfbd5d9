//! Device ids as the JSON list that the service writes, read without an allocation for each.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::Targets;
use super::run::{LONGEST, RUN};

/// How many ids are read before they are added, so that a task of fewer makes room for them once and exactly.
const CHUNK: usize = 16;

// Then no chunk is in two runs.
const _: () = assert!(RUN.is_multiple_of(CHUNK));

impl Serialize for Targets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de> Deserialize<'de> for Targets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor)
    }
}

struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = Targets;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of device ids")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Targets, A::Error> {
        let mut targets = Targets::default();
        loop {
            let mut ids = [const { Id(Cow::Borrowed("")) }; CHUNK];
            let mut read = 0;
            while read < CHUNK
                && let Some(id) = list.next_element()?
            {
                ids[read] = id;
                read += 1;
            }
            targets.push_chunk(ids[..read].iter().map(|id| &*id.0));
            if read < CHUNK {
                targets.shrink_to_fit();
                return Ok(targets);
            }
        }
    }
}

/// An id that is not longer than [`LONGEST`], in the reader's buffer where it is there as it is.
struct Id<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Id<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(IdVisitor)
    }
}

struct IdVisitor;

impl<'de> Visitor<'de> for IdVisitor {
    type Value = Id<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a device id")
    }

    fn visit_borrowed_str<E: de::Error>(self, id: &'de str) -> Result<Id<'de>, E> {
        checked(id)?;
        Ok(Id(Cow::Borrowed(id)))
    }

    fn visit_str<E: de::Error>(self, id: &str) -> Result<Id<'de>, E> {
        checked(id)?;
        Ok(Id(Cow::Owned(id.to_owned())))
    }
}

fn checked<E: de::Error>(id: &str) -> Result<(), E> {
    match id.len() {
        0..=LONGEST => Ok(()),
        _ => Err(E::custom(super::TOO_LONG)),
    }
}
