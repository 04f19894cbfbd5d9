//! How one batch task went for each of its targets: ShowBatchTask.

use super::ListEndpoint;
use super::record::record;
use crate::Identity;
use crate::decode::ListShape;

impl ListEndpoint {
    /// The targets of one batch task, its `task_id` in the path: [`TaskDetail`]. The rows have no id.
    pub const BATCH_TASK_DETAILS: Self = Self::new("batchtasks/{task_id}", ListShape::new("task_details"));
}

record! {
    /// How a batch task went for one of its targets.
    ///
    /// The service gives these rows no id, and does not document that a target is in one row only. So nothing identifies
    /// them: their pages are read one after another, and a stream stopped in mid-page resumes by number of rows, which is
    /// exact as long as none of that page came or went meanwhile.
    TaskDetail without columns {
        /// What the task was for: a device id in most types of task.
        target: Option<String>,
        /// How it went: `Success` or `Fail`, say.
        status: Option<String>,
        /// What the target answered.
        output: Option<String>,
        /// Why it failed.
        error: Option<ErrorInfo>,
    }
}

impl Identity for TaskDetail {
    fn identity(&self) -> Option<&str> {
        None
    }
}

record! {
    /// Why a target failed.
    ErrorInfo without columns {
        /// The service's code, such as `IOTDA.014016`.
        error_code: Option<String>,
        /// What the service says of it.
        error_msg: Option<String>,
    }
}
