//! A list read in chunks until it ends or something stops it.

// Knows streams, signals and the progress bar, not what becomes of the records.

use futures::{FutureExt, StreamExt};
use iotda_batch_tasks::{Checkpoint, Error, Progress, RecordStream};

use crate::console::{Console, Counted};
use crate::exit::Signal;
use crate::interrupt::Interrupt;
use crate::output::Listed;
use crate::progress;
use crate::selection::Selection;

/// How many records are taken at once, if so many are there.
const CHUNK: usize = 64;

/// Why a list is not read to its end.
pub(crate) enum Stop {
    /// A page could not be read.
    Failed(Error),
    /// A signal came.
    Interrupted(Signal),
}

/// The selected records of a list, some at a time.
pub(crate) struct Chunks<T: Listed> {
    records: RecordStream<T>,
    selection: Selection,
    console: Console,
    interrupt: Interrupt,
    /// How many more are wanted.
    left: Option<u64>,
    /// Where the list ends by that, counted from its head, as far as that is known.
    end: Option<u64>,
    unreadable: u64,
    is_dry: bool,
    /// What ended the list after the latest chunk.
    failed: Option<Error>,
}

impl<T: Listed> Chunks<T> {
    /// Reads `records` until so many selected ones are found, and shows the progress.
    pub(crate) fn new(
        records: RecordStream<T>,
        selection: &Selection,
        left: Option<u64>,
        counted: Counted,
        console: &Console,
        interrupt: &Interrupt,
    ) -> Self {
        let before = records.progress().delivered;
        console.start_progress(counted, before);
        let end = left.filter(|_| selection.takes_all()).map(|left| before.saturating_add(left));
        let (console, interrupt, selection) = (console.clone(), interrupt.clone(), selection.clone());
        Self { records, selection, console, interrupt, left, end, unreadable: 0, is_dry: false, failed: None }
    }

    /// The records that come next; `None` at the end of the list. Those that cannot be read are warned about.
    ///
    /// A second call ends the use of the records before.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<T>>, Stop> {
        if let Some(error) = self.failed.take() {
            return Err(Stop::Failed(error));
        }
        progress::show(&self.console, &self.progress(), self.end);
        if self.left == Some(0) {
            return Ok(None);
        }
        let first = tokio::select! {
            biased;
            signal = self.interrupt.wait() => return Err(Stop::Interrupted(signal)),
            first = self.records.next() => first,
        };
        let Some(first) = first else { return Ok(None) };
        let mut records = Vec::new();
        self.take(first, &mut records);
        // No further than needed: the checkpoint counts what was taken.
        for _ in 1..CHUNK {
            if self.left == Some(0) || self.failed.is_some() {
                break;
            }
            match self.records.next().now_or_never() {
                Some(Some(item)) => self.take(item, &mut records),
                other => {
                    self.is_dry = other.is_none();
                    return Ok(Some(records));
                }
            }
        }
        self.is_dry = false;
        Ok(Some(records))
    }

    fn take(&mut self, item: Result<T, Error>, records: &mut Vec<T>) {
        match item {
            Ok(record) if self.selection.takes(record.task()) => {
                self.left = self.left.map(|left| left - 1);
                records.push(record);
            }
            Ok(_) => {}
            Err(error @ Error::Record(_)) => {
                self.unreadable += 1;
                self.console.warning(error);
            }
            Err(error) => self.failed = Some(error),
        }
    }

    /// Whether the latest chunk held all there was: what follows has to be waited for.
    pub(crate) fn is_dry(&self) -> bool {
        self.is_dry
    }

    /// Why a list that has ended without a record may not be an empty one: an empty list has a count of 0, and what
    /// is no list of tasks has none of its fields.
    pub(crate) fn unproven_end(&self) -> Option<String> {
        let Progress { delivered, count, requests, .. } = self.progress();
        if delivered > 0 || requests == 0 || self.selection.has_bounds {
            return None;
        }
        match count {
            Some(0) => None,
            Some(count) => Some(format!(
                "the service counts {count} tasks and sent none: its answers do not have the expected field \
                 `batchtasks`; check --endpoint"
            )),
            None => Some(
                "the answers have no tasks and none of the expected fields that say that there are none (`page.count`); \
                 check --endpoint"
                    .to_owned(),
            ),
        }
    }

    /// How many records could not be read.
    pub(crate) fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// Where to continue after all records that were handed out.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        self.records.checkpoint()
    }

    pub(crate) fn progress(&self) -> Progress {
        self.records.progress()
    }
}
