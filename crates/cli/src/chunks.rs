//! A list read in chunks until it ends or something stops it.

// Knows streams, signals and the progress bar, not what becomes of the records.

use futures::StreamExt;
use futures::stream::ReadyChunks;
use iotda_batch_tasks::{Checkpoint, Error, Identity, Progress, RecordStream};

use crate::console::{Console, Counted};
use crate::exit::Signal;
use crate::interrupt::Interrupt;
use crate::progress;

/// How many records are taken at once, if so many are there.
const CHUNK: usize = 64;

/// Why a list is not read to its end.
pub(crate) enum Stop {
    /// A page could not be had.
    Failed(Error),
    /// A signal came.
    Interrupted(Signal),
}

/// The records of a list, some at a time.
pub(crate) struct Chunks<T: Identity + Send + 'static> {
    records: ReadyChunks<RecordStream<T>>,
    console: Console,
    interrupt: Interrupt,
    /// Where the user wants the list to end, counted from its head.
    most: Option<u64>,
    unreadable: u64,
    is_dry: bool,
    /// What ended the list behind the latest chunk.
    failed: Option<Error>,
}

impl<T: Identity + Send + 'static> Chunks<T> {
    /// Reads `records`, and shows how far it has come.
    pub(crate) fn new(
        records: RecordStream<T>,
        most: Option<u64>,
        counted: Counted,
        console: &Console,
        interrupt: &Interrupt,
    ) -> Self {
        console.start_progress(counted, records.progress().delivered);
        let (console, interrupt) = (console.clone(), interrupt.clone());
        let records = records.ready_chunks(CHUNK);
        Self { records, console, interrupt, most, unreadable: 0, is_dry: false, failed: None }
    }

    /// The records that come next; `None` at the end of the list. Those that cannot be read are warned about.
    ///
    /// Whoever asks again is done with those of before.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<T>>, Stop> {
        if let Some(error) = self.failed.take() {
            return Err(Stop::Failed(error));
        }
        progress::show(&self.console, &self.progress(), self.most);
        let chunk = tokio::select! {
            biased;
            signal = self.interrupt.wait() => return Err(Stop::Interrupted(signal)),
            chunk = self.records.next() => chunk,
        };
        let Some(chunk) = chunk else { return Ok(None) };
        self.is_dry = chunk.len() < CHUNK;
        let mut records = Vec::with_capacity(chunk.len());
        for item in chunk {
            match item {
                Ok(record) => records.push(record),
                Err(error @ Error::Record(_)) => {
                    self.unreadable += 1;
                    self.console.warning(error);
                }
                Err(error) => self.failed = Some(error),
            }
        }
        Ok(Some(records))
    }

    /// Whether the latest chunk held all there was: what follows has to be waited for.
    pub(crate) fn is_dry(&self) -> bool {
        self.is_dry
    }

    /// How many records could not be read.
    pub(crate) fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// Where to go on behind all records that were handed out.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        self.records.get_ref().checkpoint()
    }

    pub(crate) fn progress(&self) -> Progress {
        self.records.get_ref().progress()
    }
}
