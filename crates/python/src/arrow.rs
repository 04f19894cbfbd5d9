//! A list as Arrow data: the columns that the library gives each kind of record.

// Knows columns and batches, nothing of how records come.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Int64Builder, ListBuilder, StringBuilder, TimestampMillisecondBuilder};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use iotda_batch_tasks::columns::{Column, ColumnType, Columns, Value};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;

use crate::errors::Raise;
use crate::record::Kind;
use crate::stream::Source;

/// How many records a batch has; the last one, and one before a failure, has fewer.
const BATCH: usize = 1024;

/// The columns of a kind of record.
pub(crate) fn schema<R: Columns>() -> SchemaRef {
    let field = |column: &Column<R>| Field::new(column.name(), data_type(column), !column.is_required());
    Arc::new(Schema::new(R::columns().iter().map(field).collect::<Vec<_>>()))
}

fn data_type<R>(column: &Column<R>) -> DataType {
    match column.column_type() {
        ColumnType::Integer => DataType::Int64,
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        ColumnType::TextList => DataType::List(text_item()),
        // What a later version of the library may add is text, or null.
        _ => DataType::Utf8,
    }
}

fn text_item() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Utf8, false))
}

/// The records as one batch of that schema.
pub(crate) fn batch<R: Columns>(schema: &SchemaRef, records: &[&R]) -> Result<RecordBatch, ArrowError> {
    let columns = R::columns().iter().map(|column| array(column, records)).collect();
    RecordBatch::try_new(Arc::clone(schema), columns)
}

fn array<R>(column: &Column<R>, records: &[&R]) -> ArrayRef {
    let values = records.iter().map(|record| column.value(record));
    match column.column_type() {
        ColumnType::Integer => {
            let mut array = Int64Builder::with_capacity(records.len());
            values.for_each(|value| array.append_option(if let Value::Integer(it) = value { Some(it) } else { None }));
            Arc::new(array.finish())
        }
        ColumnType::Boolean => {
            let mut array = BooleanBuilder::with_capacity(records.len());
            values.for_each(|value| array.append_option(if let Value::Boolean(it) = value { Some(it) } else { None }));
            Arc::new(array.finish())
        }
        ColumnType::Timestamp => {
            let mut array = TimestampMillisecondBuilder::with_capacity(records.len()).with_timezone("UTC");
            values.for_each(|value| {
                array.append_option(if let Value::Timestamp(it) = value { Some(it.as_millisecond()) } else { None });
            });
            Arc::new(array.finish())
        }
        ColumnType::TextList => {
            let mut array = ListBuilder::new(StringBuilder::new()).with_field(text_item());
            for value in values {
                if let Value::TextList(texts) = &value {
                    texts.iter().for_each(|text| array.values().append_value(text));
                }
                array.append(matches!(value, Value::TextList(_)));
            }
            Arc::new(array.finish())
        }
        _ => {
            let mut array = StringBuilder::new();
            values.for_each(|value| match value {
                Value::Text(text) | Value::Json(text) => array.append_value(text),
                _ => array.append_null(),
            });
            Arc::new(array.finish())
        }
    }
}

/// Reads a list batch by batch. Whether its consumer holds the interpreter or not, it is free while a page is waited for.
pub(crate) struct Batches {
    source: Arc<Source>,
    kind: Kind,
    schema: SchemaRef,
}

impl Batches {
    pub(crate) fn new(source: Arc<Source>, kind: Kind) -> Self {
        Self { source, kind, schema: kind.schema() }
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let records = Python::try_attach(|py| {
            let Source { query, reading, waiters } = &*self.source;
            reading.process().check(py, "stream")?;
            let chunk = waiters.block_on(py, |cx| reading.poll_batch(cx, BATCH, || query.unchecked().columns()))?;
            chunk.map_err(|failure| failure.raise(py))
        });
        match records {
            Some(Ok(records)) => records.map(|records| self.kind.batch(&self.schema, &records)),
            Some(Err(error)) => Some(Err(Python::attach(|py| arrow_error(py, &error)))),
            None => Some(Err(ArrowError::ExternalError("the interpreter is shutting down".into()))),
        }
    }
}

impl RecordBatchReader for Batches {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

/// Arrow's C interface carries a text and no exception. So Ctrl-C is signalled once more, for Python to raise it as soon as
/// the consumer returns.
fn arrow_error(py: Python<'_>, error: &PyErr) -> ArrowError {
    let text = error.to_string();
    if error.is_instance_of::<PyKeyboardInterrupt>(py) {
        // The last thing: what runs in the interpreter from here on may raise it.
        let _ = py.import("_thread").and_then(|thread| thread.call_method0("interrupt_main"));
    }
    ArrowError::ExternalError(text.into())
}
