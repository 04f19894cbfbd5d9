//! The files of an export, by their names. Knows not what is in them.

use std::fs;
use std::path::{Path, PathBuf};

use super::trouble::Trouble;
use crate::whole_file::beside;

/// Where everything is.
#[derive(Debug)]
pub(super) struct Files {
    /// What the user asked for.
    pub(super) out: PathBuf,
    /// What there is of it.
    pub(super) part: PathBuf,
    /// How much of that counts, and where to go on.
    pub(super) checkpoint: PathBuf,
    /// Another run may want to write the same output or the same checkpoint.
    pub(super) locks: [PathBuf; 2],
}

impl Files {
    pub(super) fn new(out: &Path, checkpoint: Option<&Path>) -> Result<Self, Trouble> {
        let refused = |path: &Path, rule: &str| Trouble::refused(format!("{} {rule}", path.display()));
        if out.file_name().is_none() {
            return Err(refused(out, "is no name of a file (--out)"));
        }
        let part = beside(out, ".part");
        let checkpoint = checkpoint.map_or_else(|| beside(out, ".checkpoint"), Path::to_owned);
        let locks = [beside(out, ".lock"), beside(&checkpoint, ".lock")];
        if checkpoint.file_name().is_none() || checkpoint == out || checkpoint == part || locks.contains(&checkpoint) {
            return Err(refused(&checkpoint, "is needed for something else, or is no name of a file (--checkpoint)"));
        }
        for (path, option) in [(out, "--out"), (&checkpoint, "--checkpoint")] {
            if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
                return Err(refused(path, &format!("is there, and is no file ({option})")));
            }
        }
        Ok(Self { out: out.to_owned(), part, checkpoint, locks })
    }
}
