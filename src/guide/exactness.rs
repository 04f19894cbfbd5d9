//! Exactness: what "every task once" means while the list changes.
//!
//! A list of tens of thousands of tasks takes seconds to read, and meanwhile people create tasks, delete them, and tasks
//! move from one status to another. What a reader may expect of that:
//!
//! | a task that | comes |
//! |---|---|
//! | is in the list for the whole reading | exactly once, newer ones before it |
//! | is created during the reading | at most once; not if the reading has passed its place, which is the usual case |
//! | is deleted during the reading | at most once |
//! | enters or leaves a filter by status | at most once |
//!
//! and it comes as it was when its page was read.
//!
//! # How others lose tasks
//! Offsets count from a place that moves. One task deleted near the head, and everything behind it moves up by one:
//! whoever asks for offset 50 next has never seen the task that was at 50 and is at 49 now.
//!
//! ```text
//!              0 1 2 3 4 5 6 7 8 9            read 0 to 4:   A B C D E
//! before       A B C D E F G H I J            then B is deleted
//! after        A C D E F G H I J              read 5 to 9:           G H I J         F is lost
//! ```
//!
//! The other way about, one task created makes one come twice. Here is the loop that goes wrong, and the stream that
//! does not, over one list that loses a task before each request:
//!
//! ```
//! # use std::collections::BTreeSet;
//! # use std::sync::{Arc, Mutex};
//! # use futures::TryStreamExt;
//! use iotda_batch_tasks::{
//!     BatchTask, BatchTaskStream, Offset, Page, PageRequest, PageSize, PageSource, SourceError, StreamOptions,
//! };
//!
//! /// A list that somebody tidies up, from the newest on, while it is read.
//! #[derive(Clone)]
//! struct Tidied(Arc<Mutex<Vec<u32>>>);
//!
//! impl PageSource<BatchTask> for Tidied {
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
//! let list = || Tidied(Arc::new(Mutex::new((0..400).rev().collect())));
//! // Those that are still there when the reading is over were there throughout.
//! let stayed = |list: &Tidied| -> BTreeSet<String> {
//!     list.0.lock().unwrap().iter().map(|id| format!("{id:024x}")).collect()
//! };
//!
//! // By offsets alone:
//! let tidied = list();
//! let mut seen = BTreeSet::new();
//! for offset in (0..400).step_by(50) {
//!     let request = PageRequest { marker: None, offset: Offset::new(offset)?, limit: PageSize::MAX };
//!     seen.extend(tidied.fetch(request).await?.records.into_iter().map(|task| task.unwrap().task_id));
//! }
//! assert_eq!(stayed(&tidied).difference(&seen).count(), 7); // lost without a word
//!
//! // By the stream, with the same jumps, several at once:
//! let tidied = list();
//! let tasks: Vec<_> = BatchTaskStream::from_source(tidied.clone(), StreamOptions::new())?.try_collect().await?;
//! let seen: BTreeSet<_> = tasks.iter().map(|task| task.task_id.clone()).collect();
//! assert_eq!(seen.len(), tasks.len());
//! assert_eq!(stayed(&tidied).difference(&seen).count(), 0);
//! # Ok(())
//! # }
//! ```
//!
//! # How the stream keeps them
//! It jumps by offsets too, but each page begins with the record that the one before should end with. Where it does, the
//! two join. Where it does not, the list has moved, and what may be missing is fetched from the last place that is
//! certain. [`paging`](crate::paging) draws every case, and the reason why nothing can slip through.
//!
//! # What it rests on
//! - **One answer is one consistent run of the list.** The service documents that ids descend; that an answer is not put
//!   together from two moments is taken for granted by everyone who pages.
//! - **A marker stands for a place, not for a record**, so that it stays good when its record is deleted.
//!
//! If the service breaks a rule so that going on would never end, or would lose records, the stream says so with an
//! error of kind [`Paging`](crate::FailureKind::Paging) and a checkpoint that goes on; it never guesses in silence.
//!
//! Nobody has tried this crate against the live service.
