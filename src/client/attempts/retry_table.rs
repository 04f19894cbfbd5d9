//! The table of `docs/what-is-retried.md`: made here, by the errors that requests really end with.
//!
//! `UPDATE_DOCS=1 cargo test --all-features --lib the_table` writes it anew.

use std::sync::atomic::{AtomicUsize, Ordering};

use http::{HeaderMap, StatusCode};

use super::*;
use crate::Page;
use crate::client::failure;
use crate::task::BatchTask;

const SEEDS: u64 = 100;
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/what-is-retried.md");

const HEAD: &str = "\
# What is retried, how often, and how long a failure takes to be reported

Each request by itself, with the defaults of `RetryPolicy` and a server that fails in the same way every time; the least and
the most of 100 runs. A scan reports the failure of a page once everything before it was delivered. What has one try cannot
get better by itself: the error says what to change. A request that the server did not process since it was closing the
connection (HTTP/2 GOAWAY, REFUSED_STREAM) is sent again at once and not counted. The first success after an outage ends the
waits of all other requests within half a second. Three answers 503 in a row, from a server that served a moment before, are
taken for a limit on requests, as 429 is.

This file is made by a test, `src/client/attempts/retry_table.rs`.

| what happens | kind | status | tries | reported after |
|---|---|---|---|---|
";

struct Case {
    what: &'static str,
    lasts: Duration,
    error: SourceError,
}

fn answer(status: u16, retry_after: Option<&'static str>, body: &str) -> SourceError {
    let mut headers = HeaderMap::new();
    if let Some(wait) = retry_after {
        headers.insert("retry-after", wait.parse().unwrap());
    }
    failure::of_status(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes(), &[])
}

fn body(body: &str) -> SourceError {
    Page::<BatchTask>::from_json(body.as_bytes()).unwrap_err()
}

fn cases() -> Vec<Case> {
    use FailureKind::{Connect, Interrupted, Proxy, Timeout, Tls, TooLarge};
    let short = Duration::from_millis(20);
    let case = |what, lasts, error| Case { what, lasts, error };
    let kind = |kind| SourceError::new(kind, "");
    let denied = r#"{"error_code":"IOTDA.000021","error_msg":"no"}"#;
    vec![
        case("the connection is refused, the name is not known", short, kind(Connect)),
        case("no connection within `connect_timeout`, 10 s", Duration::from_secs(10), kind(Connect)),
        case("no answer, or one that halts, for `request_timeout`, 120 s", Duration::from_secs(120), kind(Timeout)),
        case("the connection breaks in mid-answer", short, kind(Interrupted)),
        case("408, 500, 502, 504", short, answer(500, None, "")),
        case("503", short, answer(503, None, "")),
        case("503 with `Retry-After: 7`", short, answer(503, Some("7"), "")),
        case("503 with `Retry-After: 86400`", short, answer(503, Some("86400"), "")),
        case("429", short, answer(429, None, "")),
        case("429 with `Retry-After: 3`", short, answer(429, Some("3"), "")),
        case(
            "403 with IOTDA.021101 or 021102, a rate limit",
            short,
            answer(403, None, r#"{"error_code":"IOTDA.021101"}"#),
        ),
        case("a body that is cut short", short, body("{\"batchtasks\":[")),
        case("an error of the service in a 200", short, body(r#"{"error_code":"IOTDA.000001"}"#)),
        case("a login page, or other HTML, in a 200", short, body("<html>")),
        case("JSON of another shape", short, body("[]")),
        case("an answer or headers that are too large", short, kind(TooLarge)),
        case("400, 404 and other 4xx; redirects", short, answer(400, None, denied)),
        case("401, credentials renewed once where they can be", short, answer(401, None, denied)),
        case("403", short, answer(403, None, denied)),
        case("a certificate that is untrusted, expired or for another name; no TLS, or an old one", short, kind(Tls)),
        case("407 or another refusal of the proxy", short, kind(Proxy)),
    ]
}

async fn run(case: &Case) -> (u32, Duration) {
    let (attempts, started) = (Attempts::new(RetryPolicy::default(), None), Instant::now());
    let sent = AtomicUsize::new(0);
    let attempt = |_| async {
        sent.fetch_add(1, Ordering::Relaxed);
        sleep(case.lasts).await;
        Err::<(), _>(case.error.clone())
    };
    attempts.run(attempt).await.unwrap_err();
    (u32::try_from(sent.into_inner()).unwrap(), started.elapsed())
}

fn range(values: impl Iterator<Item = u64> + Clone, unit: &str) -> String {
    let (least, most) = (values.clone().min().unwrap_or(0), values.max().unwrap_or(0));
    if least == most { format!("{most}{unit}") } else { format!("{least} to {most}{unit}") }
}

#[tokio::test(start_paused = true)]
async fn the_table_of_what_is_retried_is_that_of_the_docs() {
    let mut table = HEAD.to_owned();
    for case in cases() {
        let mut runs = Vec::new();
        for seed in 0..SEEDS {
            fastrand::seed(seed);
            runs.push(run(&case).await);
        }
        let tries = range(runs.iter().map(|(tries, _)| u64::from(*tries)), "");
        let took = match runs.iter().all(|(tries, _)| *tries == 1) {
            true => "at once".to_owned(),
            false => range(runs.iter().map(|(_, took)| took.as_secs_f64().round() as u64), " s"),
        };
        let status = case.error.status().map_or("none".to_owned(), |status| status.to_string());
        table += &format!("| {} | `{:?}` | {status} | {tries} | {took} |\n", case.what, case.error.kind());
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(FILE, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(FILE).unwrap_or_default(), table, "UPDATE_DOCS=1 writes it anew");
}
