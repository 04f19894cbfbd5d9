//! What a client counts of its requests.

use super::*;

#[tokio::test]
async fn requests_retries_refusals_and_throttling_are_counted_over_all_clones() {
    let server = TestServer::start(|number| match number {
        0 => Reply::status("429 Too Many Requests", &["Retry-After: 0"], ""),
        1 => Reply::status("500 Internal Server Error", &[], ""),
        3 => Reply::status("400 Bad Request", &[], ""),
        _ => Reply::page(&[ID]),
    })
    .await;
    let client = client(&server).retry(RetryPolicy::default()).build().unwrap();
    let mut selection = Selection::new(ListEndpoint::BATCH_TASKS);
    selection.filter("task_type".into(), "softwareUpgrade".to_owned());
    let source = HttpSource::new(client.clone(), "softwareUpgrade".to_owned(), selection.checked().unwrap());
    fetch(&source, first_page()).await.unwrap();
    let counts = |client: &Client| {
        let counts = client.request_counts();
        [counts.requests, counts.retries, counts.refusals, counts.throttled]
    };
    assert_eq!(counts(&client), [3, 2, 2, 1]);
    fetch(&source, first_page()).await.unwrap_err();
    assert_eq!(counts(&client.clone()), [4, 2, 3, 1]);
}
