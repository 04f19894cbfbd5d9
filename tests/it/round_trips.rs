//! How many round trips and requests a scan of an even list takes.

use std::time::Duration;

use crate::model::List;
use crate::model::source::ModelSource;
use futures::StreamExt;
use iotda_batch_tasks::{RecordStream, StreamOptions};
use tokio::time::Instant;

const LATENCY: Duration = Duration::from_millis(20);

/// 20,000 records in pages of 50, which repeat one record each within a window.
async fn scan(prefetch: usize) -> (u128, usize) {
    let source = ModelSource::new(List::new(20_000), LATENCY);
    let start = Instant::now();
    let records = RecordStream::from_source(source.clone(), StreamOptions::new().prefetch(prefetch)).unwrap();
    assert_eq!(records.count().await, 20_000);
    (start.elapsed().as_millis() / LATENCY.as_millis(), source.requests())
}

/// One round trip for the first page, one for the empty page that ends the list, and the rest at full depth, as far as
/// windows have as many pages.
#[tokio::test(start_paused = true)]
async fn a_scan_takes_few_round_trips_more_than_one_that_knows_all_markers() {
    for (prefetch, most) in [(1, 410), (4, 113), (11, 39), (22, 21), (64, 9), (128, 6)] {
        let (round_trips, requests) = scan(prefetch).await;
        assert!(round_trips <= most, "{round_trips} round trips at a read-ahead of {prefetch}");
        assert!(requests <= 430, "{requests} requests at a read-ahead of {prefetch}");
    }
}
