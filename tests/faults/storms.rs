//! Requests that fail by chance, and requests that hang.

use std::time::Duration;

use iotda_simulator::Fault;

use crate::service::{World, tasks};

const LATENCY: Duration = Duration::from_millis(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_failure_in_ten_and_a_deletion_every_fifty_requests_cost_no_task_and_no_error() {
    let builder = tasks().latency(LATENCY).delete_every(50);
    let builder = builder.faults(0.05, Fault::Internal).faults(0.02, Fault::HalfBody);
    let world = World::start(builder.faults(0.02, Fault::Reset).faults(0.01, Fault::BadGateway)).await;
    let reading = world.read(world.client()).await;
    world.assert_exact(&reading.ids);

    for kind in [Fault::Internal, Fault::HalfBody, Fault::Reset, Fault::BadGateway] {
        assert!(world.count(|request| request.fault.as_ref() == Some(&kind)) > 0, "{kind:?} never came");
    }
    let failed = world.count(|request| request.fault.is_some());
    let progress = reading.progress;
    println!("{failed} failures, {progress:?}, {:?}", reading.took);
    // Requests that are aborted at the end are not counted by the stream.
    assert!(failed.abs_diff(progress.retries as usize) <= 11, "{failed} failures, {progress:?}");
    assert!(world.simulator.request_count().abs_diff(progress.requests) <= 11, "{progress:?}");
    assert!(progress.delivered == reading.ids.len() as u64 && failed > 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_hang_cost_little_more_than_their_time_out() {
    const LIMIT: Duration = Duration::from_secs(2);
    let world = World::start(tasks().latency(LATENCY)).await;
    let faultless = world.read(world.client()).await;
    world.assert_exact(&faultless.ids);

    let world = World::start(tasks().seed(6).latency(LATENCY).faults(0.005, Fault::Hang)).await;
    let reading = world.read(world.client().request_timeout(LIMIT)).await;
    world.assert_exact(&reading.ids);
    let hung = world.count(|request| request.fault.is_some());
    println!("{hung} hung: {:?}, without any {:?}", reading.took, faultless.took);
    assert!(hung > 0 && reading.took >= LIMIT);
    let time_outs = LIMIT * u32::try_from(hung).unwrap();
    assert!(reading.took < 3 * faultless.took + time_outs, "{hung} hung: {:?}", reading.took);
}
