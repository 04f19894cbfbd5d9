//! A quota of 100 requests a second, which the service enforces without stating it.

use std::time::Duration;

use iotda_batch_tasks::ClientBuilder;
use iotda_simulator::SimulatorBuilder;

use crate::service::{World, tasks};

const PER_SECOND: f64 = 100.0;

fn limited() -> SimulatorBuilder {
    tasks().latency(Duration::from_millis(5)).quota(PER_SECOND as u32, Duration::from_secs(1))
}

struct Outcome {
    seconds: f64,
    requests: usize,
    throttled: usize,
}

async fn outcome(builder: SimulatorBuilder, status: u16, client: impl Fn(ClientBuilder) -> ClientBuilder) -> Outcome {
    let world = World::start(builder).await;
    let reading = world.read(client(world.client())).await;
    world.assert_exact(&reading.ids);
    let requests = world.count(|_| true);
    let throttled = world.count(|request| request.status == Some(status));
    assert_eq!(requests, throttled + world.count(|request| request.status == Some(200)));
    let seconds = reading.took.as_secs_f64();
    println!("{requests} requests in {seconds:.2} s, {throttled} throttled with {status}");
    Outcome { seconds, requests, throttled }
}

fn assert_well_used(outcome: &Outcome) {
    let Outcome { seconds, requests, throttled } = *outcome;
    assert!(throttled > 0, "the quota was never reached");
    assert!(throttled as f64 <= 0.05 * requests as f64, "{throttled} of {requests} throttled");
    // The first hundred are let through at once.
    let at_best = requests as f64 / PER_SECOND - 1.0;
    assert!(seconds <= 1.15 * at_best, "{requests} requests in {seconds} s");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_quota_is_found_and_used() {
    assert_well_used(&outcome(limited(), 429, |client| client).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_that_is_reported_as_403_is_one_all_the_same() {
    assert_well_used(&outcome(limited().quota_as_forbidden(), 403, |client| client).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_knows_the_quota_is_never_throttled() {
    let outcome = outcome(limited(), 429, |client| client.rate_limit(90.0)).await;
    assert_eq!(outcome.throttled, 0);
    assert!(outcome.seconds <= 1.15 * outcome.requests as f64 / 90.0, "{} s", outcome.seconds);
}

/// The first requests go out before the service has stated anything: as many as are read ahead may be refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_that_a_refusal_states_is_kept_from_then_on() {
    let builder = tasks().latency(Duration::from_millis(5)).quota_window(PER_SECOND as u32, Duration::from_secs(1));
    let outcome = outcome(builder.quota_in_text(), 429, |client| client).await;
    assert!((1..=11).contains(&outcome.throttled), "{} throttled", outcome.throttled);
    assert!(outcome.seconds <= 1.15 * outcome.requests as f64 / PER_SECOND, "{} s", outcome.seconds);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_that_headers_state_is_never_exceeded() {
    let quota = || tasks().latency(Duration::from_millis(5)).quota_window(PER_SECOND as u32, Duration::from_secs(1));
    for (builder, asks) in [(quota().quota_in_headers(), false), (quota().quota_in_headers_if_asked(), true)] {
        let outcome = outcome(builder, 429, |client| client.ask_for_quota(asks)).await;
        assert_eq!(outcome.throttled, 0);
        assert!(outcome.seconds <= 1.05 * outcome.requests as f64 / PER_SECOND, "{} s", outcome.seconds);
    }
}
