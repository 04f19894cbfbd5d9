//! Who waits for a stream: threads and event loops, any number of them at once.
//!
//! A stream is polled by each thread and task that wants an item, and wakes one waker. So the waker is shared and wakes all
//! of them; those that find nothing wait again.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use tokio::runtime::Runtime;

use crate::runtime;

pub(crate) struct Waiters {
    runtime: &'static Runtime,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// How often they were woken.
    wakes: u64,
    waiting: Vec<Waiter>,
}

enum Waiter {
    Thread(SyncSender<()>),
    Loop(LoopWaiter),
}

/// A future of asyncio, which ends when there may be something.
struct LoopWaiter {
    event_loop: Py<PyAny>,
    future: Py<PyAny>,
}

impl Waiters {
    pub(crate) fn new(runtime: &'static Runtime) -> Arc<Self> {
        Arc::new(Self { runtime, inner: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Polls; `None` where nothing is ready: then what `wait` makes is woken when there may be something.
    fn poll<T, W>(
        self: &Arc<Self>,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
        wait: impl FnOnce() -> PyResult<(Waiter, W)>,
    ) -> PyResult<Result<T, W>> {
        let waker = Waker::from(Arc::clone(self));
        let (mut wait, mut made) = (Some(wait), None);
        loop {
            let wakes = self.lock().wakes;
            let _context = self.runtime.enter();
            if let Poll::Ready(value) = poll(&mut Context::from_waker(&waker)) {
                // The stream wakes no one while there is more: the others have to poll.
                self.wake_all();
                return Ok(Ok(value));
            }
            // Not while locked: it may run Python, and so let another thread have the interpreter, which may want the lock.
            if let Some(wait) = wait.take() {
                made = Some(wait()?);
            }
            let mut inner = self.lock();
            // Else it was woken since, and looks again.
            if inner.wakes == wakes
                && let Some((waiter, waits)) = made.take()
            {
                inner.waiting.push(waiter);
                return Ok(Err(waits));
            }
        }
    }

    /// The value as soon as `poll` has it. The interpreter is free meanwhile, and signals are looked for.
    pub(crate) fn block_on<T>(
        self: &Arc<Self>,
        py: Python<'_>,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> PyResult<T> {
        loop {
            let thread = || {
                let (sender, receiver) = sync_channel(1);
                Ok((Waiter::Thread(sender), receiver))
            };
            match self.poll(&mut poll, thread)? {
                Ok(value) => return Ok(value),
                Err(receiver) => _ = runtime::receive(py, receiver)?,
            }
        }
    }

    /// The value if `poll` has it; else a future of the running event loop that ends when it may have one.
    pub(crate) fn poll_or_future<T>(
        self: &Arc<Self>,
        py: Python<'_>,
        poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> PyResult<Result<T, Py<PyAny>>> {
        let future = || {
            static RUNNING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
            let event_loop = RUNNING.import(py, "asyncio", "get_running_loop")?.call0()?;
            let future = event_loop.call_method0(intern!(py, "create_future"))?.unbind();
            let waiter = LoopWaiter { event_loop: event_loop.unbind(), future: future.clone_ref(py) };
            Ok((Waiter::Loop(waiter), future))
        };
        self.forget_cancelled(py);
        self.poll(poll, future)
    }

    /// Makes all who wait look again.
    pub(crate) fn wake_all(&self) {
        let mut inner = self.lock();
        inner.wakes += 1;
        if inner.waiting.is_empty() {
            return;
        }
        let mut loops = Vec::new();
        for waiter in std::mem::take(&mut inner.waiting) {
            match waiter {
                Waiter::Thread(sender) => _ = sender.try_send(()),
                Waiter::Loop(waiter) => loops.push(waiter),
            }
        }
        drop(inner);
        if !loops.is_empty() {
            // A thread that may wait for the interpreter: the one that wakes may hold locks.
            self.runtime
                .spawn_blocking(move || Python::try_attach(|py| loops.iter().for_each(|waiter| waiter.wake(py))));
        }
    }

    /// Drops the futures that are no longer waited for.
    fn forget_cancelled(&self, py: Python<'_>) {
        let mut inner = self.lock();
        if inner.waiting.is_empty() {
            return;
        }
        let (wakes, waiting) = (inner.wakes, std::mem::take(&mut inner.waiting));
        drop(inner);
        let is_waited_for = |waiter: &Waiter| match waiter {
            Waiter::Thread(_) => true,
            Waiter::Loop(waiter) => !waiter.is_done(py),
        };
        let waiting: Vec<_> = waiting.into_iter().filter(is_waited_for).collect();
        let mut inner = self.lock();
        inner.waiting.extend(waiting);
        let were_missed = inner.wakes != wakes;
        drop(inner);
        if were_missed {
            self.wake_all();
        }
    }
}

impl Wake for Waiters {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_all();
    }
}

impl LoopWaiter {
    fn is_done(&self, py: Python<'_>) -> bool {
        let done = self.future.bind(py).call_method0(intern!(py, "done"));
        done.and_then(|done| done.extract()).unwrap_or(true)
    }

    /// An event loop that was closed wakes nothing, and nothing waits in it.
    fn wake(&self, py: Python<'_>) {
        static RESOLVE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let resolve = RESOLVE.get_or_try_init(py, || wrap_pyfunction!(resolve, py).map(|it| it.into_any().unbind()));
        let _ = resolve.and_then(|resolve| {
            let arguments = (resolve, &self.future);
            self.event_loop.bind(py).call_method1(intern!(py, "call_soon_threadsafe"), arguments).map(drop)
        });
    }
}

/// Ends a future, in its event loop, unless it was cancelled.
#[pyfunction]
fn resolve(future: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = future.py();
    if !future.call_method0(intern!(py, "done"))?.extract::<bool>()? {
        future.call_method1(intern!(py, "set_result"), (py.None(),))?;
    }
    Ok(())
}
