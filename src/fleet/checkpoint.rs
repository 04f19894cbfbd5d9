//! Where a later stream of a fleet continues.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::checkpoint_form::{self, Version};
use crate::error::ArgumentError;
use crate::stream::Checkpoint;

/// The position of a [`FleetStream`](super::FleetStream): one checkpoint a member, a [`Checkpoint`] unless the stream is of
/// [sub-tasks](super#sub-tasks).
///
/// Serde and the text form (one line of JSON, by [`Display`](fmt::Display) and [`FromStr`]) carry the same. It holds no
/// secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetCheckpoint<C = Checkpoint> {
    version: Version,
    members: BTreeMap<String, C>,
}

impl<C> FleetCheckpoint<C> {
    pub(super) fn new(members: impl IntoIterator<Item = (String, C)>) -> Self {
        Self { version: Version, members: members.into_iter().collect() }
    }

    /// The names of the members.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    /// The position of the member of this name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&C> {
        self.members.get(name)
    }

    /// Refuses a checkpoint of other members than those of these names.
    #[cfg(feature = "client")]
    pub(super) fn check<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<(), ArgumentError> {
        let names: std::collections::BTreeSet<&str> = names.into_iter().collect();
        if self.members.keys().map(String::as_str).eq(names.iter().copied()) {
            return Ok(());
        }
        let shown = self.members.keys().cloned().collect::<Vec<_>>().join(", ");
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        Err(ArgumentError::new("checkpoint", shown, format!("of a fleet of the same members: {names}")))
    }
}

impl<C: Serialize> fmt::Display for FleetCheckpoint<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        checkpoint_form::write(self, f)
    }
}

impl<C: DeserializeOwned> FromStr for FleetCheckpoint<C> {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        checkpoint_form::parse(text, "of a fleet")
    }
}
