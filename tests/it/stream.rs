//! The stream over an in-memory source, in paused time: what arrives, when, and for how many requests.

use std::time::Duration;

use crate::model::source::{ModelSource, broken};
use crate::model::{EmptyMarker, List, Record};
use futures::stream::{FusedStream, Stream, StreamExt, TryStreamExt};
use iotda_batch_tasks::{Checkpoint, Error, PageStream, RecordStream, StreamOptions};
use tokio::time::Instant;
use tokio_test::{assert_pending, assert_ready, task};

const LATENCY: Duration = Duration::from_millis(20);

fn stream(source: &ModelSource, options: StreamOptions) -> RecordStream<Record> {
    RecordStream::from_source(source.clone(), options).unwrap()
}

/// Compares without printing thousands of ids.
#[track_caller]
fn assert_same(arrived: &[String], expected: &[String], case: &dyn std::fmt::Debug) {
    let differs = arrived.iter().zip(expected).position(|(left, right)| left != right);
    assert_eq!((arrived.len(), differs), (expected.len(), None), "{case:?}");
}

async fn ids(stream: RecordStream<Record>) -> Vec<String> {
    stream.map_ok(|record| record.0).try_collect().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn every_length_arrives_whole_whatever_the_last_page_says() {
    for length in [0, 1, 49, 50, 51, 99, 540, 541, 550, 551, 590, 20_000] {
        for (cap, counts) in [(50, true), (50, false), (20, true), (20, false)] {
            for empty_marker in [EmptyMarker::Absent, EmptyMarker::Echo] {
                let mut list = List::new(length);
                (list.cap, list.counts, list.empty_marker) = (cap, counts, empty_marker);
                let source = ModelSource::new(list.clone(), LATENCY);
                let arrived = ids(stream(&source, StreamOptions::new())).await;
                assert_same(&arrived, &list.throughout(), &(length, cap, counts));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_scan_takes_few_requests_and_little_time() {
    let source = ModelSource::of_length(20_000);
    let begun = Instant::now();
    assert_eq!(ids(stream(&source, StreamOptions::new().prefetch(11))).await.len(), 20_000);
    let requests = source.requests();
    assert!(requests <= 1 + 408 + 1, "{requests} requests");
    assert_eq!(source.world().most_in_flight, 11);
    // One page alone, four, then eleven at a time.
    let rounds = 2 + (requests - 5).div_ceil(11) as u32;
    assert!(begun.elapsed() <= LATENCY * (rounds + 1), "{:?} for {rounds} rounds", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_short_list_takes_one_request_and_one_that_confirms_its_end() {
    for (length, requests) in [(0, 1), (1, 2), (49, 2)] {
        let source = ModelSource::of_length(length);
        assert_eq!(ids(stream(&source, StreamOptions::new())).await.len(), length);
        assert_eq!(source.requests(), requests, "{length} records");
    }
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_sleeps_after_each_page_waits_for_one_fetch_only() {
    let source = ModelSource::of_length(1000);
    let begun = Instant::now();
    let mut pages = stream(&source, StreamOptions::new()).pages();
    let mut consumed = Duration::ZERO;
    while let Some(page) = pages.try_next().await.unwrap() {
        assert!(!page.records.is_empty());
        tokio::time::sleep(LATENCY).await;
        consumed += LATENCY;
    }
    assert!(consumed >= LATENCY * 20);
    assert_eq!(begun.elapsed(), consumed + LATENCY);
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_does_not_poll_finds_its_pages_ready() {
    let source = ModelSource::of_length(1000);
    let mut records = stream(&source, StreamOptions::new());
    records.by_ref().take(60).collect::<Vec<_>>().await;
    // The stream is not polled, and its requests continue.
    tokio::time::sleep(LATENCY * 3).await;
    assert_eq!(source.world().in_flight, 0);
    let begun = Instant::now();
    records.by_ref().take(200).collect::<Vec<_>>().await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn ten_records_take_at_most_two_requests() {
    let source = ModelSource::of_length(20_000);
    let ten: Vec<_> = stream(&source, StreamOptions::new()).take(10).try_collect().await.unwrap();
    assert_eq!(ten.len(), 10);
    assert!(source.requests() <= 2, "{} requests", source.requests());
}

#[tokio::test(start_paused = true)]
async fn max_items_ends_the_stream_and_requests_no_more_than_that() {
    for (items, requests) in [(0, 0), (1, 1), (50, 1), (51, 2), (120, 3)] {
        let source = ModelSource::of_length(20_000);
        let arrived = ids(stream(&source, StreamOptions::new().max_items(items))).await;
        assert_same(&arrived, &source.world().list.throughout()[..items as usize], &items);
        assert_eq!(source.requests(), requests, "{items} items");
    }
}

#[tokio::test(start_paused = true)]
async fn without_read_ahead_a_page_is_requested_when_its_first_record_is_wanted() {
    let source = ModelSource::of_length(120);
    let mut records = stream(&source, StreamOptions::new().prefetch(0));
    assert_eq!(source.requests(), 0);
    for number in 0..120 {
        records.try_next().await.unwrap().unwrap();
        tokio::time::sleep(LATENCY * 2).await;
        assert_eq!(source.requests(), 1 + number / 50, "record {number}");
    }
    assert_eq!(source.world().most_in_flight, 1);
}

#[tokio::test(start_paused = true)]
async fn pages_ahead_never_exceed_the_prefetch_even_while_the_list_is_edited() {
    for prefetch in [1, 2, 5, 11, 30] {
        let source = ModelSource::of_length(3000);
        source.world().edit_every = 3;
        let mut pages = stream(&source, StreamOptions::new().prefetch(prefetch)).pages();
        let mut taken = 0;
        while let Some(page) = pages.try_next().await.unwrap() {
            taken += page.records.len();
            tokio::time::sleep(LATENCY / 3).await;
        }
        assert!(taken > 1500);
        assert!(source.world().most_in_flight <= prefetch);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_requested_before_the_first_poll_and_dropping_aborts_what_is_in_flight() {
    let source = ModelSource::of_length(20_000);
    let mut records = stream(&source, StreamOptions::new());
    tokio::time::sleep(LATENCY).await;
    assert_eq!(source.requests(), 0);
    records.by_ref().take(120).collect::<Vec<_>>().await;
    tokio::time::sleep(LATENCY / 2).await;
    let in_flight = source.world().in_flight;
    assert!(in_flight >= 2, "{in_flight}");
    drop(records);
    tokio::task::yield_now().await;
    assert_eq!(source.world().in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_pending_next_loses_nothing() {
    let source = ModelSource::of_length(300);
    let mut records = stream(&source, StreamOptions::new());
    let mut arrived = Vec::new();
    loop {
        match tokio::time::timeout(LATENCY / 7, records.next()).await {
            Err(_) => {}
            Ok(Some(record)) => arrived.push(record.unwrap().0),
            Ok(None) => break,
        }
    }
    assert_same(&arrived, &source.world().list.throughout(), &"all");
}

#[tokio::test(start_paused = true)]
async fn a_failing_page_comes_after_all_before_it_and_then_nothing() {
    for failing in [1, 2, 5, 12, 30] {
        let source = ModelSource::of_length(2000).with_fault(move |number, _| (number == failing).then(broken));
        // One window alone: a failing page of an estimated window is done without.
        let mut records = stream(&source, StreamOptions::new().prefetch(11));
        let mut arrived = Vec::new();
        let error = loop {
            match records.next().await.unwrap() {
                Ok(record) => arrived.push(record.0),
                Err(error) => break error,
            }
            assert!(!records.is_terminated());
        };
        assert!(matches!(&error, Error::Page(page) if page.failure().status() == Some(500)), "{error}");
        assert!(error.is_retryable());
        for _ in 0..3 {
            assert!(records.next().await.is_none());
        }
        assert!(records.is_terminated());
        let checkpoint: Checkpoint = records.checkpoint().to_string().parse().unwrap();
        arrived.extend(ids(stream(&source, StreamOptions::new().resume(checkpoint))).await);
        assert_same(&arrived, &source.world().list.throughout(), &failing);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_beyond_the_end_is_ignored() {
    let mut list = List::new(100);
    list.counts = false;
    let last = list.throughout()[99].clone();
    let source = ModelSource::new(list, LATENCY).with_fault(move |_, request| {
        let beyond = request.offset.get() > 100 && request.marker.is_some_and(|marker| marker.as_str() != last);
        beyond.then(broken)
    });
    assert_eq!(ids(stream(&source, StreamOptions::new().prefetch(64))).await.len(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_after_any_item_continues_with_the_next_even_if_the_last_ones_are_gone() {
    for taken in (0..=130).chain([539, 540, 541, 600]) {
        let source = ModelSource::of_length(600);
        let mut records = stream(&source, StreamOptions::new());
        let mut arrived: Vec<_> = records.by_ref().take(taken).map_ok(|record| record.0).try_collect().await.unwrap();
        let json = serde_json::to_string(&records.checkpoint()).unwrap();
        drop(records);
        let all = source.world().list.throughout();
        for gone in arrived.iter().rev().take(taken % 7) {
            source.world().list.delete(gone);
        }
        let checkpoint = serde_json::from_str(&json).unwrap();
        arrived.extend(ids(stream(&source, StreamOptions::new().resume(checkpoint))).await);
        assert_same(&arrived, &all, &taken);
    }
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_of_an_ended_stream_delivers_nothing_again() {
    let source = ModelSource::of_length(100);
    let mut records = stream(&source, StreamOptions::new());
    while records.try_next().await.unwrap().is_some() {}
    let requests = source.requests();
    let again = ids(stream(&source, StreamOptions::new().resume(records.checkpoint()))).await;
    assert_eq!((again.len(), source.requests()), (0, requests));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_that_blocks_its_thread_does_not_keep_the_next_request_from_being_sent() {
    let (sent, sent_requests) = std::sync::mpsc::channel();
    let source = ModelSource::new(List::new(200), Duration::ZERO).with_fault(move |number, _| {
        let _ = sent.send(number);
        None
    });
    // In a separate task, so that it is a thread of the runtime that is blocked.
    let consumer = tokio::spawn(async move {
        let mut records = stream(&source, StreamOptions::new());
        records.next().await.unwrap().unwrap();
        let soon = Duration::from_secs(10);
        [sent_requests.recv_timeout(soon), sent_requests.recv_timeout(soon)]
    });
    assert_eq!(consumer.await.unwrap(), [Ok(1), Ok(2)]);
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_of_another_list_is_refused() {
    let source = ModelSource::of_length(100);
    let checkpoint = stream(&source, StreamOptions::new().list("one")).checkpoint();
    let options = StreamOptions::new().list("other").resume(checkpoint);
    let error = RecordStream::<Record>::from_source(source.clone(), options).unwrap_err();
    assert!(error.to_string().contains("\"one\"") && error.to_string().contains("\"other\""), "{error}");
}

#[tokio::test(start_paused = true)]
async fn pages_come_as_they_were_read_with_their_markers() {
    let source = ModelSource::of_length(130);
    let pages: Vec<_> = stream(&source, StreamOptions::new()).pages().try_collect().await.unwrap();
    let sizes: Vec<_> = pages.iter().map(|page| page.records.len()).collect();
    assert_eq!(sizes, [50, 50, 30]);
    assert_eq!(pages[0].count, Some(130));
    let last = pages[0].records[49].as_ref().unwrap();
    assert_eq!(pages[0].marker.unwrap().as_str(), last.0);
}

#[tokio::test(start_paused = true)]
async fn throttled_pages_halve_the_read_ahead() {
    let source = ModelSource::of_length(5000);
    source.world().throttled = true;
    assert_eq!(ids(stream(&source, StreamOptions::new().prefetch(64))).await.len(), 5000);
    assert!(source.world().most_in_flight <= 4, "{}", source.world().most_in_flight);
}

#[tokio::test(start_paused = true)]
async fn large_pages_are_held_to_the_byte_budget() {
    let source = ModelSource::of_length(2000);
    source.world().page_bytes = 10 << 20;
    let options = StreamOptions::new().prefetch(64).prefetch_bytes(35 << 20);
    assert_eq!(ids(stream(&source, options)).await.len(), 2000);
    assert_eq!(source.world().most_in_flight, 3);
    let options = StreamOptions::new().prefetch(64).prefetch_bytes(1);
    source.world().most_in_flight = 0;
    assert_eq!(ids(stream(&source, options)).await.len(), 2000);
    assert_eq!(source.world().most_in_flight, 1);
}

#[tokio::test(start_paused = true)]
async fn a_scan_that_takes_too_long_is_reported_and_continues_later() {
    let source = ModelSource::of_length(5000);
    let mut records = stream(&source, StreamOptions::new().scan_timeout(LATENCY * 5 / 2));
    let mut arrived = Vec::new();
    let error = loop {
        match records.next().await.unwrap() {
            Ok(record) => arrived.push(record.0),
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains("50ms") && arrived.len() > 50, "{error}");
    arrived.extend(ids(stream(&source, StreamOptions::new().resume(records.checkpoint()))).await);
    assert_same(&arrived, &source.world().list.throughout(), &"all");
}

#[tokio::test(start_paused = true)]
async fn polled_by_hand_it_says_what_it_knows() {
    let source = ModelSource::of_length(60);
    let mut records = task::spawn(stream(&source, StreamOptions::new()));
    assert_eq!(records.size_hint(), (0, None));
    assert_pending!(records.poll_next());
    assert!(!records.is_woken());
    tokio::time::sleep(LATENCY * 2).await;
    assert!(records.is_woken());
    assert!(assert_ready!(records.poll_next()).unwrap().is_ok());
    assert_eq!(records.size_hint(), (49, None));
    for _ in 0..49 {
        assert!(assert_ready!(records.poll_next()).unwrap().is_ok());
    }
    assert_pending!(records.poll_next());
    tokio::time::sleep(LATENCY * 2).await;
    for _ in 0..10 {
        assert!(assert_ready!(records.poll_next()).unwrap().is_ok());
        assert!(!records.is_terminated());
    }
    // Nothing but an empty page is the end.
    assert_pending!(records.poll_next());
    tokio::time::sleep(LATENCY * 2).await;
    assert!(assert_ready!(records.poll_next()).is_none());
    assert!(records.is_terminated());
    assert_eq!(records.size_hint(), (0, Some(0)));
    assert!(assert_ready!(records.poll_next()).is_none());
    let progress = records.progress();
    assert_eq!((progress.delivered, progress.count, progress.pages, progress.requests), (60, Some(60), 2, 3));
}

#[test]
fn streams_are_send_unpin_static_and_fused() {
    fn all<S: Stream + FusedStream + Send + Unpin + std::fmt::Debug + 'static>() {}
    all::<iotda_batch_tasks::BatchTaskStream>();
    all::<RecordStream<Record>>();
    all::<PageStream<Record>>();
    fn value<V: Send + Sync + Clone + 'static>() {}
    value::<Checkpoint>();
    value::<StreamOptions>();
    fn error<E: std::error::Error + Send + Sync + 'static>() {}
    error::<Error>();
}
