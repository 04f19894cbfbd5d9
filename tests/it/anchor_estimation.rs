//! Read-ahead beyond one window: anchors are guessed, in paused time.

use std::time::Duration;

use crate::fixture::{assert_exactly_once, assert_newest_first};
use crate::model::source::ModelSource;
use crate::model::{List, Random};
use futures::TryStreamExt;
use iotda_batch_tasks::{RecordStream, StreamOptions};
use tokio::time::Instant;

const LATENCY: Duration = Duration::from_millis(20);

/// Reads `list`; returns the requests made, and the time in round trips.
async fn scan(list: List, prefetch: usize) -> (usize, usize) {
    let source = ModelSource::new(list, LATENCY);
    let rounds = read(&source, prefetch).await;
    (source.requests(), rounds)
}

async fn read(source: &ModelSource, prefetch: usize) -> usize {
    let begun = Instant::now();
    let records = RecordStream::from_source(source.clone(), StreamOptions::new().prefetch(prefetch)).unwrap();
    let arrived: Vec<_> = records.map_ok(|record| record.0).try_collect().await.unwrap();
    assert!(arrived == source.world().list.throughout());
    (begun.elapsed().as_millis() / LATENCY.as_millis()) as usize
}

/// 20,000 records with random gaps of up to `most` between their ids.
fn random(most: usize) -> List {
    let mut random = Random::new(3);
    List::spread(20_000, move |_| random.below(most) as u64)
}

const PAGES: usize = 400;

#[tokio::test(start_paused = true)]
async fn a_deep_read_ahead_is_not_held_to_one_window_a_round_trip() {
    for list in [List::new(20_000), random(1_000_000)] {
        let (requests, rounds) = scan(list, 64).await;
        assert!(requests <= PAGES * 115 / 100 + 2, "{requests} requests");
        // Seven are the least at 64 in flight; two more until the read-ahead is that deep, and one for a bad guess.
        assert!(rounds <= 10, "{rounds} round trips");
    }
}

#[tokio::test(start_paused = true)]
async fn an_uneven_list_costs_few_requests_more() {
    let stretches = |number: u64| if (number / 700).is_multiple_of(2) { 1000 } else { 5_000_000 };
    for list in [List::spread(20_000, stretches), List::spread(20_000, |number| 1_000 + number * 7)] {
        for prefetch in [22, 64] {
            let (requests, rounds) = scan(list.clone(), prefetch).await;
            assert!(requests <= PAGES * 120 / 100, "{requests} requests at {prefetch} ahead");
            assert!(rounds <= 40, "{rounds} round trips at {prefetch} ahead");
        }
    }
}

/// One round trip for the first page, one for the empty page that ends the list, and the rest at full depth, as far as
/// windows have as many pages.
#[tokio::test(start_paused = true)]
async fn an_even_list_takes_few_round_trips_more_than_a_scan_that_knows_all_markers() {
    for (prefetch, most) in [(1, 410), (4, 113), (11, 39), (22, 21), (64, 9), (128, 6)] {
        let (requests, rounds) = scan(List::new(20_000), prefetch).await;
        assert!(requests <= PAGES * 107 / 100 + 2, "{requests} requests at {prefetch} ahead");
        assert!(rounds <= most, "{rounds} round trips at {prefetch} ahead");
    }
}

#[tokio::test(start_paused = true)]
async fn within_one_window_nothing_is_estimated() {
    let (requests, rounds) = scan(List::new(20_000), 11).await;
    assert!(requests <= PAGES * 103 / 100 + 2, "{requests} requests");
    // The last of them confirms the end.
    assert!(rounds <= 39, "{rounds} round trips");
}

#[tokio::test(start_paused = true)]
async fn the_page_that_opens_the_next_window_is_among_the_first_of_that_window() {
    let source = ModelSource::of_length(20_000);
    read(&source, 11).await;
    let asked = std::mem::take(&mut source.world().asked);
    let windows: Vec<_> = asked.chunk_by(|left, right| left.marker == right.marker).collect();
    // Not of the first windows, which are read while the read-ahead grows, nor of the last, which nothing follows but the
    // request that confirms the end.
    for window in &windows[3..windows.len() - 2] {
        let far = window.iter().position(|request| request.offset.get() == 490);
        assert!(far.is_some_and(|place| place <= 1), "{window:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_refuses_foreign_markers_is_read_without_guesses() {
    let source = ModelSource::new(List::new(20_000), LATENCY);
    source.world().knows = Some(Default::default());
    let rounds = read(&source, 64).await;
    let refused = source.world().refused;
    assert!((1..=64).contains(&refused), "{refused} refused");
    assert!(source.requests() <= PAGES * 103 / 100 + 2 + refused, "{} requests", source.requests());
    assert!(rounds <= 42, "{rounds} round trips");
}

#[tokio::test(start_paused = true)]
async fn an_edited_list_is_exact_at_depth() {
    for edit_every in [1, 2, 7] {
        let source = ModelSource::new(random(1_000_000), LATENCY);
        source.world().edit_every = edit_every;
        let records = RecordStream::from_source(source.clone(), StreamOptions::new().prefetch(64)).unwrap();
        let arrived: Vec<_> = records.map_ok(|record| record.0).try_collect().await.unwrap();
        assert_newest_first(&arrived);
        assert_exactly_once(&arrived, &source.world().list.throughout(), edit_every);
    }
}
