//! Every batch task of Huawei Cloud IoTDA as a stream: exactly once, newest first, read ahead, resumable.
//!
//! The service lists batch tasks (firmware upgrades, commands, device imports) page by page: at most 50 records, a
//! `marker`, an `offset` of at most 500. [`BatchTaskStream`] hides these rules: it jumps by offsets up to 500 inside a
//! window, then continues from the returned marker, and fetches the next pages while the current one is handled.
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
//!     .endpoint(endpoint) // "https://0123456789.st1.iotda-app.cn-north-4.myhuaweicloud.com"
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
//! # Where things are
//!
//! | | |
//! |---|---|
//! | connect and select | [`Client`], its [`builder`](Client::builder) and [`Credentials`]; [`BatchTaskQuery`] for tasks, [`ListQuery`] for every other list |
//! | receive | [`BatchTaskStream`], a [`RecordStream`] of [`BatchTask`]s; its [`PageStream`], [`Progress`] and [`Checkpoint`] |
//! | read several projects as one | [`fleet`]: named clients, one merged stream, one checkpoint |
//! | operate on a whole list | [`count`](BatchTaskQuery::count), [`find`](BatchTaskQuery::find), [`split`](BatchTaskQuery::split), [`unordered`](BatchTaskQuery::unordered), [`watch`](BatchTaskQuery::watch) |
//! | understand a task | [`task`]: status, type, progress, targets, times |
//! | read how tasks went for each device | [`sub_tasks`]: the sub-tasks of many tasks as one stream |
//! | lay records out in a table | [`columns`]: names, types, units and accessors, for each kind of record |
//! | read other lists | [`lists`]: seven with typed records, any other by a declaration |
//! | fetch pages yourself | [`PageSource`], [`source`] for closures and `tower` services, [`decode`] for their JSON |
//! | handle failures | [`Error`], [`SourceError`], and [`guide::errors`] |
//! | read the manual | [`guide`]: [exactness](guide::exactness), [read-ahead](guide::read_ahead), [resuming](guide::resuming), [watching](guide::watching), [errors](guide::errors), [embedding](guide::embedding), [the simulator](guide::simulator) |
//! | see why it is exact | the crate [`iotda_paging`]: the rules as a state machine without I/O |
//!
//! # Three promises
//! - **Exact.** Every task that is in the list for the whole scan comes exactly once, newest first, while others are
//!   created, deleted and change status, and while requests fail and are retried.
//! - **Ahead.** Pages are fetched while the consumer is busy, several at once. `take(10)` still costs one request or two.
//! - **Resumable.** After any item, error or crash, a small [`Checkpoint`] continues with the very next item.
//!
//! ```text
//!              ahead of the consumer, in separate tasks
//!  service ─┬─► page ─┐
//!           ├─► page ─┼─► joined in the list's order ─► task, task, task ... ─► your loop
//!           └─► page ─┘   by their overlaps                                 └─► checkpoint()
//! ```
//!
//! # Usage
//! With the HTTP client, and `futures` for `try_next` and the other combinators:
//!
//! ```toml
//! [dependencies]
//! futures = "0.3"
//! iotda-batch-tasks = "0.1"
//! tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
//!
//! [dev-dependencies]
//! iotda-simulator = "0.1"
//! ```
//!
//! # Crate features
//!
//! | feature | default | |
//! |---|---|---|
//! | `client` | yes | the HTTP client: `reqwest` over rustls, credentials, retries, quota |
//! | `rustls-aws-lc` | yes | TLS by aws-lc, which takes a C compiler to build |
//! | `rustls-ring` | no | TLS by ring, with `default-features = false` |
//! | `native-tls` | no | the TLS of the system, with `default-features = false`; beside one of the two above it is not used |
//! | `tower` | no | any `tower` service of HTTP requests as a source of pages: [`tower`](mod@tower) |
//!
//! Without any, there is no HTTP client in the tree: implement [`PageSource`], and the stream does the rest.
//!
//! # Cookbook
//! - [A loop, and combinators](#with-stream-combinators): filter, work side by side, chunks.
//! - [Store a checkpoint and resume from it](guide::resuming).
//! - [Choose the read-ahead, or read strictly one page at a time](guide::read_ahead).
//! - [Tell errors apart, and retry](guide::errors).
//! - [Read inside another SDK, without this crate's HTTP client](guide::embedding), by a
//!   [closure](source::from_fn) or a [`tower` service](mod@tower).
//! - [Split a list between processes](BatchTaskQuery::split); [read its parts side by side](BatchTaskQuery::unordered).
//! - [Watch what changes, resume the watch, wait for one task](guide::watching).
//! - [Read devices, products, rules](lists), or [a list that is not declared here](Client::list).
//! - [Test your program against a simulator](guide::simulator).
//! - Programs to start from are in the repository's `examples/`: `loop`, `combinators`, `resume`, `embed`, `axum`, `csv`, `watch`.
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
//! // Failed tasks, at most eight at once.
//! let tasks = client.batch_tasks(TaskType::SoftwareUpgrade).prefetch(8).stream()?;
//! tasks
//!     .try_filter(|task| ready(task.status == Some(TaskStatus::Fail)))
//!     .try_for_each_concurrent(8, |task| async move {
//!         println!("look into {}", task.task_id);
//!         Ok(())
//!     })
//!     .await?;
//!
//! // In chunks, as a database wants them.
//! let tasks = client.batch_tasks(TaskType::SoftwareUpgrade).stream()?;
//! let chunks: Vec<_> = tasks.try_chunks(100).try_collect().await?;
//! assert_eq!(chunks.iter().map(Vec::len).collect::<Vec<_>>(), [100, 20]);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "client"))]
//! # fn main() {}
//! ```
//!
//! # Limits
//! This crate is built from the service's documents and has never been run against the service. Where the documents are
//! silent, the code handles either behaviour, and the docs say so.
#![cfg_attr(docsrs, feature(doc_cfg))]
// The front page leads to parts that are not there without their features.
#![cfg_attr(not(all(feature = "client", feature = "tower")), allow(rustdoc::broken_intra_doc_links))]

mod checkpoint_form;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub mod client;
pub mod columns;
pub mod decode;
mod error;
pub mod fleet;
pub mod guide;
pub mod lists;
mod paging;
pub mod source;
mod stream;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub mod sub_tasks;
pub mod task;
#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub mod tower;
mod watch;

/// Times are its types: a caller needs the same version.
pub use jiff;
/// Certificates, proxies and HTTP clients are its types: a caller needs the same version.
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use reqwest;

#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use client::credentials::{Credentials, CredentialsProvider, SigningAlgorithm, TemporaryCredentials};
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use client::diagnosis;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use client::{BatchTaskQuery, Client, ClientBuilder, CreationTime, ListQuery, RequestCounts, RetryPolicy};
pub use error::{ArgumentError, Error, FailureKind, PageError, RecordError, SourceError};
pub use iotda_paging::{Identity, Marker, Offset, PageRequest, PageSize};
pub use source::{Fetched, Page, PageSource};
pub use stream::{
    BatchTaskStream, Checkpoint, Lists, NamedSource, PageStream, Progress, RecordPage, RecordStream, StreamOptions,
};
pub use task::{BatchTask, TaskPolicy, TaskProgress, TaskStatus, TaskType};
pub use watch::{
    Change, StoreStream, TaskState, TaskStore, WatchCheckpoint, WatchStream, WatchedList, await_condition, conditions,
};

/// The examples of the README are run as tests.
#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
struct Readme;
