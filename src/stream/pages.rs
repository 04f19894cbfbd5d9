//! Reading page by page.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::{FusedStream, Stream};

use super::{Checkpoint, Progress, RecordStream};
use crate::error::Error;
use crate::paging::{Identity, Marker};

/// A run of records that came together, with the fields of the page beside them.
#[derive(Debug)]
#[non_exhaustive]
pub struct RecordPage<T> {
    /// The records, newest first, those of earlier pages left out. One that cannot be read is an error in its place.
    pub records: Vec<Result<T, Error>>,
    /// Where the list continues; `None` on the last page and where several lists or parts are read.
    pub marker: Option<Marker>,
    /// How many records the service says there are in all. A hint.
    pub count: Option<u64>,
}

/// A [`RecordStream`] read page by page: what came together is handed out together. No page is empty.
///
/// Errors, read-ahead and cancel safety are those of the stream beneath. A page that cannot be read is the last item;
/// a record that cannot be read is an error within its page.
#[derive(Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct PageStream<T: Identity> {
    records: RecordStream<T>,
    /// Why no page follows, while the records before it are handed out.
    failed: Option<Error>,
}

impl<T: Identity> PageStream<T> {
    pub(super) fn new(records: RecordStream<T>) -> Self {
        Self { records, failed: None }
    }

    /// The position of the stream: after the last page delivered.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        self.records.checkpoint()
    }

    /// What the stream has done so far.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.records.progress()
    }
}

impl<T: Identity + Send + 'static> Stream for PageStream<T> {
    type Item = Result<RecordPage<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { records, failed } = &mut *self;
        if let Some(error) = failed.take() {
            return Poll::Ready(Some(Err(error)));
        }
        let first = match ready!(Pin::new(&mut *records).poll_next(cx)) {
            None => return Poll::Ready(None),
            Some(Err(error @ Error::Page(_))) => return Poll::Ready(Some(Err(error))),
            Some(record) => record,
        };
        let mut page = RecordPage { records: vec![first], marker: None, count: None };
        while failed.is_none()
            && !records.scan().is_at_page_end()
            && page.records.len() < records.scan().page_size().get()
        {
            match Pin::new(&mut *records).poll_next(cx) {
                Poll::Ready(Some(Err(error @ Error::Page(_)))) => *failed = Some(error),
                Poll::Ready(Some(record)) => page.records.push(record),
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
        page.marker = records.scan().marker();
        page.count = records.progress().count;
        Poll::Ready(Some(Ok(page)))
    }
}

impl<T: Identity + Send + 'static> FusedStream for PageStream<T> {
    fn is_terminated(&self) -> bool {
        self.failed.is_none() && self.records.is_terminated()
    }
}
