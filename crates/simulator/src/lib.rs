//! An HTTP server on loopback that keeps the rules of Huawei Cloud IoTDA's lists, with edits and faults, for demos and tests.
//!
//! It refuses what the service refuses. It shares no code with the client `iotda-batch-tasks`, since it is there to test
//! it. Any client in any language can use it.
//!
//! ```
//! use iotda_simulator::{Fault, Simulator};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use tokio::net::TcpStream;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let simulator = Simulator::builder()
//!     .tasks(2000) // the same seed makes the same tasks
//!     .seed(7)
//!     .fault_at(2, Fault::Congested) // the second request fails
//!     .before_each(|number, list| {
//!         if number == 3 {
//!             list.create("softwareUpgrade");
//!         }
//!     })
//!     .start()
//!     .await?;
//!
//! // Any client will do. This one requests the newest task.
//! let request = async || -> std::io::Result<String> {
//!     let mut stream = TcpStream::connect(simulator.address()).await?;
//!     let target = "/v5/iot/0123456789abcdef/batchtasks?task_type=softwareUpgrade&limit=1";
//!     stream.write_all(format!("GET {target} HTTP/1.0\r\n\r\n").as_bytes()).await?;
//!     let mut answer = String::new();
//!     stream.read_to_string(&mut answer).await?;
//!     Ok(answer)
//! };
//! assert!(request().await?.contains("\"count\":2000"));
//! assert!(request().await?.contains("IOTDA.014102"));
//! assert!(request().await?.contains("\"count\":2001"));
//!
//! // The requests and answers so far, and the list as it is.
//! assert_eq!(simulator.requests()[1].status, Some(500));
//! assert_eq!(simulator.edit(|list| list.ids("softwareUpgrade")).len(), 2001);
//! # Ok(())
//! # }
//! ```
//!
//! # Endpoints
//!
//! | request | answer |
//! |---|---|
//! | `GET /v5/iot/{project_id}/batchtasks` | a page of tasks |
//! | `GET /v5/iot/{project_id}/batchtasks/{task_id}` | a task and a page of its targets |
//! | `GET /v5/iot/{project_id}/...` | a page of the [`RowList`] that was [added](SimulatorBuilder::list) there |
//! | `POST /v3/auth/tokens` | a token for an [`iam_user`](SimulatorBuilder::iam_user) |
//! | `GET /v3/projects` | the [`project_id`](SimulatorBuilder::project_id) |
//!
//! Anything else gets 404, another method on the first three 405. Every answer has an `X-Request-Id`.
//!
//! # Order of events
//!
//! ```text
//! request ─► log ─► hooks edit the list ─► credentials ─► quota ─► rules ─► page ─► fault ─┄ latency ┄─► answer
//!            └──────────────────────── one step, no request in between ────────────────┘
//! ```
//!
//! So a page is one consistent run of the list as it was when its request arrived, an edit falls between two requests
//! and never into one, and a fault replaces or damages whatever the answer would have been.
//!
//! # Whether a client is exact
//!
//! A simulator that [records](SimulatorBuilder::record_history) a [`History`] knows what was in each list at every answer.
//! [`History::check`] compares it with the ids that a client delivered: what was lost, what came twice, what was never
//! there, and what came out of order.
//!
//! # In a separate process
//!
//! Give it a [`port`](SimulatorBuilder::port) and [`wait`](Simulator::wait). A page of 50 tasks costs well under a
//! tenth of a millisecond of processor time, a million tasks fit in 60 MB: records are written when they are requested.

mod answer;
mod auth;
mod body;
mod builder;
mod clock;
mod details;
mod fault;
mod fleet;
mod forms;
mod generator;
mod history;
mod id;
mod list;
mod log;
mod marker;
mod names;
mod page_cap;
mod pieces;
mod progress;
mod query;
mod quota;
mod random;
mod record;
mod refusal;
mod rows;
mod server;
mod service;
mod settings;
mod simulator;
mod task_ids;
mod tasks;

pub use auth::SignatureKind;
pub use builder::SimulatorBuilder;
pub use fault::Fault;
pub use forms::{CountForm, MarkerFault, MarkerForm, Markers};
pub use generator::Spread;
pub use history::{CheckError, CheckOptions, History, HistoryError, Verdict};
pub use list::{List, SimulatedTask};
pub use log::SeenRequest;
pub use query::{STATUSES, TASK_TYPES};
pub use rows::RowList;
pub use simulator::Simulator;
pub use task_ids::TaskIds;

/// The example of the README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
