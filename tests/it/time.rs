//! Bounds of time together with everything else a stream does, over an in-memory source in paused time.

use std::time::Duration;

use crate::model::source::{ModelSource, broken};
use crate::model::{List, Record};
use futures::{StreamExt, TryStreamExt};
use iotda_batch_tasks::{Error, FailureKind, Lists, StreamOptions};
use jiff::Timestamp;

const LATENCY: Duration = Duration::from_millis(20);
/// The model's ids all tell the first second of 1970. Times within its first minute are near enough for ids to be
/// trusted.
fn second(id: &str) -> i64 {
    i64::from_str_radix(id, 16).unwrap() / 16 / 20
}

fn created(record: &Record) -> Option<Timestamp> {
    Timestamp::from_second(second(&record.0)).ok()
}

fn bounded(source: &ModelSource, options: StreamOptions, trust: bool) -> Lists<Record> {
    let time = |second| Timestamp::from_second(second).unwrap();
    Lists::one(source.clone(), options).created_between(created, Some(time(15)), Some(time(35)), trust)
}

fn wanted(source: &ModelSource) -> Vec<String> {
    let ids = source.world().list.throughout();
    ids.into_iter().filter(|id| (16..35).contains(&second(id))).collect()
}

#[tokio::test(start_paused = true)]
async fn parts_side_by_side_bring_each_record_of_the_time_once() {
    for trust in [false, true] {
        let source = ModelSource::new(List::new(500), LATENCY);
        let records = bounded(&source, StreamOptions::new(), trust).unordered(4).await.unwrap();
        let mut arrived: Vec<_> = records.map_ok(|record| record.0).try_collect().await.unwrap();
        arrived.sort_by(|left, right| right.cmp(left));
        assert!(arrived == wanted(&source), "{} of {}, trust {trust}", arrived.len(), wanted(&source).len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_page_is_the_last_item_of_a_scan_by_pages_too() {
    let source = ModelSource::new(List::new(500), LATENCY).with_fault(|number, _| (number == 10).then(broken));
    let pages: Vec<_> =
        bounded(&source, StreamOptions::new().prefetch(40), false).stream().unwrap().pages().collect().await;
    let (last, before) = pages.split_last().unwrap();
    assert!(matches!(last, Err(Error::Page(_))), "{last:?}");
    let mut records = before.iter().flat_map(|page| &page.as_ref().unwrap().records).peekable();
    assert!(records.peek().is_some() && records.all(|record| record.is_ok()));
}

#[tokio::test(start_paused = true)]
async fn a_record_outside_the_time_is_not_found() {
    let source = ModelSource::new(List::new(500), LATENCY);
    let (inside, outside) = (wanted(&source)[7].clone(), source.world().list.throughout()[0].clone());
    for (id, is_found) in [(inside, true), (outside, false)] {
        let found = bounded(&source, StreamOptions::new(), false).find(&id).await.unwrap();
        assert_eq!(found.map(|record| record.0), is_found.then_some(id));
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_question_counts_towards_the_time_of_the_reading() {
    let source = ModelSource::new(List::new(500), Duration::from_secs(3600));
    let options = StreamOptions::new().scan_timeout(Duration::from_secs(5));
    let begun = tokio::time::Instant::now();
    let error = bounded(&source, options, true).stream().unwrap().try_next().await.unwrap_err();
    assert_eq!(error.failure().map(|failure| failure.kind()), Some(FailureKind::Timeout), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
}
