//! Reads a list to its end and adds it to the part. Knows when a checkpoint holds, nothing of formats.

use std::io;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::ReadyChunks;
use iotda_batch_tasks::{Error, RecordStream};

use super::files::Files;
use super::part::Part;
use super::report::Stop;
use super::standing::{Stage, Standing};
use super::trouble::Trouble;
use crate::console::Console;
use crate::interrupt::Interrupt;
use crate::output::Output;
use crate::progress;

/// How many records are taken at once, if so many are there.
const CHUNK: usize = 64;

/// A list on its way to the disk.
pub(super) struct Reading<'a, O: Output> {
    files: &'a Files,
    standing: &'a mut Standing,
    console: &'a Console,
    records: ReadyChunks<RecordStream<O::Record>>,
    output: O,
    part: Part,
    /// Where the user wants the list to end.
    most: Option<u64>,
    every: Duration,
    saved: Instant,
    /// How many there are, those of earlier runs included.
    tasks: u64,
    unreadable: u64,
}

/// What the user wants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) most: Option<u64>,
    /// How often to save.
    pub(super) every: Duration,
}

impl<'a, O: Output> Reading<'a, O> {
    /// Goes on where `standing` is.
    pub(super) fn new(
        (files, standing, console): (&'a Files, &'a mut Standing, &'a Console),
        records: RecordStream<O::Record>,
        mut output: O,
        Pace { most, every }: Pace,
    ) -> Result<Self, Trouble> {
        let part = Part::open(&files.part, standing.bytes).and_then(|mut part| {
            if standing.bytes == 0 {
                part.add(|out| output.begin(out))?;
            }
            Ok(part)
        });
        let part = part.map_err(|error| Trouble::file(&files.part, &error))?;
        let (records, saved) = (records.ready_chunks(CHUNK), Instant::now());
        let (tasks, unreadable) = (standing.tasks, standing.unreadable);
        Ok(Self { files, standing, console, records, output, part, most, every, saved, tasks, unreadable })
    }

    /// Reads until the end, or until something stops it. What came until then counts, unless the disk is the reason.
    pub(super) async fn read(&mut self, interrupt: &mut Interrupt) -> Result<(), Stop> {
        let read = self.read_on(interrupt).await;
        match read {
            Ok(()) => {
                self.part.add(|out| self.output.end(out)).map_err(|error| self.unwritable(&error))?;
                self.save(Stage::Read)?;
            }
            Err(Stop::Trouble(_)) => {}
            Err(_) => self.save(Stage::Reading)?,
        }
        read
    }

    async fn read_on(&mut self, interrupt: &mut Interrupt) -> Result<(), Stop> {
        loop {
            let chunk = tokio::select! {
                biased;
                signal = interrupt.wait() => return Err(Stop::Interrupted(signal)),
                chunk = self.records.next() => chunk,
            };
            let Some(chunk) = chunk else { return Ok(()) };
            self.add(chunk)?;
            if self.saved.elapsed() >= self.every {
                self.save(Stage::Reading)?;
            }
            self.show();
        }
    }

    fn add(&mut self, chunk: Vec<Result<O::Record, Error>>) -> Result<(), Stop> {
        for item in chunk {
            match item {
                Ok(record) => {
                    let added = self.part.add(|out| self.output.record(&record, out));
                    added.map_err(|error| self.unwritable(&error))?;
                    self.tasks += 1;
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

    /// To be called between chunks only: all of the records that the stream has handed out are in the part then. What
    /// the checkpoint speaks of must be on the disk before it.
    fn save(&mut self, stage: Stage) -> Result<(), Stop> {
        let bytes = self.part.sync().map_err(|error| self.unwritable(&error))?;
        let standing = &mut *self.standing;
        (standing.stage, standing.bytes) = (stage, bytes);
        (standing.tasks, standing.unreadable) = (self.tasks, self.unreadable);
        standing.stream = Some(self.records.get_ref().checkpoint());
        let saved = standing.save(&self.files.checkpoint);
        self.saved = Instant::now();
        saved.map_err(|error| Stop::Trouble(Trouble::on_the_way(&self.files.checkpoint, &error)))
    }

    fn unwritable(&self, error: &io::Error) -> Stop {
        Stop::Trouble(Trouble::on_the_way(&self.files.part, error))
    }

    fn show(&self) {
        progress::show(self.console, &self.records.get_ref().progress(), self.most);
    }
}
