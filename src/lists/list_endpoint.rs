//! Which list of the service: where it lies, and how its answers are laid out.

// Knows paths and names, no values.

use crate::decode::ListShape;

/// A list of the service: its path below the project, and the layout of its answers.
///
/// All lists under the service's paging rule differ in nothing else, so this is all it takes to read one more. A path
/// may hold parameters in braces, which a query fills in.
///
/// ```
/// use iotda_batch_tasks::decode::ListShape;
/// use iotda_batch_tasks::lists::ListEndpoint;
///
/// const QUEUES: ListEndpoint = ListEndpoint::new("amqp-queues", ListShape::new("queues").identified_by("queue_id"));
/// assert_eq!(QUEUES.path(), "amqp-queues");
/// assert_eq!(ListEndpoint::DEVICES_IN_GROUP.path(), "device-group/{group_id}/devices");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListEndpoint {
    path: &'static str,
    shape: ListShape,
}

impl ListEndpoint {
    /// The batch tasks of a type.
    pub const BATCH_TASKS: Self = Self::new("batchtasks", ListShape::BATCH_TASKS);

    /// The list at `path`, which follows `/v5/iot/{project_id}/`.
    #[must_use]
    pub const fn new(path: &'static str, shape: ListShape) -> Self {
        Self { path, shape }
    }

    /// The path below the project.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// How its answers are laid out.
    #[must_use]
    pub const fn shape(&self) -> ListShape {
        self.shape
    }
}
