//! The files of an export, by their names.

// Knows not what is in them.

use std::path::{Path, PathBuf};

use super::failure::ExportFailure;
use crate::arguments::FileFormat;
use crate::atomic_file::{self, Access, Replacement, Target, all_differ, beside};

/// Where everything is.
#[derive(Debug)]
pub(super) struct Files {
    /// The file that the user named, or the target of a link there.
    pub(super) out: PathBuf,
    /// What there is of it.
    pub(super) part: PathBuf,
    /// How much of that counts, and where to continue.
    pub(super) checkpoint: PathBuf,
    /// What the next update has to know.
    pub(super) manifest: PathBuf,
    /// Another run may want to write the same output or the same checkpoint.
    pub(super) locks: [PathBuf; 2],
    /// Who may read what is written on the way to the output.
    pub(super) access: Access,
    /// Who may read the checkpoint.
    pub(super) checkpoint_access: Access,
}

impl Files {
    /// Finds out all names, and refuses what could not become the output. Nothing is opened.
    pub(super) fn new(
        out: &Path,
        checkpoint: Option<&Path>,
        format: FileFormat,
        is_update: bool,
    ) -> Result<Self, ExportFailure> {
        let out = resolved(out, "--out")?;
        let part = beside(&out, ".part");
        let checkpoint = match checkpoint {
            Some(checkpoint) => resolved(checkpoint, "--checkpoint")?,
            None => beside(&out, ".checkpoint"),
        };
        let manifest = beside(&out, ".manifest");
        let new_manifest = beside(&manifest, Replacement::END);
        let locks = [beside(&out, ".lock"), beside(&checkpoint, ".lock")];
        let new = [beside(&out, Replacement::END), beside(&checkpoint, Replacement::END)];
        let mut names = vec![
            (out.as_path(), "--out"),
            (&checkpoint, "--checkpoint"),
            (&part, "the unfinished output"),
            (&locks[0], "the lock of --out"),
            (&locks[1], "the lock of --checkpoint"),
            (&new[1], "the next --checkpoint"),
        ];
        if format == FileFormat::Parquet {
            names.push((&new[0], "the next --out"));
        }
        if is_update {
            names.extend([(manifest.as_path(), "the manifest of --update"), (&new_manifest, "the next manifest")]);
        }
        all_differ(&names).map_err(ExportFailure::refused)?;
        let access = Access::of(&out);
        let checkpoint_access = Access::of_or(&checkpoint, &access);
        Ok(Self { out, part, checkpoint, manifest, locks, access, checkpoint_access })
    }

    /// How long the part is, if there is one.
    pub(super) fn part_length(&self) -> Result<Option<u64>, ExportFailure> {
        let length = atomic_file::length(&self.part);
        length.map_err(|error| ExportFailure::refused(format!("{}: {error}", self.part.display())))
    }
}

fn resolved(path: &Path, option: &str) -> Result<PathBuf, ExportFailure> {
    match Target::resolve(path) {
        Ok(Target::File(path)) => Ok(path),
        Ok(Target::Special(path)) => {
            Err(ExportFailure::refused(format!("{} is there, and is no file ({option})", path.display())))
        }
        Err(reason) => Err(ExportFailure::refused(format!("{option} {}: {reason}", path.display()))),
    }
}
