//! The stream of a list as Python sees it.

use std::sync::Arc;
use std::task::{Context, Poll};

use arrow_array::{ArrayRef, RecordBatchReader, StructArray};
use arrow_schema::Field;
use iotda_batch_tasks::{BatchTaskQuery, Progress};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_arrow::error::PyArrowResult;
use pyo3_arrow::ffi::{ArrayIterator, to_schema_pycapsule, to_stream_pycapsule};

use crate::arrow::Batches;
use crate::errors::{self, Raise};
use crate::groups::{Chunks, PyPages};
use crate::iteration::{Items, Next, context_methods, generic_methods, iterator_methods};
use crate::operation::{awaitable, wait};
use crate::query::Query;
use crate::reading::{Item, Reading};
use crate::record::{Kind, Record};
use crate::runtime::{Owned, runtime};
use crate::waiters::Waiters;

/// A list, how far it was read, and who waits for it.
pub(crate) struct Source {
    pub(crate) query: Owned<Box<dyn Query>>,
    pub(crate) reading: Reading,
    pub(crate) waiters: Arc<Waiters>,
}

/// The item as Python gets it.
pub(crate) fn object<T: for<'py> IntoPyObject<'py>>(py: Python<'_>, item: Item<T>) -> PyResult<Option<Py<PyAny>>> {
    item.map_err(|failure| failure.raise(py))?.map(|item| item.into_py_any(py)).transpose()
}

/// By records.
impl Items for Source {
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        self.reading.process().check(py, "stream")
    }

    fn waiters(&self) -> &Arc<Waiters> {
        &self.waiters
    }

    fn poll(&self, py: Python<'_>, cx: &mut Context<'_>) -> Poll<PyResult<Option<Py<PyAny>>>> {
        self.reading.poll_record(cx).map(|item| object(py, item))
    }
}

/// Every record of a list, for `for` and for `async for`.
#[pyclass(frozen, subclass, module = "iotda", name = "RecordStream")]
pub(crate) struct PyRecordStream {
    source: Arc<Source>,
    kind: Kind,
}

impl PyRecordStream {
    pub(crate) fn new(py: Python<'_>, query: impl Query + 'static) -> PyResult<Self> {
        let records = query.stream().map_err(|error| error.raise(py))?;
        let (kind, waiters) = (records.kind(), Waiters::new(runtime(py)?));
        let (query, reading) = (Owned::new(Box::new(query) as _), Reading::new(records));
        Ok(Self { source: Arc::new(Source { query, reading, waiters }), kind })
    }

    fn items(&self) -> &Arc<Source> {
        &self.source
    }

    fn query(&self, py: Python<'_>) -> PyResult<&dyn Query> {
        Ok(&**self.source.query.get(py, "stream")?)
    }

    /// Ends the scan and its requests.
    fn end(&self, py: Python<'_>) -> PyResult<()> {
        self.check(py)?.close();
        self.source.waiters.wake_all();
        Ok(())
    }

    fn check(&self, py: Python<'_>) -> PyResult<&Reading> {
        self.source.reading.process().check(py, "stream")?;
        Ok(&self.source.reading)
    }
}

#[pymethods]
impl PyRecordStream {
    /// The rest of the list in lists of `length` records.
    fn chunks(&self, py: Python<'_>, length: usize) -> PyResult<Chunks> {
        if length == 0 {
            return Err(errors::bad_argument(py, "length", 0, "1 or more"));
        }
        Ok(Chunks::new(Arc::clone(&self.source), length))
    }

    /// The rest of the list page by page.
    fn pages(&self, py: Python<'_>) -> PyResult<PyPages> {
        self.check(py)?.read_by_pages().map_err(|failure| failure.raise(py))?;
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

    /// The record of this id; `None` where there is none.
    fn find(&self, py: Python<'_>, id: String) -> PyResult<Option<Record>> {
        wait(py, self.query(py)?.find(id))
    }

    /// As `find`, to be awaited.
    fn find_async(&self, py: Python<'_>, id: String) -> PyResult<Next> {
        awaitable(py, self.query(py)?.find(id))
    }

    /// How many records the service reports.
    fn count(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        wait(py, self.query(py)?.count())
    }

    /// As `count`, to be awaited.
    fn count_async(&self, py: Python<'_>) -> PyResult<Next> {
        awaitable(py, self.query(py)?.count())
    }

    /// Checkpoints that split the list for several readers.
    fn split(&self, py: Python<'_>, parts: usize) -> PyResult<Vec<String>> {
        wait(py, self.query(py)?.split(parts))
    }

    /// As `split`, to be awaited.
    fn split_async(&self, py: Python<'_>, parts: usize) -> PyResult<Next> {
        awaitable(py, self.query(py)?.split(parts))
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let name = slf.get_type().name()?;
        let progress = slf.get().check(slf.py())?.progress();
        Ok(format!("<{name}: {} records delivered>", progress.delivered))
    }
}

iterator_methods!(PyRecordStream);
context_methods!(PyRecordStream);
generic_methods!(PyRecordStream);

/// Every batch task of a list, for `for` and for `async for`, and as Arrow data.
#[pyclass(frozen, extends = PyRecordStream, module = "iotda")]
pub(crate) struct TaskStream;

impl TaskStream {
    pub(crate) fn open(py: Python<'_>, query: BatchTaskQuery) -> PyResult<Py<Self>> {
        let stream = PyRecordStream::new(py, query)?;
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
