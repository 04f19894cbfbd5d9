//! The stream: drives the paging rules, fetches ahead, and hands out records in order.
//!
//! Knows pages, tasks of the runtime and the consumer; must not know JSON, HTTP or what a record is about.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::{FusedStream, Stream};
use tokio::time::Sleep;

use crate::error::{ArgumentError, Error, FailureKind, SourceError};
use crate::paging::{Identity, PageSize, Position};
use crate::source::PageSource;
use crate::task::BatchTask;

mod checkpoint;
mod current;
mod fetches;
mod lane;
mod lookup;
mod options;
mod pages;
mod progress;
mod read_ahead;
mod refill;
mod seek;
mod split;

pub use checkpoint::Checkpoint;
pub use options::StreamOptions;
pub use pages::{PageStream, RecordPage};
pub use progress::Progress;

use lane::{Head, Lane};
use read_ahead::{ByteBudget, ReadAhead};

/// Every batch task of a list, exactly once, newest first: see [`RecordStream`].
pub type BatchTaskStream = RecordStream<BatchTask>;

/// A list of the service as a [`Stream`] of its records.
///
/// Every record that is in the list for the whole reading comes exactly once, newest first, while others are created,
/// deleted, and enter or leave the filter. Pages are fetched ahead while the consumer is busy, in tasks of the tokio
/// runtime that the stream is polled in: the first when the stream is first polled, never before. Dropping the stream
/// aborts them.
///
/// ```text
/// read-ahead 4     0 ms      20 ms     40 ms     60 ms
/// page 1           [request ][consumer..]
/// page 2                     [request ][consumer..]         one page ahead until the consumer waits for it,
/// pages 3 to 5               [request ]          [cons..    then as many as allowed
/// pages 6 to ...                       [request ]           each page taken makes room for another
/// ```
///
/// # Items and errors
/// A record that cannot be read is an `Err` ([`Error::Record`]) in its own place, and the stream goes on behind it. A
/// page that cannot be had ([`Error::Page`]) waits for its turn: everything before it is handed out, then one `Err`,
/// then `None` for ever. The [`checkpoint`](Self::checkpoint) stays valid after either, and goes on with the very
/// next item.
///
/// # Cancel safety
/// `next()` and the like are cancel-safe: a future of theirs that is dropped has taken nothing.
///
/// # Panics
/// When polled outside a tokio runtime. A panic of the source goes on in the poll that meets it.
#[must_use = "streams do nothing unless polled"]
pub struct RecordStream<T> {
    lanes: Vec<Lane<T>>,
    /// Whether the lanes are parts of lists side by side, and records come as they do.
    in_parts: bool,
    page_size: PageSize,
    read_ahead: ReadAhead,
    bytes: ByteBudget,
    /// Which time of creation is read.
    seek: Option<seek::Seek<T>>,
    /// How many items may still be handed out.
    left: Option<u64>,
    scan_timeout: Option<Duration>,
    deadline: Option<Pin<Box<Sleep>>>,
    /// Whether something has changed that a look at the read-ahead could answer to.
    stale: bool,
    ended: bool,
}

/// One of the lists that a stream merges: its name, and where its pages come from.
pub struct NamedSource<S> {
    /// The name, for errors and checkpoints.
    pub name: String,
    /// Where its pages come from.
    pub source: S,
    /// Whether the list is left out, with a warning, when its first request is refused with status 400: the service
    /// does not know it.
    pub optional: bool,
}

// Nothing in here is pinned in place: records are moved out as they are handed out.
impl<T> Unpin for RecordStream<T> {}

impl<T: Identity + Send + 'static> RecordStream<T> {
    /// Reads the list that `source` answers for.
    ///
    /// ```
    /// use iotda_batch_tasks::paging::{Page, PageRequest};
    /// use iotda_batch_tasks::task::BatchTask;
    /// use iotda_batch_tasks::{BatchTaskStream, PageSource, SourceError, StreamOptions};
    ///
    /// struct Empty;
    ///
    /// impl PageSource<BatchTask> for Empty {
    ///     async fn fetch(&self, _request: PageRequest) -> Result<Page<BatchTask>, SourceError> {
    ///         Ok(Page::new(Vec::new(), None, Some(0)))
    ///     }
    /// }
    ///
    /// let tasks = BatchTaskStream::from_source(Empty, StreamOptions::new())?;
    /// # drop(tasks);
    /// # Ok::<(), iotda_batch_tasks::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the checkpoint to resume is of another list.
    pub fn from_source(source: impl PageSource<T>, options: StreamOptions) -> Result<Self, Error> {
        let list = NamedSource { name: options.list.clone(), source, optional: false };
        Self::merged([list], options)
    }

    /// Reads several lists side by side and merges them, newest first by id. Read-ahead and byte budget bound all of
    /// them together. The first page of each has to come before the first record can.
    ///
    /// # Errors
    /// When two lists have the same name, or the checkpoint to resume is of other lists.
    pub fn merged<S: PageSource<T>>(
        lists: impl IntoIterator<Item = NamedSource<S>>,
        options: StreamOptions,
    ) -> Result<Self, Error> {
        let lists: Vec<_> = lists.into_iter().collect();
        for (place, list) in lists.iter().enumerate() {
            if lists[..place].iter().any(|other| other.name == list.name) {
                return Err(ArgumentError::new("list", &list.name, "named once").into());
            }
        }
        let positions = match options.resume {
            Some(checkpoint) => checkpoint.into_positions(lists.iter().map(|list| list.name.as_str()))?,
            None => vec![vec![Position::default()]; lists.len()],
        };
        let in_parts = positions.iter().any(|parts| parts.len() > 1);
        let mut lanes = Vec::new();
        for (NamedSource { name, source, optional }, parts) in lists.into_iter().zip(positions) {
            let mut parts = parts.into_iter();
            let first = Lane::new(name, source, options.page_size, parts.next().unwrap_or_default(), optional);
            let rest: Vec<_> = parts.map(|part| first.part(options.page_size, part)).collect();
            lanes.extend(std::iter::once(first).chain(rest));
        }
        Ok(Self {
            lanes,
            in_parts,
            page_size: options.page_size,
            read_ahead: ReadAhead::new(options.prefetch),
            bytes: ByteBudget::new(options.prefetch_bytes),
            seek: None,
            left: options.max_items,
            scan_timeout: options.scan_timeout,
            deadline: None,
            stale: true,
            ended: false,
        })
    }

    /// Asks for a page only when its first record is wanted, however the stream was opened.
    pub(crate) fn without_read_ahead(mut self) -> Self {
        self.read_ahead = ReadAhead::new(0);
        self
    }

    /// Reads page by page instead of record by record.
    pub fn pages(self) -> PageStream<T> {
        PageStream::new(self)
    }
}

impl<T: Identity> RecordStream<T> {
    /// Where the stream stands: a later stream of the same list goes on from here with the very next item.
    ///
    /// It may be taken at any time, after an error too.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(self.lanes.iter().map(|lane| (lane.name().to_owned(), lane.position())))
    }

    /// What the stream has done so far. With several lists, `count` is known once all have answered.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let mut total = Progress { count: Some(0), ..Progress::default() };
        for (place, lane) in self.lanes.iter().enumerate() {
            // Every part of a list counts the whole list.
            let is_counted = self.lanes[..place].iter().any(|other| other.name() == lane.name());
            let lane = lane.progress();
            total.delivered = total.delivered.saturating_add(lane.delivered);
            if !is_counted {
                total.count = total.count.zip(lane.count).map(|(total, count)| total.saturating_add(count));
            }
            total.pages += lane.pages;
            total.requests += lane.requests;
            total.retries += lane.retries;
        }
        total
    }

    fn ready(&self) -> usize {
        self.lanes.iter().filter_map(Lane::current).map(current::Current::remaining).sum()
    }
}

impl<T: Identity + Send + 'static> RecordStream<T> {
    fn end(&mut self) {
        self.ended = true;
        self.lanes.iter_mut().for_each(Lane::stop);
    }

    /// Takes what has come, asks for what is worth it, and finds the lane whose record is next.
    fn poll_lane(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<usize, Error>>> {
        match self.poll_seek(cx) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
            Poll::Pending => {
                return self.poll_deadline(cx).map_or(Poll::Pending, |error| Poll::Ready(Some(Err(error))));
            }
        }
        loop {
            for lane in &mut self.lanes {
                lane.collect(cx, |bytes, throttled| {
                    self.bytes.arrived(bytes);
                    if throttled {
                        self.read_ahead.throttle();
                    }
                });
            }
            let mut waits = false;
            for lane in &mut self.lanes {
                match lane.head() {
                    Head::Record | Head::End => {}
                    Head::Failed(error) => return Poll::Ready(Some(Err(error))),
                    Head::Wait => waits = true,
                }
            }
            let next = if waits && !self.in_parts { None } else { self.newest() };
            if next.is_none() && waits {
                let pages = self.lanes.iter().filter(|lane| lane.is_waiting()).map(Lane::pages);
                self.read_ahead.wait(pages.max().unwrap_or_default());
            }
            let asked = self.refill();
            self.stale = false;
            if next.is_some() || !waits {
                if asked {
                    fetches::let_go();
                }
                return Poll::Ready(next.map(Ok));
            }
            if let Some(error) = self.poll_deadline(cx) {
                return Poll::Ready(Some(Err(error)));
            }
            if !asked {
                return Poll::Pending;
            }
            // Requests were made since their tasks were last polled: once more, so that they wake this task.
        }
    }

    fn newest(&mut self) -> Option<usize> {
        if self.in_parts || self.lanes.len() == 1 {
            return self.lanes.iter().position(Lane::has_record);
        }
        let ranks = self.lanes.iter_mut().enumerate().filter(|(_, lane)| lane.has_record());
        let ranked = ranks.map(|(place, lane)| (lane.rank(), place));
        // A record without an id first, then the largest id.
        ranked.max_by_key(|(rank, _)| (rank.is_none(), *rank)).map(|(_, place)| place)
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Option<Error> {
        let timeout = self.scan_timeout?;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        if deadline.as_mut().poll(cx).is_pending() {
            return None;
        }
        let lane = self.lanes.iter_mut().find(|lane| lane.is_reading() && !lane.has_record())?;
        let failure = SourceError::new(FailureKind::Timeout, format!("the reading took longer than {timeout:?}"));
        Some(lane.fail(failure, self.page_size))
    }
}

impl<T: Identity + Send + 'static> Stream for RecordStream<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if this.ended || this.left == Some(0) {
                this.end();
                return Poll::Ready(None);
            }
            let place = match this.lanes.as_slice() {
                // Nothing new, and a record at hand: no look at the read-ahead could change anything.
                [lane] if !this.stale && lane.has_record() && !lane.has_news() => 0,
                _ => match std::task::ready!(this.poll_lane(cx)) {
                    Some(Ok(place)) => place,
                    Some(Err(error)) => {
                        this.end();
                        return Poll::Ready(Some(Err(error)));
                    }
                    None => {
                        this.end();
                        return Poll::Ready(None);
                    }
                },
            };
            let item = this.lanes[place].take();
            if let Some(Ok(record)) = &item
                && !this.keeps(record)
            {
                continue;
            }
            if let Some(left) = &mut this.left {
                *left -= 1;
            }
            return Poll::Ready(item);
        }
    }

    /// At least what is at hand; at most what `max_items` leaves.
    fn size_hint(&self) -> (usize, Option<usize>) {
        if self.ended {
            return (0, Some(0));
        }
        let most = self.left.map(|left| usize::try_from(left).unwrap_or(usize::MAX));
        // What is at hand may be passed over.
        let ready = if self.seek.is_some() { 0 } else { self.ready() };
        (ready.min(most.unwrap_or(usize::MAX)), most)
    }
}

impl<T: Identity + Send + 'static> FusedStream for RecordStream<T> {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl<T: Identity> fmt::Debug for RecordStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordStream")
            .field("progress", &self.progress())
            .field("depth", &self.read_ahead.depth())
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
