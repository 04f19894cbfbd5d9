//! Streams under bounds, faults of the source and callers that are set aside: they end or say why, and lose nothing.
mod created_between;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::fixture::assert_exactly_once_in_any_order;
use crate::model::source::{ModelSource, named};
use crate::model::{List, Record};
use futures::{FutureExt, Stream, StreamExt, TryStreamExt};
use iotda_batch_tasks::{
    FailureKind, Lists, NamedSource, Page, PageSource, RecordStream, SourceError, StreamOptions, source,
};
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use tokio_test::{assert_pending, task};

const LATENCY: Duration = Duration::from_millis(20);

#[tokio::test(start_paused = true)]
async fn a_stream_whose_source_panicked_says_so_once_and_resumes() {
    for panicking in [1, 3, 9] {
        let list = ModelSource::new(List::new(700), LATENCY);
        let (inner, calls) = (list.clone(), AtomicUsize::new(0));
        let source = source::from_fn(move |request| {
            let panics = calls.fetch_add(1, Ordering::Relaxed) + 1 == panicking;
            let list = inner.clone();
            async move {
                let page = PageSource::<Record>::fetch(&list, request).await;
                assert!(!panics, "on purpose");
                page
            }
        });
        let mut records = RecordStream::from_source(source, StreamOptions::new()).unwrap();
        let mut arrived = Vec::new();
        loop {
            match AssertUnwindSafe(records.next()).catch_unwind().await {
                Ok(Some(record)) => arrived.push(record.unwrap().0),
                Ok(None) => panic!("the list seems to have ended"),
                Err(_) => break,
            }
        }
        let error = timeout(LATENCY * 100, records.next()).await.expect("pending for ever").unwrap().unwrap_err();
        assert_eq!(error.failure().unwrap().kind(), FailureKind::Stopped, "{error}");
        assert!(records.next().await.is_none());
        let resume = StreamOptions::new().resume(records.checkpoint());
        let rest = RecordStream::<Record>::from_source(list.clone(), resume).unwrap();
        arrived.extend(rest.map_ok(|record| record.0).try_collect::<Vec<_>>().await.unwrap());
        assert_eq!(arrived, list.world().list.ids(), "request {panicking}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_scan_is_up_while_pages_are_ready() {
    let source = ModelSource::new(List::new(5_000), Duration::from_millis(1));
    let options = StreamOptions::new().prefetch(64).scan_timeout(Duration::from_secs(1));
    let mut records = RecordStream::<Record>::from_source(source, options).unwrap();
    let begun = Instant::now();
    let error = loop {
        match records.next().await.expect("it ended") {
            Ok(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            Err(error) => break error,
        }
    };
    assert_eq!(error.failure().unwrap().kind(), FailureKind::Timeout, "{error}");
    assert!(begun.elapsed() <= Duration::from_millis(1_020), "{:?}", begun.elapsed());
    assert!(records.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_time_beyond_all_clocks_is_no_bound() {
    for longest in [Duration::MAX, Duration::from_secs(u64::MAX), Duration::from_secs(u64::MAX / 4)] {
        let source = ModelSource::of_length(120);
        let records = RecordStream::<Record>::from_source(source, StreamOptions::new().scan_timeout(longest)).unwrap();
        assert_eq!(records.try_collect::<Vec<_>>().await.unwrap().len(), 120);
    }
}

fn refused() -> SourceError {
    SourceError::new(FailureKind::Status, "status 400").with_status(400)
}

/// Two known lists, and between them one that the service does not know.
fn with_an_unknown_list() -> Vec<ModelSource> {
    let list = |first: u64| {
        let mut list = List::new(0);
        (0..300).for_each(|number| list.create(first + number * 1_000));
        ModelSource::new(list, LATENCY)
    };
    vec![list(1_000), list(2).with_fault(|_, _| Some(refused())), list(1_500)]
}

fn known_ids(lists: &[ModelSource]) -> Vec<String> {
    [&lists[0], &lists[2]].into_iter().flat_map(|list| list.world().list.ids()).collect()
}

async fn ids(records: RecordStream<Record>) -> Vec<String> {
    records.map_ok(|record| record.0).try_collect().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_optional_list_that_is_refused_is_left_out_by_every_operation() {
    let sources = with_an_unknown_list();
    let lists = |options| Lists::<Record>::new(named(sources.clone()), options).unwrap();
    let known = known_ids(&sources);
    let mut parts = Vec::new();
    for part in lists(StreamOptions::new()).split(4).await.unwrap() {
        parts.extend(ids(lists(StreamOptions::new().resume(part)).stream().unwrap()).await);
    }
    assert_exactly_once_in_any_order(&parts, &known, "parts");
    let unordered = ids(lists(StreamOptions::new()).unordered(4).await.unwrap()).await;
    assert_exactly_once_in_any_order(&unordered, &known, "unordered");
    assert_eq!(lists(StreamOptions::new()).count().await.unwrap(), Some(600));
    let id = known.first().unwrap();
    assert_eq!(lists(StreamOptions::new()).find(id).await.unwrap().unwrap().0, *id);
    let mut records = lists(StreamOptions::new()).stream().unwrap();
    while records.try_next().await.unwrap().is_some() {}
    assert_eq!(records.progress().count, Some(600));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_was_read_before_a_checkpoint_is_not_left_out() {
    let source = ModelSource::of_length(200);
    let lists = |options| {
        let list = NamedSource { name: "type".to_owned(), source: source.clone(), optional: true };
        Lists::<Record>::new([list], options).unwrap()
    };
    let mut records = lists(StreamOptions::new()).stream().unwrap();
    records.by_ref().take(70).try_collect::<Vec<_>>().await.unwrap();
    let resume = StreamOptions::new().resume(records.checkpoint());
    drop(records);
    let _ = source.clone().with_fault(|_, _| Some(refused()));
    assert!(lists(resume).stream().unwrap().next().await.unwrap().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_list_in_parts_is_counted_once_and_counts_add_up_to_the_largest_number() {
    let source = ModelSource::of_length(2_000);
    let mut records = Lists::<Record>::one(source, StreamOptions::new()).unordered(4).await.unwrap();
    while records.try_next().await.unwrap().is_some() {
        assert!(records.progress().count.is_none_or(|count| count == 2_000));
    }
    assert_eq!(records.progress().count, Some(2_000));

    let huge = || source::from_fn(|_| async { Ok(Page::<Record>::new(Vec::new(), None, Some(u64::MAX))) });
    let lists = Lists::new(named(vec![huge(), huge(), huge()]), StreamOptions::new()).unwrap();
    assert_eq!(lists.count().await.unwrap(), Some(u64::MAX));
    let mut records = lists.stream().unwrap();
    assert!(records.next().await.is_none());
    assert_eq!(records.progress().count, Some(u64::MAX));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_had_ended_before_a_resume_counts_what_it_delivered() {
    let after = async |positions: &str| {
        let [first, second] = [ModelSource::of_length(500), ModelSource::of_length(600)];
        let list = |name: &str, source| NamedSource { name: name.to_owned(), source, optional: false };
        let checkpoint = format!(r#"{{"version":1,"lists":{positions}}}"#).parse().unwrap();
        let lists = [list("first", first), list("second", second)];
        let mut records =
            Lists::<Record>::new(lists, StreamOptions::new().resume(checkpoint)).unwrap().stream().unwrap();
        assert!(records.try_next().await.unwrap().is_some());
        records.progress().count
    };
    let one = after(r#"{"first":[{"ended":true,"delivered":70}],"second":[{}]}"#).await;
    assert_eq!(one, Some(670));
    // In parts: what was counted of the list, if anything was.
    let half = after(r#"{"first":[{"ended":true,"delivered":70},{}],"second":[{}]}"#).await;
    assert_eq!(half, Some(1_100));
    let both = after(r#"{"first":[{"ended":true,"delivered":70},{"ended":true,"delivered":20}],"second":[{}]}"#).await;
    assert_eq!(both, Some(690));
}

#[tokio::test(start_paused = true)]
async fn parts_side_by_side_are_read_in_pages() {
    let source = ModelSource::of_length(2_000);
    let records = Lists::<Record>::one(source.clone(), StreamOptions::new()).unordered(8).await.unwrap();
    let pages: Vec<_> = records.pages().try_collect().await.unwrap();
    assert!(pages.len() <= 2_000 / 50 + 2 * 8, "{} pages", pages.len());
    let ids: Vec<_> = pages.into_iter().flat_map(|page| page.records).map(|record| record.unwrap().0).collect();
    assert_exactly_once_in_any_order(&ids, &source.world().list.ids(), "pages");
}

#[tokio::test(start_paused = true)]
async fn what_other_parts_have_ready_comes_before_the_failure_of_one() {
    let source = ModelSource::of_length(4_000);
    let lists = Lists::<Record>::one(source.clone(), StreamOptions::new());
    let mut records = lists.clone().unordered(4).await.unwrap();
    let asked = source.requests();
    let _ = source.clone().with_fault(move |number, _| (number > asked + 8).then(crate::model::source::broken));
    let mut arrived = Vec::new();
    while let Some(record) = records.next().await {
        let hint = records.size_hint().0;
        match record {
            Ok(record) => arrived.push(record.0),
            Err(error) => {
                assert_eq!((error.failure().unwrap().status(), hint), (Some(500), 0));
                break;
            }
        }
    }
    let _ = source.clone().with_fault(|_, _| None);
    let resume = StreamOptions::new().resume(records.checkpoint());
    arrived.extend(ids(Lists::<Record>::one(source.clone(), resume).stream().unwrap()).await);
    assert_exactly_once_in_any_order(&arrived, &source.world().list.ids(), "resumed");
}

#[tokio::test(start_paused = true)]
async fn a_size_hint_never_promises_more_items_than_come() {
    for (failing, timeout) in [(1, None), (2, None), (usize::MAX, Some(LATENCY * 2)), (usize::MAX, None)] {
        let lists = with_an_unknown_list().into_iter().enumerate().map(|(index, list)| match index {
            1 => list.with_fault(move |number, _| (number >= failing).then(crate::model::source::broken)),
            _ => list,
        });
        let lists: Vec<_> = lists.collect();
        let mut options = StreamOptions::new();
        if let Some(timeout) = timeout {
            options = options.scan_timeout(timeout);
        }
        let mut records = task::spawn(Lists::<Record>::new(named(lists), options).unwrap().stream().unwrap());
        let (mut hints, mut items) = (Vec::new(), 0);
        loop {
            hints.push((items, records.size_hint().0));
            match records.poll_next() {
                std::task::Poll::Ready(Some(_)) => items += 1,
                std::task::Poll::Ready(None) => break,
                std::task::Poll::Pending => tokio::time::sleep(LATENCY / 3).await,
            }
        }
        for (before, hint) in hints {
            assert!(before + hint <= items, "{hint} promised after {before} of {items}");
        }
    }
}

/// One permit for all requests, as a rate limit or a renewal of credentials hands them out.
fn with_one_permit(list: &ModelSource, permit: &Arc<Semaphore>) -> impl PageSource<Record> {
    let (list, permit) = (list.clone(), Arc::clone(permit));
    source::from_fn(move |request| {
        let (list, permit) = (list.clone(), Arc::clone(&permit));
        async move {
            let _held = permit.acquire().await.unwrap();
            PageSource::<Record>::fetch(&list, request).await
        }
    })
}

#[tokio::test(start_paused = true)]
async fn what_is_polled_once_and_set_aside_holds_no_permit() {
    let (list, permit) = (ModelSource::of_length(300), Arc::new(Semaphore::new(1)));
    let lists = || Lists::<Record>::one(with_one_permit(&list, &permit), StreamOptions::new());
    let other = async || {
        let reading = ids(lists().stream().unwrap());
        assert_eq!(timeout(LATENCY * 100, reading).await.expect("nothing moves").len(), 300);
    };
    let time = Timestamp::UNIX_EPOCH;
    let bounded = lists().created_between(|_| Some(Timestamp::UNIX_EPOCH), Some(time), None, true);
    let mut bounded = task::spawn(bounded.stream().unwrap());
    assert_pending!(bounded.poll_next());
    other().await;
    let lists = lists();
    let mut count = task::spawn(lists.count());
    assert_pending!(count.poll());
    other().await;
    let mut find = task::spawn(lists.find("000000000000000000000020"));
    assert_pending!(find.poll());
    other().await;
    let mut split = task::spawn(lists.split(4));
    assert_pending!(split.poll());
    other().await;
    let mut unordered = task::spawn(lists.clone().unordered(4));
    assert_pending!(unordered.poll());
    other().await;
    assert_eq!(count.await.unwrap(), Some(300));
    assert!(find.await.unwrap().is_some());
    assert_eq!(split.await.unwrap().len(), 4);
    assert_eq!(ids(unordered.await.unwrap()).await.len(), 300);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_operation_aborts_its_request() {
    let list = ModelSource::of_length(300);
    let lists = Lists::<Record>::one(list.clone(), StreamOptions::new());
    let mut split = Box::pin(lists.split(4));
    assert!(timeout(LATENCY / 2, &mut split).await.is_err());
    assert_eq!(list.world().in_flight, 1);
    drop(split);
    tokio::task::yield_now().await;
    assert_eq!(list.world().in_flight, 0);
}
