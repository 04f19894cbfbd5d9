//! Exactness: what "exactly once" means while the list changes.
//!
//! A scan of tens of thousands of tasks takes seconds. Meanwhile tasks are created, deleted, and change status. What a
//! scan delivers of them:
//!
//! | a task that | is delivered |
//! |---|---|
//! | is in the list for the whole scan | exactly once, newer ones before it |
//! | is created during the scan | at most once; not if the scan has passed its position, which is the usual case |
//! | is deleted during the scan | at most once |
//! | enters or leaves a filter by status | at most once |
//!
//! and with the contents that it had when its page was read.
//!
//! # How offsets lose tasks
//! Offsets count from a moving head. When a task near the head is deleted, everything after it moves up by one: a request
//! for offset 50 then skips the task that was at 50 and is now at 49.
//!
//! ```text
//!              0 1 2 3 4 5 6 7 8 9            read 0 to 4:   A B C D E
//! before       A B C D E F G H I J            then B is deleted
//! after        A C D E F G H I J              read 5 to 9:           G H I J         F is lost
//! ```
//!
//! Likewise, one task created makes another come twice. Here are the loop that fails and the stream that does not, over
//! one list that loses a task before each request:
//!
//! ```
//! # use std::collections::BTreeSet;
//! # use std::sync::{Arc, Mutex};
//! # use futures::TryStreamExt;
//! use iotda_batch_tasks::{
//!     BatchTask, BatchTaskStream, Offset, Page, PageRequest, PageSize, PageSource, SourceError, StreamOptions,
//! };
//!
//! /// A list whose newest task is deleted before each request.
//! #[derive(Clone)]
//! struct Shrinking(Arc<Mutex<Vec<u32>>>);
//!
//! impl PageSource<BatchTask> for Shrinking {
//!     async fn fetch(&self, request: PageRequest) -> Result<Page<BatchTask>, SourceError> {
//!         let mut list = self.0.lock().unwrap();
//!         list.remove(0);
//!         let below = request.marker.map_or(u32::MAX, |marker| u32::from_str_radix(marker.as_str(), 16).unwrap());
//!         let ids = list.iter().filter(|&&id| id < below).skip(request.offset.get()).take(request.limit.get());
//!         let tasks: Vec<_> = ids.map(|id| Ok(BatchTask::new(format!("{id:024x}")))).collect();
//!         let marker = tasks.last().and_then(|task| task.as_ref().ok()?.task_id.parse().ok());
//!         Ok(Page::new(tasks, marker, Some(list.len() as u64)))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let list = || Shrinking(Arc::new(Mutex::new((0..400).rev().collect())));
//! // Those that are there after the scan were there throughout.
//! let stayed = |list: &Shrinking| -> BTreeSet<String> {
//!     list.0.lock().unwrap().iter().map(|id| format!("{id:024x}")).collect()
//! };
//!
//! // By offsets alone:
//! let shrinking = list();
//! let mut seen = BTreeSet::new();
//! for offset in (0..400).step_by(50) {
//!     let request = PageRequest { marker: None, offset: Offset::new(offset)?, limit: PageSize::MAX };
//!     seen.extend(shrinking.fetch(request).await?.records.into_iter().map(|task| task.unwrap().task_id));
//! }
//! assert_eq!(stayed(&shrinking).difference(&seen).count(), 7); // lost, without an error
//!
//! // By the stream, with the same jumps, several at once:
//! let shrinking = list();
//! let tasks: Vec<_> = BatchTaskStream::from_source(shrinking.clone(), StreamOptions::new())?.try_collect().await?;
//! let seen: BTreeSet<_> = tasks.iter().map(|task| task.task_id.clone()).collect();
//! assert_eq!(seen.len(), tasks.len());
//! assert_eq!(stayed(&shrinking).difference(&seen).count(), 0);
//! # Ok(())
//! # }
//! ```
//!
//! # How the stream keeps them
//! It jumps by offsets too, but each page begins with the record that should end the page before. If it does, the two
//! join. If not, the list has moved, and what may be missing is fetched from the last position that is certain.
//! [`paging`](crate::paging) draws every case, and shows why no record is lost.
//!
//! # What it rests on
//! - **One answer is one consistent run of the list.** The service documents that ids descend. That an answer does not mix
//!   two states of the list is an assumption, which every client that pages makes.
//! - **A marker stands for a position, not for a record**, so that it stays valid when its record is deleted.
//!
//! If the service breaks a rule so that the scan would never end, or would lose records, the stream ends with an error of
//! kind [`Paging`](crate::FailureKind::Paging), and its checkpoint continues from there.
//!
//! This crate has never been run against the live service.
