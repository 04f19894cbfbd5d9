//! Callers that stop polling one call, and continue with others of the same client.

use std::pin::pin;
use std::time::Duration;

use futures::StreamExt;
use iotda_batch_tasks::{Client, Credentials, TaskType};
use iotda_simulator::{Fault, Simulator};

use crate::service::{World, tasks};

const TYPE: TaskType = TaskType::SoftwareUpgrade;
/// Far more than any of these calls takes, and far less than the time limit of a request.
const LIMIT: Duration = Duration::from_secs(30);

/// Four tasks are found side by side; between two of them, in the loop's body, the list is counted.
async fn find_and_count(client: &Client, ids: Vec<String>) {
    let finds = ids.iter().map(|id| client.batch_tasks(TYPE).find(id));
    let mut found = futures::stream::iter(finds).buffer_unordered(4);
    while let Some(task) = found.next().await {
        assert!(task.unwrap().is_some());
        assert_eq!(client.batch_tasks(TYPE).count().await.unwrap(), Some(20_000));
    }
}

fn some_ids(world: &World) -> Vec<String> {
    world.simulator.edit(|list| list.ids("softwareUpgrade")).into_iter().step_by(2_000).collect()
}

#[tokio::test]
async fn a_call_that_waits_for_its_turn_and_is_not_polled_holds_up_no_other() {
    let world = World::start(tasks()).await;
    let client = world.client().rate_limit(20.0).build().unwrap();
    tokio::time::timeout(LIMIT, find_and_count(&client, some_ids(&world))).await.unwrap();
}

#[tokio::test]
async fn a_throttled_call_that_is_not_polled_holds_up_no_other() {
    let world = World::start(tasks().quota(2, Duration::from_millis(200))).await;
    let client = world.client().build().unwrap();
    tokio::time::timeout(LIMIT, find_and_count(&client, some_ids(&world))).await.unwrap();
}

#[tokio::test]
async fn a_call_that_renews_the_token_and_is_not_polled_holds_up_no_other() {
    let iam_latency = Fault::Slow(Duration::from_millis(300));
    let builder = Simulator::builder().tasks(100).only("softwareUpgrade").iam_user("factory", "reader", "geheim");
    let simulator = builder.iam_fault_at(1, iam_latency).start().await.unwrap();
    let login = Credentials::password("reader", "factory", "geheim").in_region("cn-north-4");
    let client = Client::builder().endpoint(simulator.endpoint()).project_id("0a1b2c");
    let client = client.credentials(login.iam_endpoint(simulator.endpoint())).build().unwrap();

    let mut set_aside = pin!(client.batch_tasks(TYPE).find("000000000000000000000001"));
    tokio::select! {
        _ = &mut set_aside => panic!("IAM takes longer"),
        () = tokio::time::sleep(Duration::from_millis(5)) => {}
    }
    let count = tokio::time::timeout(LIMIT, client.batch_tasks(TYPE).count()).await.unwrap();
    assert_eq!(count.unwrap(), Some(100));
    assert!(set_aside.await.unwrap().is_none());
}
