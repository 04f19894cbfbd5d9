//! Mode and owner of a file that is written.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Who may use a file: as the file that it replaces, else as the process creates files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Access(Option<fs::Metadata>);

impl Access {
    /// That of the file at `path`, if there is one.
    pub(crate) fn of(path: &Path) -> Self {
        Self(fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file))
    }

    /// That of the file at `path`, else this one.
    pub(crate) fn of_or(path: &Path, other: &Self) -> Self {
        Some(Self::of(path)).filter(|access| access.0.is_some()).unwrap_or_else(|| other.clone())
    }

    /// Options for a new file, which no other user can open before [`apply`](Self::apply) where a file is replaced.
    #[cfg(unix)]
    pub(super) fn options(&self) -> OpenOptions {
        use std::os::unix::fs::OpenOptionsExt;

        let mut options = File::options();
        options.write(true).create_new(true).mode(if self.0.is_some() { 0o600 } else { 0o666 });
        options
    }

    /// As [`apply`](Self::apply), for a file that is still written, by a later run too.
    #[cfg(unix)]
    pub(super) fn apply_while_written(&self, file: &File) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;

        self.apply(file)?;
        let mut permissions = file.metadata()?.permissions();
        permissions.set_mode(permissions.mode() | 0o200);
        file.set_permissions(permissions)
    }

    #[cfg(unix)]
    pub(super) fn apply(&self, file: &File) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

        let Some(old) = &self.0 else { return Ok(()) };
        let new = file.metadata()?;
        let mut mode = old.mode() & 0o777;
        if new.uid() != old.uid() {
            // Only root may give a file away; for others, the mode alone is kept.
            let _ = fchown(file, Some(old.uid()), None);
        }
        if new.gid() != old.gid() && fchown(file, None, Some(old.gid())).is_err() {
            // What the old group could read, another group cannot.
            mode &= !0o070;
        }
        file.set_permissions(fs::Permissions::from_mode(mode))
    }

    #[cfg(not(unix))]
    pub(super) fn options(&self) -> OpenOptions {
        let mut options = File::options();
        options.write(true).create_new(true);
        options
    }

    #[cfg(not(unix))]
    pub(super) fn apply_while_written(&self, _file: &File) -> io::Result<()> {
        Ok(())
    }

    #[cfg(not(unix))]
    pub(super) fn apply(&self, _file: &File) -> io::Result<()> {
        Ok(())
    }
}
