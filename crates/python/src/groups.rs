//! Several records at a time: chunks of a length, and the service's own pages.

use std::sync::Arc;
use std::task::{Context, Poll};

use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::errors;
use crate::iteration::{Items, Next, next};
use crate::record::Page;
use crate::runtime::Process;
use crate::stream::Source;
use crate::waiters::Waiters;

struct ByChunks {
    source: Arc<Source>,
    length: usize,
}

impl Items for ByChunks {
    fn process(&self) -> Process {
        self.source.reading.process()
    }

    fn waiters(&self) -> &Arc<Waiters> {
        &self.source.waiters
    }

    fn poll(&self, py: Python<'_>, cx: &mut Context<'_>) -> Poll<PyResult<Option<Py<PyAny>>>> {
        self.source.reading.poll_chunk(cx, self.length).map(|item| {
            Source::item(py, item, |records| {
                let records: Vec<_> =
                    records.into_iter().map(|record| record.into_object(py)).collect::<PyResult<_>>()?;
                Ok(PyList::new(py, records)?.into_any().unbind())
            })
        })
    }
}

/// A list in lists of records.
#[pyclass(frozen, module = "iotda")]
pub(crate) struct Chunks(Arc<ByChunks>);

impl Chunks {
    pub(crate) fn new(source: Arc<Source>, length: usize) -> Self {
        Self(Arc::new(ByChunks { source, length }))
    }
}

#[pymethods]
impl Chunks {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        next(py, &*self.0)
    }

    fn __aiter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __anext__(&self) -> Next {
        Next::new(Arc::clone(&self.0) as _)
    }
}

struct ByPages(Arc<Source>);

impl Items for ByPages {
    fn process(&self) -> Process {
        self.0.reading.process()
    }

    fn waiters(&self) -> &Arc<Waiters> {
        &self.0.waiters
    }

    fn poll(&self, py: Python<'_>, cx: &mut Context<'_>) -> Poll<PyResult<Option<Py<PyAny>>>> {
        let page = |page| Ok(Py::new(py, PyPage::new(py, page)?)?.into_any());
        self.0.reading.poll_page(cx).map(|item| Source::item(py, item, page))
    }
}

/// A list page by page.
#[pyclass(frozen, module = "iotda", name = "Pages")]
pub(crate) struct PyPages(Arc<ByPages>);

impl PyPages {
    pub(crate) fn new(source: Arc<Source>) -> Self {
        Self(Arc::new(ByPages(source)))
    }
}

#[pymethods]
impl PyPages {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        next(py, &*self.0)
    }

    fn __aiter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __anext__(&self) -> Next {
        Next::new(Arc::clone(&self.0) as _)
    }
}

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
    /// How many records the service says there are in all.
    #[pyo3(get)]
    count: Option<u64>,
    /// The position after the page.
    #[pyo3(get)]
    checkpoint: String,
}

impl PyPage {
    fn new(py: Python<'_>, page: Page) -> PyResult<Self> {
        let (records, failed) = (PyList::empty(py), PyList::empty(py));
        for record in page.records {
            match record {
                Ok(record) => records.append(record.into_object(py)?)?,
                Err(error) => failed.append(errors::reported(py, &error, Some(&page.checkpoint)).into_value(py))?,
            }
        }
        Ok(Self {
            records: records.unbind(),
            errors: failed.unbind(),
            marker: page.marker,
            count: page.count,
            checkpoint: page.checkpoint.to_string(),
        })
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
