//! The simulator of the service, for demos and tests.

mod requests;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use iotda_simulator::{CheckOptions, List, RowList, Simulator};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::{Arguments, texts};
use crate::errors;
use crate::operation::block_on;
use crate::runtime::{Owned, runtime};

pub(crate) use requests::{PyFault, PySeenRequest, PyVerdict};

/// A list of the service.
type Rows = fn() -> RowList;
/// A list of the service that belongs to something.
type RowsOf = fn(&str) -> RowList;

/// A server on loopback that keeps the rules of the service's lists. It runs until it is closed.
#[pyclass(frozen, module = "iotda", name = "Simulator")]
pub(crate) struct PySimulator {
    running: Owned<Mutex<Option<Simulator>>>,
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
        // By a thread of the runtime: the interpreter is free while the tasks are made.
        let started = block_on(py, runtime(py)?.spawn(builder.start()))?;
        let running = started.map_err(|_| errors::internal("the simulator panicked"))?;
        let running = running.map_err(|error| PyOSError::new_err(error.to_string()))?;
        let endpoint = running.endpoint();
        Ok(Self { running: Owned::new(Mutex::new(Some(running))), endpoint })
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
        if self.running.process().is_current() {
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
        self.running.unchecked().lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Without the interpreter: the server may be at work on the list.
    fn with<R: Send>(&self, py: Python<'_>, use_it: impl FnOnce(&Simulator) -> R + Send) -> PyResult<R> {
        self.running.process().check(py, "simulator")?;
        py.detach(|| self.lock().as_ref().map(use_it)).ok_or_else(|| errors::closed(py, "simulator"))
    }

    fn edit<R: Send>(&self, py: Python<'_>, edit: impl FnOnce(&mut List) -> R + Send) -> PyResult<R> {
        self.with(py, |simulator| simulator.edit(edit))
    }
}

fn seconds_of(name: &str, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|error| PyValueError::new_err(format!("{name}: {error}")))
}
