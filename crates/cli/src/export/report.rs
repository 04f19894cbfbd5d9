//! What to say when an export ends, and with which exit code. Knows words, does nothing.

use std::time::Instant;

use iotda_batch_tasks::Error;

use super::files::Files;
use super::standing::Standing;
use super::trouble::Trouble;
use crate::advice;
use crate::chunks;
use crate::console::Console;
use crate::exit::{Exit, Signal};

/// Why an export is not complete.
pub(super) enum Stop {
    /// A page could not be had.
    Failed(Error),
    /// A signal came.
    Interrupted(Signal),
    /// Files are not as they must be, or the disk takes no more.
    Trouble(Trouble),
}

impl From<chunks::Stop> for Stop {
    fn from(stop: chunks::Stop) -> Self {
        match stop {
            chunks::Stop::Failed(error) => Self::Failed(error),
            chunks::Stop::Interrupted(signal) => Self::Interrupted(signal),
        }
    }
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

pub(super) struct Report<'a> {
    pub(super) console: &'a Console,
    pub(super) files: &'a Files,
    pub(super) started: Instant,
}

impl Report<'_> {
    /// Says what there is already.
    pub(super) fn begun(&self, standing: &Standing) {
        if standing.tasks + standing.unreadable > 0 {
            self.console.line(format_args!("going on behind {} of an earlier run", tasks(standing.tasks)));
        }
    }

    pub(super) fn complete(&self, standing: &Standing) -> Exit {
        let out = self.files.out.display();
        if self.console.end_progress() {
            let (tasks, elapsed) = (tasks(standing.tasks), self.started.elapsed());
            self.console.line(format_args!("{tasks} in {out}, in {elapsed:.2?}"));
        }
        if standing.unreadable == 0 {
            return Exit::Complete;
        }
        let unreadable = tasks(standing.unreadable);
        self.console.error(format_args!("{unreadable} could not be read; all others are in {out}"));
        Exit::Failed
    }

    pub(super) fn stopped(&self, stop: Stop, standing: &Standing) -> Exit {
        self.console.end_progress();
        let exit = match stop {
            // It says itself what to do.
            Stop::Trouble(trouble) => return trouble.tell(self.console),
            Stop::Failed(error) => {
                advice::tell(self.console, &error);
                Exit::Failed
            }
            Stop::Interrupted(signal) => {
                self.console.line("interrupted");
                Exit::Interrupted(signal)
            }
        };
        let (tasks, part) = (tasks(standing.tasks), self.files.part.display());
        self.console.line(format_args!("{tasks} so far, in {part}. To go on, give the same command again."));
        exit
    }
}

fn tasks(number: u64) -> String {
    if number == 1 { "1 task".to_owned() } else { format!("{number} tasks") }
}
