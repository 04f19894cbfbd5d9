//! The two small parts of a task that are all numbers: when it runs, and how far it is.

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

/// How many of a task's executions, one for each device, are in which state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskProgress {
    /// All of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// Under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processing: Option<i64>,
    /// Done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success: Option<i64>,
    /// Failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail: Option<i64>,
    /// Not begun. The spelling is the service's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waitting: Option<i64>,
    /// Failed, and waiting to be tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_wait_retry: Option<i64>,
    /// Stopped by a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<i64>,
    /// Taken out of the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed: Option<i64>,
}
