//! The columns of records in a Parquet file: those of the library, in their order.

// Knows the schema, nothing of files.

use std::fmt::Write as _;
use std::io::Write;

use iotda_batch_tasks::columns::{Column, ColumnType, Columns, TextList, Value};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::writer::{SerializedColumnWriter, SerializedRowGroupWriter};

/// What the file promises its readers.
///
/// Names and types stay as they are; a later version may add columns after these.
pub(super) fn schema<R: Columns>() -> String {
    let mut schema = format!("message {} {{\n", R::NAME);
    for column in R::columns() {
        let (name, repetition) = (column.name(), if column.is_required() { "REQUIRED" } else { "OPTIONAL" });
        let _ = match column.column_type() {
            ColumnType::TextList => writeln!(
                schema,
                "{repetition} GROUP {name} (LIST) {{ REPEATED GROUP list {{ REQUIRED BYTE_ARRAY element (STRING); }} }}"
            ),
            ColumnType::Integer => writeln!(schema, "{repetition} INT64 {name};"),
            ColumnType::Boolean => writeln!(schema, "{repetition} BOOLEAN {name};"),
            ColumnType::Timestamp => writeln!(schema, "{repetition} INT64 {name} (TIMESTAMP(MILLIS,true));"),
            ColumnType::Json => writeln!(schema, "{repetition} BYTE_ARRAY {name} (JSON);"),
            // What a later version of the library may add is written as text, or as null.
            _ => writeln!(schema, "{repetition} BYTE_ARRAY {name} (STRING);"),
        };
    }
    schema + "}"
}

/// Writes a row for each of the records.
pub(super) fn write<R: Columns, W: Write + Send>(
    records: &[R],
    group: &mut SerializedRowGroupWriter<'_, W>,
) -> Result<()> {
    for column in R::columns() {
        let Some(mut writer) = group.next_column()? else {
            return Err(ParquetError::General("the schema has too few columns".to_owned()));
        };
        let values = records.iter().map(|record| column.value(record));
        match column.column_type() {
            ColumnType::TextList => {
                let lists = values.map(|value| if let Value::TextList(list) = value { Some(list) } else { None });
                write_lists(lists, &mut writer)?;
            }
            ColumnType::Integer | ColumnType::Timestamp => write_values::<Int64Type, R>(
                column,
                values.map(|value| match value {
                    Value::Integer(number) => Some(number),
                    Value::Timestamp(time) => Some(time.as_millisecond()),
                    _ => None,
                }),
                &mut writer,
            )?,
            ColumnType::Boolean => write_values::<BoolType, R>(
                column,
                values.map(|value| if let Value::Boolean(flag) = value { Some(flag) } else { None }),
                &mut writer,
            )?,
            _ => write_values::<ByteArrayType, R>(
                column,
                values.map(|value| match value {
                    Value::Text(text) | Value::Json(text) => Some(bytes(&text)),
                    _ => None,
                }),
                &mut writer,
            )?,
        }
        writer.close()?;
    }
    Ok(())
}

fn bytes(text: &str) -> ByteArray {
    text.as_bytes().to_vec().into()
}

fn write_values<T: DataType, R>(
    column: &Column<R>,
    values: impl Iterator<Item = Option<T::T>>,
    writer: &mut SerializedColumnWriter<'_>,
) -> Result<()> {
    let (mut present, mut levels) = (Vec::new(), Vec::new());
    for value in values {
        levels.push(i16::from(value.is_some()));
        present.extend(value);
    }
    let levels = (!column.is_required()).then_some(&levels[..]);
    writer.typed::<T>().write_batch(&present, levels, None)?;
    Ok(())
}

fn write_lists<'a>(
    lists: impl Iterator<Item = Option<TextList<'a>>>,
    writer: &mut SerializedColumnWriter<'_>,
) -> Result<()> {
    const NULL: i16 = 0;
    const EMPTY: i16 = 1;
    const ELEMENT: i16 = 2;

    let (mut elements, mut definitions, mut repetitions) = (Vec::new(), Vec::new(), Vec::new());
    for list in lists {
        let before = elements.len();
        for (place, text) in list.iter().flat_map(TextList::iter).enumerate() {
            elements.push(bytes(text));
            definitions.push(ELEMENT);
            repetitions.push(i16::from(place > 0));
        }
        if elements.len() == before {
            definitions.push(if list.is_some() { EMPTY } else { NULL });
            repetitions.push(0);
        }
    }
    writer.typed::<ByteArrayType>().write_batch(&elements, Some(&definitions), Some(&repetitions))?;
    Ok(())
}
