//! Resuming: checkpoints, and what to store with them.
//!
//! After any item, a stream returns a [`Checkpoint`](crate::Checkpoint). Another stream, in this process or later on another
//! machine, continues from it with the very next item. A checkpoint is small, is text and serde, and holds no secret.
//!
//! ```
//! # #[cfg(feature = "client")]
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let simulator = iotda_simulator::Simulator::builder().tasks(200).start().await?;
//! # let client = iotda_batch_tasks::Client::builder()
//! #     .endpoint(simulator.endpoint()).project_id("0a").token("any").build()?;
//! use futures::TryStreamExt;
//! use iotda_batch_tasks::{Checkpoint, TaskType};
//!
//! let query = client.batch_tasks(TaskType::SoftwareUpgrade);
//! let mut tasks = query.clone().stream()?;
//! let mut first = Vec::new();
//! while first.len() < 73 {
//!     first.push(tasks.try_next().await?.expect("there are more").task_id);
//! }
//! let line: String = tasks.checkpoint().to_string(); // to a file, say
//! drop(tasks);
//!
//! // Meanwhile tasks come and go.
//! simulator.edit(|list| list.create("softwareUpgrade"));
//!
//! let checkpoint: Checkpoint = line.parse()?;
//! let rest: Vec<_> = query.resume(checkpoint).stream()?.map_ok(|task| task.task_id).try_collect().await?;
//! assert_eq!(rest.len(), 200 - 73);
//! assert!(first.last() > rest.first());
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "client"))]
//! # fn main() {}
//! ```
//!
//! # When to take it
//! A checkpoint covers what the stream has **delivered**, not what you have finished with. So:
//!
//! - take it when everything delivered is stored, and store the two together, in one transaction if there is one;
//! - with concurrent work (`try_for_each_concurrent`, `buffered`), take it when none is in progress;
//! - with chunks, take it between chunks. Combinators that buffer (`try_chunks`, `ready_chunks`, `peekable`) may hold items
//!   that were delivered to them and not yet to you.
//!
//! If the data is stored before the checkpoint, a crash between the two repeats a few tasks; in the other order it loses
//! them. The example `resume` shows how to have neither.
//!
//! # How long it is valid
//! The checkpoint of a stream that ended with an error is valid too: the next stream begins with the first item that was
//! not delivered. It stays valid while tasks are created, deleted and change status, even if every task that it names is
//! deleted. It resumes the same lists alone: another type, or another filter, is another list. A type that does not match
//! is refused before any request; keeping the filter is up to you.
//!
//! # What it contains
//! ```text
//! {"version":1,"lists":{"softwareUpgrade":[{            the list
//!     "after":"6a896b2b188009454f000096",               the marker of the next request: all above it was delivered
//!     "pending":["6a896aeb188009454f000095", ...],      what is still to come of the page after it
//!     "through":"6a895f8f188009454f000064",             where that page ended
//!     "delivered":53}]}}                                how many in all
//! ```
//!
//! In the middle of a page it lists the ids of that page that are still to come, 49 at most: those of them that are still
//! there are delivered, and then the scan continues where the page ended. Several positions for one list are parts that are
//! read side by side, as [`split`](crate::Lists::split) makes them. A stream of a time, with ids that are trusted to tell
//! it, also names what it skips: that is read when a later task shows that ids do not tell the time, and by a stream
//! without those bounds.
//!
//! The command does the same: `batchtasks list` prints the line on stderr and takes it with `--resume`, and
//! `batchtasks export` keeps it in a file next to the output.
