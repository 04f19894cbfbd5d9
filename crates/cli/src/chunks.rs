//! A list read in chunks until it ends or something stops it.

// Knows streams, signals and the progress bar, not what becomes of the records.

use std::future::poll_fn;

use futures::FutureExt;
use iotda_batch_tasks::{Error, Progress};

use crate::console::{Console, Counted};
use crate::exit::Signal;
use crate::interrupt::Interrupt;
use crate::output::Selectable;
use crate::progress;
use crate::records::{Failure, Position, Records, Row};
use crate::selection::Selection;
use crate::subject::Subject;

/// How many records are taken at once, if so many are there.
const CHUNK: usize = 64;

/// Why a list is not read to its end.
pub(crate) enum Stop {
    /// A page could not be read; of several profiles, those that ended early.
    Failed(Vec<Failure>),
    /// A signal came.
    Interrupted(Signal),
}

/// The selected records of a list, some at a time.
pub(crate) struct Chunks<T> {
    records: Box<dyn Records<T>>,
    selection: Selection,
    console: Console,
    interrupt: Interrupt,
    /// How many more are wanted.
    left: Option<u64>,
    /// Where the list ends by that, counted from its head, as far as that is known.
    end: Option<u64>,
    unreadable: u64,
    is_dry: bool,
    /// What has ended: with one place, the list; of several, those places.
    failed: Vec<Failure>,
    /// Where the records are in an answer.
    rows: &'static str,
}

impl<T: Selectable> Chunks<T> {
    /// Reads `records` until so many selected ones are found, and shows the progress.
    pub(crate) fn new<S: Subject>(
        records: Box<dyn Records<T>>,
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
        Self {
            records,
            selection,
            console,
            interrupt,
            left,
            end,
            unreadable: 0,
            is_dry: false,
            failed: Vec::new(),
            rows: S::ROWS,
        }
    }

    /// The records that come next; `None` at the end of the list. Those that cannot be read are warned about.
    ///
    /// A second call ends the use of the records before.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Row<T>>>, Stop> {
        progress::show(&self.console, &self.progress(), self.end);
        if self.left == Some(0) {
            return self.end();
        }
        let records = &mut self.records;
        let first = tokio::select! {
            biased;
            signal = self.interrupt.wait() => return Err(Stop::Interrupted(signal)),
            first = poll_fn(|cx| records.poll_row(cx)) => first,
        };
        let Some(first) = first else { return self.end() };
        let mut records = Vec::new();
        self.take(first, &mut records);
        // No further than needed: the checkpoint counts what was taken.
        for _ in 1..CHUNK {
            if self.left == Some(0) {
                break;
            }
            let next = poll_fn(|cx| self.records.poll_row(cx)).now_or_never();
            match next {
                Some(Some(item)) => self.take(item, &mut records),
                // The end shows again when it is asked for.
                other => {
                    self.is_dry = other.is_none();
                    return Ok(Some(records));
                }
            }
        }
        self.is_dry = false;
        Ok(Some(records))
    }

    /// The end of the list, or what ended it.
    fn end(&mut self) -> Result<Option<Vec<Row<T>>>, Stop> {
        if self.failed.is_empty() { Ok(None) } else { Err(Stop::Failed(std::mem::take(&mut self.failed))) }
    }

    fn take(&mut self, item: Result<Row<T>, Failure>, records: &mut Vec<Row<T>>) {
        match item {
            Ok(row) if row.record.is_selected(&self.selection) => {
                self.left = self.left.map(|left| left - 1);
                records.push(row);
            }
            Ok(_) => {}
            Err(failure @ Failure { error: Error::Record(_), .. }) => {
                self.unreadable += 1;
                self.console.warning(failure);
            }
            Err(failure) => self.failed.push(failure),
        }
    }

    /// Whether the latest chunk held all there was: what follows has to be waited for.
    pub(crate) fn is_dry(&self) -> bool {
        self.is_dry
    }

    /// Why a list that has ended without a record may not be an empty one: an empty list has a count of 0, and what
    /// is no list of tasks has none of its fields. Of several profiles, one that is so is enough.
    pub(crate) fn unproven_end(&self) -> Option<String> {
        let (profile, Progress { count, .. }) = self.records.lists().into_iter().find(|(_, lists)| {
            let is_proven = match lists.count {
                Some(count) => count == 0 || self.selection.is_narrowed,
                None => false,
            };
            lists.delivered == 0 && lists.requests > 0 && !is_proven
        })?;
        let profile = profile.map_or_else(String::new, |profile| format!("{profile}: "));
        let (rows, records) = (self.rows, if self.rows == "batchtasks" { "tasks" } else { "records" });
        Some(match count {
            Some(count) => format!(
                "{profile}the service counts {count} {records} and sent none: its answers do not have the expected field \
                 `{rows}`; check --endpoint"
            ),
            None => format!(
                "{profile}the answers have no {records} and none of the expected fields that say that there are none \
                 (`page.count`); check --endpoint"
            ),
        })
    }

    /// How many records could not be read.
    pub(crate) fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// Where to continue after all records that were handed out.
    pub(crate) fn checkpoint(&self) -> Position {
        self.records.position()
    }

    pub(crate) fn progress(&self) -> Progress {
        self.records.progress()
    }
}
