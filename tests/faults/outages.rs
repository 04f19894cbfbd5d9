//! A server that goes away in the middle of a scan, for some time or for good.

use std::time::{Duration, Instant};

use futures::StreamExt;
use iotda_batch_tasks::{BatchTaskStream, Client, FailureKind, RetryPolicy, TaskType};

use crate::service::{World, stream, take, tasks};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_for_five_seconds_is_waited_for() {
    const AWAY: Duration = Duration::from_secs(5);
    let world = World::start(tasks().latency(Duration::from_millis(5))).await;
    let (mut tasks, mut ids) = (stream(world.client()), Vec::new());
    assert!(!take(&mut tasks, 5_000, &mut ids).await.unwrap());
    world.simulator.set_down(true).await;
    let down = Instant::now();
    let comes_back = async {
        tokio::time::sleep(AWAY).await;
        world.simulator.set_down(false).await;
    };
    let (ended, ()) = tokio::join!(take(&mut tasks, usize::MAX, &mut ids), comes_back);
    assert!(ended.unwrap());
    world.assert_exact(&ids);
    let took = down.elapsed();
    println!("{took:?} from going down to the end, {:?}", tasks.progress());
    assert!(tasks.progress().retries > 0 && took > AWAY && took < 4 * AWAY, "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stays_away_is_one_error_in_time_and_a_checkpoint_reads_the_rest() {
    const MAX_ELAPSED: Duration = Duration::from_secs(2);
    let world = World::start(tasks().latency(Duration::from_millis(5))).await;
    let client = world.client().retry(RetryPolicy::default().max_elapsed(MAX_ELAPSED));
    let (mut tasks, mut ids) = (stream(client), Vec::new());
    assert!(!take(&mut tasks, 5_000, &mut ids).await.unwrap());
    world.simulator.set_down(true).await;
    let down = Instant::now();
    let error = take(&mut tasks, usize::MAX, &mut ids).await.unwrap_err();
    println!("after {:?}: {error}", down.elapsed());
    assert!(down.elapsed() < MAX_ELAPSED + Duration::from_millis(500), "{:?}", down.elapsed());
    let failure = error.failure().unwrap();
    assert!(failure.kind() == FailureKind::Connect && error.is_retryable() && failure.attempt() > 1, "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
    assert!(tasks.next().await.is_none(), "an error comes once");

    let checkpoint = tasks.checkpoint().to_string();
    world.simulator.set_down(false).await;
    let mut rest = resumed(&world.client().build().unwrap(), &checkpoint);
    assert!(take(&mut rest, usize::MAX, &mut ids).await.unwrap());
    world.assert_exact(&ids);
}

fn resumed(client: &Client, checkpoint: &str) -> BatchTaskStream {
    client.batch_tasks(TaskType::SoftwareUpgrade).resume(checkpoint.parse().unwrap()).stream().unwrap()
}
