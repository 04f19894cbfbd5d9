//! Files that are there whole or not at all, and changes to them that survive a crash at any instant. Knows paths, not
//! what is in the files.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Says now what would keep [`write()`] from writing later, as far as it can be seen without writing.
pub(crate) fn check(path: &Path) -> Result<(), String> {
    let folder = folder(path);
    if path.file_name().is_none() || path.is_dir() {
        Err(format!("{} is a folder", path.display()))
    } else if !folder.is_dir() {
        Err(format!("there is no folder {}", folder.display()))
    } else {
        Ok(())
    }
}

/// Writes a file for the user, or leaves it as it was. Whoever opens it meanwhile sees the old one or the new one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays, and what it leads to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if path.metadata().is_ok_and(|known| !known.is_file()) {
        // A pipe or a device, which must stay what it is.
        return fs::OpenOptions::new().write(true).open(&path)?.write_all(bytes);
    }
    // Nobody keeps two runs apart that write the same file.
    let (replacement, mut file) = Replacement::named(&path, beside(&path, &format!(".{}.new", std::process::id())))?;
    file.write_all(bytes)?;
    replacement.place(&file)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// The file of the same name with `end` behind it.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    name.into()
}

/// A new file that takes the place of another when it is whole.
pub(crate) struct Replacement<'a> {
    path: &'a Path,
    new: PathBuf,
    is_placed: bool,
}

impl<'a> Replacement<'a> {
    /// What replaces the file at `path`. Whatever an earlier run has left of such a replacement is gone; two at a time
    /// must be kept apart.
    pub(crate) fn of(path: &'a Path) -> io::Result<(Self, File)> {
        Self::named(path, beside(path, ".new"))
    }

    fn named(path: &'a Path, new: PathBuf) -> io::Result<(Self, File)> {
        let file = File::create(&new)?;
        Ok((Self { path, new, is_placed: false }, file))
    }

    /// Puts it in its place. After a crash there is either the old file or the new one, whole.
    pub(crate) fn place(mut self, file: &File) -> io::Result<()> {
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
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (replacement, mut file) = Replacement::of(path)?;
    file.write_all(bytes)?;
    replacement.place(&file)
}

/// Renames for good, over whatever is there.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_folder(to)
}

/// Removes for good what may be gone already.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// How long the file is, if there is one.
pub(crate) fn length(path: &Path) -> io::Result<Option<u64>> {
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

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_stays_and_what_it_leads_to_is_replaced() {
        let folder = std::env::temp_dir().join(format!("batchtasks-whole-file-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (file, link) = (folder.join("file"), folder.join("link"));
        fs::write(&file, "old").unwrap();
        symlink(&file, &link).unwrap();
        let written = write(&link, b"new");
        let (read, is_link) = (fs::read_to_string(&file).unwrap(), link.is_symlink());
        let files = fs::read_dir(&folder).unwrap().count();
        fs::remove_dir_all(&folder).unwrap();
        written.unwrap();
        assert_eq!((read.as_str(), is_link, files), ("new", true, 2));
    }
}
