//! The columns of records in a Parquet file: those of the library, in their order.

// Knows the schema, nothing of files.

use std::fmt::Write as _;
use std::io::Write;

use iotda_batch_tasks::columns::{ColumnType, Columns, TextList, Value};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::writer::{SerializedColumnWriter, SerializedRowGroupWriter};

/// What the file promises its readers.
///
/// Names and types stay as they are; a later version may add columns after these. The profile, where several are read
/// as one, is the last column.
pub(super) fn schema<R: Columns>(has_profile: bool) -> String {
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
    if has_profile {
        schema.push_str("OPTIONAL BYTE_ARRAY profile (STRING);\n");
    }
    schema + "}"
}

/// Writes a row for each of the records, with its profile where they have one.
pub(super) fn write<R: Columns, W: Write + Send>(
    records: &[R],
    profiles: Option<&[Option<String>]>,
    group: &mut SerializedRowGroupWriter<'_, W>,
) -> Result<()> {
    for column in R::columns() {
        let mut writer = group.next_column()?.ok_or_else(too_few)?;
        let is_required = column.is_required();
        let values = records.iter().map(|record| column.value(record));
        match column.column_type() {
            ColumnType::TextList => {
                let lists = values.map(|value| if let Value::TextList(list) = value { Some(list) } else { None });
                write_lists(lists, &mut writer)?;
            }
            ColumnType::Integer | ColumnType::Timestamp => write_optional::<Int64Type>(
                values.map(|value| match value {
                    Value::Integer(number) => Some(number),
                    Value::Timestamp(time) => Some(time.as_millisecond()),
                    _ => None,
                }),
                is_required,
                &mut writer,
            )?,
            ColumnType::Boolean => write_optional::<BoolType>(
                values.map(|value| if let Value::Boolean(flag) = value { Some(flag) } else { None }),
                is_required,
                &mut writer,
            )?,
            _ => write_optional::<ByteArrayType>(
                values.map(|value| match value {
                    Value::Text(text) | Value::Json(text) => Some(bytes(&text)),
                    _ => None,
                }),
                is_required,
                &mut writer,
            )?,
        }
        writer.close()?;
    }
    if let Some(profiles) = profiles {
        let mut writer = group.next_column()?.ok_or_else(too_few)?;
        write_optional::<ByteArrayType>(
            profiles.iter().map(|profile| profile.as_deref().map(bytes)),
            false,
            &mut writer,
        )?;
        writer.close()?;
    }
    Ok(())
}

fn too_few() -> ParquetError {
    ParquetError::General("the schema has too few columns".to_owned())
}

fn bytes(text: &str) -> ByteArray {
    text.as_bytes().to_vec().into()
}

fn write_optional<T: DataType>(
    values: impl Iterator<Item = Option<T::T>>,
    is_required: bool,
    writer: &mut SerializedColumnWriter<'_>,
) -> Result<()> {
    let (mut present, mut levels) = (Vec::new(), Vec::new());
    for value in values {
        levels.push(i16::from(value.is_some()));
        present.extend(value);
    }
    let levels = (!is_required).then_some(&levels[..]);
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
