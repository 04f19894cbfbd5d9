//! Which list to read, and how, from keyword arguments, and what can be asked of it without reading it.

use std::future::Future;
use std::pin::Pin;

use iotda_batch_tasks::decode::{Row, WithRaw};
use iotda_batch_tasks::{BatchTaskQuery, Checkpoint, Client, Error, ListQuery, RecordStream};
use pyo3::prelude::*;

use crate::arguments::{Arguments, texts};
use crate::record::{OfKind, Record, Records};
use crate::{errors, values};

/// The outcome of an operation, later.
pub(crate) type Pending<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// A list to read, whatever its records are.
pub(crate) trait Query: Send + Sync {
    fn stream(&self) -> Result<Box<dyn Records>, Error>;
    /// The records for columns alone: without their JSON.
    fn columns(&self) -> Result<Box<dyn Records>, Error>;
    fn find(&self, id: String) -> Pending<Option<Record>>;
    fn count(&self) -> Pending<Option<u64>>;
    /// The checkpoints as text.
    fn split(&self, parts: usize) -> Pending<Vec<String>>;
}

macro_rules! query_methods {
    ($stream:ident, $find:ident) => {
        fn stream(&self) -> Result<Box<dyn Records>, Error> {
            Ok(Box::new(self.clone().$stream()?))
        }

        fn find(&self, id: String) -> Pending<Option<Record>> {
            let query = self.clone();
            Box::pin(async move { Ok(query.$find(&id).await?.map(Record::from)) })
        }

        fn count(&self) -> Pending<Option<u64>> {
            Box::pin(self.clone().count())
        }

        fn split(&self, parts: usize) -> Pending<Vec<String>> {
            let query = self.clone();
            Box::pin(async move { Ok(query.split(parts).await?.iter().map(Checkpoint::to_string).collect()) })
        }
    };
}

impl Query for BatchTaskQuery {
    query_methods!(stream_with_raw, find_with_raw);

    fn columns(&self) -> Result<Box<dyn Records>, Error> {
        Ok(Box::new(self.clone().stream()?))
    }
}

impl<T> Query for ListQuery<WithRaw<T>>
where
    T: Row + OfKind + Send + 'static,
    WithRaw<T>: Row,
    RecordStream<T>: Records,
    Record: From<WithRaw<T>>,
{
    query_methods!(stream, find);

    fn columns(&self) -> Result<Box<dyn Records>, Error> {
        Ok(Box::new(self.clone().records_as::<T>().stream()?))
    }
}

/// What all lists take.
macro_rules! read_options {
    ($query:ident, $arguments:ident) => {
        if let Some(records) = $arguments.take("page_size")? {
            $query = $query.page_size(records);
        }
        if let Some(pages) = $arguments.take("prefetch")? {
            $query = $query.prefetch(pages);
        }
        if let Some(bytes) = $arguments.take("prefetch_bytes")? {
            $query = $query.prefetch_bytes(bytes);
        }
        if let Some(records) = $arguments.take("max_items")? {
            $query = $query.max_items(records);
        }
        if let Some(limit) = $arguments.duration("scan_timeout")? {
            $query = $query.scan_timeout(limit);
        }
        if let Some(checkpoint) = $arguments.parsed("resume")? {
            $query = $query.resume(checkpoint);
        }
    };
}

pub(crate) use read_options;

/// The tasks of one type, of several, or of all.
pub(crate) fn tasks(
    client: &Client,
    task_type: Option<&Bound<'_, PyAny>>,
    arguments: &mut Arguments<'_>,
) -> PyResult<BatchTaskQuery> {
    let mut query = match task_type.filter(|given| !given.is_none()) {
        None => client.all_batch_tasks(),
        Some(given) => {
            let mut types = texts(given)?.into_iter();
            let Some(first) = types.next() else {
                return Err(errors::bad_argument(arguments.py(), "task_type", "[]", "one type or several"));
            };
            types.fold(client.batch_tasks(&*first), |query, task_type| query.task_type(&*task_type))
        }
    };
    if let Some(app_id) = arguments.text("app_id")? {
        query = query.app_id(app_id);
    }
    Ok(query)
}

/// The same tasks in one status alone.
pub(crate) fn status(query: BatchTaskQuery, arguments: &mut Arguments<'_>) -> PyResult<BatchTaskQuery> {
    Ok(match arguments.text("status")? {
        Some(status) => query.status(&*status),
        None => query,
    })
}

/// The same tasks between two times of creation.
pub(crate) fn created(mut query: BatchTaskQuery, arguments: &mut Arguments<'_>) -> PyResult<BatchTaskQuery> {
    if let Some(time) = arguments.time("created_after")? {
        query = query.created_after(time);
    }
    if let Some(time) = arguments.time("created_before")? {
        query = query.created_before(time);
    }
    Ok(query)
}

/// A list other than that of tasks. Its filters are the keyword arguments that are left.
pub(crate) fn list<T>(
    mut query: ListQuery<WithRaw<T>>,
    mut arguments: Arguments<'_>,
    filters: &[&'static str],
) -> PyResult<ListQuery<WithRaw<T>>> {
    read_options!(query, arguments);
    for filter in filters {
        if let Some(value) = arguments.any(filter)? {
            query = query.query(*filter, values::filter(filter, &value)?);
        }
    }
    arguments.finish()?;
    Ok(query)
}
