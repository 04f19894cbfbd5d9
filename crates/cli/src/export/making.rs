//! From the part, when it is whole, to the output. Every step can be done again.

use std::io;

use super::files::Files;
use super::report::Stop;
use super::standing::{Stage, Standing, unusable};
use super::trouble::Trouble;
use crate::arguments::FileFormat;
use crate::interrupt::Interrupt;
use crate::whole_file;

/// Puts the output in its place and tidies up.
pub(super) fn make(
    files: &Files,
    standing: &mut Standing,
    form: FileFormat,
    interrupt: &Interrupt,
) -> Result<(), Stop> {
    if standing.stage == Stage::Read {
        match form {
            FileFormat::Ndjson | FileFormat::Csv => rename(files, standing)?,
            FileFormat::Parquet => convert(files, standing, interrupt)?,
        }
    }
    remove(files).map_err(|(path, error)| Trouble::on_the_way(path, &error))?;
    Ok(())
}

fn rename(files: &Files, standing: &Standing) -> Result<(), Trouble> {
    let length = |path| whole_file::length(path).map_err(|error| Trouble::on_the_way(path, &error));
    match length(&files.part)? {
        Some(bytes) if bytes == standing.bytes => {
            whole_file::rename(&files.part, &files.out).map_err(|error| Trouble::on_the_way(&files.out, &error))
        }
        // The run before was stopped right behind this step.
        None if length(&files.out)? == Some(standing.bytes) => Ok(()),
        found => Err(missing(files, standing, found)),
    }
}

#[cfg(feature = "parquet")]
fn convert(files: &Files, standing: &mut Standing, interrupt: &Interrupt) -> Result<(), Stop> {
    use super::parquet;

    let found = whole_file::length(&files.part).map_err(|error| Trouble::on_the_way(&files.part, &error))?;
    if found != Some(standing.bytes) {
        return Err(missing(files, standing, found).into());
    }
    let made = parquet::make(&files.part, &files.out, || interrupt.come());
    made.map_err(|stop| match stop {
        parquet::Stop::Interrupted(signal) => Stop::Interrupted(signal),
        parquet::Stop::Unreadable(message) => unusable(&files.part, &message).into(),
        parquet::Stop::Unwritable(error) => Trouble::on_the_way(&files.out, &error).into(),
    })?;
    standing.stage = Stage::Made;
    standing.save(&files.checkpoint).map_err(|error| Trouble::on_the_way(&files.checkpoint, &error))?;
    Ok(())
}

#[cfg(not(feature = "parquet"))]
fn convert(_files: &Files, _standing: &mut Standing, _interrupt: &Interrupt) -> Result<(), Stop> {
    unreachable!("the format is refused before anything is done")
}

fn remove(files: &Files) -> Result<(), (&std::path::Path, io::Error)> {
    // The checkpoint last: a part without one would belong to nobody.
    for path in [&files.part, &files.checkpoint] {
        whole_file::remove(path).map_err(|error| (path.as_path(), error))?;
    }
    Ok(())
}

/// The part is not what the checkpoint says.
pub(super) fn missing(files: &Files, standing: &Standing, found: Option<u64>) -> Trouble {
    let found = found.map_or_else(|| "is gone".to_owned(), |bytes| format!("has {bytes} bytes"));
    let checkpoint = files.checkpoint.display();
    unusable(&files.part, &format!("{found}, and by {checkpoint} it must have {}", standing.bytes))
}
