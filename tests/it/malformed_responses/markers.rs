//! Markers that lead nowhere or in circles.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt;
use iotda_batch_tasks::decode::{self, ListShape};
use iotda_batch_tasks::{
    Error, FailureKind, Identity, Page, PageRequest, PageSource, RecordStream, SourceError, StreamOptions,
};
use iotda_simulator::{Fault, MarkerFault, Simulator};
use serde::Deserialize;

use super::reading::{client, read};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_marker_that_repeats_or_goes_up_is_an_error_at_any_read_ahead() {
    for fault in [MarkerFault::Repeats, MarkerFault::Rises] {
        for prefetch in [0, 1, 11, 64] {
            let builder = Simulator::builder().tasks(2_000).only("softwareUpgrade").marker_fault(fault);
            let simulator = builder.start().await.unwrap();
            let expected = simulator.edit(|list| list.ids("softwareUpgrade"));
            let outcome = read(client(&simulator.endpoint()), prefetch).await;
            assert_eq!(outcome.kind(), Some(FailureKind::Paging), "{fault:?}, {prefetch}: {outcome:?}");
            assert!(outcome.message().contains("would never end"), "{}", outcome.message());
            assert!(simulator.request_count() <= 4 + 2 * prefetch as u64, "{} requests", simulator.request_count());
            let arrived: Vec<_> = outcome.tasks.iter().map(|task| &*task.task_id).collect();
            assert!(arrived == expected[..arrived.len()]);
        }
    }
}

/// A page of one row whose marker is one of the two in turn.
fn turning(markers: [&'static str; 2], row: &'static str) -> impl FnMut() -> Fault + Send + 'static {
    let mut turn = 0;
    move || {
        turn += 1;
        Fault::Body(format!(r#"{{"batchtasks":[{row}],"page":{{"marker":"{}"}}}}"#, markers[turn % 2]))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_markers_in_turn_are_an_error() {
    let row = r#"{"task_id":"5c8ba99030344005c02316ad"}"#;
    let mut next = turning(["5c8ba99030344005c02316ad", "5c90fa7d3c4e4405e8525079"], row);
    for prefetch in [0, 11] {
        let mut page = turning(["5c8ba99030344005c02316ad", "5c90fa7d3c4e4405e8525079"], row);
        std::mem::swap(&mut page, &mut next);
        let builder = Simulator::builder().fault_when(move |_| Some(page()));
        let simulator = builder.start().await.unwrap();
        let outcome = read(client(&simulator.endpoint()), prefetch).await;
        assert_eq!(outcome.kind(), Some(FailureKind::Paging), "{outcome:?}");
        assert!(simulator.request_count() <= 30, "{} requests", simulator.request_count());
    }
}

/// A row of a list whose markers have no order.
#[derive(Deserialize)]
struct Row {}

impl Identity for Row {
    fn identity(&self) -> Option<&str> {
        None
    }
}

/// Reads such a list through another transport.
struct OwnTransport {
    http: reqwest::Client,
    url: String,
}

impl PageSource<Row> for OwnTransport {
    async fn fetch(&self, request: PageRequest) -> Result<Page<Row>, SourceError> {
        const SHAPE: ListShape = ListShape::new("batchtasks").with_opaque_markers();
        let marker = request.marker.map_or(String::new(), |marker| format!("&marker={marker}"));
        let url = format!("{}?limit={}&offset={}{marker}", self.url, request.limit.get(), request.offset.get());
        let answer = self.http.get(url).send().await.unwrap();
        decode::page(&answer.bytes().await.unwrap(), &SHAPE)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_markers_without_order_in_turn_are_an_error() {
    let mut page = turning(["A", "B"], "{}");
    let simulator = Simulator::builder().fault_when(move |_| Some(page())).start().await.unwrap();
    let url = format!("{}/v5/iot/0a/batchtasks", simulator.endpoint());
    let source = OwnTransport { http: reqwest::Client::new(), url };
    let mut rows = RecordStream::from_source(source, StreamOptions::new()).unwrap();
    let seen = AtomicUsize::new(0);
    let reading = async {
        loop {
            match rows.next().await {
                Some(Ok(Row {})) => _ = seen.fetch_add(1, Ordering::Relaxed),
                Some(Err(error)) => return error,
                None => panic!("the list ended"),
            }
        }
    };
    let error = tokio::time::timeout(Duration::from_secs(10), reading).await.expect("runs in a circle");
    assert!(matches!(&error, Error::Page(page) if page.failure().kind() == FailureKind::Paging), "{error}");
    assert!(seen.into_inner() <= 8 && error.to_string().contains("was returned before"), "{error}");
}
