//! What to say when a list has ended, and with which exit code.

// Knows words, reads nothing.

use std::io::{self, IsTerminal};
use std::marker::PhantomData;

use crate::advice;
use crate::checkpoints::Checkpoints;
use crate::console::Console;
use crate::exit::{Exit, Signal};
use crate::output::stdout;
use crate::records::{Failure, Position};
use crate::subject::{Subject, counted};

/// How far the printing came.
pub(super) struct Report<'a, S> {
    pub(super) console: &'a Console,
    pub(super) checkpoints: &'a Checkpoints,
    /// Where to continue.
    pub(super) checkpoint: Position,
    /// Whether one can continue there: what was printed is the list up to it.
    pub(super) can_continue: bool,
    /// How many were printed.
    pub(super) printed: u64,
    /// How many could not be read.
    pub(super) unreadable: u64,
    pub(super) subject: PhantomData<S>,
}

impl<S: Subject> Report<'_, S> {
    /// The list was read to its end; the user may want the checkpoint all the same.
    pub(super) fn complete(&self, print_checkpoint: bool) -> Exit {
        if self.unreadable == 0 {
            if print_checkpoint {
                self.console.line(&self.checkpoint);
            }
            return Exit::Complete;
        }
        self.console
            .error(format_args!("{} could not be read; all others were printed", counted::<S>(self.unreadable)));
        if print_checkpoint || (self.can_continue && !io::stderr().is_terminal()) {
            self.console.line(&self.checkpoint);
        }
        Exit::Failed
    }

    pub(super) fn failed(&self, failures: &[Failure]) -> Exit {
        advice::report_all(self.console, failures);
        self.leave_checkpoint();
        Exit::Failed
    }

    pub(super) fn interrupted(&self, signal: Signal) -> Exit {
        self.console.line("interrupted");
        self.leave_checkpoint();
        Exit::Interrupted(signal)
    }

    pub(super) fn unwritable(&self, error: &io::Error) -> Exit {
        let exit = stdout::unwritable(error, self.console);
        if exit == Exit::Failed && self.can_continue {
            let done = "Everything up to this checkpoint was printed; what follows it on stdout may be cut short.";
            self.checkpoints.leave(&self.checkpoint.to_string(), done, self.console);
        }
        exit
    }

    fn leave_checkpoint(&self) {
        if !self.can_continue {
            self.console.line("Nothing was printed: --sort prints a list that was read to its end.");
            return;
        }
        if self.printed + self.unreadable == 0 && io::stderr().is_terminal() {
            self.console.line("Nothing was printed.");
            return;
        }
        let done = format_args!("{} printed.", counted::<S>(self.printed));
        self.checkpoints.leave(&self.checkpoint.to_string(), done, self.console);
    }
}
