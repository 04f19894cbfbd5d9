//! Several lists read as one: order, bounds, refusals, and one checkpoint for all.

use std::time::Duration;

use crate::model::source::{ModelSource, named};
use crate::model::{List, Record};
use futures::{StreamExt, TryStreamExt};
use iotda_batch_tasks::{Error, FailureKind, NamedSource, RecordStream, SourceError, StreamOptions};

const LATENCY: Duration = Duration::from_millis(20);

/// Lists of these lengths, no two of which share an id.
fn lists(lengths: &[usize]) -> Vec<ModelSource> {
    let list = |(place, length): (usize, &usize)| {
        let mut list = List::new(0);
        for number in 0..*length as u64 {
            list.create((number * (7 + 3 * place as u64) + 1) * 16 + place as u64);
        }
        ModelSource::new(list, LATENCY)
    };
    lengths.iter().enumerate().map(list).collect()
}

fn merged(lists: &[ModelSource], options: StreamOptions) -> RecordStream<Record> {
    RecordStream::merged(named(lists.to_vec()), options).unwrap()
}

fn all_ids(lists: &[ModelSource]) -> Vec<String> {
    let mut all: Vec<_> = lists.iter().flat_map(|source| source.world().list.ids()).collect();
    all.sort_by(|left, right| right.cmp(left));
    all
}

#[tokio::test(start_paused = true)]
async fn all_lists_arrive_newest_first() {
    for lengths in [vec![], vec![0], vec![0, 0, 3], vec![700, 1, 60, 0, 333], vec![51; 13]] {
        for prefetch in [0, 1, 11, 64] {
            let lists = lists(&lengths);
            let records = merged(&lists, StreamOptions::new().prefetch(prefetch));
            let arrived: Vec<_> = records.map_ok(|record| record.0).try_collect().await.unwrap();
            assert_eq!(arrived, all_ids(&lists), "{lengths:?}, {prefetch} ahead");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_prefetch_bounds_all_lists_together() {
    for prefetch in [0, 1, 3, 11] {
        let lists = lists(&[900; 6]);
        let mut records = merged(&lists, StreamOptions::new().prefetch(prefetch));
        let mut most = 0;
        while records.try_next().await.unwrap().is_some() {
            most = most.max(lists.iter().map(|source| source.world().in_flight).sum());
        }
        assert!(most <= prefetch.max(1), "{most} in flight, {prefetch} ahead");
    }
}

#[tokio::test(start_paused = true)]
async fn one_checkpoint_resumes_all_lists() {
    let lists = lists(&[120, 80, 300]);
    for taken in (0..500).step_by(37) {
        let mut records = merged(&lists, StreamOptions::new());
        let mut arrived: Vec<_> = records.by_ref().take(taken).map_ok(|record| record.0).try_collect().await.unwrap();
        let checkpoint = records.checkpoint().to_string().parse().unwrap();
        let rest = merged(&lists, StreamOptions::new().resume(checkpoint));
        arrived.extend(rest.map_ok(|record| record.0).try_collect::<Vec<_>>().await.unwrap());
        assert_eq!(arrived, all_ids(&lists), "{taken} taken");
    }
}

fn refused() -> SourceError {
    let code = Some("IOTDA.000006".to_owned());
    SourceError::new(FailureKind::Status, "status 400").with_status(400).with_service_error(code, None)
}

#[tokio::test(start_paused = true)]
async fn an_optional_list_that_is_refused_is_left_out_and_any_other_is_an_error() {
    let mut lists = lists(&[100, 100, 100]);
    lists[1] = lists[1].clone().with_fault(|_, _| Some(refused()));
    let known = [lists[0].clone(), lists[2].clone()];
    let arrived: Vec<_> = merged(&lists, StreamOptions::new()).map_ok(|record| record.0).try_collect().await.unwrap();
    assert_eq!(arrived, all_ids(&known));

    lists[2] = lists[2].clone().with_fault(|_, _| Some(refused()));
    let items: Vec<_> = merged(&lists, StreamOptions::new()).collect().await;
    assert_eq!(items.len(), 1);
    let error = items.into_iter().next().unwrap().unwrap_err();
    assert!(matches!(&error, Error::Page(page) if page.list() == Some("type2")), "{error}");
    assert!(error.to_string().contains("type2") && error.to_string().contains("IOTDA.000006"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_list_is_not_left_out_for_another_failure_or_a_later_page() {
    for (status, failing) in [(500, 1), (400, 2)] {
        let mut lists = lists(&[100, 100]);
        let fault = move |number, _: &_| {
            (number == failing).then(|| SourceError::new(FailureKind::Status, "refused").with_status(status))
        };
        lists[1] = lists[1].clone().with_fault(fault);
        let last = merged(&lists, StreamOptions::new()).collect::<Vec<_>>().await.pop().unwrap();
        assert!(last.is_err(), "status {status}, request {failing}");
    }
}

#[test]
fn two_lists_of_one_name_are_refused() {
    let named = || NamedSource { name: "same".to_owned(), source: ModelSource::of_length(1), optional: false };
    let error = RecordStream::<Record>::merged([named(), named()], StreamOptions::new()).unwrap_err();
    assert!(error.to_string().contains("\"same\""), "{error}");
}
