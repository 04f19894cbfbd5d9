//! A list that is being read: by records, by chunks or by pages, and to which end it came.

// Knows nothing of Python's objects: it is polled with and without the interpreter.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use iotda_batch_tasks::{Checkpoint, Error, Progress};

use crate::record::{Page, Pages, Record, Records};
use crate::runtime::{Owned, Process};

/// One scan of a list. Every item is handed out once, whichever way it is read.
pub(crate) struct Reading {
    inner: Owned<Mutex<Inner>>,
}

struct Inner {
    source: Source,
    chunk: Chunk,
}

enum Source {
    Records(Box<dyn Records>),
    /// Records for batches of columns, without the JSON that objects need.
    Columns(Box<dyn Records>),
    Pages(Box<dyn Pages>),
    /// The list came to its end, the scan failed, or it was closed.
    Over(End, Position),
}

enum End {
    Complete,
    Failed(Arc<Error>),
    Closed,
}

/// What stays known of a scan that is over.
struct Position {
    checkpoint: Checkpoint,
    progress: Progress,
}

/// A chunk that is not complete. It outlives a reader that is interrupted.
#[derive(Default)]
struct Chunk {
    records: Vec<Record>,
    /// The position before the first of them.
    start: Option<Checkpoint>,
    /// What came after the last of them.
    failure: Option<Failure>,
}

/// Why there is no item.
pub(crate) enum Failure {
    /// What the library reports, and where a later scan continues.
    Reported(Arc<Error>, Checkpoint),
    Closed,
    /// So many records of a chunk were gathered when its reader was interrupted: they come first.
    Gathered(usize),
    /// The list is read page by page.
    ByPages,
    /// The list is read as Arrow data.
    ByColumns,
}

/// An item, the end, or why there is neither.
pub(crate) type Item<T> = Result<Option<T>, Failure>;

impl Reading {
    pub(crate) fn new(records: Box<dyn Records>) -> Self {
        let inner = Inner { source: Source::Records(records), chunk: Chunk::default() };
        Self { inner: Owned::new(Mutex::new(inner)) }
    }

    pub(crate) fn process(&self) -> Process {
        self.inner.process()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.unchecked().lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next record.
    pub(crate) fn poll_record(&self, cx: &mut Context<'_>) -> Poll<Item<Record>> {
        let Inner { source, chunk } = &mut *self.lock();
        match chunk.records.len() {
            _ if matches!(source, Source::Columns(_)) => Poll::Ready(Err(Failure::ByColumns)),
            0 => match chunk.failure.take() {
                Some(failure) => Poll::Ready(Err(failure)),
                None => source.poll_record(cx),
            },
            gathered => Poll::Ready(Err(Failure::Gathered(gathered))),
        }
    }

    /// The next `length` records, fewer at the end and before a failure. A chunk that an interrupted reader has gathered
    /// comes in one piece.
    pub(crate) fn poll_chunk(&self, cx: &mut Context<'_>, length: usize) -> Poll<Item<Vec<Record>>> {
        let inner = &mut *self.lock();
        match inner.source {
            Source::Columns(_) => Poll::Ready(Err(Failure::ByColumns)),
            _ => inner.poll_gathered(cx, length),
        }
    }

    /// As [`poll_chunk`](Self::poll_chunk), for the columns of the records alone. A list that was not begun is opened by
    /// `open`, which leaves out what no column needs; from then on it is read by batches alone.
    pub(crate) fn poll_batch(
        &self,
        cx: &mut Context<'_>,
        length: usize,
        open: impl FnOnce() -> Result<Box<dyn Records>, Error>,
    ) -> Poll<Item<Vec<Record>>> {
        let inner = &mut *self.lock();
        if let Source::Records(records) = &inner.source
            && records.progress().requests == 0
        {
            inner.source = match open() {
                Ok(records) => Source::Columns(records),
                Err(error) => Source::Over(End::Failed(Arc::new(error)), inner.source.position()),
            };
        }
        inner.poll_gathered(cx, length)
    }

    /// The next page.
    pub(crate) fn poll_page(&self, cx: &mut Context<'_>) -> Poll<Item<Page>> {
        let Inner { source, .. } = &mut *self.lock();
        match source {
            Source::Pages(pages) => {
                let polled = ready!(pages.poll(cx));
                source.handed_out(polled)
            }
            Source::Columns(_) => Poll::Ready(Err(Failure::ByColumns)),
            // `read_by_pages` comes first.
            Source::Records(_) => Poll::Ready(Err(Failure::ByPages)),
            Source::Over(end, position) => Poll::Ready(end.item(position)),
        }
    }

    /// Reads by pages from now on.
    pub(crate) fn read_by_pages(&self) -> Result<(), Failure> {
        let Inner { source, chunk } = &mut *self.lock();
        if matches!(source, Source::Columns(_)) {
            return Err(Failure::ByColumns);
        }
        if !chunk.records.is_empty() {
            return Err(Failure::Gathered(chunk.records.len()));
        }
        let over = Source::Over(End::Closed, source.position());
        *source = match std::mem::replace(source, over) {
            Source::Records(records) => Source::Pages(records.into_pages()),
            other => other,
        };
        Ok(())
    }

    /// The position after what was handed out.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        let Inner { source, chunk } = &*self.lock();
        match &chunk.start {
            Some(start) if !chunk.records.is_empty() => start.clone(),
            _ => source.checkpoint(),
        }
    }

    pub(crate) fn progress(&self) -> Progress {
        self.lock().source.position().progress
    }

    /// Ends the scan and its requests.
    pub(crate) fn close(&self) {
        let checkpoint = self.checkpoint();
        let Inner { source, chunk } = &mut *self.lock();
        *chunk = Chunk::default();
        if !matches!(source, Source::Over(End::Complete, _)) {
            *source = Source::Over(End::Closed, Position { checkpoint, ..source.position() });
        }
    }
}

impl Inner {
    /// Gathers the next records. Those that were gathered when a reader was interrupted are among them.
    fn poll_gathered(&mut self, cx: &mut Context<'_>, length: usize) -> Poll<Item<Vec<Record>>> {
        let Self { source, chunk } = self;
        if chunk.records.is_empty() {
            if let Some(failure) = chunk.failure.take() {
                return Poll::Ready(Err(failure));
            }
            chunk.start = Some(source.checkpoint());
        }
        while chunk.records.len() < length && chunk.failure.is_none() {
            match ready!(source.poll_record(cx)) {
                Ok(Some(record)) => chunk.records.push(record),
                Ok(None) if chunk.records.is_empty() => return Poll::Ready(Ok(None)),
                Ok(None) => break,
                Err(failure) if chunk.records.is_empty() => return Poll::Ready(Err(failure)),
                Err(failure) => chunk.failure = Some(failure),
            }
        }
        Poll::Ready(Ok(Some(std::mem::take(&mut chunk.records))))
    }
}

impl Source {
    fn checkpoint(&self) -> Checkpoint {
        match self {
            Self::Records(records) | Self::Columns(records) => records.checkpoint(),
            Self::Pages(pages) => pages.checkpoint(),
            Self::Over(_, position) => position.checkpoint.clone(),
        }
    }

    fn position(&self) -> Position {
        let progress = match self {
            Self::Records(records) | Self::Columns(records) => records.progress(),
            Self::Pages(pages) => pages.progress(),
            Self::Over(_, position) => position.progress,
        };
        Position { checkpoint: self.checkpoint(), progress }
    }

    fn poll_record(&mut self, cx: &mut Context<'_>) -> Poll<Item<Record>> {
        match self {
            Self::Records(records) | Self::Columns(records) => {
                let polled = ready!(records.poll(cx));
                self.handed_out(polled)
            }
            Self::Pages(_) => Poll::Ready(Err(Failure::ByPages)),
            Self::Over(end, position) => Poll::Ready(end.item(position)),
        }
    }

    /// What a poll gave; the end and the failure of a page are the last of it, and stay.
    fn handed_out<T>(&mut self, polled: Option<Result<T, Error>>) -> Poll<Item<T>> {
        let end = match polled {
            Some(Ok(item)) => return Poll::Ready(Ok(Some(item))),
            Some(Err(error @ Error::Record(_))) => {
                return Poll::Ready(Err(Failure::Reported(Arc::new(error), self.checkpoint())));
            }
            Some(Err(error)) => End::Failed(Arc::new(error)),
            None => End::Complete,
        };
        let position = self.position();
        let item = end.item(&position);
        *self = Self::Over(end, position);
        Poll::Ready(item)
    }
}

impl End {
    /// A scan that failed fails again: its end must not look like that of the list.
    fn item<T>(&self, position: &Position) -> Item<T> {
        match self {
            Self::Complete => Ok(None),
            Self::Failed(error) => Err(Failure::Reported(Arc::clone(error), position.checkpoint.clone())),
            Self::Closed => Err(Failure::Closed),
        }
    }
}
