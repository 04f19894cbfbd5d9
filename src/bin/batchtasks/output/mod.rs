//! How tasks are written. Each form knows its own syntax; none knows where the bytes go.

mod csv;
mod json;
mod ndjson;
mod sink;
mod table;

use iotda_batch_tasks::Identity;
use serde::de::DeserializeOwned;

pub(crate) use csv::Csv;
pub(crate) use json::Json;
pub(crate) use ndjson::Ndjson;
pub(crate) use sink::Sink;
pub(crate) use table::Table;

/// A form of writing tasks one after the other.
pub(crate) trait Output {
    /// What is written of each task.
    type Record: DeserializeOwned + Identity + Send + 'static;

    /// Writes what stands before the first task.
    fn begin(&mut self, _out: &mut Vec<u8>) {}

    /// Writes a task.
    fn record(&mut self, record: &Self::Record, out: &mut Vec<u8>);

    /// Writes what stands behind the last task.
    fn end(&mut self, _out: &mut Vec<u8>) {}
}
