//! Stdout: written in large pieces, and only when told. Knows nothing of what is written.

use std::io::{self, IsTerminal, Write};

use super::Output;
use crate::console::Console;

/// From here on a piece is worth a system call.
const FULL: usize = 64 * 1024;

/// Writes the records of one output to stdout.
pub(crate) struct Sink<O> {
    output: O,
    console: Console,
    to_terminal: bool,
    begun: bool,
    buffer: Vec<u8>,
}

impl<O: Output> Sink<O> {
    pub(crate) fn new(output: O, console: Console) -> Self {
        Self { output, console, to_terminal: io::stdout().is_terminal(), begun: false, buffer: Vec::new() }
    }

    /// Writes a record, maybe not yet to stdout.
    pub(crate) fn record(&mut self, record: &O::Record) -> io::Result<()> {
        self.begin();
        self.output.record(record, &mut self.buffer);
        if self.is_full() { self.flush() } else { Ok(()) }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.buffer.len() >= FULL
    }

    /// Brings everything to stdout. What was in there when it fails may have arrived in part.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let buffer = &self.buffer;
        let write = || {
            let mut stdout = io::stdout().lock();
            stdout.write_all(buffer)?;
            stdout.flush()
        };
        let written = if self.to_terminal { self.console.aside(write) } else { write() };
        self.buffer.clear();
        written
    }

    /// Ends the output, so that it is whole however much of the list is missing. A `complete` list is written even if
    /// it is empty.
    pub(crate) fn end(&mut self, complete: bool) -> io::Result<()> {
        if complete {
            self.begin();
        }
        if self.begun {
            self.output.end(&mut self.buffer);
        }
        self.flush()
    }

    fn begin(&mut self) {
        if !self.begun {
            self.begun = true;
            self.output.begin(&mut self.buffer);
        }
    }
}
