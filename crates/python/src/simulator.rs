//! The simulator of the service, for demos and tests.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use iotda_simulator::{CheckOptions, Fault, List, RowList, SeenRequest, Simulator, Verdict};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::{Arguments, texts};
use crate::errors;
use crate::runtime::{Process, wait};

/// A list of the service.
type Rows = fn() -> RowList;
/// A list of the service that belongs to something.
type RowsOf = fn(&str) -> RowList;

/// A server on loopback that keeps the rules of the service's lists. It runs until it is closed.
#[pyclass(frozen, module = "iotda", name = "Simulator")]
pub(crate) struct PySimulator {
    process: Process,
    running: Mutex<Option<Simulator>>,
    endpoint: String,
}

#[pymethods]
impl PySimulator {
    #[new]
    #[pyo3(signature = (tasks=0, **options), text_signature = "(tasks=0, *, seed=0, task_types='softwareUpgrade', \
        app_ids=None, latency=0.0, jitter=0.0, page_cap=None, targets_per_task=None, delete_every=0, create_every=0, \
        set_status_every=0, fault_at=None, quota=None, token=None, instance_id=None, unknown_task_types=None, \
        record_history=False, port=0, devices=0, products=0, device_groups=0, ota_packages=0, rules=0, \
        devices_in_group=None, sub_tasks=None)")]
    fn new(py: Python<'_>, tasks: usize, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut options = Arguments::new(py, "Simulator", options)?;
        let mut builder = Simulator::builder().tasks(tasks);
        if let Some(seed) = options.take("seed")? {
            builder = builder.seed(seed);
        }
        if let Some(types) = options.texts("task_types")? {
            builder = builder.mix(types);
        }
        if let Some(ids) = options.texts("app_ids")? {
            builder = builder.app_ids(ids);
        }
        if let Some(latency) = options.duration("latency")? {
            builder = builder.latency(latency);
        }
        if let Some(jitter) = options.duration("jitter")? {
            builder = builder.jitter(jitter);
        }
        if let Some(records) = options.take("page_cap")? {
            builder = builder.page_cap(records);
        }
        if let Some(targets) = options.take("targets_per_task")? {
            builder = builder.targets_per_task(targets);
        }
        if let Some(requests) = options.take("delete_every")? {
            builder = builder.delete_every(requests);
        }
        if let Some(requests) = options.take("create_every")? {
            builder = builder.create_every(requests);
        }
        if let Some(requests) = options.take("set_status_every")? {
            builder = builder.set_status_every(requests);
        }
        if let Some(faults) = options.any("fault_at")? {
            for (number, fault) in faults.cast_into::<PyDict>()? {
                builder = builder.fault_at(number.extract()?, fault.cast::<PyFault>()?.get().0.clone());
            }
        }
        if let Some((requests, seconds)) = options.take::<(u32, f64)>("quota")? {
            builder = builder.quota(requests, seconds_of("quota", seconds)?);
        }
        if let Some(token) = options.text("token")? {
            builder = builder.token(token);
        }
        if let Some(id) = options.text("instance_id")? {
            builder = builder.instance_id(id);
        }
        if let Some(types) = options.texts("unknown_task_types")? {
            builder = builder.unknown_task_types(types);
        }
        if options.flag("record_history")? {
            builder = builder.record_history();
        }
        if let Some(port) = options.take("port")? {
            builder = builder.port(port);
        }
        let lists: [(&str, Rows); 5] = [
            ("devices", RowList::devices),
            ("products", RowList::products),
            ("device_groups", RowList::device_groups),
            ("ota_packages", RowList::ota_packages),
            ("rules", RowList::rules),
        ];
        for (name, list) in lists {
            if let Some(rows) = options.take(name)? {
                builder = builder.list(list().rows(rows));
            }
        }
        let lists: [(&str, RowsOf); 2] =
            [("devices_in_group", RowList::devices_in_group), ("sub_tasks", RowList::task_details)];
        for (name, list) in lists {
            if let Some(wanted) = options.any(name)? {
                for (id, rows) in wanted.cast_into::<PyDict>()? {
                    builder = builder.list(list(&id.extract::<String>()?).rows(rows.extract()?));
                }
            }
        }
        options.finish()?;
        let running = wait(py, builder.start())?.map_err(|error| PyOSError::new_err(error.to_string()))?;
        let endpoint = running.endpoint();
        Ok(Self { process: Process::current(), running: Mutex::new(Some(running)), endpoint })
    }

    /// Where it listens, such as `http://127.0.0.1:41234`.
    #[getter]
    fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// A client for it; more arguments are those of `Client`.
    #[pyo3(signature = (**options), text_signature = "($self, *, project_id=..., credentials=..., instance_id=None, \
        connect_timeout=None, request_timeout=None, max_body_bytes=None, max_attempts=None, max_elapsed=None, \
        rate_limit=None)")]
    fn client<'py>(&self, py: Python<'py>, options: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
        let arguments = PyDict::new(py);
        arguments.set_item("endpoint", &self.endpoint)?;
        arguments.set_item("project_id", "0123456789abcdef0123456789abcdef")?;
        let token = py.get_type::<crate::credentials::PyCredentials>().call_method1("token", ("any",))?;
        arguments.set_item("credentials", token)?;
        if let Some(options) = options {
            arguments.update(options.as_mapping())?;
        }
        py.get_type::<crate::client::PyClient>().call((), Some(&arguments))
    }

    /// The ids of the tasks of a type, newest first.
    #[pyo3(signature = (task_type="softwareUpgrade"))]
    fn ids(&self, py: Python<'_>, task_type: &str) -> PyResult<Vec<String>> {
        self.edit(py, |list| list.ids(task_type))
    }

    /// The ids of the rows of another list, by its path, newest first.
    fn row_ids(&self, py: Python<'_>, path: &str) -> PyResult<Vec<String>> {
        self.with(py, |simulator| simulator.edit_rows(path, |rows| rows.ids()))
    }

    /// Creates a task at the head of the list, and returns its id.
    #[pyo3(signature = (task_type="softwareUpgrade"))]
    fn create(&self, py: Python<'_>, task_type: &str) -> PyResult<String> {
        self.edit(py, |list| list.create(task_type))
    }

    /// Deletes a task. Returns whether there was one.
    fn delete(&self, py: Python<'_>, task_id: &str) -> PyResult<bool> {
        self.edit(py, |list| list.delete(task_id))
    }

    /// Moves a task to another status. Returns whether there is one.
    fn set_status(&self, py: Python<'_>, task_id: &str, status: &str) -> PyResult<bool> {
        self.edit(py, |list| list.set_status(task_id, status))
    }

    /// Makes the service send this text as the record of a task. Returns whether there is one.
    fn set_json(&self, py: Python<'_>, task_id: &str, json: &str) -> PyResult<bool> {
        self.edit(py, |list| list.set_json(task_id, json))
    }

    /// Spoils the next request; called again, the one after it.
    fn fault_next(&self, py: Python<'_>, fault: &PyFault) -> PyResult<()> {
        self.with(py, |simulator| simulator.fault_next(fault.0.clone()))
    }

    /// Spoils every request from now on, until it is called with `None`.
    #[pyo3(signature = (fault))]
    fn set_fault(&self, py: Python<'_>, fault: Option<&PyFault>) -> PyResult<()> {
        self.with(py, |simulator| simulator.set_fault(fault.map(|fault| fault.0.clone())))
    }

    /// The requests so far.
    #[getter]
    fn requests(&self, py: Python<'_>) -> PyResult<Vec<PySeenRequest>> {
        self.with(py, |simulator| simulator.requests().into_iter().map(PySeenRequest).collect())
    }

    /// How many requests arrived.
    #[getter]
    fn request_count(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, Simulator::request_count)
    }

    /// How many requests are under way.
    #[getter]
    fn in_flight(&self, py: Python<'_>) -> PyResult<usize> {
        self.with(py, Simulator::in_flight)
    }

    /// Compares what a client delivered with what was in the lists. Needs `record_history`.
    #[pyo3(signature = (delivered, *, lists=None, unordered=false, from_request=0))]
    fn check(
        &self,
        py: Python<'_>,
        delivered: Vec<String>,
        lists: Option<&Bound<'_, PyAny>>,
        unordered: bool,
        from_request: u64,
    ) -> PyResult<PyVerdict> {
        let mut options = CheckOptions::new().from_request(from_request);
        for list in lists.map(texts).transpose()?.unwrap_or_default() {
            options = options.list(&list);
        }
        if unordered {
            options = options.unordered();
        }
        let verdict = self.with(py, |simulator| simulator.history().check(&options, &delivered))?;
        verdict.map(PyVerdict).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// Stops the server.
    fn close(&self) {
        if self.process.is_current() {
            drop(self.lock().take());
        }
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, PyAny>) {
        self.close();
    }

    fn __repr__(&self) -> String {
        format!("<Simulator at {}>", self.endpoint)
    }
}

impl PySimulator {
    fn lock(&self) -> MutexGuard<'_, Option<Simulator>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Without the interpreter: the server may be at work on the list.
    fn with<R: Send>(&self, py: Python<'_>, use_it: impl FnOnce(&Simulator) -> R + Send) -> PyResult<R> {
        self.process.check(py, "simulator")?;
        py.detach(|| self.lock().as_ref().map(use_it)).ok_or_else(|| errors::closed(py, "simulator"))
    }

    fn edit<R: Send>(&self, py: Python<'_>, edit: impl FnOnce(&mut List) -> R + Send) -> PyResult<R> {
        self.with(py, |simulator| simulator.edit(edit))
    }
}

impl Drop for PySimulator {
    fn drop(&mut self) {
        if !self.process.is_current() {
            std::mem::forget(self.lock().take());
        }
    }
}

fn seconds_of(name: &str, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|error| PyValueError::new_err(format!("{name}: {error}")))
}

/// Something that goes wrong with a request to the simulator.
#[pyclass(frozen, eq, module = "iotda", name = "Fault")]
#[derive(PartialEq)]
pub(crate) struct PyFault(Fault);

#[pymethods]
impl PyFault {
    /// An error answer of the service.
    #[staticmethod]
    #[pyo3(signature = (status, code="IOTDA.000001", message=""))]
    fn error(status: u16, code: &str, message: &str) -> Self {
        Self(Fault::Error { status, code: code.to_owned(), message: message.to_owned() })
    }

    /// 500 `IOTDA.000001`.
    #[staticmethod]
    fn internal() -> Self {
        Self(Fault::Internal)
    }

    /// 502 with a gateway's HTML page.
    #[staticmethod]
    fn bad_gateway() -> Self {
        Self(Fault::BadGateway)
    }

    /// 429, with a `Retry-After` header if one is given.
    #[staticmethod]
    #[pyo3(signature = (retry_after=None))]
    fn throttled(retry_after: Option<String>) -> Self {
        Self(Fault::Throttled { retry_after })
    }

    /// The connection is reset before an answer comes.
    #[staticmethod]
    fn reset() -> Self {
        Self(Fault::Reset)
    }

    /// The connection is closed after half of the answer.
    #[staticmethod]
    fn half_body() -> Self {
        Self(Fault::HalfBody)
    }

    /// No answer comes.
    #[staticmethod]
    fn hang() -> Self {
        Self(Fault::Hang)
    }

    /// The right answer, so many seconds later.
    #[staticmethod]
    fn slow(seconds: f64) -> PyResult<Self> {
        seconds_of("seconds", seconds).map(Fault::Slow).map(Self)
    }

    /// 200 with this text for a body.
    #[staticmethod]
    fn body(text: String) -> Self {
        Self(Fault::Body(text))
    }

    fn __repr__(&self) -> String {
        format!("<Fault {:?}>", self.0)
    }
}

/// A request that the simulator saw.
#[pyclass(frozen, module = "iotda", name = "SeenRequest")]
pub(crate) struct PySeenRequest(SeenRequest);

#[pymethods]
impl PySeenRequest {
    /// Its number, counted from 1.
    #[getter]
    fn number(&self) -> u64 {
        self.0.number
    }

    /// The path, as it came.
    #[getter]
    fn path(&self) -> &str {
        &self.0.path
    }

    /// The query, decoded.
    #[getter]
    fn query<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let query = PyDict::new(py);
        self.0.query.iter().try_for_each(|(name, value)| query.set_item(name, value))?;
        Ok(query)
    }

    /// The status of the answer; `None` while there is none.
    #[getter]
    fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The first value of a header.
    fn header(&self, name: &str) -> Option<&str> {
        self.0.header(name)
    }

    fn __repr__(&self) -> String {
        format!("<{:?}>", self.0)
    }
}

/// Whether a client was exact.
#[pyclass(frozen, module = "iotda", name = "Verdict")]
pub(crate) struct PyVerdict(Verdict);

#[pymethods]
impl PyVerdict {
    /// Whether nothing was lost, doubled, made up or out of order.
    #[getter]
    fn is_exact(&self) -> bool {
        self.0.is_exact()
    }

    /// What was in the list throughout and was not delivered.
    #[getter]
    fn lost(&self) -> Vec<String> {
        self.0.lost.clone()
    }

    /// What was delivered more than once.
    #[getter]
    fn doubled(&self) -> Vec<String> {
        self.0.doubled.clone()
    }

    /// What was delivered and was never in the list.
    #[getter]
    fn never_there(&self) -> Vec<String> {
        self.0.never_there.clone()
    }

    /// What was delivered after an older record.
    #[getter]
    fn out_of_order(&self) -> Vec<String> {
        self.0.out_of_order.clone()
    }

    /// How many records were in the list throughout.
    #[getter]
    fn throughout(&self) -> usize {
        self.0.throughout
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<Verdict: {}>", self.0)
    }
}
