//! Every batch task of Huawei Cloud IoTDA as a stream: exactly once, newest first, read ahead, resumable.
//!
//! The service lists batch tasks (firmware upgrades, commands, device imports) page by page: at most 50 records, a
//! `marker`, an `offset` of at most 500. [`BatchTaskStream`] hides these rules. It jumps by offsets up to 500 inside
//! a window, then moves to the returned marker, and fetches the next pages while the current one is being handled.
//!
//! ```
//! # #[cfg(feature = "client")]
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let simulator = iotda_simulator::Simulator::builder().tasks(120).start().await?;
//! # let endpoint = simulator.endpoint();
//! use futures::TryStreamExt;
//! use iotda_batch_tasks::{Client, Credentials, TaskType};
//!
//! let client = Client::builder()
//!     .endpoint(endpoint) // or .region("cn-north-4")
//!     .project_id("0123456789abcdef0123456789abcdef")
//!     .credentials(Credentials::aksk("AKIDEXAMPLE0123456", "SecretKeyExample/0123456789+abcdefghijkl"))
//!     .build()?;
//!
//! let mut tasks = client.batch_tasks(TaskType::SoftwareUpgrade).stream()?;
//! let mut number = 0;
//! while let Some(task) = tasks.try_next().await? {
//!     println!("{} {:?}", task.task_id, task.status);
//!     number += 1;
//! }
//! # assert_eq!(number, 120);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "client"))]
//! # fn main() {}
//! ```
//!
//! # Three promises
//! - **Exact.** Every task that is in the list for the whole reading comes exactly once, newest first, while others
//!   are created, deleted and change status, and while requests fail and are tried again.
//! - **Ahead.** Pages come from the network while the consumer is busy, several at once. `take(10)` still costs one
//!   request or two.
//! - **Resumable.** After any item, error or crash, a small [`Checkpoint`] goes on with the very next item.
//!
//! # With stream combinators
//! A [`BatchTaskStream`] is a plain [`Stream`](futures_core::Stream) of `Result`s:
//!
//! ```
//! # #[cfg(feature = "client")]
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let simulator = iotda_simulator::Simulator::builder().tasks(120).start().await?;
//! # let client = iotda_batch_tasks::Client::builder()
//! #     .endpoint(simulator.endpoint()).project_id("0a").token("any").build()?;
//! use std::future::ready;
//!
//! use futures::TryStreamExt;
//! use iotda_batch_tasks::{TaskStatus, TaskType};
//!
//! // Eight at a time, those that failed.
//! let tasks = client.batch_tasks(TaskType::SoftwareUpgrade).prefetch(8).stream()?;
//! tasks
//!     .try_filter(|task| ready(task.status == Some(TaskStatus::Fail)))
//!     .try_for_each_concurrent(8, |task| async move {
//!         println!("look into {}", task.task_id);
//!         Ok(())
//!     })
//!     .await?;
//!
//! // In chunks, for a database say.
//! let tasks = client.batch_tasks(TaskType::SoftwareUpgrade).stream()?;
//! let chunks: Vec<_> = tasks.try_chunks(100).try_collect().await?;
//! assert_eq!(chunks.iter().map(Vec::len).collect::<Vec<_>>(), [100, 20]);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "client"))]
//! # fn main() {}
//! ```
//!
//! # In another SDK
//! With `default-features = false` there is no HTTP client in the tree: bring pages by a [`PageSource`] of your own,
//! and the engine does the rest.
//!
//! ```
//! use futures::TryStreamExt;
//! use iotda_batch_tasks::{BatchTask, BatchTaskStream, Page, PageRequest, PageSource, SourceError, StreamOptions};
//!
//! /// Asks the service by a transport of its own; here a list of 70 tasks.
//! struct MySdk;
//!
//! impl PageSource<BatchTask> for MySdk {
//!     async fn fetch(&self, request: PageRequest) -> Result<Page<BatchTask>, SourceError> {
//!         let id = |number: u32| format!("{number:024x}");
//!         let below = request.marker.map_or(71, |marker| u32::from_str_radix(marker.as_str(), 16).unwrap());
//!         let ids = (1..below).rev().skip(request.offset.get()).take(request.limit.get()).map(id);
//!         let tasks: Vec<_> = ids.map(|id| Ok(BatchTask::new(id))).collect();
//!         let marker = tasks.last().and_then(|task| task.as_ref().ok()?.task_id.parse().ok());
//!         Ok(Page::new(tasks, marker, Some(70)))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), iotda_batch_tasks::Error> {
//! let tasks: Vec<_> = BatchTaskStream::from_source(MySdk, StreamOptions::new())?.try_collect().await?;
//! assert_eq!(tasks.len(), 70);
//! # Ok(())
//! # }
//! ```
//!
//! A transport that has the body of an answer reads it with [`Page::from_json`](Page::from_json).
//! [`guide::embedding`] leads through the whole of it.
//!
//! # Where things are
//! - The manual: [`guide`], with pages on [exactness](guide::exactness), [read-ahead](guide::read_ahead),
//!   [resuming](guide::resuming), [errors](guide::errors), [embedding](guide::embedding) and the
//!   [simulator](guide::simulator).
//! - Asking the service (feature `client`): [`Client`], its [`builder`](Client::builder) and [`Credentials`];
//!   [`BatchTaskQuery`] for tasks, [`ListQuery`] for every other list, of which [`lists`] has seven with typed records.
//! - What comes: [`BatchTaskStream`], a [`RecordStream`] of [`BatchTask`]s; its [`PageStream`], [`Progress`] and
//!   [`Checkpoint`]; [`Error`].
//! - More than one pass: [`split`](BatchTaskQuery::split), [`unordered`](BatchTaskQuery::unordered),
//!   [`count`](BatchTaskQuery::count), [`find`](BatchTaskQuery::find), [`watch`](BatchTaskQuery::watch).
//! - What a task is: [`task`]. How JSON becomes records: [`decode`].
//! - Bringing pages yourself: [`PageSource`], [`source`] for closures and `tower`
//!   services, [`StreamOptions`], [`NamedSource`].
//! - Why it is exact, with windows and seams drawn: [`paging`], the rules as a state machine without I/O.
//! - A server that keeps the service's rules, for demos and tests: the crate `iotda-simulator`.
//!
//! # Limits
//! The service is known by its documents: nobody has tried this crate against it. Where the documents are silent, the
//! code is written to survive either answer, and the docs say so.
#![cfg_attr(docsrs, feature(doc_cfg))]
// The front page leads to parts that are not there without their features.
#![cfg_attr(not(all(feature = "client", feature = "tower")), allow(rustdoc::broken_intra_doc_links))]

#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub mod client;
pub mod decode;
mod error;
pub mod guide;
pub mod lists;
mod paging;
pub mod source;
mod stream;
pub mod task;
mod watch;

#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use client::credentials::{Credentials, CredentialsProvider, SigningAlgorithm, TemporaryCredentials};
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use client::{BatchTaskQuery, Client, ClientBuilder, ListQuery, RetryPolicy};
pub use error::{ArgumentError, Error, FailureKind, PageError, RecordError, SourceError};
pub use iotda_paging::{Identity, Marker, Offset, PageRequest, PageSize};
pub use source::{Fetched, Page, PageSource};
pub use stream::{
    BatchTaskStream, Checkpoint, Lists, NamedSource, PageStream, Progress, RecordPage, RecordStream, StreamOptions,
};
pub use task::{BatchTask, TaskPolicy, TaskProgress, TaskStatus, TaskType};
pub use watch::{Change, TaskState, WatchCheckpoint, WatchStream, WatchedList};

/// The examples of the README are run as tests.
#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
struct Readme;
