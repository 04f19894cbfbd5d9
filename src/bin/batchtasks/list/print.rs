//! Reads a list to its end and prints it. Knows what counts as printed, nothing of formats.

use std::io;
use std::time::Instant;

use futures::StreamExt;
use futures::stream::ReadyChunks;
use iotda_batch_tasks::{BatchTaskQuery, Checkpoint, Error, RecordStream};

use super::report::Report;
use crate::connect;
use crate::console::{Console, Counted};
use crate::exit::{Exit, Signal};
use crate::interrupt::Interrupt;
use crate::output::{Listed, Output, Sink};
use crate::progress;

/// How many records are taken at once, if so many are there.
const CHUNK: usize = 64;

/// What to print, and how the user is spoken to meanwhile.
pub(super) struct Job {
    pub(super) query: BatchTaskQuery,
    pub(super) max_items: Option<u64>,
    pub(super) print_checkpoint: bool,
    pub(super) console: Console,
    pub(super) interrupt: Interrupt,
}

/// Why the list is not read to its end.
enum Stop {
    /// A page could not be had.
    Failed(Error),
    /// A signal came.
    Interrupted(Signal),
    /// Stdout takes no more.
    Unwritable(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Unwritable(error)
    }
}

pub(super) async fn print<O: Output>(job: Job, output: O) -> Exit {
    let Job { query, max_items, print_checkpoint, console, mut interrupt } = job;
    let stream = match O::Record::stream(query) {
        Ok(stream) => stream,
        Err(error) => {
            console.error(connect::told(&error));
            return Exit::BadArguments;
        }
    };
    let started = Instant::now();
    let before = stream.progress().delivered;
    let mut printing = Printing {
        checkpoint: stream.checkpoint(),
        records: stream.ready_chunks(CHUNK),
        sink: Sink::new(output, console.clone()),
        printed: 0,
        unreadable: 0,
        most: max_items.map(|most| before.saturating_add(most)),
        console: console.clone(),
    };
    console.start_progress(Counted::Tasks);
    let mut read = printing.read(&mut interrupt).await;
    if !matches!(read, Err(Stop::Unwritable(_))) {
        read = printing.end(read.is_ok()).map_err(Stop::from).and(read);
    }
    let had_progress = console.end_progress();
    let Printing { records, checkpoint, printed, unreadable, .. } = printing;
    let progress = records.get_ref().progress();
    let report = Report { console: &console, checkpoint, printed, unreadable };
    match read {
        Ok(()) => {
            if had_progress {
                let (elapsed, requests) = (started.elapsed(), progress.requests);
                console.line(format_args!("{printed} tasks in {elapsed:.2?}, {requests} requests"));
            }
            report.complete(print_checkpoint)
        }
        Err(Stop::Failed(error)) => report.failed(&error),
        Err(Stop::Interrupted(signal)) => report.interrupted(signal),
        Err(Stop::Unwritable(error)) => report.unwritable(&error),
    }
}

struct Printing<O: Output> {
    records: ReadyChunks<RecordStream<O::Record>>,
    sink: Sink<O>,
    console: Console,
    /// Where to go on behind the last bytes that are known to be on stdout.
    checkpoint: Checkpoint,
    printed: u64,
    unreadable: u64,
    /// Where the user wants the list to end, counted from its head.
    most: Option<u64>,
}

impl<O: Output> Printing<O> {
    async fn read(&mut self, interrupt: &mut Interrupt) -> Result<(), Stop> {
        loop {
            let chunk = tokio::select! {
                biased;
                signal = interrupt.wait() => return Err(Stop::Interrupted(signal)),
                chunk = self.records.next() => chunk,
            };
            let Some(chunk) = chunk else { return Ok(()) };
            // A chunk that is not full holds all there was: what follows has to be waited for.
            let is_dry = chunk.len() < CHUNK;
            self.print(chunk)?;
            if is_dry || self.sink.is_full() {
                self.flush()?;
            }
            self.show();
        }
    }

    fn print(&mut self, chunk: Vec<Result<O::Record, Error>>) -> Result<(), Stop> {
        for item in chunk {
            match item {
                Ok(record) => {
                    self.sink.record(&record)?;
                    self.printed += 1;
                }
                Err(error @ Error::Record(_)) => {
                    self.unreadable += 1;
                    self.console.warning(error);
                }
                Err(error) => return Err(Stop::Failed(error)),
            }
        }
        Ok(())
    }

    /// To be called between chunks only: all of the records that the stream has handed out are in the sink then.
    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()?;
        self.checkpoint = self.records.get_ref().checkpoint();
        Ok(())
    }

    fn end(&mut self, is_complete: bool) -> io::Result<()> {
        self.sink.end(is_complete)?;
        self.flush()
    }

    fn show(&self) {
        progress::show(&self.console, &self.records.get_ref().progress(), self.most);
    }
}
