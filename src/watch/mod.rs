//! Watching a list: looks at it again and again, and reports what changed.
// Knows tasks and streams of them; must not know where they come from.

mod change;
mod checkpoint;
mod list;
mod look;
mod rules;
mod span;
mod state;
mod store;
mod stream;
mod wait;

pub use change::{Change, TaskState};
pub use checkpoint::WatchCheckpoint;
pub use list::WatchedList;
pub use store::{StoreStream, TaskStore};
pub use stream::WatchStream;
pub use wait::{await_condition, conditions};
