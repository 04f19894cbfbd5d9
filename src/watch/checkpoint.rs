//! The position of a watch, as a value that outlives it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::state::ListState;
use crate::checkpoint_form::{self, Version};
use crate::error::ArgumentError;

/// The position of a watch: the tasks that it looks at again, and the newest ones. A later watch that resumes from it reports
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

impl fmt::Display for WatchCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        checkpoint_form::write(self, f)
    }
}

impl FromStr for WatchCheckpoint {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        checkpoint_form::parse(text, "of a watch")
    }
}
