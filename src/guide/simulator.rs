//! The simulator: a service on loopback, for the tests of your program.
//!
//! A clean-up job should not be tested against the devices of a factory. The crate `iotda-simulator` is a server that keeps
//! the service's rules for lists and refuses what the service refuses. It shares no code with the client. Everything
//! random in it follows from a seed.
//!
//! ```toml
//! [dev-dependencies]
//! iotda-simulator = "0.1"
//! ```
//!
//! ```
//! # #[cfg(feature = "client")]
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use iotda_batch_tasks::Error;
//! use futures::TryStreamExt;
//! use iotda_simulator::{Fault, Simulator};
//! use iotda_batch_tasks::{Client, TaskStatus, TaskType};
//!
//! /// The code under test: the names of the upgrades that failed.
//! async fn failed(client: &Client) -> Result<Vec<String>, Error> {
//!     let tasks = client.batch_tasks(TaskType::SoftwareUpgrade).status(TaskStatus::Fail).stream()?;
//!     tasks.try_filter_map(async |task| Ok(task.task_name)).try_collect().await
//! }
//!
//! let simulator = Simulator::builder()
//!     .tasks(500)
//!     .seed(7)
//!     .delete_every(3) // a task is deleted before every third request
//!     .faults(0.05, Fault::HalfBody) // one answer in twenty is cut short
//!     .start()
//!     .await?;
//! let client = Client::builder().endpoint(simulator.endpoint()).project_id("0a").token("any").build()?;
//!
//! let names = failed(&client).await?;
//!
//! // The list as it is now, and the requests that were made.
//! let stayed = simulator.edit(|list| list.tasks().into_iter().filter(|task| task.status == "Fail").count());
//! assert!(names.len() >= stayed);
//! assert!(simulator.requests().iter().all(|request| request.query("status") == Some("Fail")));
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "client"))]
//! # fn main() {}
//! ```
//!
//! # For clients in any language
//! `batchtasks simulate` is the same server as a process. It prints its endpoint as the only line on stdout and serves
//! until Ctrl-C. This repository's tests read from it with the official Python SDK.
//!
//! ```sh
//! batchtasks simulate --port 8080 --tasks 20000 --latency-ms 20 --delete-every 7 --fault reset=0.01
//! ```
//!
//! # Whether a client is exact
//! With `--history` it records what is in the lists at every answer. `check` then says what a client lost, delivered twice,
//! made up, or delivered out of order. It knows the lists alone, not how a client pages, so that it judges any client by what
//! it delivered:
//!
//! ```sh
//! batchtasks simulate --port 8080 --tasks 20000 --delete-every 7 --history history.ndjson &
//! sleep 1
//! your-client http://127.0.0.1:8080 > ids.txt      # one id a line, or NDJSON, or CSV with a header
//! kill $! && wait
//! batchtasks simulate check history.ndjson ids.txt
//! ```
//!
//! In Rust it is `Simulator::history` and `History::check`:
//!
//! ```
//! # #[cfg(feature = "client")]
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use futures::TryStreamExt;
//! # use iotda_batch_tasks::{Client, TaskType};
//! use iotda_simulator::{CheckOptions, Simulator};
//!
//! let simulator = Simulator::builder().tasks(500).delete_every(3).record_history().start().await?;
//! let client = Client::builder().endpoint(simulator.endpoint()).project_id("0a").token("any").build()?;
//! let tasks: Vec<_> = client.batch_tasks(TaskType::SoftwareUpgrade).stream()?.try_collect().await?;
//!
//! let verdict = simulator.history().check(&CheckOptions::new(), tasks.iter().map(|task| &task.task_id))?;
//! assert!(verdict.is_exact(), "{verdict}");
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "client"))]
//! # fn main() {}
//! ```
//!
//! # Limits
//! It is written from the service's documents, as the client is. Where they are silent, an option chooses the behaviour
//! (`count`, `last_page_marker`, `refuse_foreign_markers`, ...). What the live service does is not known.
