//! One output on its way to stdout.

// Knows what it has begun, nothing of what is written.

use std::io;

use super::{Output, Stdout};
use crate::console::Console;

/// Writes the records of one output to stdout.
pub(crate) struct Sink<O> {
    output: O,
    begun: bool,
    stdout: Stdout,
}

impl<O: Output> Sink<O> {
    pub(crate) fn new(output: O, console: Console) -> Self {
        Self { output, begun: false, stdout: Stdout::new(console) }
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
        self.stdout.flush()
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
