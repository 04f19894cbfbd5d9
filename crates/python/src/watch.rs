//! What changes in a list.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use iotda_batch_tasks::{BatchTask, Change, TaskState, WatchStream};
use pyo3::prelude::*;

use crate::iteration::{Items, context_methods, iterator_methods};
use crate::runtime::{Owned, runtime};
use crate::task::{Task, TaskProgress};
use crate::waiters::Waiters;
use crate::{errors, values};

struct Watching {
    waiters: Arc<Waiters>,
    changes: Owned<Mutex<Changes>>,
}

/// The stream while it is open, else the position where it was closed.
enum Changes {
    Open(WatchStream),
    Closed(String),
}

impl Watching {
    fn lock(&self) -> MutexGuard<'_, Changes> {
        self.changes.unchecked().lock().unwrap_or_else(PoisonError::into_inner)
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

impl Items for Watching {
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        self.changes.process().check(py, "watch")
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
            Some(Some(Err((error, checkpoint)))) => Err(errors::reported(py, &error, Some(checkpoint))),
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
        let (waiters, changes) = (Waiters::new(runtime(py)?), Owned::new(Mutex::new(Changes::Open(changes))));
        Ok(Self(Arc::new(Watching { waiters, changes })))
    }

    fn items(&self) -> &Arc<Watching> {
        &self.0
    }

    fn end(&self, py: Python<'_>) -> PyResult<()> {
        self.0.check(py)?;
        let mut changes = self.0.lock();
        *changes = Changes::Closed(changes.checkpoint());
        drop(changes);
        self.0.waiters.wake_all();
        Ok(())
    }
}

#[pymethods]
impl ChangeStream {
    /// The position after the changes that were handed out, as a line of text.
    #[getter]
    fn checkpoint(&self, py: Python<'_>) -> PyResult<String> {
        self.0.check(py)?;
        Ok(self.0.lock().checkpoint())
    }
}

iterator_methods!(ChangeStream);
context_methods!(ChangeStream);

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
