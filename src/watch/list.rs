//! A list to watch, and the reading of its parts.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use jiff::Timestamp;

use super::look::{Look, Report};
use super::rules::Rules;
use super::span::{End, Run, Span};
use super::state::{ListState, Row, SeenPage};
use crate::error::Error;
use crate::paging::{Cursor, Marker};
use crate::stream::{BatchTaskStream, Checkpoint, PageStream};
use crate::task::BatchTask;

/// Opens a stream of one list, from a checkpoint or from its head.
type Open = Box<dyn FnMut(Option<Checkpoint>) -> Result<BatchTaskStream, Error> + Send>;

type Answer = Pin<Box<dyn Future<Output = Result<Option<BatchTask>, Error>> + Send>>;

/// Requests one task by its id.
type Lookup = Box<dyn FnMut(String) -> Answer + Send>;

/// So many missing tasks are requested by id in one look. An answer that lacks the whole list is decided by the next.
const MOST_LOOKUPS: usize = 16;

/// A list to watch.
pub struct WatchedList {
    pub(super) name: String,
    pub(super) optional: bool,
    open: Open,
    lookup: Option<Lookup>,
    rules: Rules,
    keeps_first: bool,
}

impl WatchedList {
    /// The list called `name`, whose streams `open` makes: from a checkpoint, or from the head of the list.
    ///
    /// The streams must be of this one list, under this name, newest first. Nothing is assumed of its ids and markers.
    pub fn new(
        name: impl Into<String>,
        open: impl FnMut(Option<Checkpoint>) -> Result<BatchTaskStream, Error> + Send + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            optional: false,
            open: Box::new(open),
            lookup: None,
            rules: Rules::new(),
            keeps_first: false,
        }
    }

    /// Leaves the list out, with a warning, if the service refuses its very first page with status 400: it does not know
    /// the list. A later 400 is an error like any other.
    #[must_use]
    pub fn optional(mut self, optional: bool) -> Self {
        self.optional = optional;
        self
    }

    /// Watches only those tasks that `filter` lets through; it is called for each task that is read.
    #[must_use]
    pub fn filter(mut self, filter: impl Fn(&BatchTask) -> bool + Send + Sync + 'static) -> Self {
        self.rules.filter = Some(Arc::new(filter));
        self
    }

    /// For how long after its creation a task in status `Fail` or `PartialSuccess` is looked at again, since it may be
    /// retried: 7 days by default; zero for never.
    #[must_use]
    pub fn retried_within(mut self, age: Duration) -> Self {
        self.rules.retried_within = age;
        self
    }

    /// How to request a single task by its id: `Ok(None)` means that there is no such task.
    ///
    /// A task that a look does not see is requested, and is gone if the service says so, and knows another one that was
    /// seen. Without this, or if it fails, a task is gone when two looks in a row did not see it.
    #[must_use]
    pub fn lookup<F>(mut self, mut lookup: impl FnMut(String) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<Option<BatchTask>, Error>> + Send + 'static,
    {
        self.lookup = Some(Box::new(move |id| Box::pin(lookup(id))));
        self
    }

    /// Has the first look hand out the tasks that it reads.
    #[must_use]
    pub(super) fn keep_first(mut self) -> Self {
        self.keeps_first = true;
        self
    }

    /// Reads the whole list for the first time: what to remember, and the tasks if they are kept.
    pub(super) async fn first_look(&mut self) -> Result<(ListState, Vec<BatchTask>), Error> {
        let rules = self.rules_of(Timestamp::now());
        let keeps_tasks = self.keeps_first;
        let mut state = ListState::default();
        let mut kept = Vec::new();
        // One answer without a task is no proof that there are none, and all of them would be new at the next look.
        for _ in 0..2 {
            if state == ListState::default() {
                self.read(Run::new(Span::default()), |page| {
                    if keeps_tasks {
                        let tasks = page.rows.iter().filter_map(|row| row.task.as_deref());
                        kept.extend(tasks.filter(|task| rules.admits(task)).cloned());
                    }
                    state.learn(page, &rules);
                })
                .await?;
            }
        }
        Ok((state, kept))
    }

    /// Reads what may have changed.
    pub(super) async fn look(&mut self, known: &ListState) -> Result<Report, Error> {
        let rules = self.rules_of(Timestamp::now());
        let mut below = None;
        let mut look;
        loop {
            look = Look::new(known, &rules, below.take());
            let mut runs = known.runs().into_iter();
            if let Some(head) = runs.next() {
                self.read(head, |page| look.head_page(page)).await?;
            }
            if look.is_unsure_of_the_border() {
                below = Some(self.first_below(known.border()).await?);
                continue;
            }
            for run in runs {
                self.read(run, |page| look.page(page)).await?;
            }
            break;
        }
        let missing = look.missing().into_iter().map(|task| task.id.clone()).take(MOST_LOOKUPS).collect();
        let answers = self.look_up(missing, look.any_seen()).await;
        Ok(look.report(answers))
    }

    fn rules_of(&self, now: Timestamp) -> Rules {
        Rules { now, ..self.rules.clone() }
    }

    /// The ids of the page below the border.
    async fn first_below(&mut self, border: &End) -> Result<HashSet<String>, Error> {
        // One answer without a task is no proof that there are none.
        for _ in 0..2 {
            let mut pages = self.open(border.marker)?.without_read_ahead().pages();
            if let Some((rows, _)) = next_page(&mut pages).await? {
                return Ok(rows.into_iter().map(|row| row.id).collect());
            }
        }
        Ok(HashSet::new())
    }

    /// Reads the pages of a run, one after the other.
    async fn read(&mut self, mut run: Run, mut take: impl FnMut(SeenPage)) -> Result<(), Error> {
        let mut after = run.after;
        let stream = self.open(after)?;
        let mut pages = if run.is_open() { stream.pages() } else { stream.without_read_ahead().pages() };
        while let Some((rows, marker)) = next_page(&mut pages).await? {
            let last = rows.last().map(|row| row.id.clone()).filter(|id| !id.is_empty());
            let is_read = run.read(rows.iter().map(|row| row.id.clone()), marker);
            take(SeenPage { span: Span { after, end: End { marker, last } }, rows });
            if is_read {
                break;
            }
            after = marker.or(after);
        }
        Ok(())
    }

    /// A stream of what lies below `after`.
    fn open(&mut self, after: Option<Marker>) -> Result<BatchTaskStream, Error> {
        let position = |after| (self.name.clone(), Cursor::part(Some(after), None));
        let checkpoint = after.map(|after| Checkpoint::new([position(after)]));
        (self.open)(checkpoint)
    }

    /// What the service answers for each of these tasks, as far as it can be requested. `seen` is the id of a task that is there.
    async fn look_up(&mut self, ids: Vec<String>, seen: Option<String>) -> HashMap<String, Option<Box<BatchTask>>> {
        let mut answers = HashMap::new();
        let (Some(lookup), Some(seen)) = (&mut self.lookup, seen) else { return answers };
        let mut is_believed = false;
        for id in ids {
            match lookup(id.clone()).await {
                // A service without this call says that there is no such thing of everything.
                Ok(None) if !is_believed => match lookup(seen.clone()).await {
                    Ok(Some(_)) => {
                        is_believed = true;
                        answers.insert(id, None);
                    }
                    _ => break,
                },
                Ok(Some(other)) if other.task_id != id => {
                    tracing::debug!(list = self.name, id, other.task_id, "another task came than the requested one");
                }
                Ok(answer) => drop(answers.insert(id, answer.map(Box::new))),
                Err(error) => {
                    tracing::debug!(list = self.name, %error, "a task cannot be requested by its id");
                    break;
                }
            }
        }
        answers
    }
}

impl fmt::Debug for WatchedList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchedList")
            .field("name", &self.name)
            .field("optional", &self.optional)
            .finish_non_exhaustive()
    }
}

/// The records of the next page, and the marker returned with it.
async fn next_page(pages: &mut PageStream<BatchTask>) -> Result<Option<(Vec<Row>, Option<Marker>)>, Error> {
    let Some(page) = poll_fn(|cx| Pin::new(&mut *pages).poll_next(cx)).await.transpose()? else { return Ok(None) };
    let mut rows = Vec::with_capacity(page.records.len());
    for record in page.records {
        rows.push(match record {
            Ok(task) => Row { id: task.task_id.clone(), task: Some(Box::new(task)) },
            Err(Error::Record(error)) => {
                tracing::warn!(%error, "a task cannot be watched as it is now");
                Row { id: error.identity.unwrap_or_default().into(), task: None }
            }
            Err(error) => return Err(error),
        });
    }
    Ok(Some((rows, page.marker)))
}
