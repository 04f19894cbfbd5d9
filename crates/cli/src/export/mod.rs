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
//! made       maybe             old or absent  puts FILE.new in its place
//! made       maybe             new            removes part and checkpoint
//! ```
//!
//! An update reads the part of the list above a [cut] of the old output, and adds what lies below it there. What the next
//! update has to know is in a manifest, which is written once the new output is in its place; until then the checkpoint
//! is there, and the next run writes it.

mod cut;
mod failure;
mod files;
mod finalize;
mod job;
mod lock;
mod manifest;
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
use job::{ExportJob, Pace};
use lock::Lock;
use manifest::Manifest;
use report::Report;
use state::{ExportState, Stage, UpdateState, unusable};

/// So much work is done again after a crash, by default.
const EVERY: Duration = Duration::from_secs(1);

pub(crate) async fn run(arguments: ExportArguments, console: &Console, interrupt: Interrupt) -> Exit {
    let read = &arguments.read;
    let open = async |bounds| opening::open_between(read, bounds, &interrupt).await.map(Tasks::new);
    let retried_within = arguments.retried_within.unwrap_or(cut::RETRIED_WITHIN);
    let way = if arguments.update { Way::Update { retried_within } } else { Way::Whole };
    run_subject(&arguments.out, way, || Bounds::now(&read.filters), open, console, &interrupt).await
}

/// Whether a file that is there is replaced or updated.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    Whole,
    Update { retried_within: Duration },
}

/// Exports the list that `open` opens. Its bounds of time are those of the first run, which `now` finds out.
pub(crate) async fn run_subject<S: Subject>(
    arguments: &OutArgs<S::Record>,
    way: Way,
    now: impl FnOnce() -> Result<Bounds, Refusal>,
    open: impl AsyncFnOnce(Bounds) -> Result<S, Refusal>,
    console: &Console,
    interrupt: &Interrupt,
) -> Exit {
    match export(arguments, way, now, open, console, interrupt).await {
        Ok(exit) => exit,
        Err(failure) => failure.report(console),
    }
}

async fn export<S: Subject>(
    arguments: &OutArgs<S::Record>,
    way: Way,
    now: impl FnOnce() -> Result<Bounds, Refusal>,
    open: impl AsyncFnOnce(Bounds) -> Result<S, Refusal>,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<Exit, ExportFailure> {
    let format = format(arguments)?;
    let is_update = matches!(way, Way::Update { .. });
    let files = Files::new(&arguments.out, arguments.checkpoint.as_deref(), format, is_update)?;
    let _locks = files.locks.iter().map(|path| Lock::take(path)).collect::<Result<Vec<_>, _>>()?;
    let earlier = if arguments.restart { None } else { ExportState::load(&files.checkpoint)? };
    let update = match (&earlier, is_update) {
        (Some(earlier), _) => earlier.update.clone(),
        (None, true) => Some(UpdateState::new(if arguments.restart { None } else { Manifest::load(&files)? })),
        (None, false) => None,
    };
    let bounds = match (&earlier, update.as_ref().and_then(|update| update.base.as_ref())) {
        (Some(earlier), _) => earlier.bounds,
        (None, Some(base)) => base.bounds,
        (None, None) => now()?,
    };
    let begun = ExportState::new(Identity::new(), bounds, update);
    // The simulator in it runs until the list is read.
    let mut subject = open(begun.bounds_to_read()).await?;
    let meant = meant(arguments, format, is_update, &subject);
    let mut state = begin(arguments, meant, format, &files, &mut subject, earlier, begun)?;
    let has_profile = !subject.profiles().is_empty();
    let report = Report::<S> { console, files: &files, started: Instant::now(), subject: PhantomData };
    report.begun(&state);
    if state.stage == Stage::Reading {
        // The next run must know what the times mean, whatever becomes of this one.
        state.save(&files).map_err(|error| ExportFailure::file(&files.checkpoint, &error))?;
        let pace = Pace {
            every: arguments.checkpoint_every.unwrap_or(EVERY),
            retried_within: if let Way::Update { retried_within } = way { retried_within } else { Duration::ZERO },
            keeps_text: format != FileFormat::Parquet,
        };
        let left = left(arguments, &subject, &state);
        let refused = |error: iotda_batch_tasks::Error| ExportFailure::refused(error.to_string());
        let job = Job { subject: &subject, left, pace, interrupt, state: &mut state };
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
    meant: Identity,
    format: FileFormat,
    files: &Files,
    subject: &mut S,
    earlier: Option<ExportState>,
    begun: ExportState,
) -> Result<ExportState, ExportFailure> {
    // Whatever is there is thrown away then, a link too.
    let part = if arguments.restart { None } else { files.part_length()? };
    let Some(state) = earlier else {
        if part.is_some() {
            let why = format!("is there without its checkpoint {}", files.checkpoint.display());
            return Err(unusable(&files.part, &why));
        }
        if let Some(base) = begun.update.as_ref().and_then(|update| update.base.as_ref()) {
            base.check_arguments(&meant, files)?;
            check_columns::<S>(&begun, files, format, !subject.profiles().is_empty())?;
        }
        subject.at_most(arguments.max_items);
        return Ok(begun.of(meant));
    };
    state.check(&meant, &files.checkpoint)?;
    if let (Stage::Reading, Some((base, _))) = (state.stage, state.kept()) {
        base.check_file(files)?;
    }
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

/// Refuses to keep rows of a file that has other columns than this program writes.
#[cfg(feature = "parquet")]
fn check_columns<S: Subject>(
    begun: &ExportState,
    files: &Files,
    format: FileFormat,
    has_profile: bool,
) -> Result<(), ExportFailure> {
    if format != FileFormat::Parquet || begun.kept().is_none() {
        return Ok(());
    }
    match parquet::has_same_columns::<S::Record>(&files.out, has_profile) {
        Ok(true) => Ok(()),
        Ok(false) => Err(manifest::unusable(&files.out, "has other columns than this program writes")),
        Err(error) => Err(manifest::unusable(&files.out, &format!("cannot be read: {error}"))),
    }
}

#[cfg(not(feature = "parquet"))]
fn check_columns<S: Subject>(
    _begun: &ExportState,
    _files: &Files,
    _format: FileFormat,
    _has_profile: bool,
) -> Result<(), ExportFailure> {
    Ok(())
}

/// How many records are still to be read. Those that could not be read count, where the service counts.
fn left<S: Subject>(arguments: &OutArgs<S::Record>, subject: &S, state: &ExportState) -> Option<u64> {
    let unreadable = if subject.selection().takes_all() { state.unreadable } else { 0 };
    arguments.max_items.map(|most| most.saturating_sub(state.tasks + unreadable))
}

/// The options that decide what is written; speed and credentials may change.
fn meant<S: Subject>(arguments: &OutArgs<S::Record>, format: FileFormat, is_update: bool, subject: &S) -> Identity {
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
        ("--update", given(is_update)),
    ];
    let mut identity = subject.identity().clone();
    identity.extend(options.into_iter().filter_map(|(option, value)| Some((option.to_owned(), value?))));
    identity
}

/// What to read.
struct Job<'a, S> {
    subject: &'a S,
    pace: Pace,
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
        let Self { subject, left, pace, interrupt, state } = self;
        let console = report.console;
        let chunks = Chunks::new::<S>(records, subject.selection(), left, S::COUNTED[1], console, interrupt);
        let mut reading = ExportJob::new(report.files, state, chunks, output, pace)?;
        Ok(reading.read().await)
    }
}
