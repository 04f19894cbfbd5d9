//! Embedding: the stream in another SDK, without this crate's HTTP client.
//!
//! ```toml
//! iotda-batch-tasks = { version = "0.1", default-features = false }
//! ```
//!
//! leaves no HTTP client, no TLS and no credentials in the tree. What stays is the paging, the stream with its
//! read-ahead and checkpoints, the records, and the decoding of bodies. The SDK implements one trait: a [`PageSource`]
//! fetches a [`Page`] for a [`PageRequest`].
//!
//! # What the SDK has
//! Say it can send a signed GET and returns status and body:
//!
//! ```
//! # use std::sync::Arc;
//! # use futures::TryStreamExt;
//! # use iotda_batch_tasks::Checkpoint;
//! # /// The service: 120 tasks, and a first request that is throttled.
//! # #[derive(Default)]
//! # struct Sdk { calls: std::sync::atomic::AtomicUsize }
//! # #[derive(Debug)]
//! # enum SdkError { Timeout }
//! # impl std::fmt::Display for SdkError {
//! #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("timed out") }
//! # }
//! # impl std::error::Error for SdkError {}
//! # struct Answer { status: u16, body: Vec<u8> }
//! # impl Sdk {
//! #     async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Answer, SdkError> {
//! #         tokio::task::yield_now().await;
//! #         if self.calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 {
//! #             let body = br#"{"error_code":"APIGW.0308","error_msg":"slow down"}"#.to_vec();
//! #             return Ok(Answer { status: 429, body });
//! #         }
//! #         if path != "batchtasks" { return Err(SdkError::Timeout); }
//! #         let value = |name| query.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
//! #         assert_eq!(value("task_type"), Some("softwareUpgrade"));
//! #         let number = |name| value(name).map_or(0, |value| value.parse::<usize>().unwrap());
//! #         let below = value("marker").map_or(121, |marker| u32::from_str_radix(marker, 16).unwrap());
//! #         let ids = (1..below).rev().skip(number("offset")).take(number("limit"));
//! #         let rows: Vec<_> = ids.map(|id| serde_json::json!({"task_id": format!("{id:024x}")})).collect();
//! #         let marker = rows.last().map(|row| row["task_id"].clone());
//! #         let body = serde_json::json!({"batchtasks": rows, "page": {"count": 120, "marker": marker}});
//! #         Ok(Answer { status: 200, body: body.to_string().into_bytes() })
//! #     }
//! # }
//! # const _: &str = r#"
//! impl Sdk {
//!     /// Sends `GET /v5/iot/{project_id}/{path}?{query}`.
//!     async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Answer, SdkError> { .. }
//! }
//! # "#;
//! #
//! use iotda_batch_tasks::decode::{self, ListShape};
//! use iotda_batch_tasks::{BatchTask, FailureKind, Fetched, Page, PageRequest, PageSource, SourceError};
//!
//! /// The tasks of one type.
//! struct TaskPages {
//!     sdk: Arc<Sdk>,
//!     task_type: String,
//! }
//!
//! impl PageSource<BatchTask> for TaskPages {
//!     async fn fetch(&self, request: PageRequest) -> Result<Page<BatchTask>, SourceError> {
//!         self.fetch_measured(request).await.map(|fetched| fetched.page)
//!     }
//!
//!     // May be left out: what it took to get the page.
//!     async fn fetch_measured(&self, request: PageRequest) -> Result<Fetched<BatchTask>, SourceError> {
//!         let mut query: Vec<(&str, String)> = request.parameters().collect();
//!         query.push(("task_type", self.task_type.clone()));
//!         let mut attempt = 0;
//!         loop {
//!             attempt += 1;
//!             let answer = self.sdk.get("batchtasks", &query).await;
//!             let failure = match answer {
//!                 Ok(Answer { status: 200, body }) => {
//!                     let page = decode::page(&body, &ListShape::BATCH_TASKS)?;
//!                     return Ok(Fetched::new(page).with_attempts(attempt).with_throttled(attempt > 1));
//!                 }
//!                 Ok(Answer { status, .. }) => SourceError::new(FailureKind::Status, format!("status {status}"))
//!                     .with_status(status)
//!                     .with_retryable(status == 429 || status >= 500),
//!                 Err(error) => SourceError::new(FailureKind::Timeout, "the SDK failed").with_cause(error),
//!             };
//!             if attempt == 4 || !failure.is_retryable() {
//!                 return Err(failure.with_attempt(attempt));
//!             }
//!             // An SDK has its own waits and budget here.
//!             tokio::task::yield_now().await;
//!         }
//!     }
//! }
//!
//! use iotda_batch_tasks::{BatchTaskStream, StreamOptions};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sdk = Arc::new(Sdk::default());
//! let pages = || TaskPages { sdk: Arc::clone(&sdk), task_type: "softwareUpgrade".into() };
//! // The name goes into checkpoints, so that they resume this list and no other.
//! let options = || StreamOptions::new().prefetch(8).list("softwareUpgrade");
//!
//! let mut tasks = BatchTaskStream::from_source(pages(), options())?;
//! for _ in 0..70 {
//!     let task = tasks.try_next().await?.expect("there are 120");
//!     println!("{}", task.task_id);
//! }
//! let kept = tasks.checkpoint().to_string(); // to a file, say
//! drop(tasks); // its requests are aborted
//!
//! // Later, maybe in another process: the very next task.
//! let checkpoint: Checkpoint = kept.parse()?;
//! let rest = BatchTaskStream::from_source(pages(), options().resume(checkpoint))?;
//! assert_eq!(rest.try_collect::<Vec<_>>().await?.len(), 50);
//! # Ok(())
//! # }
//! ```
//!
//! # The contract of a source
//! - **One answer is one run of the list**, as the service returned it: in its order, nothing left out, nothing put in.
//!   Everything that the stream promises rests on this. A record that cannot be decoded keeps its place as an `Err`.
//! - **The marker is passed on as it came**, and one that is absent, `null` or empty is `None`. [`decode::page`] does
//!   so; it also refuses a body that is no page, which otherwise would pass for the end of the list.
//! - **Retrying belongs in the source.** The stream does not retry: what `fetch` returns is final. An error ends the
//!   stream in its turn, and the checkpoint continues from there.
//! - **A refused marker is an error of status 400.** With a deep read-ahead the stream also sends markers that it
//!   estimated. If the service refuses one, the stream stops estimating, and the refusal is ignored.
//! - **Requests run concurrently**, each in a separate task, and are aborted when they are not needed any more: a
//!   `fetch` that is dropped must do no harm.
//! - **No secret goes into an error.** Everything in a [`SourceError`] is displayed.
//!
//! What a source may add, by [`fetch_measured`](crate::PageSource::fetch_measured):
//! [`with_attempts`](crate::Fetched::with_attempts) and [`with_throttled`](crate::Fetched::with_throttled), which count in
//! `progress()` and halve the read-ahead; [`with_bytes`](crate::Fetched::with_bytes), which the byte budget counts
//! ([`decode::page`] sets it).
//!
//! # Less code
//! [`source::from_fn`](crate::source::from_fn) makes a source of a closure,
//! [`source::on_own_thread`](crate::source::on_own_thread) of an async closure around a client that is not `Sync`, and
//! with the feature `tower` [`tower`](crate::tower) takes any service of HTTP requests.
//!
//! # Other lists
//! The same source reads any list under the service's rule: with another path, another [`ListShape`], and another
//! record, which needs [`Identity`] and serde's `Deserialize`. [`lists`](crate::lists) has paths, shapes and records of
//! seven of them, and needs no feature.
//!
//! # Without tokio's runtime
//! The stream spawns tasks of tokio. Below it, [`iotda_paging::Pager`] is the same state machine without
//! any runtime: it returns requests, takes pages in any order, and returns the list in order.
//!
//! # Tests
//! The crate `iotda-simulator` is [a server](crate::guide::simulator) that keeps the service's rules, on
//! loopback and with faults: point the SDK at it in tests, and let it edit the list between any two requests.
//!
//! [`PageSource`]: crate::PageSource
//! [`PageRequest`]: crate::PageRequest
//! [`Page`]: crate::Page
//! [`SourceError`]: crate::SourceError
//! [`ListShape`]: crate::decode::ListShape
//! [`Identity`]: crate::Identity
//! [`decode::page`]: crate::decode::page
