//! The stream: drives the paging rules, fetches ahead, and hands out records in order.

// Knows pages, tasks of the runtime and the consumer; must not know JSON, HTTP or what a record is about.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use crate::error::{Error, FailureKind, SourceError};
use crate::paging::{Cursor, Identity};
use crate::source::PageSource;
use crate::task::BatchTask;

mod checkpoint;
mod current;
mod fetches;
mod find;
mod lane;
mod limits;
mod list_source;
mod lists;
mod merge;
mod options;
mod order;
mod pages;
mod progress;
mod read_ahead;
mod scan;
mod split;
mod throughput;

pub use checkpoint::Checkpoint;
pub use list_source::NamedSource;
pub use lists::Lists;
pub use options::StreamOptions;
pub use pages::{PageStream, RecordPage};
pub use progress::Progress;

pub(crate) use order::SortKey;
#[cfg(feature = "client")]
pub(crate) use read_ahead::ReadAhead;

use limits::{CreatedBetween, CreationBounds, Deadline, Elapsed, MaxItems};
use scan::Scan;

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
/// A record that cannot be read is an `Err` ([`Error::Record`]) in its own place, and the stream continues after it. A
/// page that cannot be read ([`Error::Page`]) waits for its turn: everything before it is handed out, then one `Err`,
/// then `None` for ever. The [`checkpoint`](Self::checkpoint) stays valid after either, and continues with the very
/// next item.
///
/// # Cancel safety
/// `next()` and the like are cancel-safe: a future of theirs that is dropped has taken nothing.
///
/// # Panics
/// When polled outside a tokio runtime. A panic of the source continues in the poll that meets it; the next poll returns an error,
/// and the checkpoint stays valid.
#[must_use = "streams do nothing unless polled"]
pub struct RecordStream<T> {
    /// Boxed as a whole, so that the stream is `Unpin` and a timer can be pinned within.
    limited: Pin<Box<Limited<T>>>,
    phase: Phase,
}

type Limited<T> = Deadline<MaxItems<CreatedBetween<T>>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Reading,
    /// Within a poll. Where another one finds this, the first has panicked.
    Polling,
    Ended,
}

impl<T: Identity + Send + 'static> RecordStream<T> {
    /// `skipped` are the parts of each lane that bounds of time leave out; `None` at the head of whole lists.
    fn new(
        mut scan: Scan<T>,
        bounds: Option<CreationBounds<T>>,
        skipped: Option<Vec<Vec<Cursor>>>,
        options: &StreamOptions,
    ) -> Self {
        if bounds.is_none() {
            scan.set_wanted(options.max_items);
        }
        let limited = MaxItems::new(CreatedBetween::new(scan, bounds, skipped), options.max_items);
        Self { limited: Box::pin(Deadline::new(limited, options.scan_timeout)), phase: Phase::Reading }
    }

    /// Reads the list that `source` answers for.
    ///
    /// ```
    /// use iotda_batch_tasks::{BatchTask, BatchTaskStream, Page, PageRequest, PageSource, SourceError, StreamOptions};
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
        Lists::one(source, options).stream()
    }

    /// Reads several lists side by side and merges them, newest first by id: see [`Lists::stream`]. The first page of
    /// each has to come before the first record can.
    ///
    /// # Errors
    /// When two lists have the same name, or the checkpoint to resume is of other lists.
    pub fn merged<S: PageSource<T>>(
        lists: impl IntoIterator<Item = NamedSource<S>>,
        options: StreamOptions,
    ) -> Result<Self, Error> {
        Lists::new(lists, options)?.stream()
    }

    /// Requests a page only when its first record is wanted, however the stream was opened.
    pub(crate) fn without_read_ahead(mut self) -> Self {
        self.scan_mut().stop_reading_ahead();
        self
    }

    /// Reads page by page instead of record by record.
    pub fn pages(self) -> PageStream<T> {
        PageStream::new(self)
    }

    fn scan_mut(&mut self) -> &mut Scan<T> {
        self.limited.as_mut().get_pin_mut().get_pin_mut().get_pin_mut().get_mut()
    }

    fn end(&mut self) {
        self.phase = Phase::Ended;
        self.scan_mut().stop();
    }

    /// Ends the scan by an error from outside its pages.
    fn fail(&mut self, kind: FailureKind, message: impl Into<String>) -> Option<Error> {
        self.scan_mut().fail(SourceError::new(kind, message.into()))
    }
}

impl<T: Identity> RecordStream<T> {
    fn created(&self) -> &CreatedBetween<T> {
        self.limited.get_ref().get_ref()
    }

    fn scan(&self) -> &Scan<T> {
        self.created().get_ref()
    }

    /// The position of the stream: a later stream of the same list continues from here with the very next item.
    ///
    /// It may be taken at any time, after an error too.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        self.created().checkpoint(None)
    }

    /// The position before `last`, the record that came last: a later stream begins with it.
    pub(crate) fn checkpoint_before(&self, last: &T) -> Checkpoint {
        self.created().checkpoint(Some(last))
    }

    /// What the stream has done so far. With several lists, `count` is known once all have answered.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.scan().progress()
    }
}

impl<T: Identity + Send + 'static> Stream for RecordStream<T> {
    type Item = Result<T, Error>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = match std::mem::replace(&mut self.phase, Phase::Polling) {
            Phase::Reading => self.poll_limited(cx),
            Phase::Polling => {
                Poll::Ready(self.fail(FailureKind::Stopped, "an earlier poll of the stream panicked").map(Err))
            }
            Phase::Ended => Poll::Ready(None),
        };
        if !matches!(polled, Poll::Pending | Poll::Ready(Some(Ok(_) | Err(Error::Record(_))))) {
            self.end();
        }
        polled
    }

    /// At least what is at hand; at most what `max_items` leaves.
    fn size_hint(&self) -> (usize, Option<usize>) {
        if self.phase == Phase::Ended { (0, Some(0)) } else { self.limited.size_hint() }
    }
}

impl<T: Identity + Send + 'static> RecordStream<T> {
    #[inline]
    fn poll_limited(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        if !self.limited.is_set() {
            // A record is large enough to be worth not wrapping.
            let item = self.limited.as_mut().get_pin_mut().poll_next(cx);
            self.phase = Phase::Reading;
            return item;
        }
        let item = self.limited.as_mut().poll_next(cx);
        // Not where that panicked.
        self.phase = Phase::Reading;
        item.map(|item| match item? {
            Ok(item) => Some(item),
            Err(Elapsed(timeout)) => {
                self.fail(FailureKind::Timeout, format!("the scan took longer than {timeout:?}")).map(Err)
            }
        })
    }
}

impl<T: Identity + Send + 'static> FusedStream for RecordStream<T> {
    fn is_terminated(&self) -> bool {
        self.phase == Phase::Ended
    }
}

impl<T: Identity> fmt::Debug for RecordStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordStream")
            .field("progress", &self.progress())
            .field("depth", &self.scan().depth())
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}
