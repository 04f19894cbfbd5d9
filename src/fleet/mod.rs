//! Several projects, instances or regions as one stream: a fleet of named clients.
//!
//! Each member keeps its own client, and with it its own connections, credentials and quota. One that fails ends alone:
//! its error is an item that names it, and the others continue to their ends.
//!
//! ```
//! # #[cfg(feature = "client")]
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let north = iotda_simulator::Simulator::builder().tasks(60).start().await?;
//! # let south = iotda_simulator::Simulator::builder().tasks(40).start().await?;
//! # let client = |endpoint: String| {
//! #     iotda_batch_tasks::Client::builder().endpoint(endpoint).project_id("0a").token("any").build()
//! # };
//! # let (north, south) = (client(north.endpoint())?, client(south.endpoint())?);
//! use futures::StreamExt;
//! use iotda_batch_tasks::TaskType;
//! use iotda_batch_tasks::fleet::Fleet;
//!
//! let fleet = Fleet::new([("north", north), ("south", south)])?;
//! let query = fleet.query(|client| client.batch_tasks(TaskType::SoftwareUpgrade));
//! let mut tasks = query.clone().stream()?;
//! let mut number = 0;
//! while let Some(item) = tasks.next().await {
//!     match item {
//!         Ok(task) => number += usize::from(!task.origin.is_empty() && !task.record.task_id.is_empty()),
//!         Err(error) => eprintln!("{} is incomplete: {}", error.member(), error.error()),
//!     }
//! }
//! assert_eq!(number, 100);
//!
//! // One checkpoint for all of them: what is complete is not read again.
//! let line = tasks.checkpoint().to_string();
//! assert_eq!(query.resume(line.parse()?).stream()?.count().await, 0);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "client"))]
//! # fn main() {}
//! ```
//!
//! A member's own streams do the paging, so that each member is as exact as [one stream](crate::guide::exactness). Without the
//! HTTP client, [`FleetStream::new`] merges streams of any source.
//!
//! # Sub-tasks
//! The sub-tasks of the tasks of all members are one stream as well: each member's [`sub_tasks`](crate::sub_tasks), merged.
//! One checkpoint holds the positions of both levels of every member.
//!
//! ```
//! # #[cfg(feature = "client")]
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let start = || iotda_simulator::Simulator::builder().tasks(40).targets_per_task(20).start();
//! # let (north, south) = (start().await?, start().await?);
//! # let client = |endpoint: String| {
//! #     iotda_batch_tasks::Client::builder().endpoint(endpoint).project_id("0a").token("any").build()
//! # };
//! # let (north, south) = (client(north.endpoint())?, client(south.endpoint())?);
//! use futures::StreamExt;
//! use iotda_batch_tasks::TaskType;
//! use iotda_batch_tasks::fleet::Fleet;
//!
//! let fleet = Fleet::new([("north", north), ("south", south)])?;
//! let query = fleet.query(|client| client.batch_tasks(TaskType::SoftwareUpgrade).sub_tasks().status("Fail"));
//! let mut failed = query.clone().stream()?;
//! while let Some(item) = failed.next().await {
//!     match item {
//!         Ok(row) => println!("{} {} {:?}", row.origin, row.record.task.task_id, row.record.detail.target),
//!         Err(error) => eprintln!("{} is incomplete: {}", error.member(), error.error()),
//!     }
//! }
//! let line = failed.checkpoint().to_string();
//! assert_eq!(query.resume(line.parse()?).stream()?.count().await, 0);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "client"))]
//! # fn main() {}
//! ```

// Knows streams and their names; must not know pages or HTTP.

mod checkpoint;
mod error;
mod member;
#[cfg(feature = "client")]
mod query;
mod stream;

pub use checkpoint::FleetCheckpoint;
pub use error::MemberError;
pub use member::MemberStream;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use query::{Fleet, FleetQuery, MemberQuery};
pub use stream::{FleetOrder, FleetStream, MemberProgress, MemberState, Sourced};
