//! Tokens that expire in the middle of a scan, with an announced expiry or without.

use std::time::{Duration, Instant};

use iotda_batch_tasks::{ClientBuilder, Credentials};
use iotda_simulator::SimulatorBuilder;

use crate::service::{World, in_full, stream, take, tasks};

const READ_AHEAD: u32 = 11;

/// How long a token lives, and how long the scan takes: 3 s of 30 s with `FAULTS_IN_FULL` set, else 1 s of 5 s.
fn times() -> (Duration, Duration) {
    let (lifetime, scan) = if in_full() { (3, 30) } else { (1, 5) };
    (Duration::from_secs(lifetime), Duration::from_secs(scan))
}

/// Takes about so long to read, 11 requests at a time.
fn lasting(scan: Duration) -> SimulatorBuilder {
    tasks().latency(scan * READ_AHEAD / 410).iam_user("factory", "reader", "geheim")
}

fn client(world: &World) -> ClientBuilder {
    let login = Credentials::password("reader", "factory", "geheim").in_region("cn-north-4");
    world.client().credentials(login.iam_endpoint(world.simulator.endpoint()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_expires_again_and_again_is_renewed_once_each_time() {
    let (lifetime, scan) = times();
    let world = World::start(lasting(scan).token_lifetime(lifetime)).await;
    let reading = world.read(client(&world)).await;
    world.assert_exact(&reading.ids);
    let (issued, refused) = (world.simulator.tokens_issued(), world.count(|request| request.status == Some(401)));
    println!("{issued} tokens in {:?}, {refused} requests refused", reading.took);
    // Each is renewed when a fifth of its time is left.
    let lifetimes = reading.took.as_secs_f64() / lifetime.as_secs_f64();
    assert!(lifetimes > 4.0 && issued as f64 >= lifetimes.floor() && issued as f64 <= lifetimes / 0.8 + 1.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_are_revoked_under_eleven_requests_are_renewed_once_each_time() {
    let (lifetime, scan) = times();
    let world = World::start(lasting(scan)).await;
    let (mut tasks, mut ids, mut revoked) = (stream(client(&world)), Vec::new(), 0);
    let (started, mut next) = (Instant::now(), lifetime);
    while !take(&mut tasks, 50, &mut ids).await.unwrap() {
        if started.elapsed() > next {
            world.simulator.revoke_tokens();
            (revoked, next) = (revoked + 1, next + lifetime);
        }
    }
    world.assert_exact(&ids);
    let refused = world.count(|request| request.status == Some(401));
    println!("{revoked} revoked, {refused} requests refused, {:?}", started.elapsed());
    assert!(revoked >= 4 && refused >= revoked && refused <= revoked * READ_AHEAD as usize);
    // The first, and one for each that was revoked; the last may have been revoked when all pages were there.
    let issued = world.simulator.tokens_issued() as usize;
    assert!((revoked..=revoked + 1).contains(&issued), "{issued} issued, {revoked} revoked");
}
