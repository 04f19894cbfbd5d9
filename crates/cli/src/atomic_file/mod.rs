//! Output files. All of them are opened, replaced and removed here, by these rules: links that the user names are
//! followed and links at names made here are not; what is no file stays as it is; a file that is replaced keeps its
//! mode and owner, and nothing that is written for it may be read by more users; after a crash there is the old file or
//! the new one, whole.
//!
//! Temporary names are fixed, not random as `tempfile` makes them: an export is killed and run again, and its next run
//! has to find and remove what the last one left.

mod access;
mod target;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

pub(crate) use access::Access;
use target::folder;
pub(crate) use target::{Target, all_differ};

/// A new file that takes the place of another when it is complete.
#[derive(Debug)]
pub(crate) struct Replacement<'a> {
    path: &'a Path,
    new: PathBuf,
    access: &'a Access,
    is_placed: bool,
}

impl<'a> Replacement<'a> {
    /// The end of the temporary name.
    pub(crate) const END: &'static str = ".new";

    /// What replaces the file at `path`. What an earlier run has left of such a replacement is removed; two at a time
    /// must be kept apart.
    pub(crate) fn of(path: &'a Path, access: &'a Access) -> io::Result<(Self, File)> {
        Self::named(path, beside(path, Self::END), access)
    }

    fn named(path: &'a Path, new: PathBuf, access: &'a Access) -> io::Result<(Self, File)> {
        let file = create(&new, access)?;
        Ok((Self { path, new, access, is_placed: false }, file))
    }

    /// Keeps it, complete, at its temporary name: [`place`] puts it in its place, in a later run too.
    pub(crate) fn keep(mut self, file: &File) -> io::Result<()> {
        file.sync_all()?;
        self.is_placed = true;
        sync_folder(&self.new)
    }

    /// Puts it in its place. After a crash there is either the old file or the new one, whole.
    pub(crate) fn place(mut self, file: &File) -> io::Result<()> {
        self.access.apply(file)?;
        file.sync_all()?;
        fs::rename(&self.new, self.path)?;
        self.is_placed = true;
        sync_folder(self.path)
    }
}

/// One that was neither placed nor kept is of no use; after a crash the next one removes it.
impl Drop for Replacement<'_> {
    fn drop(&mut self) {
        if !self.is_placed {
            let _ = fs::remove_file(&self.new);
        }
    }
}

/// Reports what would prevent [`write()`] from writing later: a long list must not be read for a file that cannot be
/// written.
pub(crate) fn check(path: &Path) -> Result<(), String> {
    let Target::File(path) = Target::resolve(path)? else { return Ok(()) };
    let access = Access::of(&path);
    let probe = Replacement::named(&path, of_this_process(&path), &access);
    probe.map(drop).map_err(|error| format!("{} cannot be replaced: {error}", path.display()))
}

/// Writes a file for the user, or leaves it as it was. A reader that opens it meanwhile sees the old one or the new one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match Target::resolve(path).map_err(io::Error::other)? {
        Target::Special(path) => File::options().write(true).open(path)?.write_all(bytes),
        Target::File(path) => {
            let access = Access::of(&path);
            // No lock keeps two runs apart that write the same file.
            let (replacement, mut file) = Replacement::named(&path, of_this_process(&path), &access)?;
            file.write_all(bytes)?;
            replacement.place(&file)
        }
    }
}

/// Replaces what is at `path`, all of it or nothing.
pub(crate) fn replace(path: &Path, bytes: &[u8], access: &Access) -> io::Result<()> {
    let (replacement, mut file) = Replacement::of(path, access)?;
    file.write_all(bytes)?;
    replacement.place(&file)
}

/// Puts what was [kept](Replacement::keep) in its place, unless that was done before.
pub(crate) fn place(path: &Path) -> io::Result<()> {
    let new = beside(path, Replacement::END);
    if length(&new)?.is_some() { rename(&new, path, &Access::of(path)) } else { Ok(()) }
}

/// A new, empty file. What is at its name is removed, even if it is a link, which is not followed.
pub(crate) fn create(path: &Path, access: &Access) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = access.options().open(path)?;
    access.apply_while_written(&file)?;
    Ok(file)
}

/// As [`create`], and the name survives a crash.
pub(crate) fn create_synced(path: &Path, access: &Access) -> io::Result<File> {
    let file = create(path, access)?;
    sync_folder(path)?;
    Ok(file)
}

/// The file at a name made here, for writing. A link is not followed.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let refused = || io::Error::other("it is no regular file, and is left as it is");
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(refused());
    }
    let file = File::options().write(true).open(path)?;
    // A link may have been put there in between.
    if is_at(&file, path)? { Ok(file) } else { Err(refused()) }
}

/// As [`open`], and an empty file is made where there is none.
pub(crate) fn open_or_create(path: &Path) -> io::Result<File> {
    match Access::default().options().open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => open(path),
        opened => opened,
    }
}

/// What is in the file at a name made here, if it is there.
pub(crate) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    if length(path)?.is_none() { Ok(None) } else { fs::read(path).map(Some) }
}

/// How long the file at a name made here is, if it is there. A link is refused.
pub(crate) fn length(path: &Path) -> io::Result<Option<u64>> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => Ok(Some(found.len())),
        Ok(_) => Err(io::Error::other("it is no regular file, and is left as it is")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether this open file is the one that has the name.
#[cfg(unix)]
pub(crate) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let file = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (file.dev(), file.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
pub(crate) fn is_at(_file: &File, path: &Path) -> io::Result<bool> {
    Ok(fs::symlink_metadata(path)?.is_file())
}

/// Renames for good, over whatever is there; the file becomes as accessible as `access` has it.
pub(crate) fn rename(from: &Path, to: &Path, access: &Access) -> io::Result<()> {
    access.apply(&open(from)?)?;
    fs::rename(from, to)?;
    sync_folder(to)?;
    if folder(from) == folder(to) { Ok(()) } else { sync_folder(from) }
}

/// Removes for good what may be gone already.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// The file of the same name with `end` after it.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    name.into()
}

fn of_this_process(path: &Path) -> PathBuf {
    beside(path, &format!(".{}{}", std::process::id(), Replacement::END))
}

/// Names of files are safe from a power cut only when their folder is on the disk.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    match File::open(folder(path)).and_then(|folder| folder.sync_all()) {
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
