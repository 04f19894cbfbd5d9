//! Reads a list to its end and prints it.

// Knows what counts as printed, nothing of formats.

use std::io;
use std::time::Instant;

use iotda_batch_tasks::BatchTaskQuery;

use super::report::Report;
use crate::checkpoints::Checkpoints;
use crate::chunks::{self, Chunks};
use crate::connect;
use crate::console::{Console, Counted};
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::{Listed, Output, Sink};
use crate::queries::Queries;
use crate::records::Position;
use crate::selection::Selection;

/// What to print, and how the user is spoken to meanwhile.
pub(super) struct Job {
    pub(super) queries: Queries<BatchTaskQuery>,
    pub(super) selection: Selection,
    pub(super) max_items: Option<u64>,
    pub(super) checkpoints: Checkpoints,
    pub(super) print_checkpoint: bool,
    pub(super) console: Console,
    pub(super) interrupt: Interrupt,
}

/// Why the list is not read to its end.
enum Stop {
    Reading(chunks::Stop),
    /// Stdout takes no more.
    Unwritable(io::Error),
}

impl From<chunks::Stop> for Stop {
    fn from(stop: chunks::Stop) -> Self {
        Self::Reading(stop)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Unwritable(error)
    }
}

pub(super) async fn print<O: Output<Record: Listed>>(job: Job, output: O) -> Exit {
    let Job { queries, selection, max_items, checkpoints, print_checkpoint, console, interrupt } = job;
    let stream = match queries.open(O::Record::stream) {
        Ok(stream) => stream,
        Err(error) => {
            console.error(connect::describe(&error));
            return Exit::BadArguments;
        }
    };
    let started = Instant::now();
    let mut printing = Printing {
        checkpoint: stream.position(),
        chunks: Chunks::new(stream, &selection, max_items, Counted::Tasks, &console, &interrupt),
        sink: Sink::new(output, console.clone()),
        printed: 0,
    };
    let mut read = printing.read().await;
    if !matches!(read, Err(Stop::Unwritable(_))) {
        read = printing.end(read.is_ok()).map_err(Stop::from).and(read);
    }
    let had_progress = console.end_progress();
    let Printing { chunks, checkpoint, printed, .. } = printing;
    let report =
        Report { console: &console, checkpoints: &checkpoints, checkpoint, printed, unreadable: chunks.unreadable() };
    match read {
        Ok(()) => {
            if had_progress {
                let (elapsed, requests) = (started.elapsed(), chunks.progress().requests);
                console.line(format_args!("{printed} tasks in {elapsed:.2?}, {requests} requests"));
            }
            if let Some(reason) = chunks.unproven_end() {
                console.warning(reason);
            }
            report.complete(print_checkpoint)
        }
        Err(Stop::Reading(chunks::Stop::Failed(failures))) => report.failed(&failures),
        Err(Stop::Reading(chunks::Stop::Interrupted(signal))) => report.interrupted(signal),
        Err(Stop::Unwritable(error)) => report.unwritable(&error),
    }
}

struct Printing<O: Output<Record: Listed>> {
    chunks: Chunks<O::Record>,
    sink: Sink<O>,
    /// Where to continue after the last bytes that are known to be on stdout.
    checkpoint: Position,
    printed: u64,
}

impl<O: Output<Record: Listed>> Printing<O> {
    async fn read(&mut self) -> Result<(), Stop> {
        while let Some(records) = self.chunks.next().await? {
            for row in records {
                self.sink.record(&row.record, row.profile.as_deref())?;
                self.printed += 1;
            }
            if self.chunks.is_dry() || self.sink.is_full() {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// To be called between chunks only: all of the records that the stream has handed out are in the sink then.
    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()?;
        self.checkpoint = self.chunks.checkpoint();
        Ok(())
    }

    fn end(&mut self, is_complete: bool) -> io::Result<()> {
        self.sink.end(is_complete)?;
        self.flush()
    }
}
