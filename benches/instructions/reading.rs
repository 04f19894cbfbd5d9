//! The ways to read a list in memory that are compared.

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;

use futures::StreamExt;
use iotda_batch_tasks::{
    BatchTask, Identity, Page, PageRequest, PageSize, PageSource, RecordError, RecordStream, SourceError, StreamOptions,
};
use iotda_paging::{Cursor, Event, Pager};

/// A record that is its id and nothing else, so that what is counted is the reading of it.
#[derive(Clone, Copy)]
pub(crate) struct Record(&'static str);

impl Identity for Record {
    fn identity(&self) -> Option<&str> {
        Some(self.0)
    }
}

/// A list in memory, newest first, that answers at once.
#[derive(Clone)]
pub(crate) struct List<T>(Arc<[T]>);

impl List<Record> {
    pub(crate) fn of(records: usize) -> Self {
        let id = |number: usize| Record(format!("{:024x}", (records - number) * 1000).leak());
        Self((0..records).map(id).collect())
    }
}

impl List<BatchTask> {
    /// Of the tasks of a page, the last of which is the newest.
    pub(crate) fn of_page(page: Page<BatchTask>) -> Self {
        Self(page.records.into_iter().rev().map(|task| task.expect("a task")).collect())
    }
}

impl<T: Identity + Clone> List<T> {
    fn answer(&self, request: &PageRequest) -> Page<T> {
        let above = |marker: &str| self.0.partition_point(|record| record.identity() >= Some(marker));
        let first = request.marker.as_ref().map_or(0, |marker| above(marker.as_str())) + request.offset.get();
        let rest = &self.0[first.min(self.0.len())..];
        let records = &rest[..rest.len().min(request.limit.get())];
        let marker = records.last().and_then(|record| record.identity()?.parse().ok());
        Page::new(records.iter().cloned().map(Ok).collect(), marker, Some(self.0.len() as u64))
    }
}

impl<T: Identity + Clone + Send + Sync + 'static> PageSource<T> for List<T> {
    async fn fetch(&self, request: PageRequest) -> Result<Page<T>, SourceError> {
        Ok(self.answer(&request))
    }
}

/// What one writes by hand: a loop that awaits a page and hands out its records from a queue.
pub(crate) async fn by_hand<T: Identity + Clone + Send + Sync + 'static>(list: List<T>) -> usize {
    let (mut queue, mut marker, mut read) = (VecDeque::new(), None, 0);
    loop {
        while let Some(record) = queue.pop_front() {
            black_box(&record);
            read += 1;
        }
        let page = list.fetch(PageRequest::after(marker, PageSize::MAX)).await.expect("a page");
        if page.records.is_empty() {
            return read;
        }
        marker = page.marker;
        queue.extend(page.records);
    }
}

/// The stream, so many pages ahead.
pub(crate) async fn stream<T: Identity + Clone + Send + Sync + 'static>(list: List<T>, prefetch: usize) -> usize {
    let options = StreamOptions::new().prefetch(prefetch);
    let mut records = RecordStream::from_source(list, options).expect("a stream");
    let mut read = 0;
    while let Some(record) = records.next().await {
        black_box(&record);
        read += 1;
    }
    read
}

/// The paging rules alone, so many pages at a time.
pub(crate) fn pager(list: &List<Record>, ahead: usize) -> usize {
    let mut pager = Pager::<Result<Record, RecordError>, ()>::new(PageSize::MAX, Cursor::default());
    let mut read = 0;
    loop {
        while let Some((ticket, request)) = pager.poll_request(ahead) {
            let Page { records, marker, count, .. } = list.answer(&request);
            pager.handle_page(ticket, Ok(iotda_paging::Page::new(records, marker, count)));
        }
        match pager.poll_event() {
            Some(Event::Page(page)) => read += black_box(page).records.len(),
            _ => return read,
        }
    }
}

/// The answers alone, which all others have in common.
pub(crate) fn answers(list: &List<Record>) -> usize {
    let (mut marker, mut read) = (None, 0);
    loop {
        let page = black_box(list.answer(&PageRequest::after(marker, PageSize::MAX)));
        if page.records.is_empty() {
            return read;
        }
        marker = page.marker;
        read += page.records.len();
    }
}
