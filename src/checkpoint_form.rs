//! The form that checkpoints of streams and of watches share: a version, and one line of JSON.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::ArgumentError;

/// The version of the form: a later one is refused instead of misread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub(crate) struct Version;

impl From<Version> for u32 {
    fn from(_: Version) -> Self {
        1
    }
}

impl TryFrom<u32> for Version {
    type Error = String;

    fn try_from(version: u32) -> Result<Self, String> {
        if version == 1 { Ok(Self) } else { Err(format!("version {version} is not supported")) }
    }
}

/// Writes `checkpoint` as one line of JSON.
pub(crate) fn write(checkpoint: &impl Serialize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let text = serde_json::to_string(checkpoint).map_err(|_| fmt::Error)?;
    f.write_str(&text)
}

/// Reads a checkpoint `of` something from its line of JSON.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, of: &str) -> Result<T, ArgumentError> {
    serde_json::from_str(text).map_err(|error| {
        ArgumentError::new("checkpoint", text, format!("the line of JSON of a checkpoint {of} ({error})"))
    })
}
