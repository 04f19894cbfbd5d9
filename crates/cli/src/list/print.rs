//! Reads a list to its end and prints it.

// Knows what counts as printed, nothing of formats.

use std::io;
use std::marker::PhantomData;
use std::time::Instant;

use super::report::Report;
use super::sorted::Held;
use crate::checkpoints::Checkpoints;
use crate::chunks::{self, Chunks};
use crate::console::Console;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::pager::Paging;
use crate::output::shown::SortKey;
use crate::output::{Output, Selectable, Shown, Sink};
use crate::records::{Position, Records};
use crate::subject::{Holds, Subject, counted};

/// What to print, and how the user is spoken to meanwhile.
pub(super) struct Job<'a, S: Subject> {
    pub(super) subject: &'a S,
    pub(super) max_items: Option<u64>,
    /// The order to print in, where it is not that of the list.
    pub(super) sort: Option<&'a SortKey<S::Record>>,
    pub(super) checkpoints: Checkpoints,
    pub(super) print_checkpoint: bool,
    /// For tables on a terminal.
    pub(super) paging: Option<Paging>,
    pub(super) console: &'a Console,
    pub(super) interrupt: &'a Interrupt,
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

pub(super) async fn print<S: Subject, O: Output<Record: Selectable + Holds<S::Record>>>(
    job: Job<'_, S>,
    records: Box<dyn Records<O::Record>>,
    output: O,
) -> Exit {
    let Job { subject, max_items, sort, checkpoints, print_checkpoint, paging, console, interrupt } = job;
    let started = Instant::now();
    let mut printing = Printing {
        checkpoint: records.position(),
        chunks: Chunks::new::<S>(records, subject.selection(), max_items, S::COUNTED[0], console, interrupt),
        sink: Sink::new(output, console.clone()).paged(paging),
        printed: 0,
    };
    let mut read = match sort {
        Some(key) => printing.read_sorted(key).await,
        None => printing.read().await,
    };
    // Nothing of a part is printed in order, and nothing counts as printed then.
    let is_discarded = sort.is_some() && matches!(read, Err(Stop::Reading(_)));
    if !is_discarded && !matches!(read, Err(Stop::Unwritable(_))) {
        read = printing.end(read.is_ok()).map_err(Stop::from).and(read);
    }
    let had_progress = console.end_progress();
    read = printing.close().await.map_err(Stop::from).and(read);
    let Printing { chunks, checkpoint, printed, .. } = printing;
    let report = Report::<S> {
        console,
        checkpoints: &checkpoints,
        checkpoint,
        can_continue: sort.is_none(),
        printed,
        unreadable: chunks.unreadable(),
        subject: PhantomData,
    };
    match read {
        Ok(()) => {
            if had_progress {
                let (elapsed, requests) = (started.elapsed(), chunks.progress().requests);
                console.line(format_args!("{} in {elapsed:.2?}, {requests} requests", counted::<S>(printed)));
            }
            if let Some(reason) = chunks.unproven_end() {
                console.warning(reason);
            }
            let has_more = sort.is_none() && max_items.is_some_and(|most| printed + chunks.unreadable() >= most);
            checkpoints.complete(has_more.then(|| report.checkpoint.to_string()).as_deref(), console);
            report.complete(print_checkpoint)
        }
        Err(Stop::Reading(chunks::Stop::Failed(failures))) => report.failed(&failures),
        Err(Stop::Reading(chunks::Stop::Interrupted(signal))) => report.interrupted(signal),
        Err(Stop::Unwritable(error)) => report.unwritable(&error),
    }
}

struct Printing<O: Output> {
    chunks: Chunks<O::Record>,
    sink: Sink<O>,
    /// Where to continue after the last bytes that are known to be on stdout.
    checkpoint: Position,
    printed: u64,
}

impl<O: Output<Record: Selectable>> Printing<O> {
    async fn read(&mut self) -> Result<(), Stop> {
        loop {
            let records = tokio::select! {
                records = self.chunks.next() => records?,
                () = self.sink.left() => return Err(Stop::Unwritable(io::ErrorKind::BrokenPipe.into())),
            };
            let Some(records) = records else { return Ok(()) };
            for row in records {
                self.sink.record(&row.record, row.profile.as_deref())?;
                self.printed += 1;
            }
            if self.chunks.is_dry() || self.sink.is_full() {
                self.flush()?;
            }
        }
    }

    /// Holds all records until the list has ended: the last one may come first.
    async fn read_sorted<R: Shown>(&mut self, key: &SortKey<R>) -> Result<(), Stop>
    where
        O::Record: Holds<R>,
    {
        let mut held = Held::default();
        while let Some(rows) = self.chunks.next().await? {
            held.extend(rows);
        }
        for row in held.sorted(key) {
            self.sink.record(&row.record, row.profile.as_deref())?;
            self.printed += 1;
        }
        Ok(())
    }

    /// To be called between chunks only: all of the records that the stream has handed out are in the sink then.
    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()?;
        if !self.sink.holds_back() {
            self.checkpoint = self.chunks.checkpoint();
        }
        Ok(())
    }

    /// Waits for a pager. What was held back is on stdout then.
    async fn close(&mut self) -> io::Result<()> {
        let held_back = self.sink.holds_back();
        self.sink.close().await?;
        if held_back {
            self.checkpoint = self.chunks.checkpoint();
        }
        Ok(())
    }

    fn end(&mut self, is_complete: bool) -> io::Result<()> {
        self.sink.end(is_complete)?;
        self.flush()
    }
}
