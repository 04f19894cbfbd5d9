//! Pages of which rows are read while more is still to come.

use super::*;
use crate::decode::{self, ListShape};

/// A page of four tasks with so many targets that their rows are read while more of the body is still to come.
fn large_body() -> String {
    let targets = vec![format!("{ID:0>36}"); 15_000];
    let rows: Vec<_> = (0..4)
        .map(|row| serde_json::json!({ "task_id": format!("{row}"), "targets": targets, "status": "Success" }))
        .collect();
    serde_json::json!({ "batchtasks": rows, "page": { "count": 4, "marker": ID } }).to_string()
}

#[tokio::test]
async fn a_large_page_that_breaks_off_is_read_from_its_beginning_again() {
    let body = large_body();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    let answer = [head.as_str(), &body].concat();
    let expected = decode::page::<BatchTask>(body.as_bytes(), &ListShape::BATCH_TASKS).unwrap();
    let server = TestServer::start(move |number| match number {
        0 => Reply::Break(answer.as_bytes()[..answer.len() * 3 / 4].to_vec()),
        // The third row is no JSON, and neither is what ends too early.
        1 => Reply::status("200 OK", &[], &body.replace(r#""task_id":"2""#, r#""task_id""2""#)),
        2 => Reply::status("200 OK", &[], &body[..body.len() - 1]),
        _ => Reply::Bytes(answer.clone().into_bytes()),
    })
    .await;
    let quick = RetryPolicy::default().initial_backoff(Duration::from_millis(1));
    let Fetched { page, attempts, .. } = fetch(&source(client(&server).retry(quick)), first_page()).await.unwrap();
    assert_eq!(attempts, 4);
    assert!(format!("{:?}", page) == format!("{expected:?}"), "it is another page");
}

#[tokio::test]
async fn a_large_page_is_what_it_is_as_a_whole() {
    for body in [
        large_body(),
        large_body().replacen("Success", &"x".repeat(5_000_000), 1),
        large_body().replace(r#""task_id":"2""#, r#""task_id""2""#),
        large_body().replace(r#""count":4"#, r#""count":4,"#),
        large_body().replace(ID, "no marker"),
        large_body().replace("\"task_id\":\"3\"", "\"task_id\":\"\""),
    ] {
        let server = TestServer::start({
            let body = body.clone();
            move |_| Reply::status("200 OK", &[], &body)
        })
        .await;
        let fetched = fetch(&source(client(&server)), first_page()).await;
        let page = fetched.map(|fetched| fetched.page).map_err(|error| error.with_attempt(1));
        let whole = decode::page::<BatchTask>(body.as_bytes(), &ListShape::BATCH_TASKS);
        assert!(format!("{page:?}") == format!("{whole:?}"), "{:?}", page.err());
    }
}
