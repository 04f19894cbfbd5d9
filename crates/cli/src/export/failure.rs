//! Why an export cannot continue.

// Knows words and exit codes, does nothing.

use std::io;
use std::path::Path;

use crate::connect::Refusal;
use crate::console::Console;
use crate::exit::Exit;

/// Something that ends the command.
#[derive(Debug)]
pub(super) struct ExportFailure {
    message: String,
    advice: Option<String>,
    exit: Exit,
}

impl ExportFailure {
    /// The same command would be refused again.
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self { message: message.into(), advice: None, exit: Exit::BadArguments }
    }

    /// The same command may succeed later.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), advice: None, exit: Exit::Failed }
    }

    /// A file cannot be read or written.
    pub(super) fn file(path: &Path, error: &io::Error) -> Self {
        Self::failed(format!("{}: {error}", path.display()))
    }

    /// A file cannot be read or written, in the middle of the work.
    pub(super) fn on_the_way(path: &Path, error: &io::Error) -> Self {
        Self::file(path, error)
            .with_advice("What was written before is kept: when there is a remedy, the same command continues.")
    }

    pub(super) fn with_advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    pub(super) fn report(&self, console: &Console) -> Exit {
        console.error(&self.message);
        if let Some(advice) = &self.advice {
            console.line(advice);
        }
        self.exit
    }
}

impl From<Refusal> for ExportFailure {
    fn from(refusal: Refusal) -> Self {
        Self { message: refusal.to_string(), advice: None, exit: refusal.exit() }
    }
}
