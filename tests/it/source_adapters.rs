//! Closures as page sources: side by side, aborted when the stream is dropped, and whatever they capture.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::model::source::ModelSource;
use crate::model::{List, Record};
use futures::{StreamExt, TryStreamExt};
use iotda_batch_tasks::{FailureKind, Page, PageRequest, PageSource, RecordStream, SourceError, StreamOptions, source};

/// A client that is `Send` and not `Sync`, and counts when it is dropped.
struct Sdk {
    list: ModelSource,
    calls: Cell<usize>,
    gone: Arc<AtomicUsize>,
}

impl Sdk {
    fn new(length: usize, latency: u64) -> (Self, ModelSource, Arc<AtomicUsize>) {
        let list = ModelSource::new(List::new(length), Duration::from_millis(latency));
        let gone = Arc::new(AtomicUsize::new(0));
        (Self { list: list.clone(), calls: Cell::new(0), gone: Arc::clone(&gone) }, list, gone)
    }

    async fn page(&self, request: PageRequest) -> Result<Page<Record>, SourceError> {
        self.calls.set(self.calls.get() + 1);
        // Held while it waits, so that the future is not `Send` either.
        let held = Rc::new(());
        let page = PageSource::<Record>::fetch(&self.list, request).await;
        drop(held);
        page
    }
}

impl Drop for Sdk {
    fn drop(&mut self) {
        self.gone.fetch_add(1, Ordering::SeqCst);
    }
}

async fn read(source: impl PageSource<Record>) -> Vec<String> {
    let records = RecordStream::from_source(source, StreamOptions::new()).unwrap();
    records.map_ok(|record| record.0).try_collect().await.unwrap()
}

/// Waits for what another thread is about to do.
async fn until(what: impl Fn() -> bool) {
    let waiting = async {
        while !what() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("it never happens");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_not_sync_is_read_ahead_on_a_separate_thread_and_dropped_with_the_stream() {
    let (sdk, list, gone) = Sdk::new(2_000, 5);
    assert!(read(source::on_own_thread(async move |request| sdk.page(request).await)).await == list.world().list.ids());
    let most = list.world().most_in_flight;
    assert!(most >= 2, "{most}");
    until(|| gone.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_its_own_thread_too_a_request_of_a_dropped_stream_is_aborted() {
    let (sdk, list, gone) = Sdk::new(2_000, 600_000);
    let source = source::on_own_thread(async move |request| sdk.page(request).await);
    let mut records = RecordStream::from_source(source, StreamOptions::new()).unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(20), records.next()).await.is_err());
    until(|| list.world().in_flight == 1).await;
    drop(records);
    until(|| list.world().in_flight == 0 && gone.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn without_a_stream_there_is_no_thread() {
    let (sdk, _, gone) = Sdk::new(5, 0);
    let source = source::on_own_thread(async move |request| sdk.page(request).await);
    drop(RecordStream::from_source(source, StreamOptions::new()).unwrap());
    assert_eq!(gone.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_closure_that_panics_on_its_thread_fails_the_page() {
    let source = source::on_own_thread(async |request: PageRequest| -> Result<Page<Record>, SourceError> {
        panic!("on purpose: {request}")
    });
    let mut records = RecordStream::from_source(source, StreamOptions::new()).unwrap();
    let error = records.next().await.unwrap().unwrap_err();
    assert_eq!(error.failure().unwrap().kind(), FailureKind::Stopped);
    assert!(records.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_closure_may_change_what_it_captures() {
    let (list, calls) = (ModelSource::of_length(2_000), Arc::new(AtomicUsize::new(0)));
    let (asked, counter) = (list.clone(), Arc::clone(&calls));
    let mut number = 0;
    let not_sync = Cell::new(());
    let source = source::from_fn(move |request| {
        number += 1;
        not_sync.set(());
        counter.store(number, Ordering::Relaxed);
        let list = asked.clone();
        async move { PageSource::<Record>::fetch(&list, request).await }
    });
    assert!(read(source).await == list.world().list.ids());
    assert_eq!(calls.load(Ordering::Relaxed), list.requests());
    assert!(list.world().most_in_flight > 11);
}
