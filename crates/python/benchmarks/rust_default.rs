//! Reads the software upgrades of an endpoint with the library as it is out of the box: what the Python package is
//! compared with. `rust_default ENDPOINT` prints the seconds that it took and then the ids.

use std::future::poll_fn;
use std::io::Write;
use std::pin::Pin;
use std::time::Instant;

use futures_core::Stream;
use iotda_batch_tasks::{Client, TaskType};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let endpoint = std::env::args().nth(1).ok_or("an endpoint is needed")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ids = runtime.block_on(async {
        let client = Client::builder().endpoint(endpoint).project_id("0a").token("any").build()?;
        let began = Instant::now();
        let mut tasks = client.batch_tasks(TaskType::SoftwareUpgrade).stream()?;
        let mut ids = Vec::new();
        while let Some(task) = poll_fn(|cx| Pin::new(&mut tasks).poll_next(cx)).await {
            ids.push(task?.task_id);
        }
        println!("{}", began.elapsed().as_secs_f64());
        Ok::<_, iotda_batch_tasks::Error>(ids)
    })?;
    writeln!(std::io::stdout(), "{}", ids.join("\n"))?;
    Ok(())
}
