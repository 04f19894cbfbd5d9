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

use std::marker::PhantomData;
use std::time::{Duration, Instant};

use crate::arguments::{ExportArguments, FileFormat, OutArgs};
use crate::checkpoints::Identity;
use crate::chunks::Chunks;
use crate::connect::Refusal;
use crate::console::Console;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::opening::{self, Bounds};
use crate::output::{Csv, CsvStyle, Ndjson, Output, Selectable, Shown};
use crate::records::Records;
use crate::subject::{Subject, Tasks};
use failure::ExportFailure;
use files::Files;
use job::ExportJob;
use lock::Lock;
use report::Report;
use state::{ExportState, Stage, unusable};

/// So much work is done again after a crash, by default.
const EVERY: Duration = Duration::from_secs(1);

pub(crate) async fn run(arguments: ExportArguments, console: &Console, interrupt: Interrupt) -> Exit {
    let read = &arguments.read;
    let open = async |bounds| opening::open_between(read, bounds, &interrupt).await.map(Tasks::new);
    run_subject(&arguments.out, || Bounds::now(&read.filters), open, console, &interrupt).await
}

/// Exports the list that `open` opens. Its bounds of time are those of the first run, which `now` finds out.
pub(crate) async fn run_subject<S: Subject>(
    arguments: &OutArgs<S::Record>,
    now: impl FnOnce() -> Result<Bounds, Refusal>,
    open: impl AsyncFnOnce(Bounds) -> Result<S, Refusal>,
    console: &Console,
    interrupt: &Interrupt,
) -> Exit {
    match export(arguments, now, open, console, interrupt).await {
        Ok(exit) => exit,
        Err(failure) => failure.report(console),
    }
}

async fn export<S: Subject>(
    arguments: &OutArgs<S::Record>,
    now: impl FnOnce() -> Result<Bounds, Refusal>,
    open: impl AsyncFnOnce(Bounds) -> Result<S, Refusal>,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<Exit, ExportFailure> {
    let format = format(arguments)?;
    let files = Files::new(&arguments.out, arguments.checkpoint.as_deref(), format)?;
    let _locks = files.locks.iter().map(|path| Lock::take(path)).collect::<Result<Vec<_>, _>>()?;
    let earlier = if arguments.restart { None } else { ExportState::load(&files.checkpoint)? };
    let bounds = match &earlier {
        Some(earlier) => earlier.bounds,
        None => now()?,
    };
    // The simulator in it runs until the list is read.
    let mut subject = open(bounds).await?;
    let mut state = begin(arguments, format, &files, &mut subject, earlier, bounds)?;
    let has_profile = !subject.profiles().is_empty();
    let report = Report::<S> { console, files: &files, started: Instant::now(), subject: PhantomData };
    report.begun(&state);
    if state.stage == Stage::Reading {
        // The next run must know what the times mean, whatever becomes of this one.
        state.save(&files).map_err(|error| ExportFailure::file(&files.checkpoint, &error))?;
        let every = arguments.checkpoint_every.unwrap_or(EVERY);
        let left = left(arguments, &subject, &state);
        let refused = |error: iotda_batch_tasks::Error| ExportFailure::refused(error.to_string());
        let job = Job { subject: &subject, left, every, interrupt, state: &mut state };
        let style = CsvStyle { no_header: arguments.no_header, crlf: arguments.crlf, bom: arguments.bom };
        let read = match format {
            FileFormat::Csv => {
                let csv = Csv::new(arguments.columns.clone(), style).with_profile(has_profile);
                job.read(&report, subject.records().map_err(refused)?, csv).await?
            }
            // What becomes Parquet in the end is noted as the service sent it.
            FileFormat::Ndjson | FileFormat::Parquet => {
                job.read(&report, subject.lines().map_err(refused)?, Ndjson::default()).await?
            }
        };
        if let Err(stop) = read {
            return Ok(report.stopped(stop, &state));
        }
    }
    match finalize::finalize::<S::Record>(&files, &mut state, format, has_profile, interrupt) {
        Ok(()) => Ok(report.complete(&state)),
        Err(stop) => Ok(report.stopped(stop, &state)),
    }
}

fn format<R: Shown>(arguments: &OutArgs<R>) -> Result<FileFormat, ExportFailure> {
    let format = arguments.format.or_else(|| match arguments.out.extension()?.to_str()? {
        "ndjson" | "jsonl" => Some(FileFormat::Ndjson),
        "csv" => Some(FileFormat::Csv),
        "parquet" => Some(FileFormat::Parquet),
        _ => None,
    });
    if format != Some(FileFormat::Csv) && (arguments.crlf || arguments.bom) {
        return Err(ExportFailure::refused("--crlf and --bom are for csv"));
    }
    if format != Some(FileFormat::Csv) && arguments.columns.is_some() {
        return Err(ExportFailure::refused("--columns is for csv: ndjson and Parquet have all that there is"));
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

/// Finds out what is to be done, and what an earlier run has done of it. No file is changed.
fn begin<S: Subject>(
    arguments: &OutArgs<S::Record>,
    format: FileFormat,
    files: &Files,
    subject: &mut S,
    earlier: Option<ExportState>,
    bounds: Bounds,
) -> Result<ExportState, ExportFailure> {
    let meant = meant(arguments, format, subject);
    // Whatever is there is thrown away then, a link too.
    let part = if arguments.restart { None } else { files.part_length()? };
    let Some(state) = earlier else {
        if part.is_some() {
            let why = format!("is there without its checkpoint {}", files.checkpoint.display());
            return Err(unusable(&files.part, &why));
        }
        subject.at_most(arguments.max_items);
        return Ok(ExportState::new(meant, bounds));
    };
    state.check(&meant, &files.checkpoint)?;
    if state.stage == Stage::Reading && part.unwrap_or_default() < state.bytes {
        return Err(finalize::missing(files, &state, part));
    }
    subject.at_most(left(arguments, subject, &state));
    if let Some(checkpoint) = &state.stream {
        let of_another = |error| unusable(&files.checkpoint, &format!("is of another list ({error})"));
        subject.resume(checkpoint).map_err(of_another)?;
        drop(subject.records().map_err(of_another)?);
    }
    Ok(state)
}

/// How many records are still to be read. Those that could not be read count, where the service counts.
fn left<S: Subject>(arguments: &OutArgs<S::Record>, subject: &S, state: &ExportState) -> Option<u64> {
    let unreadable = if subject.selection().takes_all() { state.unreadable } else { 0 };
    arguments.max_items.map(|most| most.saturating_sub(state.tasks + unreadable))
}

/// The options that decide what is written; speed and credentials may change.
fn meant<S: Subject>(arguments: &OutArgs<S::Record>, format: FileFormat, subject: &S) -> Identity {
    let columns = arguments.columns.as_ref();
    let names = columns.map(|columns| columns.iter().map(|column| column.name()).collect::<Vec<_>>().join(", "));
    let given = |is_given: bool| is_given.then(|| "given".to_owned());
    let options = [
        // A checkpoint beside the output is of no other one, however the way there is written.
        ("--out", arguments.checkpoint.is_some().then(|| arguments.out.to_string_lossy().into_owned())),
        ("--format", Some(format!("{format:?}").to_lowercase())),
        ("--columns", names),
        ("--no-header", given(arguments.no_header)),
        // Always there with csv: lines used to end in CR LF, and one file must not mix both.
        ("--crlf", (format == FileFormat::Csv).then(|| arguments.crlf.to_string())),
        ("--bom", given(arguments.bom)),
        ("--max-items", arguments.max_items.map(|most| most.to_string())),
    ];
    let mut identity = subject.identity().clone();
    identity.extend(options.into_iter().filter_map(|(option, value)| Some((option.to_owned(), value?))));
    identity
}

/// What to read.
struct Job<'a, S> {
    subject: &'a S,
    /// How often to save.
    every: Duration,
    left: Option<u64>,
    interrupt: &'a Interrupt,
    state: &'a mut ExportState,
}

impl<S: Subject> Job<'_, S> {
    async fn read<O: Output<Record: Selectable>>(
        self,
        report: &Report<'_, S>,
        records: Box<dyn Records<O::Record>>,
        output: O,
    ) -> Result<Result<(), report::Stop>, ExportFailure> {
        let Self { subject, left, every, interrupt, state } = self;
        let console = report.console;
        let chunks = Chunks::new::<S>(records, subject.selection(), left, S::COUNTED[1], console, interrupt);
        let mut reading = ExportJob::new(report.files, state, chunks, output, every)?;
        Ok(reading.read().await)
    }
}
