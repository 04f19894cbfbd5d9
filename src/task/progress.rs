//! How far a task is.

use serde::{Deserialize, Serialize};

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
