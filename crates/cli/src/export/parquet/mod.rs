//! From lines of JSON to a Parquet file, a row group at a time. The same lines make the same bytes.

mod columns;
mod tail;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use iotda_batch_tasks::columns::Columns;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::Type;
use serde::Deserialize;

use crate::atomic_file::{Access, Replacement};
use crate::exit::Signal;
use crate::subject::FromLine;

/// A row group is full with so many bytes of lines: all of it is in memory at once, read and written.
const ROW_GROUP: usize = 16 * 1024 * 1024;

/// Why there is no file.
pub(super) enum Stop {
    Interrupted(Signal),
    /// What is wrong with the lines.
    Unreadable(String),
    Unwritable(io::Error),
}

impl From<ParquetError> for Stop {
    fn from(error: ParquetError) -> Self {
        Self::Unwritable(match error {
            ParquetError::External(error) => match error.downcast::<io::Error>() {
                Ok(error) => *error,
                Err(error) => io::Error::other(error),
            },
            other => io::Error::other(other),
        })
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Unwritable(error)
    }
}

/// The profile that a line is of, where several are read as one.
#[derive(Deserialize)]
struct Sourced {
    profile: Option<String>,
}

/// Makes what takes the place of the file at `out`, of the lines in `part`, which are records of type `R`, and of the rows
/// of the file itself after the first `kept`, if any are kept.
pub(super) fn make<R: Columns + FromLine>(
    part: &Path,
    out: &Path,
    has_profile: bool,
    kept: Option<u64>,
    interrupted: impl Fn() -> Option<Signal>,
) -> Result<(), Stop> {
    let unreadable = |error: io::Error| Stop::Unreadable(format!("cannot be read: {error}"));
    let mut lines = BufReader::with_capacity(1024 * 1024, File::open(part).map_err(unreadable)?);
    let access = Access::of(out);
    let (replacement, file) = Replacement::of(out, &access)?;
    let schema = schema::<R>(has_profile)?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = SerializedFileWriter::new(&file, schema, Arc::new(properties))?;
    let (mut line, mut number) = (Vec::new(), 0_u64);
    loop {
        let (mut records, mut profiles, mut bytes) = (Vec::new(), Vec::new(), 0);
        while bytes < ROW_GROUP && lines.read_until(b'\n', &mut line).map_err(unreadable)? > 0 {
            number += 1;
            let record = R::from_line(&line);
            records.push(record.map_err(|error| Stop::Unreadable(format!("is damaged in line {number}: {error}")))?);
            if has_profile {
                profiles.push(serde_json::from_slice::<Sourced>(&line).ok().and_then(|line| line.profile));
            }
            bytes += line.len();
            line.clear();
        }
        if let Some(signal) = interrupted() {
            return Err(Stop::Interrupted(signal));
        }
        if records.is_empty() {
            break;
        }
        let mut group = writer.next_row_group()?;
        columns::write(&records, has_profile.then_some(&profiles[..]), &mut group)?;
        group.close()?;
    }
    if let Some(kept) = kept {
        tail::copy(&SerializedFileReader::new(File::open(out)?)?, kept, &mut writer, interrupted)?;
    }
    writer.close()?;
    Ok(replacement.keep(&file)?)
}

/// Whether the rows of the file at `out` can be kept beside new ones.
pub(super) fn has_same_columns<R: Columns>(out: &Path, has_profile: bool) -> Result<bool, String> {
    let columns = || {
        let reader = SerializedFileReader::new(File::open(out)?)?;
        Ok(*reader.metadata().file_metadata().schema_descr().root_schema() == *schema::<R>(has_profile)?)
    };
    columns().map_err(|error: ParquetError| error.to_string())
}

fn schema<R: Columns>(has_profile: bool) -> Result<Arc<Type>, ParquetError> {
    parse_message_type(&columns::schema::<R>(has_profile)).map(Arc::new)
}
