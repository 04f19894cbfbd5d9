//! Tasks as CSV, for a spreadsheet: the columns of the library, written by the crate `csv`.
//!
//! `cargo run --example csv > tasks.csv`

use std::error::Error;
use std::io::{self, Write};

use futures::TryStreamExt;
use iotda_batch_tasks::columns::{Column, Columns, Value};
use iotda_batch_tasks::{BatchTask, Client, TaskType};
use iotda_simulator::Simulator;

/// What the file has of each task: any of the names of `BatchTask::columns()`.
const COLUMNS: [&str; 6] = ["task_id", "task_name", "status", "create_time", "success", "fail"];

/// Writes a header and a row for each task, newest first. Returns how many rows.
pub(crate) async fn write_csv(client: &Client, out: impl Write) -> Result<usize, Box<dyn Error>> {
    let columns: Vec<&Column<BatchTask>> = COLUMNS.iter().filter_map(|name| BatchTask::column(name)).collect();
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(columns.iter().map(|column| column.name()))?;
    let mut tasks = client.batch_tasks(TaskType::SoftwareUpgrade).whole_list().stream()?;
    let mut rows = 0;
    while let Some(task) = tasks.try_next().await? {
        csv.write_record(columns.iter().map(|column| text(column.value(&task))))?;
        rows += 1;
    }
    csv.flush()?;
    Ok(rows)
}

/// A cell. What is absent is empty; times are RFC 3339.
fn text(value: Value<'_>) -> String {
    match value {
        Value::Text(text) | Value::Json(text) => text.into_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Timestamp(time) => time.to_string(),
        Value::TextList(texts) => texts.iter().collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let simulator = Simulator::builder().tasks(200).start().await?;
    let client = Client::builder().endpoint(simulator.endpoint()).project_id("0123abcd").token("any").build()?;
    let rows = write_csv(&client, io::stdout().lock()).await?;
    eprintln!("{rows} tasks");
    Ok(())
}
