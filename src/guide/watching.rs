//! Watching: what is created, changes and is deleted, and waiting for one task.
//!
//! [`watch`](crate::BatchTaskQuery::watch) reads the list once, and from then on looks at it every interval. Each
//! difference is a [`Change`](crate::Change): a task is created, its status or progress changes, or it is gone.
//!
//! ```
//! # #[cfg(feature = "client")]
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let create = |number: u64, list: &mut iotda_simulator::List| {
//! #     if number == 8 {
//! #         list.create("softwareUpgrade");
//! #     }
//! # };
//! # let simulator = iotda_simulator::Simulator::builder().tasks(100).before_each(create).start().await?;
//! # let client = iotda_batch_tasks::Client::builder()
//! #     .endpoint(simulator.endpoint()).project_id("0a").token("any").build()?;
//! use std::time::Duration;
//!
//! use futures::TryStreamExt;
//! use iotda_batch_tasks::{Change, TaskStatus, TaskType, WatchCheckpoint};
//!
//! let query = client.batch_tasks(TaskType::SoftwareUpgrade);
//! let interval = Duration::from_millis(20); // in practice a minute: each look costs a request or two
//! let mut changes = query.clone().watch(interval)?;
//! let change = changes.try_next().await?.expect("it has no end");
//! assert!(matches!(change, Change::Created { .. }));
//! let line = changes.checkpoint().to_string(); // to a file, say
//! drop(changes);
//!
//! // Meanwhile the task makes progress.
//! simulator.edit(|list| list.set_status(change.task_id(), "Processing"));
//!
//! let checkpoint: WatchCheckpoint = line.parse()?;
//! let mut changes = query.watch_from(interval, Some(checkpoint))?;
//! match changes.try_next().await?.expect("it has no end") {
//!     Change::Changed { task, .. } => assert_eq!(task.status, Some(TaskStatus::Processing)),
//!     other => panic!("{other:?}"),
//! }
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "client"))]
//! # fn main() {}
//! ```
//!
//! # What a look reads
//! The head of the list, for new tasks, and the pages that hold tasks which can still change: those that are not finished,
//! and failed ones that are younger than [`retried_within`](crate::WatchedList::retried_within), since they may be
//! retried. Tasks in status `Success` or `Stopped` are not read again. So a look at a long list of finished tasks costs
//! one request or two.
//!
//! # What is reported
//! - Changes come oldest task first; new tasks come last, oldest first.
//! - What happens twice between two looks is one change: from the state of the one look to that of the other.
//! - A task is gone when two looks in a row do not see it, or when the service answers that there is no such task. One
//!   answer alone is no proof.
//! - A look that fails, after its retries, is an `Err`. The stream continues, and the next look reports what was missed.
//!
//! # Resuming
//! A [`WatchCheckpoint`](crate::WatchCheckpoint) contains every change that was delivered and no other. A watch that
//! resumes from it reports no change twice. What was created and deleted between the two watches is not seen.
//!
//! # Keeping a table
//! [`BatchTaskQuery::store`](crate::BatchTaskQuery::store) gives a [`TaskStore`](crate::TaskStore), a table that any number of
//! readers share, and the stream that fills it and keeps it current. [`TaskStore::new`](crate::TaskStore::new) does so for any
//! lists. The command makes metrics for Prometheus of such a table: `batchtasks watch --metrics 9464`.
//! `Client::request_counts` has the requests.
//!
//! # Waiting for one task
//! [`Client::await_done`](crate::Client::await_done) waits for a final status.
//! [`await_condition`](crate::await_condition) looks for one task until it meets a condition, such as
//! [`conditions::is_done`](crate::conditions::is_done). The command does the same:
//! `batchtasks watch --until-done ID` exits with 0 when the task is done and its status is `Success`.
//!
//! # Other sources
//! [`WatchStream::new`](crate::WatchStream::new) watches any [`WatchedList`](crate::WatchedList): a closure that opens a
//! stream of the list, from its head or from a checkpoint.
