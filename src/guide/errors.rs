//! Errors: what can go wrong, where it shows, and what is tried again.
//!
//! | what | where it shows | then |
//! |---|---|---|
//! | an argument breaks a rule | `build()`, `stream()`, `parse()`: an [`ArgumentError`](crate::ArgumentError), before anything is sent | it names the argument, the value and the rule |
//! | a record cannot be read | in its own place: [`Error::Record`](crate::Error::Record) | the stream goes on behind it |
//! | a page cannot be had | the last item: [`Error::Page`](crate::Error::Page) | everything before it was delivered; the checkpoint goes on |
//! | credentials are refused | as a page | a token is renewed once first, where it can be |
//!
//! ```
//! # #[cfg(feature = "client")]
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use futures::StreamExt;
//! use iotda_simulator::{Fault, Simulator};
//! use iotda_batch_tasks::{Client, Error, TaskType};
//!
//! let simulator = Simulator::builder()
//!     .tasks(120)
//!     .fault_at(1, Fault::Internal) // met by trying again
//!     .fault_at(3, Fault::Error { status: 403, code: "IOTDA.000021".into(), message: "no".into() }) // final
//!     .start()
//!     .await?;
//! let newest = simulator.edit(|list| list.ids("softwareUpgrade")[0].clone());
//! simulator.edit(|list| list.set_json(&newest, format!(r#"{{"task_id":"{newest}","targets":7}}"#)));
//! let client = Client::builder().endpoint(simulator.endpoint()).project_id("0a").token("any").build()?;
//!
//! // Nothing is sent for this one.
//! let refused = client.batch_tasks(TaskType::SoftwareUpgrade).page_size(51).stream().unwrap_err();
//! assert!(matches!(refused, Error::Argument(error) if error.name == "page_size" && error.rule == "1 to 50"));
//!
//! let query = client.batch_tasks(TaskType::SoftwareUpgrade).prefetch(0);
//! let mut tasks = query.clone().stream()?;
//! let mut delivered = 0;
//! while let Some(item) = tasks.next().await {
//!     match item {
//!         Ok(task) => delivered += task.task_id.len() / 24,
//!         // One record, told by its place in the answer and by what is wrong in it.
//!         Err(Error::Record(error)) => assert!(error.to_string().contains("targets")),
//!         // The end, for now.
//!         Err(error) => assert_eq!(error.failure().and_then(|failure| failure.status()), Some(403)),
//!     }
//! }
//! assert_eq!(delivered, 49);
//! assert_eq!(query.resume(tasks.checkpoint()).stream()?.count().await, 70);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "client"))]
//! # fn main() {}
//! ```
//!
//! # What is tried again
//! Below the stream, for each request: refused and broken connections, time-outs, answers cut short or unreadable as a
//! whole, 408, 429, 5xx, and the 403s by which the service throttles. The waits double and are drawn at random;
//! `Retry-After` is obeyed; many requests that fail at once share one budget, so that an outage does not multiply them.
//! [`RetryPolicy`](crate::RetryPolicy) sets the bounds. Other answers of 4xx are final at once.
//!
//! A page that fails is not skipped, ever: a list with a hole in it looks like a list. A stream ends there, and
//! [`is_retryable`](crate::Error::is_retryable) says whether the same may succeed later.
//!
//! # What the service says
//! [`SourceError`](crate::SourceError) keeps the status, the service's `error_code` and `error_msg` and the request id
//! that its support asks for. Credentials are in none of it, nor in any `Debug` or log line of this crate.
