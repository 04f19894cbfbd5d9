//! Stdout: written in large pieces, and only on request.

// Knows nothing of what is written.

use std::io::{self, IsTerminal, Write};

use crate::closed_stdout;
use crate::console::Console;
use crate::exit::Exit;

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
            closed_stdout::check()?;
            let mut stdout = io::stdout().lock();
            stdout.write_all(buffer)?;
            stdout.flush()
        };
        let written = if self.to_terminal { self.console.aside(write) } else { write() };
        self.buffer.clear();
        written
    }
}

/// Prints a text. Returns how the command ends, if nothing else is to be reported.
pub(crate) fn print(text: impl Into<Vec<u8>>, console: &Console) -> Exit {
    let mut stdout = Stdout::new(console.clone());
    stdout.buffer = text.into();
    match stdout.flush() {
        Ok(()) => Exit::Complete,
        Err(error) => unwritable(&error, console),
    }
}

/// How the command ends when stdout cannot be written. Reports why, unless the reader closed it.
pub(crate) fn unwritable(error: &io::Error, console: &Console) -> Exit {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Exit::Complete;
    }
    match error.kind() {
        // Of a record, before it came to stdout.
        io::ErrorKind::InvalidData => console.error(error),
        _ => console.error(format_args!("stdout cannot be written: {error}")),
    }
    Exit::Failed
}
