//! The rows of a file that stay as they are, copied to the file that takes its place.

// Knows columns by their physical types, not what they mean.

use std::fs::File;
use std::io::Write;

use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{BoolType, ByteArrayType, DataType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};

use super::{ROW_GROUP, Stop};
use crate::exit::Signal;

/// About how many values are in memory at once.
const VALUES: i64 = 64 * 1024;

/// Some rows of a row group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    group: usize,
    skip: usize,
    rows: usize,
}

/// Copies the rows after the first `skip`. Each update leaves small row groups: those that follow each other become one.
pub(super) fn copy<W: Write + Send>(
    file: &SerializedFileReader<File>,
    skip: u64,
    writer: &mut SerializedFileWriter<W>,
    interrupted: impl Fn() -> Option<Signal>,
) -> std::result::Result<(), Stop> {
    let sizes = file.metadata().row_groups().iter().map(|group| (group.num_rows(), group.total_byte_size()));
    for runs in plan(sizes, skip) {
        let mut group = writer.next_row_group()?;
        for column in 0.. {
            let Some(mut writer) = group.next_column()? else { break };
            for run in &runs {
                if let Some(signal) = interrupted() {
                    return Err(Stop::Interrupted(signal));
                }
                copy_column(file, *run, column, &mut writer)?;
            }
            writer.close()?;
        }
        group.close()?;
    }
    Ok(())
}

/// The row groups to make, of those that are there: how many rows and bytes each of them has.
fn plan(groups: impl Iterator<Item = (i64, i64)>, skip: u64) -> Vec<Vec<Run>> {
    const MOST: i64 = ROW_GROUP as i64;

    let (mut planned, mut bytes, mut skip) = (Vec::<Vec<Run>>::new(), 0, skip);
    for (group, (rows, size)) in groups.enumerate() {
        let rows = u64::try_from(rows).unwrap_or_default();
        let skipped = skip.min(rows);
        skip -= skipped;
        if skipped == rows {
            continue;
        }
        let run = Run { group, skip: skipped as usize, rows: (rows - skipped) as usize };
        match planned.last_mut().filter(|_| bytes + size <= MOST) {
            Some(runs) => {
                runs.push(run);
                bytes += size;
            }
            None => {
                planned.push(vec![run]);
                bytes = size;
            }
        }
    }
    planned
}

fn copy_column(
    file: &SerializedFileReader<File>,
    run: Run,
    column: usize,
    writer: &mut SerializedColumnWriter<'_>,
) -> Result<()> {
    let group = file.get_row_group(run.group)?;
    let batch = rows_at_once(group.metadata(), column);
    match group.get_column_reader(column)? {
        reader @ ColumnReader::BoolColumnReader(_) => copy_values::<BoolType>(reader, run, batch, writer),
        reader @ ColumnReader::Int64ColumnReader(_) => copy_values::<Int64Type>(reader, run, batch, writer),
        reader @ ColumnReader::ByteArrayColumnReader(_) => copy_values::<ByteArrayType>(reader, run, batch, writer),
        _ => Err(ParquetError::General(format!("column {column} is of a type that is not written here"))),
    }
}

/// A row may hold a list of 30,000 values.
fn rows_at_once(group: &RowGroupMetaData, column: usize) -> usize {
    let a_row = group.column(column).num_values() / group.num_rows().max(1);
    usize::try_from(VALUES / a_row.max(1)).unwrap_or(1).max(1)
}

fn copy_values<T: DataType>(
    reader: ColumnReader,
    run: Run,
    batch: usize,
    writer: &mut SerializedColumnWriter<'_>,
) -> Result<()> {
    let mut reader: ColumnReaderImpl<T> = get_typed_column_reader(reader);
    let too_few = |rows| ParquetError::General(format!("row group {} lacks {rows} rows", run.group));
    if reader.skip_records(run.skip)? < run.skip {
        return Err(too_few(run.rows));
    }
    let mut left = run.rows;
    while left > 0 {
        let (mut values, mut definitions, mut repetitions) = (Vec::new(), Vec::new(), Vec::new());
        let (rows, _, _) =
            reader.read_records(left.min(batch), Some(&mut definitions), Some(&mut repetitions), &mut values)?;
        if rows == 0 {
            return Err(too_few(left));
        }
        let levels = |levels: &'_ [i16]| !levels.is_empty();
        let (definitions, repetitions) = (&definitions[..], &repetitions[..]);
        writer.typed::<T>().write_batch(
            &values,
            levels(definitions).then_some(definitions),
            levels(repetitions).then_some(repetitions),
        )?;
        left -= rows;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: i64 = 1024 * 1024;

    fn plan(groups: &[(i64, i64)], skip: u64) -> Vec<Vec<(usize, usize, usize)>> {
        let runs = super::plan(groups.iter().copied(), skip);
        let run = |run: &Run| (run.group, run.skip, run.rows);
        runs.iter().map(|runs| runs.iter().map(run).collect()).collect()
    }

    #[test]
    fn rows_after_the_first_are_planned_in_groups_that_are_not_too_large() {
        let groups = [(10, MIB), (20, 9 * MIB), (30, 9 * MIB), (5, MIB), (5, MIB)];
        assert_eq!(plan(&groups, 0), [vec![(0, 0, 10), (1, 0, 20)], vec![(2, 0, 30), (3, 0, 5), (4, 0, 5)]]);
        assert_eq!(plan(&groups, 7), [vec![(0, 7, 3), (1, 0, 20)], vec![(2, 0, 30), (3, 0, 5), (4, 0, 5)]]);
        assert_eq!(plan(&groups, 10), [vec![(1, 0, 20)], vec![(2, 0, 30), (3, 0, 5), (4, 0, 5)]]);
        assert_eq!(plan(&groups, 66), [vec![(4, 1, 4)]]);
        assert!(plan(&groups, 70).is_empty() && plan(&[], 0).is_empty());
        assert_eq!(plan(&[(1, 99 * MIB), (1, 0)], 0), [vec![(0, 0, 1)], vec![(1, 0, 1)]]);
    }
}
