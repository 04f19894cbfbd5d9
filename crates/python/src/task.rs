//! Batch tasks as objects of Python. Their attributes are made when they are read.

use iotda_batch_tasks::decode::WithRaw;
use iotda_batch_tasks::jiff::Timestamp;
use iotda_batch_tasks::{BatchTask, task};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::lists::record_class_methods;
use crate::values;

/// One batch task, as the service lists it.
#[pyclass(frozen, module = "iotda")]
pub(crate) struct Task(pub(crate) WithRaw<BatchTask>);

impl From<WithRaw<BatchTask>> for Task {
    fn from(task: WithRaw<BatchTask>) -> Self {
        Self(task)
    }
}

impl Task {
    /// A task whose JSON was not kept: it is written anew, without the fields that the library does not know.
    pub(crate) fn of(py: Python<'_>, task: &BatchTask) -> PyResult<Self> {
        let text = serde_json::to_string(task).map_err(|error| PyValueError::new_err(error.to_string()))?;
        Self::from_json(py, &text)
    }
}

record_class_methods! {
    Task, BatchTask, identified by task_id;
    /// The id of the task.
    fn task_id(task, py) -> &str { &task.record.task_id }
    /// The name that its creator gave it.
    fn task_name(task, py) -> Option<&str> { task.record.task_name.as_deref() }
    /// What the task does.
    fn task_type(task, py) -> Option<Bound<'py, PyAny>> {
        task.record.task_type.as_ref().map(|value| values::task_type(py, value)).transpose()?
    }
    /// How the task is carried out.
    fn task_mode(task, py) -> Option<&str> { task.record.task_mode.as_deref() }
    /// Whether the devices must confirm before the task is carried out.
    fn need_confirm(task, py) -> Option<bool> { task.record.need_confirm }
    /// Further information whose shape depends on the task.
    fn task_ext_info(task, py) -> Option<Bound<'py, PyAny>> { values::json(py, task.record.task_ext_info.as_ref())? }
    /// The ids of the devices that the task is for.
    fn targets(task, py) -> Option<Bound<'py, PyTuple>> {
        task.record.targets.as_ref().map(|targets| PyTuple::new(py, targets)).transpose()?
    }
    /// What the devices were chosen by, where they were not named one by one.
    fn targets_filter(task, py) -> Option<Bound<'py, PyAny>> { values::field(py, &task.raw, "targets_filter")? }
    /// What to do, in a shape that depends on the type.
    fn document(task, py) -> Option<Bound<'py, PyAny>> { values::json(py, task.record.document.as_ref())? }
    /// When the task starts and how often it is tried again.
    fn task_policy(task, py) -> Option<TaskPolicy> { task.record.task_policy.clone().map(TaskPolicy) }
    /// How far the task has come.
    fn status(task, py) -> Option<Bound<'py, PyAny>> {
        task.record.status.as_ref().map(|value| values::task_status(py, value)).transpose()?
    }
    /// The explanation of the status that the service gives.
    fn status_desc(task, py) -> Option<&str> { task.record.status_desc.as_deref() }
    /// How many of the task's executions are in which state.
    fn task_progress(task, py) -> Option<TaskProgress> { task.record.task_progress.clone().map(TaskProgress) }
    /// When the task was created.
    fn create_time(task, py) -> Option<Timestamp> { task.record.create_time }
}

/// How many of a task's executions are in which state.
#[pyclass(frozen, eq, module = "iotda")]
#[derive(PartialEq)]
pub(crate) struct TaskProgress(pub(crate) task::TaskProgress);

#[pymethods]
impl TaskProgress {
    #[getter]
    fn total(&self) -> Option<i64> {
        self.0.total
    }
    #[getter]
    fn processing(&self) -> Option<i64> {
        self.0.processing
    }
    #[getter]
    fn success(&self) -> Option<i64> {
        self.0.success
    }
    #[getter]
    fn fail(&self) -> Option<i64> {
        self.0.fail
    }
    #[getter]
    fn waitting(&self) -> Option<i64> {
        self.0.waitting
    }
    #[getter]
    fn fail_wait_retry(&self) -> Option<i64> {
        self.0.fail_wait_retry
    }
    #[getter]
    fn stopped(&self) -> Option<i64> {
        self.0.stopped
    }
    #[getter]
    fn removed(&self) -> Option<i64> {
        self.0.removed
    }
    fn __repr__(&self) -> String {
        let numbers = [
            ("total", self.0.total),
            ("processing", self.0.processing),
            ("success", self.0.success),
            ("fail", self.0.fail),
            ("waitting", self.0.waitting),
            ("fail_wait_retry", self.0.fail_wait_retry),
            ("stopped", self.0.stopped),
            ("removed", self.0.removed),
        ];
        let known = numbers.iter().filter_map(|(name, number)| number.map(|number| format!("{name}={number}")));
        format!("TaskProgress({})", known.collect::<Vec<_>>().join(", "))
    }
}

/// When a task starts and how often what failed is tried again.
#[pyclass(frozen, eq, module = "iotda")]
#[derive(PartialEq)]
pub(crate) struct TaskPolicy(task::TaskPolicy);

#[pymethods]
impl TaskPolicy {
    #[getter]
    fn schedule_time(&self) -> Option<Timestamp> {
        self.0.schedule_time
    }
    #[getter]
    fn retry_count(&self) -> Option<i64> {
        self.0.retry_count
    }
    #[getter]
    fn retry_interval(&self) -> Option<i64> {
        self.0.retry_interval
    }
    fn __repr__(&self) -> String {
        let text = |number: Option<i64>| number.map_or("None".to_owned(), |number| number.to_string());
        let time = self.0.schedule_time.map_or("None".to_owned(), |time| time.to_string());
        let (count, interval) = (text(self.0.retry_count), text(self.0.retry_interval));
        format!("TaskPolicy(schedule_time={time}, retry_count={count}, retry_interval={interval})")
    }
}
