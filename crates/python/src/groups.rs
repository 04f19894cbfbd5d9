//! Several records at a time: chunks of a length, and the service's own pages.

use std::sync::Arc;
use std::task::{Context, Poll};

use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::errors;
use crate::iteration::{Items, generic_methods, iterator_methods};
use crate::record::Page;
use crate::stream::{Source, object};
use crate::waiters::Waiters;

struct ByChunks {
    source: Arc<Source>,
    length: usize,
}

impl Items for ByChunks {
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        self.source.reading.process().check(py, "stream")
    }

    fn waiters(&self) -> &Arc<Waiters> {
        &self.source.waiters
    }

    fn poll(&self, py: Python<'_>, cx: &mut Context<'_>) -> Poll<PyResult<Option<Py<PyAny>>>> {
        self.source.reading.poll_chunk(cx, self.length).map(|item| object(py, item))
    }
}

/// A list in lists of records.
#[pyclass(frozen, module = "iotda")]
pub(crate) struct Chunks(Arc<ByChunks>);

impl Chunks {
    pub(crate) fn new(source: Arc<Source>, length: usize) -> Self {
        Self(Arc::new(ByChunks { source, length }))
    }

    fn items(&self) -> &Arc<ByChunks> {
        &self.0
    }
}

iterator_methods!(Chunks);
generic_methods!(Chunks);

struct ByPages(Arc<Source>);

impl Items for ByPages {
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        self.0.reading.process().check(py, "stream")
    }

    fn waiters(&self) -> &Arc<Waiters> {
        &self.0.waiters
    }

    fn poll(&self, py: Python<'_>, cx: &mut Context<'_>) -> Poll<PyResult<Option<Py<PyAny>>>> {
        self.0.reading.poll_page(cx).map(|item| object(py, item))
    }
}

/// A list page by page.
#[pyclass(frozen, module = "iotda", name = "Pages")]
pub(crate) struct PyPages(Arc<ByPages>);

impl PyPages {
    pub(crate) fn new(source: Arc<Source>) -> Self {
        Self(Arc::new(ByPages(source)))
    }

    fn items(&self) -> &Arc<ByPages> {
        &self.0
    }
}

iterator_methods!(PyPages);
generic_methods!(PyPages);

/// Records that came together.
#[pyclass(frozen, module = "iotda", name = "Page")]
pub(crate) struct PyPage {
    /// The records that could be read, newest first.
    #[pyo3(get)]
    records: Py<PyList>,
    /// A `RecordError` for each that could not.
    #[pyo3(get)]
    errors: Py<PyList>,
    /// Where the list continues.
    #[pyo3(get)]
    marker: Option<String>,
    /// How many records the service reports in all.
    #[pyo3(get)]
    count: Option<u64>,
    /// The position after the page.
    #[pyo3(get)]
    checkpoint: String,
}

impl<'py> IntoPyObject<'py> for Page {
    type Target = PyPage;
    type Output = Bound<'py, PyPage>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyPage>> {
        let (records, failed, checkpoint) = (PyList::empty(py), PyList::empty(py), self.checkpoint.to_string());
        for record in self.records {
            match record {
                Ok(record) => records.append(record)?,
                Err(error) => failed.append(errors::reported(py, &error, Some(checkpoint.clone())).into_value(py))?,
            }
        }
        let (records, errors) = (records.unbind(), failed.unbind());
        Bound::new(py, PyPage { records, errors, marker: self.marker, count: self.count, checkpoint })
    }
}

#[pymethods]
impl PyPage {
    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.records.bind(py).try_iter()?.into_any())
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        self.records.bind(py).len()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("<Page: {} records, {} errors>", self.records.bind(py).len(), self.errors.bind(py).len())
    }
}

generic_methods!(PyPage);
