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
//! assert!(matches!(refused, Error::Argument(error) if error.name() == "page_size" && error.rule() == "1 to 50"));
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
//! Below the stream, for each request: refused and broken connections, timeouts, answers that are cut short, 408, 429,
//! 500, 502, 503, 504, and the 403s by which the service throttles. Waits double, with jitter; `Retry-After` is obeyed;
//! requests that fail at the same time share one budget, so that an outage does not multiply them, and the first success
//! ends the waits of all. Large answers over a slow link are read as long as they keep arriving. [`RetryPolicy`](crate::RetryPolicy) sets the bounds; `docs/what-is-retried.md` in the
//! repository has a table of what is tried how often, and how long each failure takes to be reported.
//!
//! What cannot get better by itself is tried once, and its message says what to change: a certificate that is not
//! trusted, has expired or is for another name, a server without TLS or with an old one
//! ([`Tls`](crate::FailureKind::Tls)); a proxy that wants other credentials or does not connect to the host
//! ([`Proxy`](crate::FailureKind::Proxy)); answers or headers that are too large
//! ([`TooLarge`](crate::FailureKind::TooLarge)); a project that IAM does not name
//! ([`Project`](crate::FailureKind::Project)); a login page or other HTML where JSON belongs
//! ([`Decode`](crate::FailureKind::Decode)); and every other 4xx answer.
//!
//! # What is read although it is odd
//! A byte order mark before the JSON, `Content-Encoding: utf-8`, and an answer without `Content-Length` whose connection
//! is cut after the JSON is complete. The service guarantees no field, so `{}` is an empty page. If the first answer of a
//! scan has no records, no count and no marker, that is more likely another server: it is requested again, a warning is
//! logged, and [`Progress::count`](crate::Progress) stays `None`.
//!
//! # Trust and proxies
//! Certificates are checked against the trust store of the system, or the file in `SSL_CERT_FILE`. `HTTPS_PROXY`,
//! `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are read as curl reads them, in upper or lower case; entries of `NO_PROXY` may
//! have a port or begin with `*.`. A proxy that cannot be read is refused by `build()`. Requests to this machine and to
//! the metadata service never go through a proxy. An [`http_client`](crate::ClientBuilder::http_client) of the user's has
//! its own rules.
//!
//! A page that fails is never skipped: a list with a gap looks like a complete one. The stream ends there, and
//! [`is_retryable`](crate::Error::is_retryable) returns whether a later attempt may succeed.
//!
//! # What an error contains
//! [`SourceError`](crate::SourceError) keeps the status, the service's `error_code` and `error_msg` and the request id
//! for its support. Credentials are in none of it, nor in any `Debug` or log line of this crate.
