//! From the part, when it is whole, to the output. Every step can be done again.

use std::io;

use iotda_batch_tasks::columns::Columns;

use super::failure::ExportFailure;
use super::files::Files;
use super::manifest::Manifest;
use super::report::Stop;
use super::state::{ExportState, Stage, unusable};
use crate::arguments::FileFormat;
use crate::atomic_file::{self, Access};
use crate::interrupt::Interrupt;
use crate::subject::FromLine;

/// Puts the output in its place and tidies up.
pub(super) fn finalize<R: Columns + FromLine>(
    files: &Files,
    state: &mut ExportState,
    form: FileFormat,
    has_profile: bool,
    interrupt: &Interrupt,
) -> Result<(), Stop> {
    if state.stage == Stage::Read {
        match form {
            FileFormat::Ndjson | FileFormat::Csv => rename(files, state)?,
            FileFormat::Parquet => convert::<R>(files, state, has_profile, interrupt)?,
        }
    }
    if state.stage == Stage::Made {
        atomic_file::place(&files.out).map_err(|error| ExportFailure::on_the_way(&files.out, &error))?;
    }
    if let Some(update) = &state.update {
        let (tasks, cut) = (state.tasks_in_file(), update.finder.find(update.end));
        Manifest::of(files, state.arguments.clone(), state.bounds, tasks, cut)
            .and_then(|manifest| manifest.save(files))
            .map_err(|error| ExportFailure::on_the_way(&files.manifest, &error))?;
    }
    remove(files).map_err(|(path, error)| ExportFailure::on_the_way(path, &error))?;
    Ok(())
}

fn rename(files: &Files, state: &ExportState) -> Result<(), ExportFailure> {
    let length = |path| atomic_file::length(path).map_err(|error| ExportFailure::on_the_way(path, &error));
    match length(&files.part)? {
        Some(bytes) if bytes == state.bytes => {
            let access = Access::of(&files.out);
            atomic_file::rename(&files.part, &files.out, &access)
                .map_err(|error| ExportFailure::on_the_way(&files.out, &error))
        }
        // The run before was stopped right after this step.
        None if length(&files.out)? == Some(state.bytes) => Ok(()),
        found => Err(missing(files, state, found)),
    }
}

#[cfg(feature = "parquet")]
fn convert<R: Columns + FromLine>(
    files: &Files,
    state: &mut ExportState,
    has_profile: bool,
    interrupt: &Interrupt,
) -> Result<(), Stop> {
    use super::parquet;

    let found = atomic_file::length(&files.part).map_err(|error| ExportFailure::on_the_way(&files.part, &error))?;
    if found != Some(state.bytes) {
        return Err(missing(files, state, found).into());
    }
    let kept = state.kept();
    if let Some((base, _)) = kept {
        base.check_file(files)?;
    }
    let kept = kept.map(|(_, cut)| cut.tasks);
    let made = parquet::make::<R>(&files.part, &files.out, has_profile, kept, || interrupt.come());
    made.map_err(|stop| match stop {
        parquet::Stop::Interrupted(signal) => Stop::Interrupted(signal),
        parquet::Stop::Unreadable(message) => unusable(&files.part, &message).into(),
        parquet::Stop::Unwritable(error) => ExportFailure::on_the_way(&files.out, &error).into(),
    })?;
    state.stage = Stage::Made;
    state.save(files).map_err(|error| ExportFailure::on_the_way(&files.checkpoint, &error))?;
    Ok(())
}

#[cfg(not(feature = "parquet"))]
fn convert<R: Columns + FromLine>(
    _files: &Files,
    _state: &mut ExportState,
    _has_profile: bool,
    _interrupt: &Interrupt,
) -> Result<(), Stop> {
    unreachable!("the format is refused before anything is done")
}

fn remove(files: &Files) -> Result<(), (&std::path::Path, io::Error)> {
    // The checkpoint last: a part without one would be of no use.
    for path in [&files.part, &files.checkpoint] {
        atomic_file::remove(path).map_err(|error| (path.as_path(), error))?;
    }
    Ok(())
}

/// The part is not what the checkpoint says.
pub(super) fn missing(files: &Files, state: &ExportState, found: Option<u64>) -> ExportFailure {
    let found = found.map_or_else(|| "is gone".to_owned(), |bytes| format!("has {bytes} bytes"));
    let checkpoint = files.checkpoint.display();
    unusable(&files.part, &format!("{found}, and by {checkpoint} it must have {}", state.bytes))
}
