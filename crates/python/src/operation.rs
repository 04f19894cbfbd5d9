//! Operations that give one value: waited for, or awaited. Either way the future is polled by who waits, so that an
//! interrupt or a cancellation drops it, and its requests with it.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::errors::Raise;
use crate::iteration::{Items, Next};
use crate::runtime::{Owned, runtime};
use crate::waiters::Waiters;

/// The value of `future`. The interpreter is free meanwhile, and a signal that raises, such as that of Ctrl-C, ends it.
pub(crate) fn block_on<T>(py: Python<'_>, future: impl Future<Output = T>) -> PyResult<T> {
    let mut future = pin!(future);
    Waiters::new(runtime(py)?).block_on(py, |cx| future.as_mut().poll(cx))
}

/// As [`block_on`], and what went wrong as an exception.
pub(crate) fn wait<T, E: Raise>(py: Python<'_>, future: impl Future<Output = Result<T, E>>) -> PyResult<T> {
    block_on(py, future)?.map_err(|error| error.raise(py))
}

/// The future as an awaitable. Nothing happens before it is awaited; cancelling drops the future.
pub(crate) fn awaitable<T, E>(
    py: Python<'_>,
    future: impl Future<Output = Result<T, E>> + Send + 'static,
) -> PyResult<Next>
where
    T: for<'py> IntoPyObject<'py> + 'static,
    E: Raise + 'static,
{
    let (waiters, future) = (Waiters::new(runtime(py)?), Owned::new(Mutex::new(Some(Box::pin(future) as _))));
    Ok(Next::new(Arc::new(Operation::<T, E> { waiters, future })))
}

type Pending<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

struct Operation<T, E> {
    waiters: Arc<Waiters>,
    /// `None` once it was awaited.
    future: Owned<Mutex<Option<Pending<T, E>>>>,
}

impl<T, E> Items for Operation<T, E>
where
    T: for<'py> IntoPyObject<'py> + 'static,
    E: Raise + 'static,
{
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        self.future.process().check(py, "operation")
    }

    fn waiters(&self) -> &Arc<Waiters> {
        &self.waiters
    }

    fn poll(&self, py: Python<'_>, cx: &mut Context<'_>) -> Poll<PyResult<Option<Py<PyAny>>>> {
        let mut future = self.future.unchecked().lock().unwrap_or_else(PoisonError::into_inner);
        let Some(running) = &mut *future else {
            return Poll::Ready(Err(PyRuntimeError::new_err("the operation was awaited before")));
        };
        let result = ready!(running.as_mut().poll(cx));
        // The lock is released before anything runs in the interpreter.
        *future = None;
        drop(future);
        Poll::Ready(result.map_err(|error| error.raise(py)).and_then(|value| value.into_py_any(py)).map(Some))
    }
}
