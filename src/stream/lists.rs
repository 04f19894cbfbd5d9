//! Lists to read: what can open a stream, and what can be known without one.

use std::fmt;

use jiff::Timestamp;

use super::checkpoint::ListPosition;
use super::lane::Lane;
use super::limits::CreationBounds;
use super::list_source::{ListSource, NamedSource};
use super::order::Order;
use super::scan::Scan;
use super::{RecordStream, StreamOptions};
use crate::error::{ArgumentError, Error};
use crate::paging::{Identity, PageRequest, PageSize};
use crate::source::PageSource;

/// One or several lists, and how to read them. Nothing is sent before a stream is polled or an operation awaited.
///
/// ```
/// use iotda_batch_tasks::{BatchTask, Lists, NamedSource, Page, StreamOptions, source};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), iotda_batch_tasks::Error> {
/// let empty = || source::from_fn(|_| async { Ok(Page::<BatchTask>::new(Vec::new(), None, Some(0))) });
/// let list = |name: &str| NamedSource { name: name.to_owned(), source: empty(), optional: false };
/// let lists = Lists::new(["firmwareUpgrade", "softwareUpgrade"].map(list), StreamOptions::new())?;
/// assert_eq!(lists.count().await?, Some(0));
/// assert!(lists.find("5c8ba99030344005c02316ad").await?.is_none());
/// let tasks = lists.stream()?; // newest first, over both
/// # drop(tasks);
/// # Ok(())
/// # }
/// ```
#[must_use = "lists do nothing unless streamed"]
pub struct Lists<T> {
    pub(super) lists: Vec<ListSource<T>>,
    pub(super) options: StreamOptions,
    pub(super) bounds: Option<CreationBounds<T>>,
}

impl<T: Identity + Send + 'static> Lists<T> {
    /// The list that `source` answers for.
    pub fn one(source: impl PageSource<T>, options: StreamOptions) -> Self {
        let list = NamedSource { name: options.list.clone(), source, optional: false };
        Self { lists: vec![ListSource::new(list)], options, bounds: None }
    }

    /// Several lists, to be read side by side.
    ///
    /// # Errors
    /// When two lists have the same name.
    pub fn new<S: PageSource<T>>(
        lists: impl IntoIterator<Item = NamedSource<S>>,
        options: StreamOptions,
    ) -> Result<Self, ArgumentError> {
        let lists: Vec<_> = lists.into_iter().map(ListSource::new).collect();
        for (index, list) in lists.iter().enumerate() {
            if lists[..index].iter().any(|other| other.name() == list.name()) {
                return Err(ArgumentError::new("list", list.name(), "named once"));
            }
        }
        Ok(Self { lists, options, bounds: None })
    }

    /// Keeps the records created after `after` and before `before`, as `created` reports; both bounds are exclusive. A
    /// record that does not say when it was created is left out, and `max_items` counts what is kept.
    ///
    /// Every record of the lists is read, unless `trust_id_time`: then a list is read between two markers made from the
    /// bounds, with a minute to spare, once an answer has shown that its newest record's id is its marker and contains its
    /// time of creation. Lists of which that is not shown are read whole. If a later record refutes it, what was skipped of
    /// its list is read too: strictly after everything else, and newest first within itself.
    pub fn created_between(
        mut self,
        created: fn(&T) -> Option<Timestamp>,
        after: Option<Timestamp>,
        before: Option<Timestamp>,
        trust_id_time: bool,
    ) -> Self {
        self.bounds = Some(CreationBounds { created, after, before, trust_id_time });
        self
    }

    /// The stream of the records. Several lists are merged, newest first by id; the read-ahead and the byte budget bound
    /// all of them together.
    ///
    /// # Errors
    /// When the checkpoint to resume is of other lists.
    pub fn stream(self) -> Result<RecordStream<T>, Error> {
        let resumed = self.positions()?;
        let is_start = resumed.iter().all(ListPosition::is_start);
        let order = match &resumed[..] {
            lists if lists.iter().any(|list| list.parts.len() > 1) => Order::as_they_come(),
            [_] => Order::OneList { ready: false },
            _ => Order::newest_first(),
        };
        let is_trusting = self.bounds.is_some_and(|bounds| bounds.trust_id_time);
        let mut skipped = Vec::new();
        let (mut lanes, mut later) = (Vec::new(), Vec::new());
        for (list, position) in self.lists.iter().zip(resumed) {
            let lane = |position| Lane::new(list.clone(), self.options.page_size, position);
            let may_skip = |part: &_| is_trusting && self.bounds.is_some_and(|bounds| bounds.exclude(part));
            let (skip, read): (Vec<_>, _) = position.skipped.into_iter().partition(may_skip);
            // One entry a lane: only a list that is read in one piece skips anything.
            skipped.push(skip);
            lanes.extend(position.parts.into_iter().map(lane));
            later.extend(position.later.into_iter().chain(read).map(lane));
        }
        let scan = Scan::new(lanes, later, order, &self.options);
        Ok(RecordStream::new(scan, self.bounds, (!is_start).then_some(skipped), &self.options))
    }

    /// Where each list is to be read from.
    pub(super) fn positions(&self) -> Result<Vec<ListPosition>, ArgumentError> {
        match &self.options.resume {
            Some(checkpoint) => checkpoint.clone().into_positions(self.lists.iter().map(ListSource::name)),
            None => Ok(vec![ListPosition::start(); self.lists.len()]),
        }
    }

    /// How many records the service says there are, for one small request a list; `None` where it does not say.
    ///
    /// It is the service's `page.count` of this moment, which its documents do not promise: a hint. To know, read
    /// the lists and count. Bounds of time do not count: the service knows none.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn count(&self) -> Result<Option<u64>, Error> {
        let mut total = Some(0_u64);
        for list in &self.lists {
            let page = match list.page(PageRequest::after(None, PageSize::MIN)).await {
                Err(error) if error.failure().is_some_and(|failure| list.is_left_out(failure)) => continue,
                page => page?,
            };
            total = total.zip(page.count).map(|(total, count)| total.saturating_add(count));
        }
        Ok(total)
    }
}

impl<T> Clone for Lists<T> {
    fn clone(&self) -> Self {
        Self { lists: self.lists.clone(), options: self.options.clone(), bounds: self.bounds }
    }
}

impl<T> fmt::Debug for Lists<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.lists.iter().map(ListSource::name).collect();
        f.debug_struct("Lists").field("lists", &names).field("options", &self.options).finish_non_exhaustive()
    }
}
