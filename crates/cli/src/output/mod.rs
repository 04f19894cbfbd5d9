//! How records are written: a module for each format.

mod csv;
mod id;
pub(crate) mod jq;
mod json;
mod ndjson;
pub(crate) mod pager;
pub(crate) mod shown;
mod sink;
pub(crate) mod stdout;
mod table;
mod yaml;

use iotda_batch_tasks::decode::WithRaw;
use iotda_batch_tasks::{BatchTask, BatchTaskQuery, Error, Identity, RecordStream};

use crate::selection::Selection;

pub(crate) use csv::{Csv, CsvStyle};
pub(crate) use id::Id;
pub(crate) use json::Json;
pub(crate) use ndjson::{Ndjson, write_line};
pub(crate) use shown::{Shown, ShownColumn, succeeded};
pub(crate) use sink::Sink;
pub(crate) use stdout::Stdout;
pub(crate) use table::Table;
pub(crate) use yaml::Yaml;

/// A form of writing records one after the other.
pub(crate) trait Output {
    /// What is written of each record.
    type Record;

    /// Writes what precedes the first record.
    fn begin(&mut self, _out: &mut Vec<u8>) {}

    /// Writes a record, and the profile that it comes from where several are read as one.
    fn record(&mut self, record: &Self::Record, profile: Option<&str>, out: &mut Vec<u8>);

    /// Writes what follows the last record.
    fn end(&mut self, _out: &mut Vec<u8>) {}

    /// Why the latest record could not be written as it should be.
    fn problem(&mut self) -> Option<String> {
        None
    }
}

/// What can be chosen beyond the filters of the service.
pub(crate) trait Selectable {
    /// Whether it is among those that are meant.
    fn is_selected(&self, selection: &Selection) -> bool;

    /// The task that it is, if it is one.
    fn task(&self) -> Option<&BatchTask> {
        None
    }
}

impl Selectable for BatchTask {
    fn is_selected(&self, selection: &Selection) -> bool {
        selection.takes(self)
    }

    fn task(&self) -> Option<&BatchTask> {
        Some(self)
    }
}

impl<T: Selectable> Selectable for WithRaw<T> {
    fn is_selected(&self, selection: &Selection) -> bool {
        self.record.is_selected(selection)
    }

    fn task(&self) -> Option<&BatchTask> {
        self.record.task()
    }
}

/// What a query can bring of a task.
pub(crate) trait Listed: Selectable + Identity + Send + Sized + 'static {
    /// Opens the list; nothing is sent yet.
    fn stream(query: BatchTaskQuery) -> Result<RecordStream<Self>, Error>;
}

impl Listed for BatchTask {
    fn stream(query: BatchTaskQuery) -> Result<RecordStream<Self>, Error> {
        query.stream()
    }
}

impl Listed for WithRaw<BatchTask> {
    fn stream(query: BatchTaskQuery) -> Result<RecordStream<Self>, Error> {
        query.stream_with_raw()
    }
}
