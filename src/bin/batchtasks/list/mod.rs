//! `batchtasks list`: which list to read, and in which form to print it.

mod print;
mod report;

use std::io::{self, IsTerminal};

use iotda_batch_tasks::{BatchTaskQuery, Client, Error, TaskStatus, TaskType};

use crate::arguments::{Format, ListArguments};
use crate::connect::{self, Connected, Refusal};
use crate::console::Console;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::{Csv, Json, Ndjson, Table};
use print::{Job, print};

pub(crate) async fn run(arguments: ListArguments, console: &Console, interrupt: Interrupt) -> Exit {
    let format = arguments.format.unwrap_or_else(format_of_stdout);
    let header = !arguments.no_header;
    // The simulator in it runs until the list is printed.
    let (_connected, job) = match job(arguments, console, interrupt).await {
        Ok(job) => job,
        Err(refusal) => {
            console.error(&refusal);
            return refusal.exit();
        }
    };
    match format {
        Format::Table => print(job, Table::new(header)).await,
        Format::Ndjson => print(job, Ndjson).await,
        Format::Json => print(job, Json::default()).await,
        Format::Csv => print(job, Csv { header }).await,
    }
}

fn format_of_stdout() -> Format {
    if io::stdout().is_terminal() { Format::Table } else { Format::Ndjson }
}

async fn job(arguments: ListArguments, console: &Console, interrupt: Interrupt) -> Result<(Connected, Job), Refusal> {
    let types: Vec<TaskType> = arguments.types.iter().map(|text| text.as_str().into()).collect();
    let simulated_types = if types.is_empty() { TaskType::KNOWN } else { &types };
    let connected = connect::connect(&arguments.connection, simulated_types).await?;
    let query = query(&connected.client, types, &arguments)?;
    // Said now, before anything is written: a query that breaks a rule prints no header either.
    drop(query.clone().stream()?);
    let job = Job {
        query,
        max_items: arguments.max_items,
        print_checkpoint: arguments.print_checkpoint,
        console: console.clone(),
        interrupt,
    };
    Ok((connected, job))
}

fn query(client: &Client, types: Vec<TaskType>, arguments: &ListArguments) -> Result<BatchTaskQuery, Error> {
    let mut types = types.into_iter();
    let mut query = match types.next() {
        Some(first) => types.fold(client.batch_tasks(first), BatchTaskQuery::task_type),
        None => client.all_batch_tasks(),
    };
    if let Some(status) = &arguments.status {
        query = query.status(TaskStatus::from(status.as_str()));
    }
    if let Some(app_id) = &arguments.app_id {
        query = query.app_id(app_id);
    }
    if let Some(tasks) = arguments.page_size {
        query = query.page_size(tasks);
    }
    if let Some(pages) = arguments.prefetch {
        query = query.prefetch(pages);
    }
    if let Some(tasks) = arguments.max_items {
        query = query.max_items(tasks);
    }
    if let Some(checkpoint) = &arguments.resume {
        query = query.resume(checkpoint.trim().parse()?);
    }
    Ok(query)
}
