//! Resuming after a crash: tasks go to a file, chunk by chunk, and a second run continues after the last chunk.
//!
//! `cargo run --example resume`, and again: Ctrl-C at any moment loses nothing and repeats nothing.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{Seek, Write};
use std::path::Path;

use futures::{StreamExt, TryStreamExt};
use iotda_batch_tasks::{Checkpoint, Client, TaskType};
use iotda_simulator::Simulator;
use serde::{Deserialize, Serialize};

/// What is stored with the data: where the list continues, and how long the data was then.
#[derive(Serialize, Deserialize)]
struct State {
    checkpoint: Checkpoint,
    data_bytes: u64,
}

/// The file of data as the state describes it: what was written after it is cut off.
fn open(data: &Path, state: Option<&State>) -> Result<File, std::io::Error> {
    let mut file = OpenOptions::new().create(true).write(true).truncate(false).open(data)?;
    file.set_len(state.map_or(0, |state| state.data_bytes))?;
    file.seek(std::io::SeekFrom::End(0))?;
    Ok(file)
}

/// Writes the ids of all tasks to `data`, and stops after `most_chunks` as a crash would.
pub(crate) async fn export(client: &Client, data: &Path, most_chunks: usize) -> Result<(), Box<dyn Error>> {
    let state_path = data.with_extension("state");
    let state: Option<State> = match fs::read(&state_path) {
        Ok(json) => Some(serde_json::from_slice(&json)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let mut file = open(data, state.as_ref())?;
    let mut query = client.batch_tasks(TaskType::SoftwareUpgrade);
    if let Some(state) = state {
        query = query.resume(state.checkpoint);
    }
    let mut tasks = query.stream()?;
    for _ in 0..most_chunks {
        let chunk: Vec<_> = tasks.by_ref().take(100).try_collect().await?;
        if chunk.is_empty() {
            break;
        }
        for task in chunk {
            writeln!(file, "{}", task.task_id)?;
        }
        // First the data, then the state, which appears at once or not at all.
        file.sync_all()?;
        let state = State { checkpoint: tasks.checkpoint(), data_bytes: file.stream_position()? };
        let new = data.with_extension("new");
        fs::write(&new, serde_json::to_vec(&state)?)?;
        fs::rename(&new, &state_path)?;
    }
    Ok(())
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    // A simulator stands in for the service. The seed makes the list of each run the same.
    let simulator = Simulator::builder().tasks(2_000).seed(1).start().await?;
    let client = Client::builder().endpoint(simulator.endpoint()).project_id("0123abcd").token("any").build()?;
    let data = std::env::temp_dir().join("iotda-example-resume.txt");
    export(&client, &data, usize::MAX).await?;
    println!("{} tasks in {}", fs::read_to_string(&data)?.lines().count(), data.display());
    Ok(())
}
