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
//! # What is assumed of the service
//! 1. **An answer is one consistent run.** The records of one answer are those that are in the list, in its order, from
//!    some place on, at one moment between request and answer.
//! 2. **The order is fixed.** Each record has an internal key that never changes, and lists descend by it. It need not be
//!    the task's id, nor be visible.
//! 3. **A marker is a place.** A request after a marker is answered from below that key, and stays so when the record of the
//!    marker is deleted. The marker returned with a page is that of its last record.
//! 4. **An identity is one record's.** The same task has the same id in every answer, and no other task has it.
//! 5. **The end is empty.** Below the last record an answer holds no records. One that gives neither a count nor a marker is
//!    not believed the first time. A whole list that is answered so twice, such as by `{}`, counts as empty: nothing comes, and
//!    [`Progress::count`](crate::Progress) stays `None`, of which the command makes an error.
//!
//! Whether a service behaves so can be seen, as far as a few requests show it: by
//! [`Client::diagnose`](crate::Client::diagnose), or `batchtasks doctor`. Its lines, and what each checks:
//!
//! | line | checks |
//! |---|---|
//! | `reads-agree` | 1, 2, 4: two reads of a page have the same tasks in the same order |
//! | `newest-first` | 2: ids, or else times of creation, descend |
//! | `marker-exclusive` | 3: no task of a page comes again after its marker |
//! | `marker-descends` | 3: each page in the middle returns a marker, below that of its request |
//! | `offset-500` | the far end of a window can be requested |
//! | `empty-page-fields` | 5: whether an empty page has to be requested twice to be believed |
//! | `marker-is-last-id`, `estimated-marker` | nothing that a scan needs: whether it can read further ahead than a window |
//! | `count-of-whole-list`, `full-pages` | nothing that a scan needs: whether it can save requests |
//!
//! That a record keeps its key, and that no two records have one identity, no few requests can show.
//!
//! Nothing is assumed of counts, of the length of pages, of ids as markers, or of what an empty or a last page carries. A
//! marker that the service did not return is used only where the records that come back prove it right.
//!
//! # Why nothing is lost and nothing comes twice
//! A scan is a chain of answers. Each one is joined to the run before it in one of two ways: by its anchor, since it was
//! requested after the very marker that the run ended with; or by an overlap, since it holds the run's last record.
//!
//! ```text
//!  keys, newest first      k1 > k2 > ...                                                         last
//!  answer 1, after none    |a b c d|m1                                    m1: the marker returned with d
//!  answer 2, after m1              |e f g h|m2                            joined by its anchor
//!  answer 3, after m1, offset 3          |h i j k|m3                      joined by the overlap h
//!  answer 4, after m3                            |                        empty: the end
//! ```
//!
//! *Claim.* Every record that is in the list throughout is in the chain, once, in order; and no record is in it twice.
//!
//! - *No place is left out.* By 2, a record r that is there throughout has a place between two joined answers or in one. If
//!   an answer's run spans r's key, then by 1 r is in it: it was there at that moment. Between two answers that are joined by
//!   an anchor no key lies, by 3. Between two that are joined by an overlap none lies either: the second holds the last
//!   record of the first, and what precedes it is dropped.
//! - *The spans reach from the head to the end.* The first answer begins at the head. The scan ends only at an empty answer
//!   after the last marker (5), so below it no record was at that moment, r included.
//! - *Nothing comes twice.* After a join only records below the run's end are delivered, so that keys descend strictly, and by
//!   4 a key has one identity.
//! - *Resuming adds nothing.* A checkpoint at the end of a page is a marker: the chain continues by its anchor. In mid-page it
//!   names the records still to come, and the marker that the page ended with. Of what lies above that marker only these are
//!   delivered, so none comes again; those that are there throughout are found again, by 2 and 3; then the chain continues at
//!   that marker.
//! - *Parts add nothing.* A part is the keys between two markers. A page that crosses the boundary is cut by ids only where
//!   answers have shown that ids are markers; elsewhere smaller pages are read until one ends at the boundary.
//!
//! What breaks the chain is reported: a marker that does not advance, or a page without one that more records follow, is an
//! error of kind [`Paging`](crate::FailureKind::Paging). The page delivers nothing, and the checkpoint resumes before it.
//!
//! # What was checked
//! The rules are a state machine without I/O, [`iotda_paging`]. Its tests visit every state of every small list: each
//! interleaving of requests, answers in any order, lost and silent answers, records created, deleted, entering and leaving the
//! filter, stops at any item and splits at any record, for page sizes 1 to 4, windows of two and three pages, read-ahead up
//! to 5, capped and varying pages, counts right, wrong and absent, markers that are ids, two above, days above and without
//! order, last pages with a marker, without, and with that of the request, below which a record appears, and estimated anchors that
//! are taken, refused, or answered from elsewhere. The oracle has no windows. A run visits 2.8 million states in 21 s on two cores:
//!
//! ```text
//! cargo test -p iotda-paging --all-features exhaustive -- --nocapture
//! ```
//!
//! `EXHAUSTIVE=deep` visits 46 million states of larger lists, and takes up to an hour; `docs/exhaustive.md` in the repository
//! has the figures of each. Random scans of lists up to 700 records, as operations that shrink to those that matter, come on
//! top (`PAGING_CASES`). `docs/mutants.md` has what these tests find of faults that were planted.
//!
//! This crate has never been run against the live service.
