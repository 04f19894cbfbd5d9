//! What an export with `--update` leaves beside its file, for the next one.

// Knows its form and whether a file is the one that it is of.

use std::fmt::Write;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::cut::Cut;
use super::failure::ExportFailure;
use super::files::Files;
use super::part::Part;
use super::state::parse_version;
use crate::atomic_file;
use crate::checkpoints::{Identity, differences};
use crate::opening::Bounds;

/// The version of the form.
const VERSION: u64 = 1;

/// What is known of a file that is whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest {
    version: u64,
    /// The options that decide what is written, with their values.
    arguments: Identity,
    /// What the first run found the options of time to mean.
    #[serde(flatten)]
    pub(super) bounds: Bounds,
    /// How many tasks are in the file.
    pub(super) tasks: u64,
    /// From where on the file can stay as it is; nowhere if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cut: Option<Cut>,
    /// Of the file's bytes.
    sha256: String,
}

impl Manifest {
    /// That of the file, which is whole now.
    pub(super) fn of(
        files: &Files,
        arguments: Identity,
        bounds: Bounds,
        tasks: u64,
        cut: Option<Cut>,
    ) -> io::Result<Self> {
        let sha256 = digest(&files.out, |error| error, |_| Ok(()))?;
        Ok(Self { version: VERSION, arguments, bounds, tasks, cut, sha256 })
    }

    /// That of the file, unless neither is there. Refuses a file that is not as an update has left it.
    pub(super) fn load(files: &Files) -> Result<Option<Self>, ExportFailure> {
        let refused = |path: &Path, error: io::Error| ExportFailure::refused(format!("{}: {error}", path.display()));
        if atomic_file::length(&files.out).map_err(|error| refused(&files.out, error))?.is_none() {
            return Ok(None);
        }
        let text = atomic_file::read(&files.manifest).map_err(|error| refused(&files.manifest, error))?;
        let Some(text) = text else {
            let why = format!("was not written with --update: there is no {}", files.manifest.display());
            return Err(unusable(&files.out, &why));
        };
        let manifest = parse_version::<Self>(&text, VERSION, "manifest of an export");
        let manifest = manifest.map_err(|why| unusable(&files.manifest, &why))?;
        manifest.check_file(files)?;
        Ok(Some(manifest))
    }

    /// Refuses a file that has changed since.
    pub(super) fn check_file(&self, files: &Files) -> Result<(), ExportFailure> {
        self.read(files, |_| Ok(()))
    }

    /// Adds what follows the cut in the file. Refuses a file that has changed since, at its end.
    pub(super) fn copy_tail(&self, cut: &Cut, files: &Files, part: &mut Part) -> Result<(), ExportFailure> {
        let mut before = cut.bytes;
        self.read(files, |piece| {
            let skipped = before.min(piece.len() as u64);
            before -= skipped;
            let added = part.add(|out| out.extend_from_slice(&piece[skipped as usize..]));
            added.map_err(|error| ExportFailure::on_the_way(&files.part, &error))
        })
    }

    fn read(&self, files: &Files, add: impl FnMut(&[u8]) -> Result<(), ExportFailure>) -> Result<(), ExportFailure> {
        let unreadable = |error| ExportFailure::file(&files.out, &error);
        if digest(&files.out, unreadable, add)? == self.sha256 {
            return Ok(());
        }
        Err(unusable(&files.out, "has changed since --update wrote it"))
    }

    /// Refuses to update a file of other arguments.
    pub(super) fn check_arguments(&self, arguments: &Identity, files: &Files) -> Result<(), ExportFailure> {
        let differences = differences(&self.arguments, arguments);
        if differences.is_empty() {
            return Ok(());
        }
        Err(unusable(&files.out, &format!("is of other arguments: {differences}")))
    }

    pub(super) fn save(&self, files: &Files) -> io::Result<()> {
        let mut text = serde_json::to_vec(self)?;
        text.push(b'\n');
        atomic_file::replace(&files.manifest, &text, &files.access)
    }
}

/// What is at `path` cannot be updated.
pub(super) fn unusable(path: &Path, why: &str) -> ExportFailure {
    ExportFailure::refused(format!("{} {why}", path.display()))
        .with_advice("Nothing was changed. --restart reads the whole list, and replaces the file.")
}

/// The SHA-256 of a file, which is handed over piece by piece meanwhile.
fn digest<E>(
    path: &Path,
    unreadable: impl Fn(io::Error) -> E,
    mut add: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<String, E> {
    let mut file = BufReader::with_capacity(256 * 1024, File::open(path).map_err(&unreadable)?);
    let mut sha256 = Sha256::new();
    loop {
        let piece = file.fill_buf().map_err(&unreadable)?;
        if piece.is_empty() {
            break;
        }
        sha256.update(piece);
        add(piece)?;
        let length = piece.len();
        file.consume(length);
    }
    Ok(sha256.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
