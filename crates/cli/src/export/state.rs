//! How far an export has come, as the checkpoint file reports to the next run.

// Knows its form; reads no list.

use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::cut::{Cut, CutFinder};
use super::failure::ExportFailure;
use super::files::Files;
use super::manifest::Manifest;
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
    /// With `--update`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) update: Option<UpdateState>,
}

/// What an update has found so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct UpdateState {
    /// Of the file that is updated; none where the whole list is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) base: Option<Manifest>,
    /// Where the next update may begin to keep the file, as far as the list was read.
    pub(super) finder: CutFinder,
    /// Where what was read ends and what is kept begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) end: Option<Cut>,
}

impl UpdateState {
    /// An update of the file that `base` is of, or else of none.
    pub(super) fn new(base: Option<Manifest>) -> Self {
        Self { base, ..Self::default() }
    }

    /// From where on the file stays as it is, and what is known of it.
    pub(super) fn kept(&self) -> Option<(&Manifest, Cut)> {
        self.base.as_ref().and_then(|base| Some((base, base.cut?)))
    }
}

/// What is done of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stage {
    /// The list is not read to its end.
    Reading,
    /// Everything is in the part, or the part has become the output.
    Read,
    /// What becomes the output is made of the part, and the part is of no use any more.
    Made,
}

impl ExportState {
    /// Nothing is done yet.
    pub(super) fn new(arguments: Identity, bounds: Bounds, update: Option<UpdateState>) -> Self {
        let (stage, bytes, tasks, unreadable) = (Stage::Reading, 0, 0, 0);
        Self { version: VERSION, arguments, bounds, stage, bytes, tasks, unreadable, stream: None, update }
    }

    /// The same of these arguments.
    pub(super) fn of(self, arguments: Identity) -> Self {
        Self { arguments, ..self }
    }

    /// From where on the file that is updated stays as it is, and what is known of it.
    pub(super) fn kept(&self) -> Option<(&Manifest, Cut)> {
        self.update.as_ref().and_then(UpdateState::kept)
    }

    /// Of what is read, not of what is kept of a file that is updated.
    pub(super) fn bounds_to_read(&self) -> Bounds {
        match self.kept() {
            Some((_, cut)) => self.bounds.narrowed(cut.created),
            None => self.bounds,
        }
    }

    /// How many tasks the file has in the end.
    pub(super) fn tasks_in_file(&self) -> u64 {
        self.tasks + self.kept().map_or(0, |(base, cut)| base.tasks - cut.tasks)
    }

    /// What an earlier run has left, if anything.
    pub(super) fn load(path: &Path) -> Result<Option<Self>, ExportFailure> {
        let refused = |error| ExportFailure::refused(format!("{}: {error}", path.display()));
        let Some(text) = atomic_file::read(path).map_err(refused)? else { return Ok(None) };
        let state = parse_version::<Self>(&text, VERSION, "checkpoint of an export");
        state.map(Some).map_err(|why| unusable(path, &why))
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

/// Reads JSON of this version.
pub(super) fn parse_version<T: DeserializeOwned>(text: &[u8], version: u64, what: &str) -> Result<T, String> {
    /// What every version has.
    #[derive(Deserialize)]
    struct Any {
        version: u64,
    }

    let damaged = |error| format!("is no {what}, or is damaged ({error})");
    let Any { version: found } = serde_json::from_slice(text).map_err(damaged)?;
    if found != version {
        return Err(format!("is of version {found}, and this program knows {version} alone"));
    }
    serde_json::from_slice(text).map_err(damaged)
}

/// What is at `path` cannot be continued.
pub(super) fn unusable(path: &Path, why: &str) -> ExportFailure {
    ExportFailure::refused(format!("{} {why}", path.display()))
        .with_advice("Nothing was changed. --restart discards what an earlier run has left, and starts again.")
}
