//! The read-ahead without `prefetch`: as deep as it pays, in paused time.

use std::sync::Arc;
use std::time::Duration;

use crate::model::source::ModelSource;
use crate::model::{Counts, List, Record};
use futures::TryStreamExt;
use iotda_batch_tasks::{Fetched, Page, PageRequest, PageSource, RecordStream, SourceError, StreamOptions};
use tokio::sync::Semaphore;
use tokio::time::Instant;

const LATENCY: Duration = Duration::from_millis(20);
const PAGES: usize = 400;

/// Serves so many requests at once, and the others after them.
#[derive(Clone)]
struct Workers {
    list: ModelSource,
    free: Arc<Semaphore>,
}

impl Workers {
    fn new(number: usize) -> Self {
        let list = ModelSource::new(List::new(20_000), Duration::ZERO);
        Self { list, free: Arc::new(Semaphore::new(number)) }
    }
}

impl PageSource<Record> for Workers {
    async fn fetch(&self, request: PageRequest) -> Result<Page<Record>, SourceError> {
        self.fetch_measured(request).await.map(|fetched| fetched.page)
    }

    async fn fetch_measured(&self, request: PageRequest) -> Result<Fetched<Record>, SourceError> {
        self.list.world().in_flight += 1;
        let in_flight = self.list.world().in_flight;
        let most = self.list.world().most_in_flight.max(in_flight);
        self.list.world().most_in_flight = most;
        let worker = self.free.acquire().await.unwrap();
        tokio::time::sleep(LATENCY).await;
        drop(worker);
        self.list.world().in_flight -= 1;
        self.list.fetch_measured(request).await
    }
}

/// Reads all of it; returns the round trips that it took.
async fn read(source: impl PageSource<Record>, list: &ModelSource, options: StreamOptions) -> usize {
    let begun = Instant::now();
    let records = RecordStream::from_source(source, options).unwrap();
    let arrived: Vec<_> = records.map_ok(|record| record.0).try_collect().await.unwrap();
    assert!(arrived == list.world().list.throughout());
    (begun.elapsed().as_millis() / LATENCY.as_millis()) as usize
}

/// Seven round trips are the least with 64 in flight.
#[tokio::test(start_paused = true)]
async fn a_whole_list_takes_hardly_more_than_a_client_that_knows_every_marker() {
    let usual = StreamOptions::new;
    let all =
        [(usual(), 7), (usual().whole_list(), 6), (usual().prefetch(64).whole_list(), 9), (usual().prefetch(64), 9)];
    for (options, expected) in all {
        let source = ModelSource::new(List::new(20_000), LATENCY);
        let rounds = read(source.clone(), &source, options).await;
        assert_eq!(rounds, expected, "round trips");
        assert!(source.requests() <= PAGES * 108 / 100, "{} requests", source.requests());
    }
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_stops_early_costs_few_requests() {
    for (records, most) in [(10, 2), (49, 2), (60, 12), (500, 12)] {
        let source = ModelSource::new(List::new(20_000), LATENCY);
        let stream = RecordStream::from_source(source.clone(), StreamOptions::new()).unwrap();
        let taken: Vec<_> = futures::StreamExt::take(stream, records).try_collect().await.unwrap();
        assert_eq!(taken.len(), records);
        assert!(source.requests() <= most, "{} requests for {records} records", source.requests());
    }
}

/// What more requests in flight would bring no sooner is not requested.
#[tokio::test(start_paused = true)]
async fn a_service_that_serves_few_at_once_gets_few() {
    for (workers, most) in [(1, 44), (4, 44), (11, 44), (30, 128)] {
        for options in [StreamOptions::new(), StreamOptions::new().whole_list()] {
            let source = Workers::new(workers);
            let rounds = read(source.clone(), &source.list, options).await;
            let in_flight = source.list.world().most_in_flight;
            assert!(in_flight <= most, "{in_flight} in flight for {workers} workers");
            // No slower than as many workers can be.
            assert!(rounds <= PAGES * 104 / 100 / workers + 8, "{rounds} round trips of {workers} workers");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_did_not_pay_is_taken_back() {
    let source = Workers::new(11);
    let mut records = RecordStream::from_source(source.clone(), StreamOptions::new()).unwrap();
    let mut in_flight = Vec::new();
    while records.try_next().await.unwrap().is_some() {
        in_flight.push(source.list.world().in_flight);
    }
    let late = &in_flight[in_flight.len() / 2..];
    assert!(in_flight.iter().max() > Some(&11), "it was never tried");
    let deep = late.iter().filter(|number| **number > 11).count();
    assert!(deep * 10 < late.len(), "{deep} of {} records came while more than 11 were in flight", late.len());
}

/// With a depth of the user's own, nothing is measured.
#[tokio::test(start_paused = true)]
async fn a_chosen_depth_is_a_hard_bound_and_reached_at_once() {
    for prefetch in [1, 11, 30, 64] {
        for options in [StreamOptions::new(), StreamOptions::new().whole_list()] {
            let source = Workers::new(30);
            read(source.clone(), &source.list, options.prefetch(prefetch)).await;
            assert_eq!(source.list.world().most_in_flight, prefetch);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_count_that_is_wrong_costs_requests_and_no_record() {
    for counts in [Counts::Absent, Counts::Zero, Counts::OfThePage, Counts::ATenth, Counts::Double, Counts::Tenfold] {
        for options in [StreamOptions::new(), StreamOptions::new().whole_list()] {
            let mut list = List::new(20_000);
            list.count_form = counts;
            let source = ModelSource::new(list, LATENCY);
            read(source.clone(), &source, options).await;
            let requests = source.requests();
            assert!(requests <= PAGES * 108 / 100 + 128, "{requests} requests with the count {counts:?}");
        }
    }
}
