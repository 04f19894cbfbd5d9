//! Which list to read, and how, from keyword arguments.

use iotda_batch_tasks::decode::{Row, WithRaw};
use iotda_batch_tasks::{BatchTaskQuery, Client, Error, Identity, ListQuery};
use pyo3::prelude::*;

use crate::arguments::{Arguments, texts};
use crate::record::{OfKind, Record, Records};
use crate::{errors, values};

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
    if let Some(status) = arguments.text("status")? {
        query = query.status(&*status);
    }
    if let Some(app_id) = arguments.text("app_id")? {
        query = query.app_id(app_id);
    }
    if let Some(time) = arguments.time("created_after")? {
        query = query.created_after(time);
    }
    if let Some(time) = arguments.time("created_before")? {
        query = query.created_before(time);
    }
    if arguments.flag("trust_id_time")? {
        query = query.trust_id_time();
    }
    if let Some(age) = arguments.duration("retried_within")? {
        query = query.retried_within(age);
    }
    read_options!(query, arguments);
    Ok(query)
}

/// A list other than that of tasks. Its filters are the keyword arguments that are left.
pub(crate) fn list<T>(
    mut query: ListQuery<WithRaw<T>>,
    mut arguments: Arguments<'_>,
    filters: &[&'static str],
) -> PyResult<Box<dyn Records>>
where
    T: Identity + OfKind + Send + 'static,
    WithRaw<T>: Row,
    Record: From<WithRaw<T>>,
{
    let py = arguments.py();
    read_options!(query, arguments);
    for filter in filters {
        if let Some(value) = arguments.any(filter)? {
            query = query.query(*filter, values::filter(filter, &value)?);
        }
    }
    arguments.finish()?;
    Ok(Box::new(query.stream().map_err(|error| opened(py, &error))?))
}

/// The exception for a stream that was not opened.
pub(crate) fn opened(py: Python<'_>, error: &Error) -> PyErr {
    errors::reported(py, error, None)
}
