//! How far an export has come, as the checkpoint file reports to the next run.

// Knows its form; reads no list.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::failure::ExportFailure;
use super::files::Files;
use crate::atomic_file;
use crate::checkpoints::{Identity, differences};
use crate::opening::Bounds;
use crate::records::Position;

/// The version of the form.
const VERSION: u64 = 1;

/// What is in a checkpoint file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ExportState {
    version: u64,
    /// The options that decide what is written, with their values.
    pub(super) arguments: Identity,
    /// What the first run found the options of time to mean.
    #[serde(flatten)]
    pub(super) bounds: Bounds,
    pub(super) stage: Stage,
    /// How many bytes of the part count.
    pub(super) bytes: u64,
    /// How many tasks are in them.
    pub(super) tasks: u64,
    /// How many tasks could not be read so far.
    pub(super) unreadable: u64,
    /// Where the stream continues; at the head of the list if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stream: Option<Position>,
}

/// What is done of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stage {
    /// The list is not read to its end.
    Reading,
    /// Everything is in the part, or the part has become the output.
    Read,
    /// The output is made of the part, and the part is of no use any more.
    Made,
}

impl ExportState {
    /// Nothing is done yet.
    pub(super) fn new(arguments: Identity, bounds: Bounds) -> Self {
        let (stage, bytes, tasks, unreadable) = (Stage::Reading, 0, 0, 0);
        Self { version: VERSION, arguments, bounds, stage, bytes, tasks, unreadable, stream: None }
    }

    /// What an earlier run has left, if anything.
    pub(super) fn load(path: &Path) -> Result<Option<Self>, ExportFailure> {
        /// What every version has.
        #[derive(Deserialize)]
        struct Any {
            version: u64,
        }

        let refused = |error| ExportFailure::refused(format!("{}: {error}", path.display()));
        let Some(text) = atomic_file::read(path).map_err(refused)? else { return Ok(None) };
        let damaged = |error| unusable(path, &format!("is no checkpoint of an export, or is damaged ({error})"));
        let Any { version } = serde_json::from_slice(&text).map_err(damaged)?;
        if version != VERSION {
            return Err(unusable(path, &format!("is of version {version}, and this program knows {VERSION} alone")));
        }
        serde_json::from_slice(&text).map(Some).map_err(damaged)
    }

    /// Refuses to continue an export of other arguments.
    pub(super) fn check(&self, arguments: &Identity, path: &Path) -> Result<(), ExportFailure> {
        let differences = differences(&self.arguments, arguments);
        if differences.is_empty() {
            return Ok(());
        }
        Err(unusable(path, &format!("is of other arguments: {differences}")))
    }

    pub(super) fn save(&self, files: &Files) -> io::Result<()> {
        let mut text = serde_json::to_vec(self)?;
        text.push(b'\n');
        atomic_file::replace(&files.checkpoint, &text, &files.checkpoint_access)
    }
}

/// What is at `path` cannot be continued.
pub(super) fn unusable(path: &Path, why: &str) -> ExportFailure {
    ExportFailure::refused(format!("{} {why}", path.display()))
        .with_advice("Nothing was changed. --restart discards what an earlier run has left, and starts again.")
}
