//! The history of a simulator in a file, written while it runs.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use iotda_simulator::{History, Simulator};

use crate::interrupt::Interrupt;

/// How long what was recorded waits in memory at most, about.
const EVERY: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct HistoryFile(BufWriter<File>);

impl HistoryFile {
    /// Replaces what is there.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self(BufWriter::new(File::create(path)?)))
    }

    /// Writes what the simulator records until a signal comes, and then the rest.
    pub(super) async fn follow(mut self, simulator: &Simulator, interrupt: &mut Interrupt) -> io::Result<()> {
        loop {
            let is_over = tokio::time::timeout(EVERY, interrupt.wait()).await.is_ok();
            let part = simulator.take_history();
            self = tokio::task::spawn_blocking(move || self.written(&part)).await.map_err(io::Error::other)??;
            if is_over {
                return Ok(());
            }
        }
    }

    fn written(mut self, part: &History) -> io::Result<Self> {
        write!(self.0, "{part}")?;
        self.0.flush()?;
        Ok(self)
    }
}
