//! Reads a list to its end and adds it to the part.

// Knows when a checkpoint holds, nothing of formats.

use std::io;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::cut::{self, Cut};
use super::failure::ExportFailure;
use super::files::Files;
use super::part::Part;
use super::report::Stop;
use super::state::{ExportState, Stage};
use crate::chunks::Chunks;
use crate::output::{Output, Selectable};

/// How a list is written.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// How often to save.
    pub(super) every: Duration,
    /// For how long after its creation a failed task counts as open.
    pub(super) retried_within: Duration,
    /// Whether what is kept of a file that is updated is text, which is added to the part.
    pub(super) keeps_text: bool,
}

/// A list on its way to the disk.
pub(super) struct ExportJob<'a, O: Output<Record: Selectable>> {
    files: &'a Files,
    state: &'a mut ExportState,
    chunks: Chunks<O::Record>,
    output: O,
    part: Part,
    pace: Pace,
    saved: Instant,
    tasks: u64,
    /// Those of earlier runs.
    unreadable: u64,
}

impl<'a, O: Output<Record: Selectable>> ExportJob<'a, O> {
    /// Continues from `state`.
    pub(super) fn new(
        files: &'a Files,
        state: &'a mut ExportState,
        chunks: Chunks<O::Record>,
        mut output: O,
        pace: Pace,
    ) -> Result<Self, ExportFailure> {
        let part = Part::open(&files.part, state.bytes, &files.access).and_then(|mut part| {
            if state.bytes == 0 {
                part.add(|out| output.begin(out))?;
            }
            Ok(part)
        });
        let part = part.map_err(|error| ExportFailure::file(&files.part, &error))?;
        let (tasks, unreadable) = (state.tasks, state.unreadable);
        Ok(Self { files, state, chunks, output, part, pace, saved: Instant::now(), tasks, unreadable })
    }

    /// Reads until the end, or until something stops it. What came until then counts, unless the disk is the reason.
    pub(super) async fn read(&mut self) -> Result<(), Stop> {
        let mut read = self.read_on().await;
        if let (Ok(()), Some(reason)) = (&read, self.chunks.unproven_end()) {
            // Nothing would replace what may be the last good copy.
            let kept = "The output is as it was.";
            read = Err(Stop::Failure(ExportFailure::failed(reason).with_advice(kept)));
        }
        match read {
            Ok(()) => {
                self.keep_tail()?;
                self.part.add(|out| self.output.end(out)).map_err(|error| self.unwritable(&error))?;
                self.save(Stage::Read)?;
            }
            Err(Stop::Failure(_)) => {}
            Err(_) => self.save(Stage::Reading)?,
        }
        read
    }

    async fn read_on(&mut self) -> Result<(), Stop> {
        let mut unreadable = self.chunks.unreadable();
        while let Some(records) = self.chunks.next().await? {
            for row in records {
                let profile = row.profile.as_deref();
                if let (Some(update), Some(task)) = (&mut self.state.update, row.record.task()) {
                    let is_open = cut::is_open(task, Timestamp::now(), self.pace.retried_within);
                    update.finder.add(task, is_open, self.part.length(), self.tasks);
                }
                let added = self.part.add(|out| self.output.record(&row.record, profile, out));
                added.map_err(|error| self.unwritable(&error))?;
                self.tasks += 1;
            }
            if let Some(update) = self.state.update.as_mut().filter(|_| self.chunks.unreadable() > unreadable) {
                update.finder.add_unreadable();
            }
            unreadable = self.chunks.unreadable();
            if self.saved.elapsed() >= self.pace.every {
                self.save(Stage::Reading)?;
            }
        }
        Ok(())
    }

    /// The new and the changed tasks are there: adds the others, which stay as they are in the file that is updated.
    fn keep_tail(&mut self) -> Result<(), Stop> {
        let Some((base, cut)) = self.state.kept() else { return Ok(()) };
        let end = Cut { created: cut.created, bytes: self.part.length(), tasks: self.tasks };
        if self.pace.keeps_text {
            base.copy_tail(&cut, self.files, &mut self.part)?;
        }
        if let Some(update) = &mut self.state.update {
            update.end = Some(end);
        }
        Ok(())
    }

    /// To be called between chunks only: all of the records that the stream has handed out are in the part then. What
    /// the checkpoint speaks of must be on the disk before it.
    fn save(&mut self, stage: Stage) -> Result<(), Stop> {
        let bytes = self.part.sync().map_err(|error| self.unwritable(&error))?;
        let state = &mut *self.state;
        (state.stage, state.bytes) = (stage, bytes);
        (state.tasks, state.unreadable) = (self.tasks, self.unreadable + self.chunks.unreadable());
        state.stream = Some(self.chunks.checkpoint());
        let saved = state.save(self.files);
        self.saved = Instant::now();
        saved.map_err(|error| Stop::Failure(ExportFailure::on_the_way(&self.files.checkpoint, &error)))
    }

    fn unwritable(&self, error: &io::Error) -> Stop {
        Stop::Failure(ExportFailure::on_the_way(&self.files.part, error))
    }
}
