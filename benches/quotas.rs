//! How well a quota is used that was not configured: `cargo bench --bench quotas` prints the time of a scan against what
//! the quota allows at best, and what was refused on the way.

use std::time::{Duration, Instant};

use futures::TryStreamExt;
use iotda_batch_tasks::{Client, TaskType};
use iotda_simulator::{Simulator, SimulatorBuilder};

#[path = "shared/short.rs"]
mod short;

const LATENCY: Duration = Duration::from_millis(10);
const READ_AHEAD: usize = 11;

struct Case {
    name: &'static str,
    tasks: usize,
    /// Requests a second.
    quota: f64,
    read_ahead: usize,
    service: fn(SimulatorBuilder) -> SimulatorBuilder,
}

fn second(builder: SimulatorBuilder) -> SimulatorBuilder {
    builder.quota_window(100, Duration::from_secs(1))
}

fn ten_seconds(builder: SimulatorBuilder) -> SimulatorBuilder {
    builder.quota_window(50, Duration::from_secs(10))
}

fn silent_bucket(builder: SimulatorBuilder) -> SimulatorBuilder {
    builder.quota(100, Duration::from_secs(1)).quota_retry_after("1")
}

/// As many a second, but only ten at once.
fn small_bucket(builder: SimulatorBuilder) -> SimulatorBuilder {
    builder.quota(10, Duration::from_millis(100)).quota_retry_after("1")
}

fn cases() -> Vec<Case> {
    let case = |name, tasks, quota, service| Case { name, tasks, quota, read_ahead: READ_AHEAD, service };
    vec![
        case("bucket 100/s, Retry-After: 1", 10_000, 100.0, silent_bucket),
        case("bucket 100/s, Retry-After: 1", 50_000, 100.0, silent_bucket),
        case("bucket 100/s, 10 at once, Retry-After: 1", 10_000, 100.0, small_bucket),
        case("bucket 100/s, 10 at once, Retry-After: 1", 50_000, 100.0, small_bucket),
        case("100 in 1 s, stated in refusals", 20_000, 100.0, |builder| second(builder).quota_in_text()),
        case("100 in 1 s, stated in headers", 20_000, 100.0, |builder| second(builder).quota_in_headers()),
        case("50 in 10 s, stated in refusals", 20_000, 5.0, |builder| ten_seconds(builder).quota_in_text()),
        case("50 in 10 s, stated in headers", 20_000, 5.0, |builder| ten_seconds(builder).quota_in_headers()),
        Case {
            read_ahead: 1,
            ..case("100 a minute, one request at a time", 6_000, 100.0 / 60.0, |builder| {
                builder.quota_window(100, Duration::from_secs(60)).quota_in_text()
            })
        },
    ]
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("| quota | tasks | time / (requests / quota) | refused |");
    println!("|---|---|---|---|");
    for Case { name, tasks, quota, read_ahead, service } in cases() {
        if short::is_wanted() && quota < 10.0 {
            continue;
        }
        let builder = Simulator::builder().tasks(tasks).only("softwareUpgrade").latency(LATENCY);
        let simulator = service(builder).start().await?;
        let client = Client::builder().endpoint(simulator.endpoint()).project_id("0a").token("any").build()?;
        let stream = client.batch_tasks(TaskType::SoftwareUpgrade).prefetch(read_ahead).stream()?;
        let started = Instant::now();
        let read = stream.try_fold(0, |read, _| async move { Ok(read + 1) }).await?;
        let seconds = started.elapsed().as_secs_f64();
        assert_eq!(read, tasks);
        let requests = simulator.requests();
        let refused = requests.iter().filter(|request| request.status == Some(429)).count();
        let ratio = seconds / ((requests.len() - refused) as f64 / quota);
        println!("| {name} | {tasks} | {ratio:.2} | {refused} of {} |", requests.len());
    }
    Ok(())
}
