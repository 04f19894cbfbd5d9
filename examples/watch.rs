//! Watching a list: what is created, changes and goes, as it happens.
//!
//! `cargo run --example watch`

use std::error::Error;
use std::time::Duration;

use futures::TryStreamExt;
use iotda_batch_tasks::{Change, Client, TaskType};
use iotda_simulator::Simulator;

/// A line for each of the next `most` changes.
pub(crate) async fn changes(client: &Client, most: usize) -> Result<Vec<String>, iotda_batch_tasks::Error> {
    // In practice a minute: each look costs a request or two.
    let mut watch = client.batch_tasks(TaskType::SoftwareUpgrade).watch(Duration::from_millis(100))?;
    let mut lines = Vec::new();
    while lines.len() < most {
        let Some(change) = watch.try_next().await? else { break };
        let line = match &change {
            Change::Created { task, .. } => format!("{} created", task.task_id),
            Change::Changed { task, .. } => format!("{} is now {:?}", task.task_id, task.status),
            Change::Gone { task_id, .. } => format!("{task_id} gone"),
            other => format!("{} {other:?}", other.task_id()),
        };
        println!("{line}");
        lines.push(line);
    }
    // `watch.checkpoint()` resumes the watch in another process, without a change lost.
    Ok(lines)
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    // A simulator stands in for the service. A task is created before every third request, so that something changes.
    let create = |number: u64, list: &mut iotda_simulator::List| {
        if number.is_multiple_of(3) {
            list.create("softwareUpgrade");
        }
    };
    let simulator = Simulator::builder().tasks(100).before_each(create).start().await?;
    let client = Client::builder().endpoint(simulator.endpoint()).project_id("0123abcd").token("any").build()?;
    changes(&client, 5).await?;
    Ok(())
}
