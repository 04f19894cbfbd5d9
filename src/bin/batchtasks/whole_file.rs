//! Files that are there whole or not at all. Knows paths, not what is in the files.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
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

/// Writes the file, or leaves it as it was. Whoever opens it meanwhile sees the old one or the new one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays, and what it leads to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if path.metadata().is_ok_and(|known| !known.is_file()) {
        // A pipe or a device, which must stay what it is.
        return fs::OpenOptions::new().write(true).open(&path)?.write_all(bytes);
    }
    let beside = beside(&path);
    let written = write_new(&beside, bytes).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // It may not even be there; the first error is the one to tell.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// In the same folder, as only there a rename is one step.
fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
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
