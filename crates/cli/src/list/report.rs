//! What to say when a list has ended, and with which exit code.

// Knows words, reads nothing.

use std::io::{self, IsTerminal};

use iotda_batch_tasks::{Checkpoint, Error};

use crate::advice;
use crate::console::Console;
use crate::exit::{Exit, Signal};
use crate::output::stdout;

/// How far the printing came.
pub(super) struct Report<'a> {
    pub(super) console: &'a Console,
    /// Where to go on.
    pub(super) checkpoint: Checkpoint,
    /// How many tasks were printed.
    pub(super) printed: u64,
    /// How many tasks could not be read.
    pub(super) unreadable: u64,
}

impl Report<'_> {
    /// The list was read to its end; the user may want the checkpoint all the same.
    pub(super) fn complete(&self, print_checkpoint: bool) -> Exit {
        if self.unreadable == 0 {
            if print_checkpoint {
                self.console.line(&self.checkpoint);
            }
            return Exit::Complete;
        }
        self.console.error(format_args!("{} could not be read; all others were printed", tasks(self.unreadable)));
        self.console.line(&self.checkpoint);
        Exit::Failed
    }

    pub(super) fn failed(&self, error: &Error) -> Exit {
        advice::report(self.console, error);
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
        if exit == Exit::Failed {
            self.console.line(
                "Everything up to this checkpoint for --resume was printed; what follows it on stdout may be cut short:",
            );
            self.console.line(&self.checkpoint);
        }
        exit
    }

    /// The checkpoint stands alone on the last line, for scripts.
    fn leave_checkpoint(&self) {
        if self.printed + self.unreadable == 0 && io::stderr().is_terminal() {
            self.console.line("Nothing was printed.");
            return;
        }
        let printed = tasks(self.printed);
        self.console.line(format_args!("{printed} printed. To go on with the next one, give --resume this line:"));
        self.console.line(&self.checkpoint);
    }
}

fn tasks(number: u64) -> String {
    if number == 1 { "1 task".to_owned() } else { format!("{number} tasks") }
}
