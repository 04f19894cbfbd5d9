//! What changes in a list.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use iotda_batch_tasks::{BatchTask, Change, TaskState, WatchStream};
use pyo3::prelude::*;

use crate::iteration::{Done, Items, Next, next};
use crate::runtime::{Process, runtime};
use crate::task::{Task, TaskProgress};
use crate::waiters::Waiters;
use crate::{errors, values};

struct Watching {
    process: Process,
    waiters: Arc<Waiters>,
    changes: Mutex<Changes>,
}

/// The stream while it is open, else the position where it was closed.
enum Changes {
    Open(WatchStream),
    Closed(String),
}

impl Watching {
    fn lock(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Changes {
    fn checkpoint(&self) -> String {
        match self {
            Self::Open(changes) => changes.checkpoint().to_string(),
            Self::Closed(checkpoint) => checkpoint.clone(),
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        if !self.process.is_current()
            && let Ok(changes) = self.changes.get_mut()
        {
            std::mem::forget(std::mem::replace(changes, Changes::Closed(String::new())));
        }
    }
}

impl Items for Watching {
    fn process(&self) -> Process {
        self.process
    }

    fn waiters(&self) -> &Arc<Waiters> {
        &self.waiters
    }

    fn poll(&self, py: Python<'_>, cx: &mut Context<'_>) -> Poll<PyResult<Option<Py<PyAny>>>> {
        // The lock is released before anything runs in the interpreter.
        let polled = match &mut *self.lock() {
            Changes::Open(changes) => {
                let polled = ready!(Pin::new(&mut *changes).poll_next(cx));
                Some(polled.map(|item| item.map_err(|error| (error, changes.checkpoint().to_string()))))
            }
            Changes::Closed(_) => None,
        };
        Poll::Ready(match polled {
            Some(Some(Ok(change))) => PyChange::object(py, change).map(Some),
            Some(Some(Err((error, checkpoint)))) => Err(errors::watch_failed(py, &error, checkpoint)),
            Some(None) => Ok(None),
            None => Err(errors::closed(py, "watch")),
        })
    }
}

/// The changes of a list, for `for` and for `async for`, without end.
#[pyclass(frozen, module = "iotda")]
pub(crate) struct ChangeStream(Arc<Watching>);

impl ChangeStream {
    pub(crate) fn new(py: Python<'_>, changes: WatchStream) -> PyResult<Self> {
        let (waiters, changes) = (Waiters::new(runtime(py)?), Mutex::new(Changes::Open(changes)));
        Ok(Self(Arc::new(Watching { process: Process::current(), waiters, changes })))
    }
}

#[pymethods]
impl ChangeStream {
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

    /// The position after the changes that were handed out, as a line of text.
    #[getter]
    fn checkpoint(&self, py: Python<'_>) -> PyResult<String> {
        self.0.process.check(py, "watch")?;
        Ok(self.0.lock().checkpoint())
    }

    /// Ends the watch and its requests.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.0.process.check(py, "watch")?;
        let mut changes = self.0.lock();
        *changes = Changes::Closed(changes.checkpoint());
        drop(changes);
        self.0.waiters.wake_all();
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
}

/// What happened to a task between two looks.
#[pyclass(frozen, module = "iotda", name = "Change")]
pub(crate) struct PyChange {
    kind: &'static str,
    task_id: String,
    task: Option<BatchTask>,
    before: Option<TaskState>,
}

impl PyChange {
    fn object(py: Python<'_>, change: Change) -> PyResult<Py<PyAny>> {
        let task_id = change.task_id().to_owned();
        let (kind, task, before) = match change {
            Change::Created { task, .. } => ("created", Some(*task), None),
            Change::Changed { before, task, .. } => ("changed", Some(*task), Some(before)),
            Change::Gone { last, .. } => ("gone", None, Some(last)),
            _ => return Err(errors::internal("a kind of change that this package does not know")),
        };
        Ok(Py::new(py, Self { kind, task_id, task, before })?.into_any())
    }
}

#[pymethods]
impl PyChange {
    /// `"created"`, `"changed"` or `"gone"`.
    #[getter]
    fn kind(&self) -> &'static str {
        self.kind
    }

    /// The id of the task.
    #[getter]
    fn task_id(&self) -> &str {
        &self.task_id
    }

    /// The task as it is now; `None` where it is gone.
    #[getter]
    fn task(&self, py: Python<'_>) -> PyResult<Option<Task>> {
        self.task.as_ref().map(|task| Task::of(py, task)).transpose()
    }

    /// The status at the look before; `None` where the task is new.
    #[getter]
    fn status_before<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let status = self.before.as_ref().and_then(|before| before.status.as_ref());
        status.map(|status| values::task_status(py, status)).transpose()
    }

    /// The progress at the look before; `None` where the task is new.
    #[getter]
    fn progress_before(&self) -> Option<TaskProgress> {
        self.before.as_ref()?.progress.clone().map(TaskProgress)
    }

    fn __repr__(&self) -> String {
        format!("Change(kind='{}', task_id='{}')", self.kind, self.task_id)
    }
}
