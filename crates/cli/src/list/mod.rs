//! `batchtasks list`, and the lists of the other commands: in which form to print them.

mod print;
mod report;
mod sorted;

use std::io::{self, IsTerminal};

use iotda_batch_tasks::Error;

use crate::arguments::{Format, ListArguments, PrintArgs};
use crate::checkpoints::Checkpoints;
use crate::connect::{self, Refusal};
use crate::console::Console;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::opening;
use crate::output::jq::{Filter, Filtered, Form};
use crate::output::pager::Paging;
use crate::output::{Csv, CsvStyle, Id, Json, Ndjson, Table, Yaml};
use crate::subject::{Subject, Tasks};
use print::{Job, print};

pub(crate) async fn run(arguments: ListArguments, console: &Console, interrupt: Interrupt) -> Exit {
    let open = async || opening::open(&arguments.read, &interrupt).await.map(Tasks::new);
    run_subject("list", &arguments.print, open, console, &interrupt).await
}

/// Prints the list that `open` opens, as the options of `command` have it.
pub(crate) async fn run_subject<S: Subject>(
    command: &'static str,
    arguments: &PrintArgs<S::Record>,
    open: impl AsyncFnOnce() -> Result<S, Refusal>,
    console: &Console,
    interrupt: &Interrupt,
) -> Exit {
    match run_opened(command, arguments, open, console, interrupt).await {
        Ok(exit) => exit,
        Err(refusal) => refusal.report(console),
    }
}

async fn run_opened<S: Subject>(
    command: &'static str,
    arguments: &PrintArgs<S::Record>,
    open: impl AsyncFnOnce() -> Result<S, Refusal>,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<Exit, Refusal> {
    let format = format(arguments).map_err(|message| Refusal::Argument(message.to_owned()))?;
    let filter = arguments.jq.as_deref().map(Filter::parse).transpose().map_err(Refusal::Argument)?;
    // The simulator in it runs until the list is printed.
    let mut subject = open().await?;
    subject.at_most(arguments.max_items);
    let checkpoints = Checkpoints::new(command, subject.identity().clone());
    if let Some(checkpoint) = &arguments.resume {
        let parse = |text: &str| subject.position(text).map_err(|error| connect::describe(&Error::from(error)));
        let position = checkpoints.load(checkpoint, parse).map_err(Refusal::Argument)?;
        subject.resume(&position)?;
    }
    // Reported now, before anything is written: a query that breaks a rule prints no header either.
    drop(subject.records()?);
    let job = Job {
        subject: &subject,
        max_items: arguments.max_items,
        sort: arguments.sort.as_ref(),
        checkpoints,
        print_checkpoint: arguments.print_checkpoint,
        paging: (format == Format::Table).then(|| Paging::of_stdout(console, interrupt)).flatten(),
        console,
        interrupt,
    };
    if let Some(filter) = filter {
        let form = match format {
            Format::Json => Form::Json(Json::default()),
            Format::Yaml => Form::Yaml(Yaml::default()),
            _ => Form::Lines,
        };
        return Ok(print(job, subject.lines()?, Filtered::new(filter, form)).await);
    }
    let profiles = subject.profiles();
    Ok(match format {
        Format::Table => {
            let columns = &arguments.columns;
            let table = Table::new(columns.clone(), &profiles, !arguments.no_header, subject.zone().clone());
            let left_out = table.left_out(columns.as_deref().unwrap_or_default());
            if !left_out.is_empty() {
                console.warning(format_args!("there is no room for {} (--columns)", left_out.join(", ")));
            }
            print(job, subject.records()?, table).await
        }
        Format::Csv => {
            let style = CsvStyle { no_header: arguments.no_header, crlf: arguments.crlf, bom: arguments.bom };
            let csv = Csv::new(arguments.columns.clone(), style).with_profile(!profiles.is_empty());
            print(job, subject.records()?, csv).await
        }
        Format::Id => print(job, subject.records()?, Id::default()).await,
        Format::Ndjson => print(job, subject.lines()?, Ndjson::default()).await,
        Format::Json => print(job, subject.lines()?, Json::default()).await,
        Format::Yaml => print(job, subject.lines()?, Yaml::default()).await,
    })
}

fn format<R: crate::output::Shown>(arguments: &PrintArgs<R>) -> Result<Format, &'static str> {
    let has_columns = arguments.columns.is_some();
    let has_filter = arguments.jq.is_some();
    let format = arguments.format.unwrap_or_else(|| match (has_columns, has_filter) {
        (true, _) => Format::Table,
        (_, true) => Format::Ndjson,
        _ => format_of_stdout(),
    });
    if has_columns && !matches!(format, Format::Table | Format::Csv) {
        return Err(
            "--columns is for table and csv: ndjson, json and yaml print each record as the service sent it, and id the id",
        );
    }
    if has_filter && !matches!(format, Format::Ndjson | Format::Json | Format::Yaml) {
        return Err("--jq is for ndjson, json and yaml");
    }
    if format != Format::Csv && (arguments.crlf || arguments.bom) {
        return Err("--crlf and --bom are for csv");
    }
    Ok(format)
}

fn format_of_stdout() -> Format {
    if io::stdout().is_terminal() { Format::Table } else { Format::Ndjson }
}
