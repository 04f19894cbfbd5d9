//! Iterators of Python for `for` and for `async for`, over whatever is polled.

use std::sync::Arc;
use std::task::{Context, Poll};

use pyo3::exceptions::{PyStopAsyncIteration, PyStopIteration};
use pyo3::intern;
use pyo3::prelude::*;

use crate::runtime::Process;
use crate::waiters::Waiters;

/// What an iterator of Python goes over.
pub(crate) trait Items: Send + Sync + 'static {
    /// The process whose threads bring the items.
    fn process(&self) -> Process;

    fn waiters(&self) -> &Arc<Waiters>;

    /// The next object; `None` at the end.
    fn poll(&self, py: Python<'_>, cx: &mut Context<'_>) -> Poll<PyResult<Option<Py<PyAny>>>>;
}

/// For `__next__`: waits without holding the interpreter, and ends early by signals that raise.
pub(crate) fn next(py: Python<'_>, items: &dyn Items) -> PyResult<Option<Py<PyAny>>> {
    items.process().check(py, "stream")?;
    items.waiters().block_on(py, |cx| items.poll(py, cx))?
}

/// For `__anext__`: an awaitable that takes an item when it is awaited, and in the very step that returns it. So
/// cancelling it can lose none, which a future that is resolved from another thread could.
#[pyclass(module = "iotda")]
pub(crate) struct Next {
    items: Arc<dyn Items>,
    /// The iterator of the future that is waited for.
    waiting: Option<Py<PyAny>>,
}

impl Next {
    pub(crate) fn new(items: Arc<dyn Items>) -> Self {
        Self { items, waiting: None }
    }
}

#[pymethods]
impl Next {
    fn __await__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let items = Arc::clone(&self.items);
        items.process().check(py, "stream")?;
        loop {
            if let Some(waiting) = &self.waiting {
                match waiting.call_method0(py, intern!(py, "__next__")) {
                    // The event loop continues when the future is done.
                    Ok(future) => return Ok(future),
                    Err(error) if error.is_instance_of::<PyStopIteration>(py) => self.waiting = None,
                    Err(error) => return Err(error),
                }
            }
            match items.waiters().poll_or_future(py, |cx| items.poll(py, cx))? {
                Ok(Ok(Some(item))) => return Err(PyStopIteration::new_err((item,))),
                Ok(Ok(None)) => return Err(PyStopAsyncIteration::new_err(())),
                Ok(Err(error)) => return Err(error),
                Err(future) => self.waiting = Some(future.call_method0(py, intern!(py, "__await__"))?),
            }
        }
    }
}

/// An awaitable that has its value.
#[pyclass(module = "iotda")]
pub(crate) struct Done(pub(crate) Option<Py<PyAny>>);

#[pymethods]
impl Done {
    fn __await__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Err(PyStopIteration::new_err((self.0.take().unwrap_or_else(|| py.None()),)))
    }
}
