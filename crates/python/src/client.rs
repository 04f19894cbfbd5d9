//! The client: how it is set up, and the lists that it reads.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use iotda_batch_tasks::decode::WithRaw;
use iotda_batch_tasks::lists::{self, ListEndpoint};
use iotda_batch_tasks::{BatchTask, BatchTaskQuery, Client, Error, RetryPolicy, await_condition, conditions};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::Arguments;
use crate::record::Record;
use crate::runtime::{Owned, into_awaitable, wait};
use crate::stream::{PyRecordStream, TaskStream};
use crate::watch::ChangeStream;
use crate::{credentials, errors, query, runtime, values};

/// Reads the batch tasks of one project, and its sibling lists.
#[pyclass(frozen, module = "iotda", name = "Client")]
pub(crate) struct PyClient(Owned<Client>);

#[pymethods]
impl PyClient {
    #[new]
    #[pyo3(signature = (**options), text_signature = "(*, endpoint=None, region=None, project_id=None, credentials=None, \
        instance_id=None, cloud=None, allow_plain_http=False, ca_certificates=None, connect_timeout=None, request_timeout=None, \
        max_body_bytes=None, max_attempts=None, max_elapsed=None, rate_limit=None)")]
    fn new(py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut options = Arguments::new(py, "Client", options)?;
        let mut builder = Client::builder().credentials(credentials::given(py, options.any("credentials")?)?);
        if let Some(endpoint) = options.text("endpoint")? {
            builder = builder.endpoint(endpoint);
        }
        if let Some(region) = options.text("region")? {
            builder = builder.region(region);
        }
        if let Some(id) = options.text("project_id")? {
            builder = builder.project_id(id);
        }
        if let Some(id) = options.text("instance_id")? {
            builder = builder.instance_id(id);
        }
        if let Some(domain) = options.text("cloud")? {
            builder = builder.cloud(domain);
        }
        if options.flag("allow_plain_http")? {
            builder = builder.allow_plain_http();
        }
        if let Some(pem) = options.any("ca_certificates")? {
            let text = pem.extract::<String>().map(String::into_bytes);
            builder = builder.ca_certificates(text.or_else(|_| pem.extract::<Vec<u8>>())?);
        }
        if let Some(limit) = options.duration("connect_timeout")? {
            builder = builder.connect_timeout(limit);
        }
        if let Some(limit) = options.duration("request_timeout")? {
            builder = builder.request_timeout(limit);
        }
        if let Some(bytes) = options.take("max_body_bytes")? {
            builder = builder.max_body_bytes(bytes);
        }
        if let Some(per_second) = options.take("rate_limit")? {
            builder = builder.rate_limit(per_second);
        }
        let mut retry = RetryPolicy::default();
        if let Some(attempts) = options.take("max_attempts")? {
            retry = retry.max_attempts(attempts);
        }
        if let Some(limit) = options.duration("max_elapsed")? {
            retry = retry.max_elapsed(limit);
        }
        options.finish()?;
        // What was given wins over the environment.
        let client = builder.addresses_from_env().retry(retry).build();
        let client = client.map_err(|error| query::opened(py, &error))?;
        runtime::runtime(py)?;
        Ok(Self(Owned::new("client", client)))
    }

    /// The address that requests go to.
    #[getter]
    fn endpoint<'py>(&'py self, py: Python<'py>) -> PyResult<&'py str> {
        Ok(self.0.get(py)?.endpoint())
    }

    /// The project whose lists are read; it is looked up where it was not given.
    fn project_id(&self, py: Python<'_>) -> PyResult<String> {
        let client = self.0.get(py)?.clone();
        wait(py, async move { client.project_id().await })?.map_err(|failure| errors::failed(py, &failure))
    }

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
        TaskStream::open(py, self.tasks(py, "batch_tasks", Some(task_type), options)?)
    }

    /// The batch tasks of every known type, newest first.
    #[pyo3(signature = (**options), text_signature = "($self, *, status=None, app_id=None, created_after=None, \
        created_before=None, trust_id_time=False, page_size=None, prefetch=None, prefetch_bytes=None, max_items=None, \
        scan_timeout=None, resume=None)")]
    fn all_batch_tasks(&self, py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Py<TaskStream>> {
        TaskStream::open(py, self.tasks(py, "all_batch_tasks", None, options)?)
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
    ) -> PyResult<Option<Py<PyAny>>> {
        let query = self.tasks(py, "find", task_type, options)?;
        let found = wait(py, async move { query.find_with_raw(&task_id).await })?;
        let found = found.map_err(|error| query::opened(py, &error))?;
        found.map(|task| Record::from(task).into_object(py)).transpose()
    }

    /// As `find`, to be awaited.
    #[pyo3(signature = (task_id, task_type=None, **options),
        text_signature = "($self, task_id, task_type=None, *, status=None, app_id=None)")]
    fn find_async<'py>(
        &self,
        py: Python<'py>,
        task_id: String,
        task_type: Option<&Bound<'py, PyAny>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let query = self.tasks(py, "find_async", task_type, options)?;
        into_awaitable(py, async move {
            let found = query.find_with_raw(&task_id).await.map_err(raised)?;
            found.map(|task| Python::attach(|py| Record::from(task).into_object(py))).transpose()
        })
    }

    /// How many tasks the service says there are.
    #[pyo3(signature = (task_type=None, **options),
        text_signature = "($self, task_type=None, *, status=None, app_id=None)")]
    fn count(
        &self,
        py: Python<'_>,
        task_type: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Option<u64>> {
        let query = self.tasks(py, "count", task_type, options)?;
        wait(py, query.count())?.map_err(|error| query::opened(py, &error))
    }

    /// As `count`, to be awaited.
    #[pyo3(signature = (task_type=None, **options),
        text_signature = "($self, task_type=None, *, status=None, app_id=None)")]
    fn count_async<'py>(
        &self,
        py: Python<'py>,
        task_type: Option<&Bound<'py, PyAny>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let query = self.tasks(py, "count_async", task_type, options)?;
        into_awaitable(py, async move { query.count().await.map_err(raised) })
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
        let query = self.tasks(py, "split", task_type, options)?;
        let parts = wait(py, query.split(parts))?.map_err(|error| query::opened(py, &error))?;
        Ok(parts.iter().map(ToString::to_string).collect())
    }

    /// As `split`, to be awaited.
    #[pyo3(signature = (parts, task_type=None, **options), text_signature = "($self, parts, task_type=None, *, \
        status=None, app_id=None, created_after=None, created_before=None, resume=None)")]
    fn split_async<'py>(
        &self,
        py: Python<'py>,
        parts: usize,
        task_type: Option<&Bound<'py, PyAny>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let query = self.tasks(py, "split_async", task_type, options)?;
        into_awaitable(py, async move {
            let parts = query.split(parts).await.map_err(raised)?;
            Ok(parts.iter().map(ToString::to_string).collect::<Vec<_>>())
        })
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
        // A checkpoint of a watch, and none of a scan.
        let resume = options.parsed("resume")?;
        let query = query::tasks(self.0.get(py)?, task_type, &mut options)?;
        options.finish()?;
        let changes = query.watch_from(interval, resume).map_err(|error| query::opened(py, &error))?;
        ChangeStream::new(py, changes)
    }

    /// Waits until the task is in a final status, and returns it; `None` where there is no such task.
    #[pyo3(signature = (task_id, task_type=None, *, interval=None, timeout=None, after_retry=false, app_id=None))]
    #[allow(clippy::too_many_arguments)]
    fn await_done(
        &self,
        py: Python<'_>,
        task_id: String,
        task_type: Option<&Bound<'_, PyAny>>,
        interval: Option<&Bound<'_, PyAny>>,
        timeout: Option<&Bound<'_, PyAny>>,
        after_retry: bool,
        app_id: Option<String>,
    ) -> PyResult<Option<Py<PyAny>>> {
        let done = self.done(py, task_id, task_type, interval, timeout, after_retry, app_id)?;
        wait(py, done)?
    }

    /// As `await_done`, to be awaited.
    #[pyo3(signature = (task_id, task_type=None, *, interval=None, timeout=None, after_retry=false, app_id=None))]
    #[allow(clippy::too_many_arguments)]
    fn await_done_async<'py>(
        &self,
        py: Python<'py>,
        task_id: String,
        task_type: Option<&Bound<'py, PyAny>>,
        interval: Option<&Bound<'py, PyAny>>,
        timeout: Option<&Bound<'py, PyAny>>,
        after_retry: bool,
        app_id: Option<String>,
    ) -> PyResult<Bound<'py, PyAny>> {
        into_awaitable(py, self.done(py, task_id, task_type, interval, timeout, after_retry, app_id)?)
    }

    /// How a batch task went, target by target.
    #[pyo3(signature = (task_id, **options), text_signature = "($self, task_id, *, task_detail_status=None, target=None, page_size=None, prefetch=None, \
        prefetch_bytes=None, max_items=None, scan_timeout=None, resume=None)")]
    fn sub_tasks(
        &self,
        py: Python<'_>,
        task_id: String,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyRecordStream> {
        let query = self.0.get(py)?.list(ListEndpoint::BATCH_TASK_DETAILS).path_parameter("task_id", task_id);
        let options = Arguments::new(py, "sub_tasks", options)?;
        PyRecordStream::new(py, query::list::<lists::TaskDetail>(query, options, &["task_detail_status", "target"])?)
    }

    /// The devices, newest first.
    #[pyo3(signature = (**options), text_signature = "($self, *, product_id=None, gateway_id=None, is_cascade_query=None, node_id=None, \
        device_name=None, start_time=None, end_time=None, app_id=None, page_size=None, prefetch=None, \
        prefetch_bytes=None, max_items=None, scan_timeout=None, resume=None)")]
    fn devices(&self, py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<PyRecordStream> {
        let query = self.0.get(py)?.list(ListEndpoint::DEVICES);
        let options = Arguments::new(py, "devices", options)?;
        PyRecordStream::new(
            py,
            query::list::<lists::Device>(
                query,
                options,
                &[
                    "product_id",
                    "gateway_id",
                    "is_cascade_query",
                    "node_id",
                    "device_name",
                    "start_time",
                    "end_time",
                    "app_id",
                ],
            )?,
        )
    }

    /// The products, newest first.
    #[pyo3(signature = (**options), text_signature = "($self, *, product_name=None, app_id=None, page_size=None, prefetch=None, prefetch_bytes=None, \
        max_items=None, scan_timeout=None, resume=None)")]
    fn products(&self, py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<PyRecordStream> {
        let query = self.0.get(py)?.list(ListEndpoint::PRODUCTS);
        let options = Arguments::new(py, "products", options)?;
        PyRecordStream::new(py, query::list::<lists::Product>(query, options, &["product_name", "app_id"])?)
    }

    /// The device groups, newest first.
    #[pyo3(signature = (**options), text_signature = "($self, *, last_modified_time=None, group_type=None, name=None, app_id=None, page_size=None, \
        prefetch=None, prefetch_bytes=None, max_items=None, scan_timeout=None, resume=None)")]
    fn device_groups(&self, py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<PyRecordStream> {
        let query = self.0.get(py)?.list(ListEndpoint::DEVICE_GROUPS);
        let options = Arguments::new(py, "device_groups", options)?;
        PyRecordStream::new(
            py,
            query::list::<lists::DeviceGroup>(query, options, &["last_modified_time", "group_type", "name", "app_id"])?,
        )
    }

    /// The devices of one group.
    #[pyo3(signature = (group_id, **options), text_signature = "($self, group_id, *, page_size=None, prefetch=None, prefetch_bytes=None, max_items=None, \
        scan_timeout=None, resume=None)")]
    fn devices_in_group(
        &self,
        py: Python<'_>,
        group_id: String,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyRecordStream> {
        let query = self.0.get(py)?.list(ListEndpoint::DEVICES_IN_GROUP).path_parameter("group_id", group_id);
        let options = Arguments::new(py, "devices_in_group", options)?;
        PyRecordStream::new(py, query::list::<lists::GroupDevice>(query, options, &[])?)
    }

    /// The upgrade packages, newest first.
    #[pyo3(signature = (**options), text_signature = "($self, *, package_type=None, product_id=None, version=None, app_id=None, page_size=None, \
        prefetch=None, prefetch_bytes=None, max_items=None, scan_timeout=None, resume=None)")]
    fn ota_packages(&self, py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<PyRecordStream> {
        let query = self.0.get(py)?.list(ListEndpoint::OTA_PACKAGES);
        let options = Arguments::new(py, "ota_packages", options)?;
        PyRecordStream::new(
            py,
            query::list::<lists::OtaPackage>(query, options, &["package_type", "product_id", "version", "app_id"])?,
        )
    }

    /// The rules, newest first.
    #[pyo3(signature = (**options), text_signature = "($self, *, rule_type=None, app_id=None, page_size=None, prefetch=None, prefetch_bytes=None, \
        max_items=None, scan_timeout=None, resume=None)")]
    fn rules(&self, py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<PyRecordStream> {
        let query = self.0.get(py)?.list(ListEndpoint::RULES);
        let options = Arguments::new(py, "rules", options)?;
        PyRecordStream::new(py, query::list::<lists::Rule>(query, options, &["rule_type", "app_id"])?)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<{:?}>", self.0.get(py)?))
    }
}

impl PyClient {
    /// The query that the arguments of `function` describe.
    fn tasks(
        &self,
        py: Python<'_>,
        function: &'static str,
        task_type: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<BatchTaskQuery> {
        let mut options = Arguments::new(py, function, options)?;
        let query = query::tasks(self.0.get(py)?, task_type, &mut options)?;
        options.finish()?;
        Ok(query)
    }

    /// Waits for a task.
    #[allow(clippy::too_many_arguments)]
    fn done(
        &self,
        py: Python<'_>,
        task_id: String,
        task_type: Option<&Bound<'_, PyAny>>,
        interval: Option<&Bound<'_, PyAny>>,
        timeout: Option<&Bound<'_, PyAny>>,
        after_retry: bool,
        app_id: Option<String>,
    ) -> PyResult<impl Future<Output = PyResult<Option<Py<PyAny>>>> + Send + use<>> {
        let interval = interval.map(|given| values::duration("interval", given)).transpose()?;
        let timeout = timeout.map(|given| values::duration("timeout", given)).transpose()?;
        let mut query = query::tasks(self.0.get(py)?, task_type, &mut Arguments::new(py, "await_done", None)?)?;
        if let Some(app_id) = app_id {
            query = query.app_id(app_id);
        }
        let interval = interval.unwrap_or(Duration::from_secs(30));
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
                    Err(_) => return Err(Python::attach(|py| errors::not_done(py, &task_id, limit))),
                },
                None => done.await,
            };
            found.map_err(raised)?.map(|task| Python::attach(|py| Record::from(task).into_object(py))).transpose()
        })
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

/// The exception for what an awaited operation reports.
fn raised(error: Error) -> PyErr {
    Python::attach(|py| errors::reported(py, &error, None))
}
