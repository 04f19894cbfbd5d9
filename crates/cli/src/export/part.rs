//! The part of a file that is there so far.

// Knows how many bytes it has, nothing of what they say.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use crate::atomic_file::{self, Access};

/// From here on a piece is worth a system call.
const FULL: usize = 256 * 1024;

/// A file that grows at its end.
#[derive(Debug)]
pub(super) struct Part {
    file: File,
    buffer: Vec<u8>,
    written: u64,
}

impl Part {
    /// Opens it with its first `bytes`; what follows them goes. There must be so many.
    pub(super) fn open(path: &Path, bytes: u64, access: &Access) -> io::Result<Self> {
        let mut file = if bytes == 0 { atomic_file::create_synced(path, access)? } else { atomic_file::open(path)? };
        file.set_len(bytes)?;
        file.seek(SeekFrom::Start(bytes))?;
        Ok(Self { file, buffer: Vec::new(), written: bytes })
    }

    /// Adds what `write` writes.
    pub(super) fn add(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        write(&mut self.buffer);
        if self.buffer.len() < FULL { Ok(()) } else { self.flush() }
    }

    /// How many bytes were added, those that are not written yet too.
    pub(super) fn length(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// Brings everything to the disk. Returns how many bytes there are then.
    pub(super) fn sync(&mut self) -> io::Result<u64> {
        self.flush()?;
        self.file.sync_data()?;
        Ok(self.written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(&self.buffer)?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}
