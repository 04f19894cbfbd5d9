//! The files of an export: their names, and changes to them that survive a crash at any instant. Knows not what is in
//! them.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::trouble::Trouble;

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

/// The file of the same name with `end` behind it.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    name.into()
}

/// A new file that takes the place of another when it is whole.
pub(super) struct Replacement<'a> {
    path: &'a Path,
    new: PathBuf,
    is_placed: bool,
}

impl<'a> Replacement<'a> {
    /// What replaces the file at `path`. Whatever an earlier run has left of such a replacement is gone.
    pub(super) fn of(path: &'a Path) -> io::Result<(Self, File)> {
        let new = beside(path, ".new");
        let file = File::create(&new)?;
        Ok((Self { path, new, is_placed: false }, file))
    }

    /// Puts it in its place. After a crash there is either the old file or the new one, whole.
    pub(super) fn place(mut self, file: &File) -> io::Result<()> {
        file.sync_all()?;
        fs::rename(&self.new, self.path)?;
        self.is_placed = true;
        sync_folder(self.path)
    }
}

/// One that has not been placed is of no use; behind a crash the next one overwrites it.
impl Drop for Replacement<'_> {
    fn drop(&mut self) {
        if !self.is_placed {
            let _ = fs::remove_file(&self.new);
        }
    }
}

/// Replaces what is at `path`, all of it or nothing.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (replacement, mut file) = Replacement::of(path)?;
    file.write_all(bytes)?;
    replacement.place(&file)
}

/// Renames for good, over whatever is there.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_folder(to)
}

/// Removes for good what may be gone already.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// How long the file is, if there is one.
pub(super) fn length(path: &Path) -> io::Result<Option<u64>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.len())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Names of files are safe from a power cut only when their folder is on the disk.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some file systems cannot do it for folders, and some folders can be written but not read.
        Err(error) => match error.kind() {
            ErrorKind::InvalidInput | ErrorKind::Unsupported | ErrorKind::PermissionDenied => Ok(()),
            _ => Err(error),
        },
        Ok(()) => Ok(()),
    }
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}
