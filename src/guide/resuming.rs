//! Resuming: checkpoints, and what to store with them.
//!
//! After any item, a stream can say where it stands, and another one, in this process or years later on another machine,
//! goes on with the very next item. [`Checkpoint`](crate::Checkpoint) is small, is text and serde, and holds no secret.
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
//! # What it stands for
//! A checkpoint covers what the stream has **handed out**. What of it is done with, you know alone. So:
//!
//! - take it when everything handed out is safely stored, and store the two together, in one transaction if there is one;
//! - where work goes on side by side (`try_for_each_concurrent`, `buffered`), take it when no work is under way;
//! - where tasks are taken in chunks, take it between chunks. Combinators that collect (`try_chunks`, `ready_chunks`,
//!   `peekable`) may hold items that were handed out to them and not yet to you.
//!
//! Storing first and taking the checkpoint after it means that a crash between the two repeats a few tasks; the other way
//! about would lose them.
//!
//! # What stays valid
//! The checkpoint of a stream that ended with an error is as good as any: what came was delivered, and the next stream
//! begins with what did not. It stays valid while tasks are created, deleted and change status, also if every task that
//! it names is gone. It is good for the same lists alone: another type, or another filter, is another list. A type that
//! does not match is refused before anything is sent; the filter is yours to keep the same.
//!
//! # What is in it
//! ```text
//! {"version":1,"lists":{"softwareUpgrade":[{            the list
//!     "after":"6a896b2b188009454f000096",               the marker to ask with: all above it was delivered
//!     "seen":["6a896aeb188009454f000095", ...],         what came of the page behind it
//!     "through":"6a895f8f188009454f000064",             where that page ended
//!     "delivered":53}]}}                                how many in all
//! ```
//!
//! In the middle of a page the ids that came of it are listed, 49 at most: the page is asked for again, and what came is
//! left out. Several positions for one list are parts that are read side by side, as
//! [`split`](crate::RecordStream::split) makes them.
//!
//! The command does the same: `batchtasks list` leaves the line on stderr and takes it with `--resume`, and
//! `batchtasks export` keeps it in a file beside the output.
