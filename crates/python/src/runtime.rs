//! The tokio runtime under all clients of a process, and how Python waits for it.
//!
//! A forked child has the memory of its parent and none of its threads: whatever waits for the parent's runtime would wait
//! for ever. So each object remembers the process that made it, and a child that uses one gets an error.

use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pyo3::IntoPyObject;
use pyo3::prelude::*;
use pyo3_async_runtimes::TaskLocals;
use pyo3_async_runtimes::generic::{self, ContextExt};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::errors;

/// How long Python waits at a time before it looks for signals, such as that of Ctrl-C.
const SLICE: Duration = Duration::from_millis(50);

/// Locked by threads that are attached to the interpreter alone. So no thread holds it when the process forks, which takes
/// being attached too.
static RUNTIME: Mutex<Option<(Process, &'static Runtime)>> = Mutex::new(None);

/// The runtime of this process. It lives as long as the process.
pub(crate) fn runtime(_py: Python<'_>) -> PyResult<&'static Runtime> {
    let mut known = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    match *known {
        Some((process, runtime)) if process == Process::current() => Ok(runtime),
        // That of a parent is left alone: to drop it would mean to wait for its threads.
        _ => {
            let made = Builder::new_multi_thread().enable_all().thread_name("iotda").build()?;
            let made: &'static Runtime = Box::leak(Box::new(made));
            *known = Some((Process::current(), made));
            Ok(made)
        }
    }
}

/// The process that made an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Process(u32);

impl Process {
    pub(crate) fn current() -> Self {
        Self(std::process::id())
    }

    pub(crate) fn is_current(self) -> bool {
        self == Self::current()
    }

    /// An error in a forked child.
    pub(crate) fn check(self, py: Python<'_>, what: &str) -> PyResult<()> {
        if self.is_current() { Ok(()) } else { Err(errors::forked(py, what, self.0, std::process::id())) }
    }
}

/// A value that belongs to the threads of the process that made it.
#[derive(Debug)]
pub(crate) struct Owned<T> {
    process: Process,
    what: &'static str,
    value: Option<T>,
}

impl<T> Owned<T> {
    pub(crate) fn new(what: &'static str, value: T) -> Self {
        Self { process: Process::current(), what, value: Some(value) }
    }

    pub(crate) fn get(&self, py: Python<'_>) -> PyResult<&T> {
        self.process.check(py, self.what)?;
        self.value.as_ref().ok_or_else(|| errors::closed(py, self.what))
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // Its destructor may wait for threads that a forked child does not have.
        if !self.process.is_current() {
            std::mem::forget(self.value.take());
        }
    }
}

/// Waits for `future` without holding the interpreter. A signal that raises, such as Ctrl-C, drops the future.
pub(crate) fn wait<T: Send + 'static>(py: Python<'_>, future: impl Future<Output = T> + Send + 'static) -> PyResult<T> {
    let (sender, receiver) = sync_channel(1);
    let task = AbortOnDrop(runtime(py)?.spawn(async move {
        let _ = sender.send(future.await);
    }));
    let value = receive(py, receiver)?;
    drop(task);
    value.ok_or_else(|| errors::internal("a task of the runtime panicked"))
}

/// Waits for a message; `None` when none will come.
pub(crate) fn receive<T: Send>(py: Python<'_>, mut receiver: Receiver<T>) -> PyResult<Option<T>> {
    loop {
        let received;
        (receiver, received) = py.detach(move || {
            let received = receiver.recv_timeout(SLICE);
            (receiver, received)
        });
        match received {
            Ok(message) => return Ok(Some(message)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
        }
    }
}

/// The future as one of asyncio. Cancelling that drops it.
pub(crate) fn into_awaitable<'py, T>(
    py: Python<'py>,
    future: impl Future<Output = PyResult<T>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>>
where
    T: for<'any> IntoPyObject<'any> + Send + 'static,
{
    runtime(py)?;
    generic::future_into_py_with_locals::<Tokio, _, _>(py, TaskLocals::with_running_loop(py)?, future)
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The runtime of this process, for `pyo3-async-runtimes`. Its own would be that of the parent in a forked child.
struct Tokio;

struct JoinError(tokio::task::JoinError);

impl generic::JoinError for JoinError {
    fn is_panic(&self) -> bool {
        self.0.is_panic()
    }

    fn into_panic(self) -> Box<dyn std::any::Any + Send + 'static> {
        self.0.into_panic()
    }
}

type Joined = Pin<Box<dyn Future<Output = Result<(), JoinError>> + Send>>;

/// Within a task of the runtime it is at hand; elsewhere a thread is attached.
fn handle() -> tokio::runtime::Handle {
    tokio::runtime::Handle::try_current().unwrap_or_else(|_| {
        let known = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((_, runtime)) = *known else { unreachable!("`into_awaitable` has made it") };
        runtime.handle().clone()
    })
}

impl generic::Runtime for Tokio {
    type JoinError = JoinError;
    type JoinHandle = Joined;

    fn spawn<F: Future<Output = ()> + Send + 'static>(future: F) -> Joined {
        let task = handle().spawn(future);
        Box::pin(async move { task.await.map_err(JoinError) })
    }

    fn spawn_blocking<F: FnOnce() + Send + 'static>(work: F) -> Joined {
        let task = handle().spawn_blocking(work);
        Box::pin(async move { task.await.map_err(JoinError) })
    }
}

impl ContextExt for Tokio {
    fn scope<F, R>(_: TaskLocals, future: F) -> Pin<Box<dyn Future<Output = R> + Send>>
    where
        F: Future<Output = R> + Send + 'static,
    {
        Box::pin(future)
    }

    fn get_task_locals() -> Option<TaskLocals> {
        None
    }
}
