//! Where a later stream of sub-tasks continues.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::checkpoint_form::{self, Version};
use crate::error::ArgumentError;
use crate::stream::Checkpoint;
use crate::task::BatchTask;

/// The position of a [`SubTaskStream`](super::SubTaskStream): in the list of tasks, and in each task that is begun.
///
/// It is as large as the read-ahead is deep: a few hundred bytes for each task that is begun. Serde and the text form (one
/// line of JSON, by [`Display`](fmt::Display) and [`FromStr`]) carry the same. It holds no secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubTaskCheckpoint {
    version: Version,
    /// Where the list of tasks continues, after those that are begun.
    pub(super) tasks: Checkpoint,
    /// The tasks that are begun, in the order of their list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) begun: Vec<BegunTask>,
    /// How many sub-tasks were handed out.
    pub(super) delivered: u64,
}

/// The position in the sub-tasks of one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct BegunTask {
    pub(super) task: BatchTask,
    /// Whether the service chooses by status.
    pub(super) is_filtered: bool,
    /// The end of a page; the head of the list if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<Checkpoint>,
    /// How many rows after that were handed out.
    #[serde(default)]
    pub(super) delivered: u64,
}

impl SubTaskCheckpoint {
    pub(super) fn new(tasks: Checkpoint, begun: Vec<BegunTask>, delivered: u64) -> Self {
        Self { version: Version, tasks, begun, delivered }
    }
}

impl fmt::Display for SubTaskCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        checkpoint_form::write(self, f)
    }
}

impl FromStr for SubTaskCheckpoint {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        checkpoint_form::parse(text, "of sub-tasks")
    }
}
