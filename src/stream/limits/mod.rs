//! Bounds of a stream, each an adapter around the scan: the time of creation, the number of items, the time it takes.

mod created_between;
mod deadline;
mod max_items;

pub(super) use created_between::{CreatedBetween, CreationBounds};
pub(super) use deadline::{Deadline, Elapsed};
pub(super) use max_items::MaxItems;
