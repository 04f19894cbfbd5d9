//! Iterators of Python for `for` and for `async for`, and awaitables, over whatever is polled.

use std::sync::Arc;
use std::task::{Context, Poll};

use pyo3::exceptions::{PyStopAsyncIteration, PyStopIteration};
use pyo3::intern;
use pyo3::prelude::*;

use crate::waiters::Waiters;

/// What is polled for objects of Python.
pub(crate) trait Items: Send + Sync + 'static {
    /// An error in a forked child, which has none of the threads that bring the items.
    fn check(&self, py: Python<'_>) -> PyResult<()>;

    fn waiters(&self) -> &Arc<Waiters>;

    /// The next object; `None` at the end.
    fn poll(&self, py: Python<'_>, cx: &mut Context<'_>) -> Poll<PyResult<Option<Py<PyAny>>>>;
}

/// For `__next__`: waits without holding the interpreter, and ends early by signals that raise.
pub(crate) fn next(py: Python<'_>, items: &dyn Items) -> PyResult<Option<Py<PyAny>>> {
    items.check(py)?;
    items.waiters().block_on(py, |cx| items.poll(py, cx))?
}

/// An awaitable that takes an item when it is awaited, and in the very step that returns it. So cancelling it loses
/// none, which a future that is resolved from another thread could.
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
        items.check(py)?;
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

/// The methods of a class for `for` and `async for`. Its method `items` gives what is polled.
macro_rules! iterator_methods {
    ($class:ident) => {
        #[pymethods]
        impl $class {
            fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
                slf
            }

            fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
                $crate::iteration::next(py, &**self.items())
            }

            fn __aiter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
                slf
            }

            fn __anext__(&self) -> $crate::iteration::Next {
                $crate::iteration::Next::new(std::sync::Arc::clone(self.items()) as _)
            }
        }
    };
}

/// The methods of a class for `with` and `async with`. Its method `end` closes it.
macro_rules! context_methods {
    ($class:ident) => {
        #[pymethods]
        impl $class {
            /// Ends the scan and its requests.
            fn close(&self, py: Python<'_>) -> PyResult<()> {
                self.end(py)
            }

            /// As `close`, to be awaited.
            fn aclose(&self, py: Python<'_>) -> PyResult<$crate::iteration::Done> {
                self.end(py).map(|()| $crate::iteration::Done(None))
            }

            fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
                slf
            }

            #[pyo3(signature = (*_exception))]
            fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyAny>) -> PyResult<()> {
                self.end(py)
            }

            fn __aenter__(slf: Bound<'_, Self>) -> $crate::iteration::Done {
                $crate::iteration::Done(Some(slf.into_any().unbind()))
            }

            #[pyo3(signature = (*_exception))]
            fn __aexit__(&self, py: Python<'_>, _exception: &Bound<'_, PyAny>) -> PyResult<$crate::iteration::Done> {
                self.aclose(py)
            }
        }
    };
}

/// For annotations such as `RecordStream[Device]`.
macro_rules! generic_methods {
    ($class:ident) => {
        #[pymethods]
        impl $class {
            #[classmethod]
            #[pyo3(signature = (record, /))]
            fn __class_getitem__<'py>(
                class: &Bound<'py, pyo3::types::PyType>,
                record: &Bound<'py, PyAny>,
            ) -> PyResult<Bound<'py, pyo3::types::PyGenericAlias>> {
                pyo3::types::PyGenericAlias::new(class.py(), class.as_any(), record)
            }
        }
    };
}

pub(crate) use {context_methods, generic_methods, iterator_methods};
