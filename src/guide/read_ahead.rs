//! Read-ahead: what is fetched when, how much of it, and how to choose.
//!
//! A page takes a round trip, and a consumer takes its time. One after the other they add up; side by side only the longer
//! of the two counts. So pages are fetched in tasks of their own, which go on while the consumer awaits something else,
//! or does not poll at all.
//!
//! ```text
//! one by one    [request][consumer][request][consumer][request][consumer]
//!
//! ahead         [request][consumer][consumer][consumer][consumer]
//!                        [request ]
//!                                  [request ]
//!                                  [request ]   several at once, as soon as one alone has proved too slow
//! ```
//!
//! # It grows when it is needed
//! Nothing is sent before the stream is first polled. The first page comes alone, and with it the anchor of the first
//! window; then one page is fetched ahead. Each time the consumer has to wait for a page, the depth is multiplied, up to
//! [`prefetch`](crate::StreamOptions::prefetch); so whoever takes ten tasks and leaves pays for a request or two, and
//! whoever reads the whole list is at full depth after a few pages. A page that the service throttles halves the depth.
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
//! | `prefetch` | what it is good for |
//! |---|---|
//! | 0 | strictly lazy: a page is asked for when it is needed |
//! | 11 (unless told) | one window: no request is a guess, about 1.02 requests for each that is needed at all |
//! | 12 to 64 | long lists over slow lines: the anchors of further windows are guessed from the ids seen so far; the seams judge each guess, so that a wrong one costs a request and never a record |
//!
//! The README has the figures. More than the service's quota allows brings nothing: the client finds that quota by
//! itself, and [`rate_limit`](crate::ClientBuilder::rate_limit) tells it beforehand.
//!
//! # What it costs in memory
//! Pages ahead are bounded twice: by their number, and by their bytes
//! ([`prefetch_bytes`](crate::StreamOptions::prefetch_bytes), 64 MiB unless told), since one task may carry 30,000
//! targets. One page is always allowed, however large. The length of the list costs nothing.
//!
//! # When it stops
//! Dropping the stream aborts what is under way. A stream that nobody polls goes on until what it may hold is there, and
//! then waits. Errors of pages that were fetched beyond the end of the list are nobody's.
