//! When a task runs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::time;

/// When a task starts and how often what failed is tried again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskPolicy {
    /// When the task is to start, to the second and within 7 days of its creation; `None` starts it at once. An empty
    /// text on the wire is `None`.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub schedule_time: Option<Timestamp>,
    /// How many times an execution that failed is tried again: 1 to 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_count: Option<i64>,
    /// How long to wait before that, in minutes: up to 1440, which is a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_interval: Option<i64>,
}
