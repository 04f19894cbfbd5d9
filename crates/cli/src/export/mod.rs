//! `batchtasks export`: a list as a file, which is whole in the end however often the command was stopped on the way.
//!
//! Tasks are added to `FILE.part`. A checkpoint file says how many of its bytes count and where the stream continues
//! after them; it is replaced in one step, when those bytes are on the disk. So a later run cuts the part to that
//! length and continues. When the list is read, the part takes the place of the output in one step, or the output is
//! made of it.
//!
//! ```text
//! stage      part              output         what the next run does
//! (none)     absent            old or absent  begins
//! reading    bytes or more     old or absent  cuts it to its bytes and reads on
//! read       bytes             old or absent  makes the output of it
//! read       absent            bytes          removes the checkpoint
//! made       maybe             new            removes part and checkpoint
//! ```

mod failure;
mod files;
mod finalize;
mod job;
mod lock;
#[cfg(feature = "parquet")]
mod parquet;
mod part;
mod report;
mod state;

use std::time::{Duration, Instant};

use iotda_batch_tasks::{BatchTask, BatchTaskQuery};

use crate::arguments::{ExportArguments, FileFormat};
use crate::checkpoints::Identity;
use crate::chunks::Chunks;
use crate::console::{Console, Counted};
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::opening::{self, Bounds, Opened};
use crate::output::{Csv, CsvStyle, Listed, Ndjson, Output};
use crate::queries::Queries;
use crate::selection::Selection;
use failure::ExportFailure;
use files::Files;
use job::ExportJob;
use lock::Lock;
use report::Report;
use state::{ExportState, Stage, unusable};

/// So much work is done again after a crash, by default.
const EVERY: Duration = Duration::from_secs(1);

pub(crate) async fn run(arguments: ExportArguments, console: &Console, interrupt: Interrupt) -> Exit {
    match export(&arguments, console, interrupt).await {
        Ok(exit) => exit,
        Err(failure) => failure.report(console),
    }
}

async fn export(arguments: &ExportArguments, console: &Console, interrupt: Interrupt) -> Result<Exit, ExportFailure> {
    let format = format(arguments)?;
    let files = Files::new(&arguments.out, arguments.checkpoint.as_deref(), format)?;
    let _locks = files.locks.iter().map(|path| Lock::take(path)).collect::<Result<Vec<_>, _>>()?;
    // The simulator in it runs until the list is read.
    let (opened, queries, mut state) = begin(arguments, format, &files, &interrupt).await?;
    let report = Report { console, files: &files, started: Instant::now() };
    report.begun(&state);
    if state.stage == Stage::Reading {
        // The next run must know what the times mean, whatever becomes of this one.
        state.save(&files).map_err(|error| ExportFailure::file(&files.checkpoint, &error))?;
        let every = arguments.checkpoint_every.unwrap_or(EVERY);
        let left = left(arguments, &opened, &state);
        let selection = &opened.selection;
        let has_profile = queries.has_profiles();
        let job = Job { queries: queries.clone(), selection, left, every, interrupt: &interrupt, state: &mut state };
        let style = CsvStyle { no_header: arguments.no_header, crlf: arguments.crlf, bom: arguments.bom };
        let read = match format {
            FileFormat::Csv => job.read(&report, Csv::<BatchTask>::new(None, style).with_profile(has_profile)).await?,
            // What becomes Parquet in the end is noted as the service sent it.
            FileFormat::Ndjson | FileFormat::Parquet => job.read(&report, Ndjson::<BatchTask>::default()).await?,
        };
        if let Err(stop) = read {
            return Ok(report.stopped(stop, &state));
        }
    }
    match finalize::finalize(&files, &mut state, format, queries.has_profiles(), &interrupt) {
        Ok(()) => Ok(report.complete(&state)),
        Err(stop) => Ok(report.stopped(stop, &state)),
    }
}

fn format(arguments: &ExportArguments) -> Result<FileFormat, ExportFailure> {
    let format = arguments.format.or_else(|| match arguments.out.extension()?.to_str()? {
        "ndjson" | "jsonl" => Some(FileFormat::Ndjson),
        "csv" => Some(FileFormat::Csv),
        "parquet" => Some(FileFormat::Parquet),
        _ => None,
    });
    if format != Some(FileFormat::Csv) && (arguments.crlf || arguments.bom) {
        return Err(ExportFailure::refused("--crlf and --bom are for csv"));
    }
    match format {
        Some(FileFormat::Parquet) if cfg!(not(feature = "parquet")) => Err(ExportFailure::refused(
            "this program was built without the feature `parquet`: build it with `--features parquet`, or choose \
             --format ndjson or csv",
        )),
        Some(format) => Ok(format),
        None => {
            let out = arguments.out.display();
            Err(ExportFailure::refused(format!(
                "what to write to {out} is not clear: give --format ndjson, csv or parquet"
            )))
        }
    }
}

/// Finds out what is to be done, and what an earlier run has done of it. Nothing is sent but the look-up of a project
/// that is not given, and no file is changed.
async fn begin(
    arguments: &ExportArguments,
    format: FileFormat,
    files: &Files,
    interrupt: &Interrupt,
) -> Result<(Opened, Queries<BatchTaskQuery>, ExportState), ExportFailure> {
    let earlier = if arguments.restart { None } else { ExportState::load(&files.checkpoint)? };
    let bounds = match &earlier {
        Some(earlier) => earlier.bounds,
        None => Bounds::now(&arguments.read.filters)?,
    };
    let opened = opening::open_between(&arguments.read, bounds, interrupt).await?;
    let meant = meant(arguments, format, &opened);
    // Whatever is there is thrown away then, a link too.
    let part = if arguments.restart { None } else { files.part_length()? };
    let Some(state) = earlier else {
        if part.is_some() {
            let why = format!("is there without its checkpoint {}", files.checkpoint.display());
            return Err(unusable(&files.part, &why));
        }
        let queries = opened.at_most(arguments.max_items);
        return Ok((opened, queries, ExportState::new(meant, bounds)));
    };
    state.check(&meant, &files.checkpoint)?;
    if state.stage == Stage::Reading && part.unwrap_or_default() < state.bytes {
        return Err(finalize::missing(files, &state, part));
    }
    let mut queries = opened.at_most(left(arguments, &opened, &state));
    if let Some(checkpoint) = &state.stream {
        let of_another = |error| unusable(&files.checkpoint, &format!("is of another list ({error})"));
        queries = queries.resume(checkpoint).map_err(of_another)?;
        drop(queries.clone().open(BatchTask::stream).map_err(of_another)?);
    }
    Ok((opened, queries, state))
}

/// How many tasks are still to be read. Those that could not be read count, where the service counts.
fn left(arguments: &ExportArguments, opened: &Opened, state: &ExportState) -> Option<u64> {
    let unreadable = if opened.selection.takes_all() { state.unreadable } else { 0 };
    arguments.max_items.map(|most| most.saturating_sub(state.tasks + unreadable))
}

/// The options that decide what is written; speed and credentials may change.
fn meant(arguments: &ExportArguments, format: FileFormat, opened: &Opened) -> Identity {
    let given = |is_given: bool| is_given.then(|| "given".to_owned());
    let options = [
        // A checkpoint beside the output is of no other one, however the way there is written.
        ("--out", arguments.checkpoint.is_some().then(|| arguments.out.to_string_lossy().into_owned())),
        ("--format", Some(format!("{format:?}").to_lowercase())),
        ("--no-header", given(arguments.no_header)),
        // Always there with csv: lines used to end in CR LF, and one file must not mix both.
        ("--crlf", (format == FileFormat::Csv).then(|| arguments.crlf.to_string())),
        ("--bom", given(arguments.bom)),
        ("--max-items", arguments.max_items.map(|most| most.to_string())),
    ];
    let mut identity = opened.identity().clone();
    identity.extend(options.into_iter().filter_map(|(option, value)| Some((option.to_owned(), value?))));
    identity
}

/// What to read.
struct Job<'a> {
    queries: Queries<BatchTaskQuery>,
    /// How often to save.
    every: Duration,
    selection: &'a Selection,
    left: Option<u64>,
    interrupt: &'a Interrupt,
    state: &'a mut ExportState,
}

impl Job<'_> {
    async fn read<O: Output<Record: Listed>>(
        self,
        report: &Report<'_>,
        output: O,
    ) -> Result<Result<(), report::Stop>, ExportFailure> {
        let Self { queries, selection, left, every, interrupt, state } = self;
        let records = queries.open(O::Record::stream).map_err(|error| ExportFailure::refused(error.to_string()))?;
        let chunks = Chunks::new(records, selection, left, Counted::WrittenTasks, report.console, interrupt);
        let mut reading = ExportJob::new(report.files, state, chunks, output, every)?;
        Ok(reading.read().await)
    }
}
