//! The tokio runtime under all clients of a process, and how Python waits for it.
//!
//! A forked child has the memory of its parent and none of its threads: whatever waits for the parent's runtime would wait
//! for ever. So each object remembers the process that made it, and a child that uses one gets an error.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};

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
    /// Taken by `drop` alone.
    value: Option<T>,
}

impl<T> Owned<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { process: Process::current(), value: Some(value) }
    }

    pub(crate) fn process(&self) -> Process {
        self.process
    }

    /// The value, or an error in a forked child.
    pub(crate) fn get(&self, py: Python<'_>, what: &str) -> PyResult<&T> {
        self.process.check(py, what).map(|()| self.unchecked())
    }

    /// The value, for who has checked the process.
    pub(crate) fn unchecked(&self) -> &T {
        let Some(value) = &self.value else { unreachable!("it is taken by `drop` alone") };
        value
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

/// Waits for a message; `None` when none will come. The interpreter is free meanwhile, and signals are looked for.
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
