//! What to say when an export ends, and with which exit code.

// Knows words, does nothing.

use std::marker::PhantomData;
use std::time::Instant;

use super::failure::ExportFailure;
use super::files::Files;
use super::state::ExportState;
use crate::advice;
use crate::chunks;
use crate::console::Console;
use crate::exit::{Exit, Signal};
use crate::records::Failure;
use crate::subject::{Subject, counted};

/// Why an export is not complete.
pub(super) enum Stop {
    /// A page could not be read.
    Failed(Vec<Failure>),
    /// A signal came.
    Interrupted(Signal),
    /// Files are not as they must be, or the disk takes no more.
    Failure(ExportFailure),
}

impl From<chunks::Stop> for Stop {
    fn from(stop: chunks::Stop) -> Self {
        match stop {
            chunks::Stop::Failed(failures) => Self::Failed(failures),
            chunks::Stop::Interrupted(signal) => Self::Interrupted(signal),
        }
    }
}

impl From<ExportFailure> for Stop {
    fn from(failure: ExportFailure) -> Self {
        Self::Failure(failure)
    }
}

pub(super) struct Report<'a, S> {
    pub(super) console: &'a Console,
    pub(super) files: &'a Files,
    pub(super) started: Instant,
    pub(super) subject: PhantomData<S>,
}

impl<S: Subject> Report<'_, S> {
    /// Says what there is already.
    pub(super) fn begun(&self, state: &ExportState) {
        if state.tasks + state.unreadable > 0 {
            self.console.line(format_args!("continuing after {} of an earlier run", counted::<S>(state.tasks)));
        }
    }

    pub(super) fn complete(&self, state: &ExportState) -> Exit {
        let out = self.files.out.display();
        if self.console.end_progress() {
            let (tasks, elapsed) = (counted::<S>(state.tasks_in_file()), self.started.elapsed());
            match state.kept() {
                Some(_) => self.console.line(format_args!("{tasks} in {out}, {} read, in {elapsed:.2?}", state.tasks)),
                None => self.console.line(format_args!("{tasks} in {out}, in {elapsed:.2?}")),
            }
        }
        if state.unreadable == 0 {
            return Exit::Complete;
        }
        let unreadable = counted::<S>(state.unreadable);
        self.console.error(format_args!("{unreadable} could not be read; all others are in {out}"));
        Exit::Failed
    }

    pub(super) fn stopped(&self, stop: Stop, state: &ExportState) -> Exit {
        self.console.end_progress();
        let exit = match stop {
            // It says itself what to do.
            Stop::Failure(failure) => return failure.report(self.console),
            Stop::Failed(failures) => {
                advice::report_all(self.console, &failures);
                Exit::Failed
            }
            Stop::Interrupted(signal) => {
                self.console.line("interrupted");
                Exit::Interrupted(signal)
            }
        };
        let (tasks, part) = (counted::<S>(state.tasks), self.files.part.display());
        self.console.line(format_args!("{tasks} so far, in {part}. To continue, give the same command again."));
        exit
    }
}
