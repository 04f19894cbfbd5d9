//! The ways to read a list in memory that are compared.

use std::collections::VecDeque;
use std::fmt;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;

use futures::{Stream, TryStreamExt};
use iotda_batch_tasks::{
    BatchTask, Identity, Lists, NamedSource, Page, PageRequest, PageSize, PageSource, RecordError, RecordStream,
    SourceError, StreamOptions,
};
use iotda_paging::{Cursor, Event, Pager};

/// So many pages ahead; a depth that adapts to the time that answers take would be another in every run.
pub(crate) const AHEAD: usize = 11;

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
        Self::several(1, records).remove(0)
    }

    /// So many records, scattered over so many lists.
    pub(crate) fn several(lists: usize, records: usize) -> Vec<Self> {
        let mut all = vec![Vec::new(); lists];
        for number in (0..records).rev() {
            all[list_of(number, lists)].push(Record(format!("{:024x}", (number + 1) * 1000).leak()));
        }
        all.into_iter().map(|records| Self(records.into())).collect()
    }
}

/// Which of several lists the record of this number is in: now this one, now that, as often each.
pub(crate) fn list_of(number: usize, lists: usize) -> usize {
    let scattered = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    scattered as usize % lists
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
pub(crate) async fn stream<T, S>(list: S, prefetch: usize) -> usize
where
    T: Identity + Send + 'static,
    S: PageSource<T>,
{
    let options = StreamOptions::new().prefetch(prefetch);
    count(RecordStream::from_source(list, options).expect("a stream")).await
}

/// Several lists, merged.
pub(crate) async fn merged<T, S>(lists: Vec<S>) -> usize
where
    T: Identity + Send + 'static,
    S: PageSource<T>,
{
    let options = StreamOptions::new().prefetch(AHEAD);
    let name = |(number, source): (usize, S)| NamedSource { name: number.to_string(), source, optional: false };
    let lists = lists.into_iter().enumerate().map(name);
    count(RecordStream::merged(lists, options).expect("a stream")).await
}

/// One list in so many parts side by side.
pub(crate) async fn unordered<T, S>(list: S, parts: usize) -> usize
where
    T: Identity + Send + 'static,
    S: PageSource<T>,
{
    let lists = Lists::one(list, StreamOptions::new().prefetch(AHEAD));
    count(lists.unordered(parts).await.expect("a stream")).await
}

/// Reads to the end, one record after the other; returns how many there were.
pub(crate) async fn count<T, E: fmt::Debug>(records: impl Stream<Item = Result<T, E>>) -> usize {
    let mut records = pin!(records);
    let mut read = 0;
    while let Some(record) = records.try_next().await.expect("a record") {
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
