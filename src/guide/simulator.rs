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
//! # Limits
//! It is written from the service's documents, as the client is. Where they are silent, an option chooses the behaviour
//! (`count`, `last_page_marker`, `refuse_foreign_markers`, ...). What the live service does is not known.
