//! The stream of a list as Python sees it.

use std::sync::Arc;
use std::task::{Context, Poll};

use arrow_array::{ArrayRef, RecordBatchReader, StructArray};
use arrow_schema::Field;
use iotda_batch_tasks::{BatchTaskQuery, Progress};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyType};
use pyo3_arrow::error::PyArrowResult;
use pyo3_arrow::ffi::{ArrayIterator, to_schema_pycapsule, to_stream_pycapsule};

use crate::arrow::Batches;
use crate::groups::{Chunks, PyPages};
use crate::iteration::{Done, Items, Next, next};
use crate::reading::{Item, Reading};
use crate::record::{Kind, Record, Records};
use crate::runtime::{Process, runtime};
use crate::waiters::Waiters;
use crate::{errors, query};

/// A list that is being read, and who waits for it.
pub(crate) struct Source {
    pub(crate) reading: Reading,
    pub(crate) waiters: Arc<Waiters>,
}

impl Source {
    /// The item as Python gets it.
    pub(crate) fn item<T>(
        py: Python<'_>,
        item: Item<T>,
        object: impl FnOnce(T) -> PyResult<Py<PyAny>>,
    ) -> PyResult<Option<Py<PyAny>>> {
        item.map_err(|failure| failure.into_exception(py))?.map(object).transpose()
    }
}

/// By records.
impl Items for Source {
    fn process(&self) -> Process {
        self.reading.process()
    }

    fn waiters(&self) -> &Arc<Waiters> {
        &self.waiters
    }

    fn poll(&self, py: Python<'_>, cx: &mut Context<'_>) -> Poll<PyResult<Option<Py<PyAny>>>> {
        self.reading.poll_record(cx).map(|item| Self::item(py, item, |record: Record| record.into_object(py)))
    }
}

/// Every record of a list, for `for` and for `async for`.
#[pyclass(frozen, subclass, module = "iotda", name = "RecordStream")]
pub(crate) struct PyRecordStream {
    source: Arc<Source>,
    kind: Kind,
}

impl PyRecordStream {
    pub(crate) fn new(py: Python<'_>, records: Box<dyn Records>) -> PyResult<Self> {
        let (kind, waiters) = (records.kind(), Waiters::new(runtime(py)?));
        Ok(Self { source: Arc::new(Source { reading: Reading::new(records), waiters }), kind })
    }

    fn check(&self, py: Python<'_>) -> PyResult<&Reading> {
        self.source.reading.process().check(py, "stream")?;
        Ok(&self.source.reading)
    }
}

#[pymethods]
impl PyRecordStream {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        next(py, &*self.source)
    }

    fn __aiter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __anext__(&self) -> Next {
        Next::new(Arc::clone(&self.source) as _)
    }

    /// The rest of the list in lists of `length` records.
    fn chunks(&self, py: Python<'_>, length: usize) -> PyResult<Chunks> {
        if length == 0 {
            return Err(errors::bad_argument(py, "length", 0, "1 or more"));
        }
        Ok(Chunks::new(Arc::clone(&self.source), length))
    }

    /// The rest of the list page by page.
    fn pages(&self, py: Python<'_>) -> PyResult<PyPages> {
        self.check(py)?.read_by_pages().map_err(|failure| failure.into_exception(py))?;
        Ok(PyPages::new(Arc::clone(&self.source)))
    }

    /// The columns of the records: a capsule of Arrow's C interface.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyArrowResult<Bound<'py, PyCapsule>> {
        to_schema_pycapsule(py, self.kind.schema().as_ref())
    }

    /// The rest of the list as Arrow data, in batches: a capsule of Arrow's C interface.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyArrowResult<Bound<'py, PyCapsule>> {
        self.check(py)?;
        let batches = Batches::new(Arc::clone(&self.source), self.kind);
        let field = Field::new_struct("", batches.schema().fields().clone(), false);
        let arrays = batches.map(|batch| batch.map(|batch| Arc::new(StructArray::from(batch)) as ArrayRef));
        let reader = Box::new(ArrayIterator::new(arrays, Arc::new(field)));
        to_stream_pycapsule(py, reader, requested_schema)
    }

    /// The position after what was handed out, as a line of text.
    #[getter]
    fn checkpoint(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.check(py)?.checkpoint().to_string())
    }

    /// What the stream has done so far.
    #[getter]
    fn progress(&self, py: Python<'_>) -> PyResult<PyProgress> {
        Ok(PyProgress(self.check(py)?.progress()))
    }

    /// Ends the scan and its requests.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.check(py)?.close();
        self.source.waiters.wake_all();
        Ok(())
    }

    /// As `close`, to be awaited.
    fn aclose(&self, py: Python<'_>) -> PyResult<Done> {
        self.close(py).map(|()| Done(None))
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyAny>) -> PyResult<()> {
        self.close(py)
    }

    fn __aenter__(slf: Bound<'_, Self>) -> Done {
        Done(Some(slf.into_any().unbind()))
    }

    #[pyo3(signature = (*_exception))]
    fn __aexit__(&self, py: Python<'_>, _exception: &Bound<'_, PyAny>) -> PyResult<Done> {
        self.aclose(py)
    }

    /// For annotations such as `RecordStream[Device]`.
    #[classmethod]
    #[pyo3(signature = (record, /))]
    fn __class_getitem__<'py>(class: &Bound<'py, PyType>, record: &Bound<'py, PyAny>) -> Bound<'py, PyType> {
        let _ = record;
        class.clone()
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let name = slf.get_type().name()?;
        let progress = slf.get().check(slf.py())?.progress();
        Ok(format!("<{name}: {} records delivered>", progress.delivered))
    }
}

/// Every batch task of a list, for `for` and for `async for`, and as Arrow data.
#[pyclass(frozen, extends = PyRecordStream, module = "iotda")]
pub(crate) struct TaskStream;

impl TaskStream {
    pub(crate) fn open(py: Python<'_>, query: BatchTaskQuery) -> PyResult<Py<Self>> {
        let records = query.stream_with_raw().map_err(|error| query::opened(py, &error))?;
        let stream = PyRecordStream::new(py, Box::new(records))?;
        Py::new(py, PyClassInitializer::from(stream).add_subclass(Self))
    }
}

/// What a stream has done so far.
#[pyclass(frozen, module = "iotda", name = "Progress")]
pub(crate) struct PyProgress(pub(crate) Progress);

#[pymethods]
impl PyProgress {
    #[getter]
    fn delivered(&self) -> u64 {
        self.0.delivered
    }
    #[getter]
    fn count(&self) -> Option<u64> {
        self.0.count
    }
    #[getter]
    fn pages(&self) -> u64 {
        self.0.pages
    }
    #[getter]
    fn requests(&self) -> u64 {
        self.0.requests
    }
    #[getter]
    fn retries(&self) -> u64 {
        self.0.retries
    }
    fn __repr__(&self) -> String {
        let Progress { delivered, pages, requests, retries, .. } = self.0;
        let count = self.0.count.map_or("None".to_owned(), |count| count.to_string());
        format!("Progress(delivered={delivered}, count={count}, pages={pages}, requests={requests}, retries={retries})")
    }
}
