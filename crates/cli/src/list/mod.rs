//! `batchtasks list`: which list to read, and in which form to print it.

mod print;
mod report;

use std::io::{self, IsTerminal};

use iotda_batch_tasks::{BatchTask, Error};

use crate::arguments::{Format, ListArguments};
use crate::checkpoints::Checkpoints;
use crate::connect::{self, Refusal};
use crate::console::Console;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::opening::{self, Opened};
use crate::output::{Csv, CsvStyle, Id, Json, Listed, Ndjson, Table};
use crate::records::Position;
use print::{Job, print};

pub(crate) async fn run(arguments: ListArguments, console: &Console, interrupt: Interrupt) -> Exit {
    let columns = arguments.columns.clone();
    let format = arguments.format.unwrap_or_else(|| if columns.is_some() { Format::Table } else { format_of_stdout() });
    let header = !arguments.no_header;
    let style = CsvStyle { no_header: arguments.no_header, crlf: arguments.crlf, bom: arguments.bom };
    if columns.is_some() && !matches!(format, Format::Table | Format::Csv) {
        console.error(
            "--columns is for table and csv: ndjson and json print each record as the service sent it, and id the id",
        );
        return Exit::BadArguments;
    }
    if format != Format::Csv && (arguments.crlf || arguments.bom) {
        console.error("--crlf and --bom are for csv");
        return Exit::BadArguments;
    }
    // The simulator in it runs until the list is printed.
    let (opened, job) = match job(arguments, console, interrupt).await {
        Ok(job) => job,
        Err(refusal) => {
            return refusal.report(console);
        }
    };
    match format {
        Format::Table => {
            let queries = job.queries.clone();
            let table = Table::new(columns.clone(), &queries.profiles(), header, opened.zone.clone());
            let left_out = table.left_out(&columns.unwrap_or_default());
            if !left_out.is_empty() {
                console.warning(format_args!("there is no room for {} (--columns)", left_out.join(", ")));
            }
            print(job, table).await
        }
        Format::Ndjson => print(job, Ndjson::<BatchTask>::default()).await,
        Format::Json => print(job, Json::<BatchTask>::default()).await,
        Format::Id => print(job, Id).await,
        Format::Csv => {
            let has_profile = job.queries.has_profiles();
            print(job, Csv::new(columns, style).with_profile(has_profile)).await
        }
    }
}

fn format_of_stdout() -> Format {
    if io::stdout().is_terminal() { Format::Table } else { Format::Ndjson }
}

async fn job(arguments: ListArguments, console: &Console, interrupt: Interrupt) -> Result<(Opened, Job), Refusal> {
    let opened = opening::open(&arguments.read, &interrupt).await?;
    let mut queries = opened.at_most(arguments.max_items);
    let checkpoints = Checkpoints::new("list", opened.identity().clone());
    if let Some(checkpoint) = &arguments.resume {
        let of_several = queries.has_profiles();
        let parse =
            |text: &str| Position::parse(text, of_several).map_err(|error| connect::describe(&Error::from(error)));
        queries = queries.resume(&checkpoints.load(checkpoint, parse).map_err(Refusal::Argument)?)?;
    }
    // Reported now, before anything is written: a query that breaks a rule prints no header either.
    drop(queries.clone().open(BatchTask::stream)?);
    let job = Job {
        queries,
        selection: opened.selection.clone(),
        max_items: arguments.max_items,
        checkpoints,
        print_checkpoint: arguments.print_checkpoint,
        console: console.clone(),
        interrupt,
    };
    Ok((opened, job))
}
