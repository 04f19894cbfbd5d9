//! Stream combinators: filter, work on several tasks at once, and take tasks in chunks.
//!
//! `cargo run --example combinators`

use std::error::Error;
use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::TryStreamExt;
use iotda_batch_tasks::{Client, TaskStatus, TaskType};
use iotda_simulator::Simulator;

/// Looks into the failed tasks, at most eight at once, and returns how many there were.
pub(crate) async fn inspect_failed(client: &Client) -> Result<usize, iotda_batch_tasks::Error> {
    let inspected = AtomicUsize::new(0);
    let tasks = client.batch_tasks(TaskType::SoftwareUpgrade).prefetch(8).stream()?;
    tasks
        .try_filter(|task| ready(task.status == Some(TaskStatus::Fail)))
        .try_for_each_concurrent(8, async |task| {
            // A request to another service, say.
            tokio::task::yield_now().await;
            println!("inspected {}", task.task_id);
            inspected.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
        .await?;
    Ok(inspected.into_inner())
}

/// Takes all tasks in chunks of 100, as a database wants them, and returns the sizes of the chunks.
pub(crate) async fn store_in_chunks(client: &Client) -> Result<Vec<usize>, Box<dyn Error>> {
    let mut chunks = client.batch_tasks(TaskType::SoftwareUpgrade).stream()?.try_chunks(100);
    let mut sizes = Vec::new();
    while let Some(chunk) = chunks.try_next().await? {
        println!("a chunk of {} tasks, the first of them {}", chunk.len(), chunk[0].task_id);
        sizes.push(chunk.len());
    }
    Ok(sizes)
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    // A simulator stands in for the service: see the example `loop` for a client of your account.
    let simulator = Simulator::builder().tasks(500).start().await?;
    let client = Client::builder().endpoint(simulator.endpoint()).project_id("0123abcd").token("any").build()?;
    println!("{} failed", inspect_failed(&client).await?);
    store_in_chunks(&client).await?;
    Ok(())
}
