//! Errors: what can fail, where it is reported, and what is retried.
//!
//! | what | where it is reported | then |
//! |---|---|---|
//! | an argument breaks a rule | `build()`, `stream()`, `parse()`: an [`ArgumentError`](crate::ArgumentError), before anything is sent | it names the argument, the value and the rule |
//! | a record cannot be decoded | in its own place: [`Error::Record`](crate::Error::Record) | the stream continues after it |
//! | a page cannot be fetched | the last item: [`Error::Page`](crate::Error::Page) | everything before it was delivered; the checkpoint continues |
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
//!     .fault_at(1, Fault::Internal) // retried
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
//!         // One record: its position in the answer and its fault.
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
//! # What is retried
//! Below the stream, for each request: refused and broken connections, timeouts, answers that are cut short or cannot be
//! decoded, 408, 429, 5xx, and the 403s by which the service throttles. Waits double, with jitter; `Retry-After` is
//! obeyed; requests that fail at the same time share one budget, so that an outage does not multiply them.
//! [`RetryPolicy`](crate::RetryPolicy) sets the bounds. Other 4xx answers are final.
//!
//! A page that fails is never skipped: a list with a gap looks like a complete one. The stream ends there, and
//! [`is_retryable`](crate::Error::is_retryable) returns whether a later attempt may succeed.
//!
//! # What an error contains
//! [`SourceError`](crate::SourceError) keeps the status, the service's `error_code` and `error_msg` and the request id
//! that its support asks for. Credentials are in none of it, nor in any `Debug` or log line of this crate.
