//! One output on its way to stdout.

// Knows what it has begun, nothing of what is written.

use std::io;

use super::pager::Paging;
use super::{Output, Stdout};
use crate::console::Console;

/// Writes the records of one output to stdout.
pub(crate) struct Sink<O> {
    output: O,
    begun: bool,
    stdout: Stdout,
    /// Where the terminal may be too short.
    paging: Option<Paging>,
}

impl<O: Output> Sink<O> {
    pub(crate) fn new(output: O, console: Console) -> Self {
        Self { output, begun: false, stdout: Stdout::new(console), paging: None }
    }

    /// Shows what is longer than the terminal through a pager.
    pub(crate) fn paged(self, paging: Option<Paging>) -> Self {
        Self { paging, ..self }
    }

    /// Writes a record, maybe not yet to stdout.
    pub(crate) fn record(&mut self, record: &O::Record, profile: Option<&str>) -> io::Result<()> {
        self.begin();
        self.output.record(record, profile, &mut self.stdout.buffer);
        if let Some(problem) = self.output.problem() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        if self.is_full() { self.flush() } else { Ok(()) }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.stdout.is_full()
    }

    /// Brings everything to stdout. What was in there when it fails may have arrived in part.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match &mut self.paging {
            Some(paging) => paging.write(&std::mem::take(&mut self.stdout.buffer)),
            None => self.stdout.flush(),
        }
    }

    /// Whether something that was flushed is not on stdout yet.
    pub(crate) fn holds_back(&self) -> bool {
        self.paging.as_ref().is_some_and(Paging::holds_back)
    }

    /// Waits until the user has left the pager. Cancel safe; without one it is pending for ever.
    pub(crate) async fn left(&mut self) {
        match &mut self.paging {
            Some(paging) => paging.left().await,
            None => std::future::pending().await,
        }
    }

    /// Waits for the pager, if there is one. To be called after the last record.
    pub(crate) async fn close(&mut self) -> io::Result<()> {
        match &mut self.paging {
            Some(paging) => paging.close().await,
            None => Ok(()),
        }
    }

    /// Ends the output, so that it is whole however much of the list is missing. A `complete` list is written even if
    /// it is empty.
    pub(crate) fn end(&mut self, complete: bool) -> io::Result<()> {
        if complete {
            self.begin();
        }
        if self.begun {
            self.output.end(&mut self.stdout.buffer);
        }
        self.flush()
    }

    fn begin(&mut self) {
        if !self.begun {
            self.begun = true;
            self.output.begin(&mut self.stdout.buffer);
        }
    }
}
