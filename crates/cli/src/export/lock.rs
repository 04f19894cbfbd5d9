//! Keeps two runs apart: the lock ends with the process that holds it, however that ends.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use jiff::{Timestamp, Unit};

use super::trouble::Trouble;

/// A lock that is held for as long as this lives.
#[derive(Debug)]
pub(super) struct Lock {
    #[cfg(unix)]
    path: Box<Path>,
    file: File,
}

impl Lock {
    /// Takes it, unless somebody else has it.
    pub(super) fn take(path: &Path) -> Result<Self, Trouble> {
        let locked = locked(path).map_err(|error| Trouble::file(path, &error))?;
        let Some(file) = locked else {
            let holder = fs::read_to_string(path).unwrap_or_default();
            let holder = if holder.trim().is_empty() { "another process" } else { holder.trim() };
            let message = format!("{holder} is at this export already (it holds {})", path.display());
            return Err(Trouble::failed(message).with_advice("Nothing was sent. Let it end, or write to another file."));
        };
        let mut lock = Self {
            #[cfg(unix)]
            path: path.into(),
            file,
        };
        // Who holds it is told for people alone: a full disk does not matter.
        let _ = lock.sign();
        Ok(lock)
    }

    fn sign(&mut self) -> io::Result<()> {
        let now = Timestamp::now();
        let since = now.round(Unit::Second).unwrap_or(now);
        self.file.set_len(0)?;
        writeln!(self.file, "process {} (since {since})", std::process::id())
    }
}

/// While it is still held: nobody else's lock can be at this path.
#[cfg(unix)]
impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(unix)]
fn locked(path: &Path) -> io::Result<Option<File>> {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;

    loop {
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            // Whoever held it may have removed the file meanwhile, and a third one made it anew.
            Ok(()) if is_at(&file, path)? => return Ok(Some(file)),
            Ok(()) | Err(Errno::INTR) => {}
            Err(Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let file = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (file.dev(), file.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Who may share a file, the system asks when it is opened, and it removes this one with the last handle.
#[cfg(windows)]
fn locked(path: &Path) -> io::Result<Option<File>> {
    use std::os::windows::fs::OpenOptionsExt;

    const FILE_SHARE_READ: u32 = 0x1;
    const FILE_FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
    const ERROR_SHARING_VIOLATION: i32 = 32;

    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    options.share_mode(FILE_SHARE_READ).custom_flags(FILE_FLAG_DELETE_ON_CLOSE);
    match options.open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}
