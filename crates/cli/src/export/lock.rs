//! Keeps two runs apart: the lock ends with the process that holds it, however that ends.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::Path;

use jiff::{Timestamp, Unit};

use super::failure::ExportFailure;
use crate::atomic_file;

/// A lock that is held for as long as this lives.
#[derive(Debug)]
pub(super) struct Lock {
    path: Box<Path>,
    file: File,
}

impl Lock {
    /// Takes it, unless another process has it.
    pub(super) fn take(path: &Path) -> Result<Self, ExportFailure> {
        let locked = locked(path).map_err(|error| ExportFailure::file(path, &error))?;
        let Some(file) = locked else {
            let holder = fs::read_to_string(path).unwrap_or_default();
            let holder = if holder.trim().is_empty() { "another process" } else { holder.trim() };
            let message = format!("{holder} is at this export already (it holds {})", path.display());
            return Err(
                ExportFailure::failed(message).with_advice("Nothing was sent. Let it end, or write to another file.")
            );
        };
        let mut lock = Self { path: path.into(), file };
        // Who holds it is written for people alone: a full disk does not matter.
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

/// While it is still held: no other lock can be at this path.
impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn locked(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = match atomic_file::open_or_create(path) {
            // Its holder removed it in between.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened?,
        };
        match file.try_lock() {
            // The run that held it may have removed the file meanwhile, and a third run created it again.
            Ok(()) if atomic_file::is_at(&file, path)? => return Ok(Some(file)),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}
