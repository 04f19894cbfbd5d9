//! The columns of a task in a Parquet file.

// Knows the schema, nothing of files.

use std::borrow::Cow;

use iotda_batch_tasks::BatchTask;
use iotda_batch_tasks::task::Json;
use jiff::Timestamp;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::writer::{SerializedColumnWriter, SerializedRowGroupWriter};
use std::io::Write;

/// What the file promises its readers: the columns of csv by their names, then what csv leaves out. `targets` are the
/// ids themselves, where csv has their number.
///
/// Names and types stay as they are; a later version may add columns after these.
pub(super) const SCHEMA: &str = "
message batch_task {
  REQUIRED BYTE_ARRAY task_id (STRING);
  OPTIONAL BYTE_ARRAY task_name (STRING);
  OPTIONAL BYTE_ARRAY task_type (STRING);
  OPTIONAL BYTE_ARRAY status (STRING);
  OPTIONAL INT64 create_time (TIMESTAMP(MILLIS,true));
  OPTIONAL INT64 total;
  OPTIONAL INT64 success;
  OPTIONAL INT64 fail;
  OPTIONAL INT64 processing;
  OPTIONAL INT64 waitting;
  OPTIONAL INT64 fail_wait_retry;
  OPTIONAL INT64 stopped;
  OPTIONAL INT64 removed;
  OPTIONAL GROUP targets (LIST) {
    REPEATED GROUP list {
      REQUIRED BYTE_ARRAY element (STRING);
    }
  }
  OPTIONAL BYTE_ARRAY status_desc (STRING);
  OPTIONAL BYTE_ARRAY task_mode (STRING);
  OPTIONAL BOOLEAN need_confirm;
  OPTIONAL INT64 schedule_time (TIMESTAMP(MILLIS,true));
  OPTIONAL INT64 retry_count;
  OPTIONAL INT64 retry_interval;
  OPTIONAL BYTE_ARRAY targets_filter (JSON);
  OPTIONAL BYTE_ARRAY document (JSON);
  OPTIONAL BYTE_ARRAY task_ext_info (JSON);
}";

type Text = for<'a> fn(&'a BatchTask) -> Option<Cow<'a, str>>;

/// Where the values of a column come from.
enum Column {
    Id,
    Text(Text),
    Integer(fn(&BatchTask) -> Option<i64>),
    Boolean(fn(&BatchTask) -> Option<bool>),
    Targets,
}

/// In the order of the schema.
const COLUMNS: &[Column] = &[
    Column::Id,
    Column::Text(|task| task.task_name.as_deref().map(Cow::from)),
    Column::Text(|task| task.task_type.as_ref().map(|task_type| task_type.as_str().into())),
    Column::Text(|task| task.status.as_ref().map(|status| status.as_str().into())),
    Column::Integer(|task| task.create_time.map(Timestamp::as_millisecond)),
    Column::Integer(|task| task.task_progress.as_ref()?.total),
    Column::Integer(|task| task.task_progress.as_ref()?.success),
    Column::Integer(|task| task.task_progress.as_ref()?.fail),
    Column::Integer(|task| task.task_progress.as_ref()?.processing),
    Column::Integer(|task| task.task_progress.as_ref()?.waitting),
    Column::Integer(|task| task.task_progress.as_ref()?.fail_wait_retry),
    Column::Integer(|task| task.task_progress.as_ref()?.stopped),
    Column::Integer(|task| task.task_progress.as_ref()?.removed),
    Column::Targets,
    Column::Text(|task| task.status_desc.as_deref().map(Cow::from)),
    Column::Text(|task| task.task_mode.as_deref().map(Cow::from)),
    Column::Boolean(|task| task.need_confirm),
    Column::Integer(|task| task.task_policy.as_ref()?.schedule_time.map(Timestamp::as_millisecond)),
    Column::Integer(|task| task.task_policy.as_ref()?.retry_count),
    Column::Integer(|task| task.task_policy.as_ref()?.retry_interval),
    Column::Text(|task| serde_json::to_string(task.targets_filter.as_ref()?).ok().map(Cow::from)),
    Column::Text(|task| task.document.as_ref().map(|json| Json::get(json).into())),
    Column::Text(|task| task.task_ext_info.as_ref().map(|json| Json::get(json).into())),
];

/// Writes a row for each of the tasks.
pub(super) fn write<W: Write + Send>(tasks: &[BatchTask], group: &mut SerializedRowGroupWriter<'_, W>) -> Result<()> {
    for column in COLUMNS {
        let Some(mut writer) = group.next_column()? else {
            return Err(ParquetError::General("the schema has too few columns".to_owned()));
        };
        match column {
            Column::Id => {
                let ids: Vec<ByteArray> = tasks.iter().map(|task| bytes(&task.task_id)).collect();
                writer.typed::<ByteArrayType>().write_batch(&ids, None, None)?;
            }
            Column::Text(text) => {
                write_optional::<ByteArrayType>(
                    tasks.iter().map(|task| text(task).map(|text| bytes(&text))),
                    &mut writer,
                )?;
            }
            Column::Integer(integer) => write_optional::<Int64Type>(tasks.iter().map(integer), &mut writer)?,
            Column::Boolean(boolean) => write_optional::<BoolType>(tasks.iter().map(boolean), &mut writer)?,
            Column::Targets => write_targets(tasks, &mut writer)?,
        }
        writer.close()?;
    }
    Ok(())
}

fn bytes(text: &str) -> ByteArray {
    text.as_bytes().to_vec().into()
}

fn write_optional<T: DataType>(
    values: impl Iterator<Item = Option<T::T>>,
    writer: &mut SerializedColumnWriter<'_>,
) -> Result<()> {
    let (mut present, mut levels) = (Vec::new(), Vec::new());
    for value in values {
        levels.push(i16::from(value.is_some()));
        present.extend(value);
    }
    writer.typed::<T>().write_batch(&present, Some(&levels), None)?;
    Ok(())
}

fn write_targets(tasks: &[BatchTask], writer: &mut SerializedColumnWriter<'_>) -> Result<()> {
    const NULL: i16 = 0;
    const EMPTY: i16 = 1;
    const ELEMENT: i16 = 2;

    let (mut elements, mut definitions, mut repetitions) = (Vec::new(), Vec::new(), Vec::new());
    for task in tasks {
        let before = elements.len();
        for (place, target) in task.targets.iter().flatten().enumerate() {
            elements.push(bytes(target));
            definitions.push(ELEMENT);
            repetitions.push(i16::from(place > 0));
        }
        if elements.len() == before {
            definitions.push(if task.targets.is_some() { EMPTY } else { NULL });
            repetitions.push(0);
        }
    }
    writer.typed::<ByteArrayType>().write_batch(&elements, Some(&definitions), Some(&repetitions))?;
    Ok(())
}
