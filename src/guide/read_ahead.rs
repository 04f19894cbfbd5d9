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
//! window; then one page is fetched ahead. So ten tasks cost a request or two.
//!
//! Each time the consumer has to wait for a page, the read-ahead gets deeper: to 11 pages, which is one window, then to 44,
//! then to 128. Each step has to bring at least a quarter more answers a second than the depth before; one that does not is
//! taken back, and tried again much later. So a service that serves one request after the other, or holds them back, gets
//! no more of them than it serves. A throttled request halves the depth.
//! [`prefetch`](crate::StreamOptions::prefetch) sets the greatest depth, which is then not measured but reached at
//! once.
//!
//! Who reads a list to its end says so with [`whole_list`](crate::StreamOptions::whole_list): the read-ahead is deep from the
//! first answer on.
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
//! | 11 | one window: no marker is estimated, about 1.02 requests for each page |
//! | not set | up to 128, as deep as it pays. Beyond one window the anchors are estimated from the ids seen so far; overlaps judge each estimate, so that a wrong one costs a request and never a record |
//! | 12 and more | so many requests at once whether or not it pays |
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
