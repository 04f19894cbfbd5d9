//! Where a watch stands, as a value that outlives it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::state::ListState;
use crate::error::ArgumentError;

/// Where a watch stands: the tasks that it looks at again, and the newest ones. A later watch that resumes from it reports
/// no change twice, and misses none but what came and went in between.
///
/// It holds no secret. Serde and the text form (one line of JSON, by [`Display`](fmt::Display) and [`FromStr`]) carry
/// the same. Its size grows with the number of tasks that are not finished: about 200 bytes each.
///
/// ```
/// use iotda_batch_tasks::WatchCheckpoint;
///
/// let checkpoint = WatchCheckpoint::default();
/// let line = checkpoint.to_string();
/// assert_eq!(line, r#"{"version":1,"watched":{}}"#);
/// assert_eq!(line.parse::<WatchCheckpoint>()?, checkpoint);
/// assert!(r#"{"version":2,"watched":{}}"#.parse::<WatchCheckpoint>().is_err());
/// # Ok::<(), iotda_batch_tasks::ArgumentError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchCheckpoint {
    version: Version,
    /// What is known of each list, by its name.
    pub(super) watched: BTreeMap<String, ListState>,
}

/// The version of the form: a later one is refused instead of misread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct Version;

impl From<Version> for u32 {
    fn from(_: Version) -> Self {
        1
    }
}

impl TryFrom<u32> for Version {
    type Error = String;

    fn try_from(version: u32) -> Result<Self, String> {
        if version == 1 {
            Ok(Self)
        } else {
            Err(format!("version {version} of a watch's checkpoint is not known here"))
        }
    }
}

impl fmt::Display for WatchCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl FromStr for WatchCheckpoint {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text).map_err(|error| {
            ArgumentError::new("checkpoint", text, format!("the line of JSON that a watch's checkpoint is ({error})"))
        })
    }
}
