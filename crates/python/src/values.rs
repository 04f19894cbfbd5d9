//! Values of records and arguments: times, durations, JSON, and enums that keep unknown values.

use std::time::Duration;

use iotda_batch_tasks::jiff::Timestamp;
use iotda_batch_tasks::task::Json;
use iotda_batch_tasks::{TaskStatus, TaskType};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

/// A class of `iotda._enums`, whose known members are looked up and not called.
struct EnumClass {
    name: &'static str,
    class: PyOnceLock<(Py<PyType>, Py<PyDict>)>,
}

impl EnumClass {
    const fn new(name: &'static str) -> Self {
        Self { name, class: PyOnceLock::new() }
    }

    fn member<'py>(&self, py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
        let (class, members) = self.class.get_or_try_init(py, || {
            let class = py.import("iotda._enums")?.getattr(self.name)?.cast_into::<PyType>()?;
            let members = class.getattr("_value2member_map_")?.cast_into::<PyDict>()?;
            PyResult::Ok((class.unbind(), members.unbind()))
        })?;
        match members.bind(py).get_item(text)? {
            Some(member) => Ok(member),
            None => class.bind(py).call1((text,)),
        }
    }
}

static TASK_TYPE: EnumClass = EnumClass::new("TaskType");
static TASK_STATUS: EnumClass = EnumClass::new("TaskStatus");

pub(crate) fn task_type<'py>(py: Python<'py>, value: &TaskType) -> PyResult<Bound<'py, PyAny>> {
    TASK_TYPE.member(py, value.as_str())
}

pub(crate) fn task_status<'py>(py: Python<'py>, value: &TaskStatus) -> PyResult<Bound<'py, PyAny>> {
    TASK_STATUS.member(py, value.as_str())
}

/// JSON text as objects of Python.
pub(crate) fn loads<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    LOADS.import(py, "json", "loads")?.call1((text,))
}

/// A part of a record whose shape the service leaves open.
pub(crate) fn json<'py>(py: Python<'py>, json: Option<&Json>) -> PyResult<Option<Bound<'py, PyAny>>> {
    json.map(|json| loads(py, json.get())).transpose()
}

/// One field of a record, as the service sent it; `None` where it is absent.
pub(crate) fn field<'py>(py: Python<'py>, raw: &Json, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let record = loads(py, raw.get())?.cast_into::<PyDict>()?;
    Ok(record.get_item(name)?.filter(|value| !value.is_none()))
}

/// A `datetime` with a time zone.
pub(crate) fn time(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Timestamp> {
    let py = value.py();
    if value.getattr(intern!(py, "tzinfo")).is_ok_and(|zone| zone.is_none()) {
        return Err(PyValueError::new_err(format!("{name} must have a time zone, as datetime.now(timezone.utc) has")));
    }
    let stamp = value.call_method0(intern!(py, "timestamp"));
    let stamp = stamp.map_err(|_| PyTypeError::new_err(format!("{name} must be a datetime with a time zone")))?;
    let microseconds = (stamp.extract::<f64>()? * 1e6).round() as i64;
    Timestamp::from_microsecond(microseconds).map_err(|error| PyValueError::new_err(format!("{name}: {error}")))
}

/// Seconds as a number, or a `timedelta`.
pub(crate) fn duration(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let seconds = match value.call_method0(intern!(value.py(), "total_seconds")) {
        Ok(seconds) => seconds.extract::<f64>()?,
        Err(_) => value
            .extract::<f64>()
            .map_err(|_| PyTypeError::new_err(format!("{name} must be a number of seconds or a timedelta")))?,
    };
    Duration::try_from_secs_f64(seconds)
        .map_err(|error| PyValueError::new_err(format!("{name} {seconds} is not allowed: {error}")))
}

/// A filter as the service takes it: times in its own form, truth in lower case.
pub(crate) fn filter(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(truth) = value.extract::<bool>() {
        return Ok(truth.to_string());
    }
    if value.hasattr(intern!(value.py(), "tzinfo"))? {
        return Ok(time(name, value)?.strftime("%Y%m%dT%H%M%SZ").to_string());
    }
    Ok(value.str()?.to_string())
}
