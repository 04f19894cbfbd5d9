//! `batchtasks summary`: which list to count, and in which forms to show what came of it.

mod json;
mod page;
mod periods;
mod tally;
mod text;

use std::io;
use std::path::Path;

use iotda_batch_tasks::BatchTask;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::arguments::{SummaryArguments, SummaryFormat};
use crate::checkpoints::Identity;
use crate::chunks::{Chunks, Stop};
use crate::colour::Colours;
use crate::connect::Refusal;
use crate::console::{self, Console};
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::opening::{self, Opened};
use crate::output::{Listed, stdout};
use crate::records::Records;
use crate::subject::Tasks;
use crate::{advice, atomic_file, terminal};
use tally::Summary;
use text::Frame;

/// What was counted, and what a reader of it has to know.
#[derive(Debug)]
struct Counted {
    summary: Summary,
    max_items: Option<u64>,
    /// What the days are of.
    zone: String,
    /// Which list was read, and which tasks of it, by the options that say so.
    filters: Identity,
}

pub(crate) async fn run(arguments: SummaryArguments, console: &Console, interrupt: Interrupt) -> Exit {
    // The simulator in it runs until the list is read.
    let (opened, stream) = match open(&arguments, &interrupt).await {
        Ok(opened) => opened,
        Err(refusal) => {
            return refusal.report(console);
        }
    };
    let SummaryArguments { max_items, format, html, .. } = arguments;
    let summary = read(
        Chunks::new::<Tasks>(stream, &opened.selection, max_items, console::Counted::Tasks, console, &interrupt),
        &opened.zone,
        console,
    )
    .await;
    console.end_progress();
    let summary = match summary {
        Ok(summary) => summary,
        Err(Stop::Failed(failures)) => {
            advice::report_all(console, &failures);
            console.line("Nothing was printed: the summary of a part could be taken for that of the whole.");
            return Exit::Failed;
        }
        Err(Stop::Interrupted(signal)) => {
            console.line("interrupted; nothing was printed");
            return Exit::Interrupted(signal);
        }
    };
    let filters = opened.identity().clone();
    let counted = Counted { summary, max_items, zone: name(&opened.zone), filters };
    show(&counted, format, html.as_deref(), console)
}

/// Has every task of the list counted.
async fn read(mut chunks: Chunks<BatchTask>, zone: &TimeZone, console: &Console) -> Result<Summary, Stop> {
    let mut summary = Summary::default();
    while let Some(tasks) = chunks.next().await? {
        tasks.iter().for_each(|row| summary.add(&row.record, zone));
    }
    if let Some(reason) = chunks.unproven_end() {
        console.warning(reason);
    }
    summary.unreadable = chunks.unreadable();
    Ok(summary)
}

async fn open(
    arguments: &SummaryArguments,
    interrupt: &Interrupt,
) -> Result<(Opened, Box<dyn Records<BatchTask>>), Refusal> {
    if let Some(file) = &arguments.html {
        // A long list must not be read for a file that cannot be written.
        atomic_file::check(file).map_err(|reason| Refusal::Argument(format!("--html: {reason}")))?;
    }
    let opened = opening::open(&arguments.read, interrupt).await?;
    let stream = opened.at_most(arguments.max_items).open(BatchTask::stream)?;
    Ok((opened, stream))
}

/// A zone as calendars name it.
fn name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("local").to_owned()
}

fn show(counted: &Counted, format: SummaryFormat, html: Option<&Path>, console: &Console) -> Exit {
    let mut exit = Exit::Complete;
    if let Some(file) = html
        && let Err(error) = atomic_file::write(file, page::page(counted, Timestamp::now()).as_bytes())
    {
        console.error(format_args!("{} cannot be written: {error}", file.display()));
        exit = Exit::Failed;
    }
    let colours = Colours::of(&io::stdout()).are_shown();
    let printed = match format {
        SummaryFormat::Text => text::text(counted, Frame { width: terminal::width(), colours }),
        SummaryFormat::Json => json::json(counted),
    };
    if stdout::print(printed, console) == Exit::Failed {
        exit = Exit::Failed;
    }
    let Summary { unreadable, .. } = counted.summary;
    if unreadable > 0 {
        let all = counted.summary.tasks() + unreadable;
        console.error(format_args!("{unreadable} of {all} tasks could not be read; the others were counted"));
        exit = Exit::Failed;
    }
    exit
}
