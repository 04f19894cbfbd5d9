//! Read-ahead: what is fetched when, how much of it, and how to choose.
//!
//! A page takes a round trip, and the consumer takes its own time. One after the other they add up; in parallel only the
//! longer one counts. So pages are fetched in separate tasks, which make progress while the consumer awaits something
//! else, or does not poll at all.
//!
//! ```text
//! one by one    [request][consumer][request][consumer][request][consumer]
//!
//! ahead         [request][consumer][consumer][consumer][consumer]
//!                        [request ]
//!                                  [request ]
//!                                  [request ]   several at once, as soon as one is too slow
//! ```
//!
//! # It grows on demand
//! Nothing is sent before the stream is first polled. The first page comes alone, and with it the anchor of the first
//! window; then one page is fetched ahead. Each time the consumer has to wait for a page, the depth is multiplied, up to
//! [`prefetch`](crate::StreamOptions::prefetch); so ten tasks cost
//! a request or two, and a full scan is at full depth after a few pages. A page that the service throttles halves the
//! depth.
//!
//! ```
//! # #[cfg(feature = "client")]
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let simulator = iotda_simulator::Simulator::builder().tasks(2000).start().await?;
//! # let client = iotda_batch_tasks::Client::builder()
//! #     .endpoint(simulator.endpoint()).project_id("0a").token("any").build()?;
//! use futures::{StreamExt, TryStreamExt};
//! use iotda_batch_tasks::TaskType;
//!
//! let ten: Vec<_> = client.batch_tasks(TaskType::SoftwareUpgrade).stream()?.take(10).try_collect().await?;
//! assert_eq!(ten.len(), 10);
//! assert!(simulator.request_count() <= 2);
//!
//! let tasks = client.batch_tasks(TaskType::SoftwareUpgrade).prefetch(4).stream()?;
//! assert_eq!(tasks.count().await, 2000);
//! assert!(simulator.most_in_flight() <= 4);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "client"))]
//! # fn main() {}
//! ```
//!
//! # How to choose
//! | `prefetch` | use |
//! |---|---|
//! | 0 | strictly lazy: a page is requested when it is needed |
//! | 11 (default) | one window: no marker is estimated, about 1.02 requests for each page |
//! | 12 to 64 | long lists over slow connections: the anchors of further windows are estimated from the ids seen so far; overlaps judge each estimate, so that a wrong one costs a request and never a record |
//!
//! `benches/README.md` has measurements. More requests than the service's quota allows gain nothing: the client learns that
//! quota, and [`rate_limit`](crate::ClientBuilder::rate_limit) sets it beforehand.
//!
//! # What it costs in memory
//! Pages ahead are bounded twice: by their number, and by their bytes
//! ([`prefetch_bytes`](crate::StreamOptions::prefetch_bytes), 64 MiB by default), since one task may carry 30,000
//! targets. One page is always allowed, whatever its size. The length of the list costs no memory.
//!
//! # When it stops
//! Dropping the stream aborts its requests. A stream that is not polled fetches until its bounds are reached, and then
//! waits. Errors of pages beyond the end of the list are ignored.
