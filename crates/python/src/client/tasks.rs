//! Batch tasks: their streams, and what is asked of them one by one.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use iotda_batch_tasks::decode::WithRaw;
use iotda_batch_tasks::{BatchTask, BatchTaskQuery, Error, await_condition, conditions};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::PyClient;
use crate::arguments::Arguments;
use crate::errors::{self, Raise};
use crate::iteration::Next;
use crate::operation::{awaitable, wait};
use crate::query::{self, Query};
use crate::record::Record;
use crate::stream::TaskStream;
use crate::watch::ChangeStream;

#[pymethods]
impl PyClient {
    /// The batch tasks of one type, or of several, newest first.
    #[pyo3(signature = (task_type, **options), text_signature = "($self, task_type, *, status=None, app_id=None, \
        created_after=None, created_before=None, trust_id_time=False, page_size=None, prefetch=None, \
        prefetch_bytes=None, max_items=None, scan_timeout=None, resume=None)")]
    fn batch_tasks(
        &self,
        py: Python<'_>,
        task_type: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<TaskStream>> {
        if task_type.is_none() {
            return Err(errors::bad_argument(py, "task_type", "None", "a type; all_batch_tasks() reads every type"));
        }
        self.stream(Some(task_type), Arguments::new(py, "batch_tasks", options)?)
    }

    /// The batch tasks of every known type, newest first.
    #[pyo3(signature = (**options), text_signature = "($self, *, status=None, app_id=None, created_after=None, \
        created_before=None, trust_id_time=False, page_size=None, prefetch=None, prefetch_bytes=None, max_items=None, \
        scan_timeout=None, resume=None)")]
    fn all_batch_tasks(&self, py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Py<TaskStream>> {
        self.stream(None, Arguments::new(py, "all_batch_tasks", options)?)
    }

    /// The task of this id; `None` where there is none.
    #[pyo3(signature = (task_id, task_type=None, **options),
        text_signature = "($self, task_id, task_type=None, *, status=None, app_id=None)")]
    fn find(
        &self,
        py: Python<'_>,
        task_id: String,
        task_type: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Option<Record>> {
        let query = self.selected(task_type, Arguments::new(py, "find", options)?)?;
        wait(py, Query::find(&query, task_id))
    }

    /// As `find`, to be awaited.
    #[pyo3(signature = (task_id, task_type=None, **options),
        text_signature = "($self, task_id, task_type=None, *, status=None, app_id=None)")]
    fn find_async(
        &self,
        py: Python<'_>,
        task_id: String,
        task_type: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Next> {
        let query = self.selected(task_type, Arguments::new(py, "find_async", options)?)?;
        awaitable(py, Query::find(&query, task_id))
    }

    /// How many tasks the service reports.
    #[pyo3(signature = (task_type=None, **options),
        text_signature = "($self, task_type=None, *, status=None, app_id=None)")]
    fn count(
        &self,
        py: Python<'_>,
        task_type: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Option<u64>> {
        wait(py, self.selected(task_type, Arguments::new(py, "count", options)?)?.count())
    }

    /// As `count`, to be awaited.
    #[pyo3(signature = (task_type=None, **options),
        text_signature = "($self, task_type=None, *, status=None, app_id=None)")]
    fn count_async(
        &self,
        py: Python<'_>,
        task_type: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Next> {
        awaitable(py, self.selected(task_type, Arguments::new(py, "count_async", options)?)?.count())
    }

    /// Checkpoints that split the list for several readers.
    #[pyo3(signature = (parts, task_type=None, **options), text_signature = "($self, parts, task_type=None, *, \
        status=None, app_id=None, created_after=None, created_before=None, resume=None)")]
    fn split(
        &self,
        py: Python<'_>,
        parts: usize,
        task_type: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Vec<String>> {
        let query = self.whole(task_type, Arguments::new(py, "split", options)?)?;
        wait(py, Query::split(&query, parts))
    }

    /// As `split`, to be awaited.
    #[pyo3(signature = (parts, task_type=None, **options), text_signature = "($self, parts, task_type=None, *, \
        status=None, app_id=None, created_after=None, created_before=None, resume=None)")]
    fn split_async(
        &self,
        py: Python<'_>,
        parts: usize,
        task_type: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Next> {
        let query = self.whole(task_type, Arguments::new(py, "split_async", options)?)?;
        awaitable(py, Query::split(&query, parts))
    }

    /// What changes in the list: a stream without end.
    #[pyo3(signature = (task_type=None, **options), text_signature = "($self, task_type=None, *, interval=30.0, \
        app_id=None, created_after=None, created_before=None, retried_within=None, resume=None)")]
    fn watch(
        &self,
        py: Python<'_>,
        task_type: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<ChangeStream> {
        let mut options = Arguments::new(py, "watch", options)?;
        let interval = options.duration("interval")?.unwrap_or(Duration::from_secs(30));
        let resume = options.parsed("resume")?;
        let query = query::tasks(self.client(py)?, task_type, &mut options)?;
        let mut query = query::created(query, &mut options)?;
        if let Some(age) = options.duration("retried_within")? {
            query = query.retried_within(age);
        }
        options.finish()?;
        ChangeStream::new(py, query.watch_from(interval, resume).map_err(|error| error.raise(py))?)
    }

    /// Waits until the task is in a final status, and returns it; `None` where there is no such task.
    #[pyo3(signature = (task_id, task_type=None, **options), text_signature = "($self, task_id, task_type=None, *, \
        interval=30.0, timeout=None, after_retry=False, app_id=None)")]
    fn await_done(
        &self,
        py: Python<'_>,
        task_id: String,
        task_type: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Option<Record>> {
        wait(py, self.done(task_id, task_type, Arguments::new(py, "await_done", options)?)?)
    }

    /// As `await_done`, to be awaited.
    #[pyo3(signature = (task_id, task_type=None, **options), text_signature = "($self, task_id, task_type=None, *, \
        interval=30.0, timeout=None, after_retry=False, app_id=None)")]
    fn await_done_async(
        &self,
        py: Python<'_>,
        task_id: String,
        task_type: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Next> {
        awaitable(py, self.done(task_id, task_type, Arguments::new(py, "await_done_async", options)?)?)
    }
}

impl PyClient {
    /// The stream of what the arguments select.
    fn stream(&self, task_type: Option<&Bound<'_, PyAny>>, mut options: Arguments<'_>) -> PyResult<Py<TaskStream>> {
        let py = options.py();
        let query = query::tasks(self.client(py)?, task_type, &mut options)?;
        let mut query = query::created(query::status(query, &mut options)?, &mut options)?;
        if options.flag("trust_id_time")? {
            query = query.trust_id_time();
        }
        query::read_options!(query, options);
        options.finish()?;
        TaskStream::open(py, query)
    }

    /// What the filters of the service select.
    fn selected(&self, task_type: Option<&Bound<'_, PyAny>>, mut options: Arguments<'_>) -> PyResult<BatchTaskQuery> {
        let query = query::tasks(self.client(options.py())?, task_type, &mut options)?;
        let query = query::status(query, &mut options)?;
        options.finish()?;
        Ok(query)
    }

    /// What is to be split.
    fn whole(&self, task_type: Option<&Bound<'_, PyAny>>, mut options: Arguments<'_>) -> PyResult<BatchTaskQuery> {
        let query = query::tasks(self.client(options.py())?, task_type, &mut options)?;
        let query = query::created(query::status(query, &mut options)?, &mut options)?;
        let resume = options.parsed("resume")?;
        options.finish()?;
        Ok(match resume {
            Some(checkpoint) => query.resume(checkpoint),
            None => query,
        })
    }

    /// Waits for a task.
    fn done(
        &self,
        task_id: String,
        task_type: Option<&Bound<'_, PyAny>>,
        mut options: Arguments<'_>,
    ) -> PyResult<impl Future<Output = Result<Option<Record>, NotDone>> + Send + use<>> {
        let interval = options.duration("interval")?.unwrap_or(Duration::from_secs(30));
        let timeout = options.duration("timeout")?;
        let after_retry = options.flag("after_retry")?;
        let query = query::tasks(self.client(options.py())?, task_type, &mut options)?;
        options.finish()?;
        Ok(async move {
            let done = async {
                match after_retry {
                    false => await_with_raw(&query, &task_id, interval, conditions::is_done()).await,
                    true => await_with_raw(&query, &task_id, interval, conditions::is_done_after_retry()).await,
                }
            };
            let found = match timeout {
                Some(limit) => match tokio::time::timeout(limit, done).await {
                    Ok(found) => found,
                    Err(_) => return Err(NotDone::After(limit, task_id)),
                },
                None => done.await,
            };
            Ok(found.map_err(NotDone::Failed)?.map(Record::from))
        })
    }
}

/// Why the wait for a task ended without it.
enum NotDone {
    Failed(Error),
    After(Duration, String),
}

impl Raise for NotDone {
    fn raise(&self, py: Python<'_>) -> PyErr {
        match self {
            Self::Failed(error) => error.raise(py),
            Self::After(limit, task_id) => errors::not_done(py, task_id, *limit),
        }
    }
}

/// The task as it is once it meets `condition`, with its JSON.
async fn await_with_raw(
    query: &BatchTaskQuery,
    task_id: &str,
    interval: Duration,
    condition: impl FnMut(&BatchTask) -> bool,
) -> Result<Option<WithRaw<BatchTask>>, Error> {
    let last = Mutex::new(None);
    let find = || async {
        let found = query.clone().find_with_raw(task_id).await?;
        let record = found.as_ref().map(|found| found.record.clone());
        *last.lock().unwrap_or_else(PoisonError::into_inner) = found;
        Ok(record)
    };
    let met = await_condition(find, interval, condition).await?;
    Ok(met.and_then(|_| last.into_inner().unwrap_or_else(PoisonError::into_inner)))
}
