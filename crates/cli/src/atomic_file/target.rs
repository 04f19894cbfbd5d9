//! Where a path that the user gave leads.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// How many links may follow each other, as on Linux.
const MAX_LINKS: usize = 40;

/// What a path that the user gave leads to.
#[derive(Debug)]
pub(crate) enum Target {
    /// A file, or the name for a new one: no link.
    File(PathBuf),
    /// A pipe or a device, which must stay what it is.
    Special(PathBuf),
}

impl Target {
    /// Follows links and reports what would prevent replacing the file later. Changes nothing.
    pub(crate) fn resolve(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => return Err(format!("{shown} is a folder")),
            Ok(found) if !found.is_file() => return Ok(Self::Special(path.to_owned())),
            _ => {}
        }
        let mut path = path.to_owned();
        for _ in 0..MAX_LINKS {
            let Some(place) = place(&path)? else { return Err(format!("{shown} is no name of a file")) };
            if is_of_open_files(&place) {
                return Err(format!("{shown} is a file that is open already; name the file itself"));
            }
            match fs::read_link(&path) {
                Ok(link) => path = folder(&path).join(link),
                Err(_) if is_mount_point(&place) => {
                    return Err(format!("{shown} is mounted by itself, so it cannot be replaced; mount its folder"));
                }
                Err(_) => return Ok(Self::File(path)),
            }
        }
        Err(format!("{shown} is a link that leads nowhere"))
    }
}

/// Refuses names that lead to the same file, however the way to it is written. Each comes with what it is for.
pub(crate) fn all_differ(names: &[(&Path, &str)]) -> Result<(), String> {
    let mut places = Vec::<(PathBuf, &str)>::new();
    for (name, purpose) in names {
        let shown = name.display();
        let place = place(name)?.ok_or_else(|| format!("{shown} is no name of a file ({purpose})"))?;
        if let Some((_, other)) = places.iter().find(|(taken, _)| *taken == place) {
            return Err(format!("{shown} is needed for {other} and for {purpose}; choose another name"));
        }
        places.push((place, purpose));
    }
    Ok(())
}

/// The path with its folder resolved; `None` if it does not end in a name.
fn place(path: &Path) -> Result<Option<PathBuf>, String> {
    let Some(name) = path.file_name() else { return Ok(None) };
    let folder = folder(path);
    match fs::canonicalize(folder) {
        Ok(found) if found.is_dir() => Ok(Some(found.join(name))),
        Err(error) if error.kind() != ErrorKind::NotFound && error.kind() != ErrorKind::NotADirectory => {
            Err(format!("the folder {} cannot be used: {error}", folder.display()))
        }
        _ => Err(format!("there is no folder {}", folder.display())),
    }
}

pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Whether the name is one of those that a system gives to the open files of a process, `/dev/stdout` among them.
fn is_of_open_files(place: &Path) -> bool {
    place.starts_with("/proc") || place.starts_with("/dev/fd")
}

/// A file that is mounted by itself can be written, but no other one can take its place.
#[cfg(target_os = "linux")]
fn is_mount_point(place: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt;

    let Ok(mounts) = fs::read("/proc/self/mountinfo") else { return false };
    let mut points = mounts.split(|byte| *byte == b'\n').filter_map(|line| line.split(|byte| *byte == b' ').nth(4));
    points.any(|point| unescaped(point) == place.as_os_str().as_bytes())
}

#[cfg(not(target_os = "linux"))]
fn is_mount_point(_place: &Path) -> bool {
    false
}

/// Blanks and backslashes are octal there, such as `\040`.
#[cfg(target_os = "linux")]
fn unescaped(text: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), text);
    while let [first, after @ ..] = rest {
        let code = after.get(..3).filter(|_| *first == b'\\').and_then(|code| std::str::from_utf8(code).ok());
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 8).ok()) {
            out.push(byte);
            rest = &after[3..];
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}
