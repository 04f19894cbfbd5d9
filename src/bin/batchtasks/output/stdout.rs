//! Stdout: written in large pieces, and only when told. Knows nothing of what is written.

use std::io::{self, IsTerminal, Write};

use crate::console::Console;

/// From here on a piece is worth a system call.
const FULL: usize = 64 * 1024;

/// What is on its way to stdout.
#[derive(Debug)]
pub(crate) struct Stdout {
    console: Console,
    to_terminal: bool,
    /// What is not written yet.
    pub(crate) buffer: Vec<u8>,
}

impl Stdout {
    pub(crate) fn new(console: Console) -> Self {
        Self { console, to_terminal: io::stdout().is_terminal(), buffer: Vec::new() }
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
}
