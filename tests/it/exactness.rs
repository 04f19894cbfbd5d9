//! Faults in which two features met, or an end was believed too early: each with its right outcome.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use iotda_batch_tasks::{
    Checkpoint, Error, FailureKind, Lists, Marker, Page, PageRequest, PageSource, RecordError, RecordStream,
    SourceError, StreamOptions,
};

use crate::fixture::{assert_exactly_once, assert_exactly_once_in_any_order};
use crate::model::source::ModelSource;
use crate::model::{Counts, List, Markers, Names, Record};

fn source(list: List) -> ModelSource {
    ModelSource::new(list, Duration::ZERO)
}

fn lists(source: &ModelSource, checkpoint: Option<&Checkpoint>) -> Lists<Record> {
    let options = match checkpoint {
        Some(checkpoint) => StreamOptions::new().resume(checkpoint.to_string().parse().unwrap()),
        None => StreamOptions::new(),
    };
    Lists::one(source.clone(), options)
}

/// Takes so many records from `checkpoint` on, and stops.
async fn take(source: &ModelSource, checkpoint: Option<&Checkpoint>, records: usize) -> (Vec<String>, Checkpoint) {
    let mut stream = lists(source, checkpoint).stream().unwrap();
    let ids = stream.by_ref().take(records).map_ok(|record| record.0).try_collect().await.unwrap();
    (ids, stream.checkpoint())
}

async fn rest(stream: RecordStream<Record>) -> Vec<String> {
    stream.map_ok(|record| record.0).try_collect().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_list_that_stopped_in_mid_page_is_split_into_parts_that_bring_nothing_again() {
    for stop in [1, 40, 50, 60] {
        let source = source(List::new(100));
        let (mut delivered, checkpoint) = take(&source, None, stop).await;
        for part in lists(&source, Some(&checkpoint)).split(4).await.unwrap() {
            delivered.extend(take(&source, Some(&part), usize::MAX).await.0);
        }
        assert_exactly_once_in_any_order(&delivered, &source.world().list.throughout(), stop);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_stopped_in_mid_page_continues_side_by_side_without_bringing_anything_again() {
    for parts in [2, 4, 9] {
        let source = source(List::new(100));
        let (mut delivered, checkpoint) = take(&source, None, 40).await;
        delivered.extend(rest(lists(&source, Some(&checkpoint)).unordered(parts).await.unwrap()).await);
        assert_exactly_once_in_any_order(&delivered, &source.world().list.throughout(), parts);
    }
}

#[tokio::test(start_paused = true)]
async fn a_scan_that_stops_twice_while_tasks_are_created_brings_nothing_twice() {
    let source = source(List::new(100));
    let (mut delivered, checkpoint) = take(&source, None, 10).await;
    let newest = 16 * 500;
    (0..60).for_each(|number| source.world().list.create(newest + number));
    let expected = source.world().list.throughout()[60..].to_vec();
    let (more, checkpoint) = take(&source, Some(&checkpoint), 10).await;
    delivered.extend(more);
    delivered.extend(take(&source, Some(&checkpoint), usize::MAX).await.0);
    // The tasks that were created since lie above what was delivered: the next item was the eleventh.
    assert_eq!(delivered, expected);
}

#[tokio::test(start_paused = true)]
async fn a_scan_that_stopped_in_its_first_page_resumes_with_the_very_next_item() {
    for created in [1, 49, 50, 51, 700] {
        let source = source(List::new(300));
        let expected = source.world().list.throughout();
        let (delivered, checkpoint) = take(&source, None, 7).await;
        (0..created).for_each(|number| source.world().list.create(16 * 1000 + number));
        let (more, _) = take(&source, Some(&checkpoint), usize::MAX).await;
        assert_eq!(delivered, expected[..7], "{created} created");
        assert_eq!(more, expected[7..], "{created} created");
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_was_hidden_at_one_stop_and_is_back_at_the_next_does_not_come_again() {
    let source = source(List::new(100));
    let (mut delivered, checkpoint) = take(&source, None, 20).await;
    let hidden = u64::from_str_radix(&delivered[4], 16).unwrap();
    source.world().list.delete(&delivered[4]);
    let (more, checkpoint) = take(&source, Some(&checkpoint), 10).await;
    delivered.extend(more);
    source.world().list.create(hidden);
    delivered.extend(take(&source, Some(&checkpoint), usize::MAX).await.0);
    let expected = source.world().list.throughout();
    assert_exactly_once(&delivered, &expected, hidden);
}

/// A source of one's own, from what it answers to the number of the request and what was asked.
struct Answers<F>(F, AtomicUsize);

impl<F> Answers<F> {
    fn new(answer: F) -> Self {
        Self(answer, AtomicUsize::new(0))
    }
}

impl<F> PageSource<Record> for Answers<F>
where
    F: Fn(usize, PageRequest) -> Page<Record> + Send + Sync + 'static,
{
    async fn fetch(&self, request: PageRequest) -> Result<Page<Record>, SourceError> {
        Ok((self.0)(self.1.fetch_add(1, Ordering::Relaxed), request))
    }
}

fn shared(list: List) -> Arc<Mutex<List>> {
    Arc::new(Mutex::new(list))
}

fn kind(error: &Error) -> Option<FailureKind> {
    error.failure().map(SourceError::kind)
}

/// Reads until the end or an error; what came, the error, and the checkpoint then.
async fn read(mut stream: RecordStream<Record>) -> (Vec<String>, Option<Error>, Checkpoint) {
    let (mut ids, mut failed) = (Vec::new(), None);
    while let Some(item) = stream.next().await {
        match item {
            Ok(record) => ids.push(record.0),
            Err(error) => failed = Some(error),
        }
    }
    (ids, failed, stream.checkpoint())
}

#[tokio::test(start_paused = true)]
async fn a_page_whose_marker_rises_delivers_nothing_and_the_checkpoint_resumes_before_it() {
    let list = List::new(300);
    let expected = list.ids();
    let high = list.marker_at(2);
    for prefetch in [0, 1, 11, 64] {
        let answers = list.clone();
        // The third page carries a marker far above.
        let third: Marker = expected[99].parse().unwrap();
        let source = Answers::new(move |_, request: PageRequest| {
            let mut page = answers.answer(&request);
            if request.marker == Some(third) || request.offset.get() > 49 {
                page.marker = Some(high);
            }
            page
        });
        let options = StreamOptions::new().prefetch(prefetch);
        let (ids, error, checkpoint) = read(RecordStream::from_source(source, options).unwrap()).await;
        assert_eq!(kind(&error.unwrap()), Some(FailureKind::Paging));
        assert_eq!(ids, expected[..ids.len()]);
        let (more, _) = take(&super::exactness::source(list.clone()), Some(&checkpoint), usize::MAX).await;
        assert_eq!(more, expected[ids.len()..], "{prefetch} ahead");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ignores_the_marker_delivers_nothing_twice() {
    for length in [30, 50, 51, 120, 700] {
        for prefetch in [0, 11, 64] {
            let list = List::new(length);
            let expected = list.ids();
            let source =
                Answers::new(move |_, request: PageRequest| list.answer(&PageRequest { marker: None, ..request }));
            let options = StreamOptions::new().prefetch(prefetch);
            let (ids, error, _) = read(RecordStream::from_source(source, options).unwrap()).await;
            assert_eq!(ids, expected[..ids.len()], "{length}");
            match error {
                Some(error) => assert_eq!(kind(&error), Some(FailureKind::Paging)),
                None => assert_eq!(ids.len(), length),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn parts_are_whole_where_markers_are_not_ids_and_the_last_page_has_none() {
    for markers in [Markers::TwoAbove, Markers::FourDaysOff, Markers::Moved] {
        for (length, last_has_marker) in [(51, false), (51, true), (200, false), (200, true), (1, false)] {
            for parts in [1, 2, 3, 8] {
                let mut list = List::new(length);
                (list.markers, list.names, list.last_has_marker) = (markers, Names::Ordered, last_has_marker);
                let source = source(list);
                let mut delivered = Vec::new();
                for part in lists(&source, None).split(parts).await.unwrap() {
                    delivered.extend(take(&source, Some(&part), usize::MAX).await.0);
                }
                let case = (markers, length, last_has_marker, parts);
                assert_exactly_once_in_any_order(&delivered, &source.world().list.throughout(), case);
                let side_by_side = rest(lists(&source, None).unordered(parts).await.unwrap()).await;
                assert_exactly_once_in_any_order(&side_by_side, &source.world().list.throughout(), case);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn pages_that_are_capped_are_no_end_whatever_is_counted() {
    for counts in [Counts::OfThePage, Counts::Zero, Counts::Right, Counts::Absent, Counts::Double] {
        for (cap, prefetch) in [(20, 0), (20, 11), (1, 11), (49, 64)] {
            let mut list = List::new(1_000);
            (list.cap, list.count_form) = (cap, counts);
            let expected = list.ids();
            let stream = RecordStream::from_source(source(list), StreamOptions::new().prefetch(prefetch)).unwrap();
            assert_eq!(rest(stream).await, expected, "{counts:?}, pages of {cap}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn pages_of_varying_length_are_no_end_while_statuses_move() {
    for seed in 0..200 {
        let list = shared(List::new(60));
        let answers = Arc::clone(&list);
        let source = Answers::new(move |number, request: PageRequest| {
            let mut list = answers.lock().unwrap();
            let mut random = crate::model::Random::new(seed * 1000 + number as u64 + 1);
            list.edit(&mut random);
            // As by bytes: the page ends where its records are large.
            list.cap = 1 + random.below(12);
            list.answer(&request)
        });
        let stream = RecordStream::from_source(source, StreamOptions::new()).unwrap();
        let delivered = rest(stream).await;
        assert_exactly_once(&delivered, &list.lock().unwrap().throughout(), seed);
    }
}

fn silent() -> Page<Record> {
    Page::new(Vec::new(), None, None)
}

#[tokio::test(start_paused = true)]
async fn answers_with_nothing_in_them_are_an_error_and_never_the_end() {
    for prefetch in [0, 1, 11, 64] {
        let list = List::new(1_000);
        let expected = list.ids();
        let from: Marker = expected[149].parse().unwrap();
        let answers = list.clone();
        let source = Answers::new(move |_, request: PageRequest| {
            let lies_below = request.marker.is_some_and(|marker| marker <= from)
                || (request.marker.is_some() && request.offset.get() >= 100);
            if lies_below { silent() } else { answers.answer(&request) }
        });
        let options = StreamOptions::new().prefetch(prefetch);
        let (ids, error, checkpoint) = read(RecordStream::from_source(source, options).unwrap()).await;
        let error = error.expect("a clean end");
        assert_eq!(kind(&error), Some(FailureKind::Paging), "{error}");
        let (more, _) = take(&super::exactness::source(list), Some(&checkpoint), usize::MAX).await;
        assert_eq!([ids, more].concat(), expected, "{prefetch} ahead");
    }
}

#[tokio::test(start_paused = true)]
async fn one_answer_with_nothing_in_it_is_no_end() {
    for silenced in 0..12 {
        let list = List::new(400);
        let expected = list.ids();
        let source =
            Answers::new(move |number, request| if number == silenced { silent() } else { list.answer(&request) });
        assert_eq!(
            rest(RecordStream::from_source(source, StreamOptions::new()).unwrap()).await,
            expected,
            "{silenced}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn no_end_and_no_count_is_believed_from_an_estimated_page() {
    let list = List::new(20_000);
    let expected = list.ids();
    let known = Mutex::new(std::collections::HashSet::new());
    // For a marker that it has not returned, even one that it will return later, this server finds nothing.
    let source = Answers::new(move |_, request: PageRequest| {
        let mut known = known.lock().unwrap();
        if request.marker.is_some_and(|marker| !known.contains(&marker)) {
            return Page::new(Vec::new(), None, Some(0));
        }
        let page = list.answer(&request);
        known.extend(page.marker);
        page
    });
    let mut stream = RecordStream::from_source(source, StreamOptions::new().prefetch(64)).unwrap();
    let ids: Vec<_> = stream.by_ref().map_ok(|record| record.0).try_collect().await.unwrap();
    assert_eq!(ids, expected);
    assert_eq!(stream.progress().count, Some(20_000));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_returns_more_than_was_requested_never_gets_the_same_request_for_ever() {
    let mut list = List::new(100);
    list.markers = Markers::TwoAbove;
    let boundary = list.marker_at(30);
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    let source = Answers::new(move |_, request: PageRequest| {
        counter.fetch_add(1, Ordering::Relaxed);
        list.answer(&PageRequest { limit: iotda_batch_tasks::PageSize::MAX, ..request })
    });
    let line = format!(r#"{{"version":1,"lists":{{"":[{{"until":"{boundary}"}}]}}}}"#);
    let options = StreamOptions::new().resume(line.parse().unwrap());
    let (_, error, _) = read(RecordStream::from_source(source, options).unwrap()).await;
    let error = error.expect("a clean end");
    assert_eq!(kind(&error), Some(FailureKind::Paging), "{error}");
    assert!(requests.load(Ordering::Relaxed) < 20);
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_last_record_without_an_id_does_not_disable_ids_as_markers() {
    let list = List::new(300);
    let expected = list.ids();
    let unreadable = expected[99].clone();
    let source = Answers::new(move |_, request: PageRequest| {
        let mut page = list.answer(&request);
        for record in &mut page.records {
            if record.as_ref().is_ok_and(|record| record.0 == unreadable) {
                *record = Err(RecordError::new(0, "batchtasks[0]", "no task"));
            }
        }
        // Only the list's first page carries a marker.
        page.marker = page.marker.filter(|_| request.marker.is_none());
        page
    });
    let mut stream = RecordStream::from_source(source, StreamOptions::new()).unwrap();
    let (mut ids, mut unreadable) = (Vec::new(), 0);
    while let Some(item) = stream.next().await {
        match item {
            Ok(record) => ids.push(record.0),
            Err(Error::Record(_)) => unreadable += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((ids.len(), unreadable), (299, 1));
    assert!(ids.iter().all(|id| expected.contains(id)) && ids.is_sorted_by(|left, right| left > right));
}
