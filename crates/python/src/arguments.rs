//! Keyword arguments, taken one by one. One that is left is an error.

use std::time::Duration;

use iotda_batch_tasks::jiff::Timestamp;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::errors::Raise;
use crate::values;

pub(crate) struct Arguments<'py> {
    py: Python<'py>,
    function: &'static str,
    /// A copy: what was taken is removed.
    left: Option<Bound<'py, PyDict>>,
}

impl<'py> Arguments<'py> {
    pub(crate) fn new(
        py: Python<'py>,
        function: &'static str,
        keywords: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Self> {
        let left = keywords.map(|keywords| keywords.copy()).transpose()?;
        Ok(Self { py, function, left })
    }

    pub(crate) fn py(&self) -> Python<'py> {
        self.py
    }

    /// The argument of this name; `None` where it was not given, or as `None`.
    pub(crate) fn any(&mut self, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(left) = &self.left else { return Ok(None) };
        let Some(value) = left.get_item(name)? else { return Ok(None) };
        left.del_item(name)?;
        Ok(Some(value).filter(|value| !value.is_none()))
    }

    pub(crate) fn take<T: for<'a> FromPyObject<'a, 'py>>(&mut self, name: &str) -> PyResult<Option<T>> {
        let Some(value) = self.any(name)? else { return Ok(None) };
        match value.extract::<T>() {
            Ok(value) => Ok(Some(value)),
            Err(error) => {
                let error: PyErr = error.into();
                Err(PyTypeError::new_err(format!("{}(): {name}: {}", self.function, error.value(self.py))))
            }
        }
    }

    pub(crate) fn text(&mut self, name: &str) -> PyResult<Option<String>> {
        self.take(name)
    }

    pub(crate) fn flag(&mut self, name: &str) -> PyResult<bool> {
        Ok(self.take(name)?.unwrap_or(false))
    }

    pub(crate) fn time(&mut self, name: &str) -> PyResult<Option<Timestamp>> {
        self.any(name)?.map(|value| values::time(name, &value)).transpose()
    }

    pub(crate) fn duration(&mut self, name: &str) -> PyResult<Option<Duration>> {
        self.any(name)?.map(|value| values::duration(name, &value)).transpose()
    }

    /// A checkpoint, as text.
    pub(crate) fn parsed<T>(&mut self, name: &str) -> PyResult<Option<T>>
    where
        T: std::str::FromStr<Err = iotda_batch_tasks::ArgumentError>,
    {
        let text: Option<String> = self.take(name)?;
        text.map(|text| text.parse().map_err(|error: iotda_batch_tasks::ArgumentError| error.raise(self.py)))
            .transpose()
    }

    /// One text, or several.
    pub(crate) fn texts(&mut self, name: &str) -> PyResult<Option<Vec<String>>> {
        self.any(name)?.map(|value| texts(&value)).transpose()
    }

    /// Refuses arguments that were not taken.
    pub(crate) fn finish(self) -> PyResult<()> {
        let Some(left) = self.left else { return Ok(()) };
        match left.keys().iter().next() {
            Some(name) => {
                Err(PyTypeError::new_err(format!("{}() got an unexpected keyword argument '{name}'", self.function)))
            }
            None => Ok(()),
        }
    }
}

/// One text, or several.
pub(crate) fn texts(value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    if value.is_instance_of::<PyString>() { Ok(vec![value.extract()?]) } else { value.extract() }
}
