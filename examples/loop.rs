//! A loop over tasks: the failed software upgrades, newest first.
//!
//! `cargo run --example loop`

use std::error::Error;

use futures::TryStreamExt;
use iotda_batch_tasks::{Client, Credentials, TaskStatus, TaskType};
use iotda_simulator::Simulator;

/// Prints the failed upgrades and returns how many there are.
pub(crate) async fn print_failed(client: &Client) -> Result<usize, iotda_batch_tasks::Error> {
    let mut tasks = client.batch_tasks(TaskType::SoftwareUpgrade).status(TaskStatus::Fail).stream()?;
    let mut failed = 0;
    while let Some(task) = tasks.try_next().await? {
        println!("{} {}", task.task_id, task.task_name.unwrap_or_default());
        failed += 1;
    }
    Ok(failed)
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    // A simulator stands in for the service. In your program: the endpoint of your instance, as the console shows it.
    let simulator = Simulator::builder().tasks(500).start().await?;
    let client = Client::builder()
        .endpoint(simulator.endpoint())
        .project_id("0123456789abcdef0123456789abcdef")
        .credentials(Credentials::aksk("AKIDEXAMPLE0123456", "SecretKeyExample/0123456789+abcdefghijkl"))
        .build()?;
    let failed = print_failed(&client).await?;
    println!("{failed} upgrades failed");
    Ok(())
}
