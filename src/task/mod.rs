//! What the service says of a task.
