//! The command as a shell sees it: the built program, its stdout, its stderr and its exit code.

// Clippy takes helpers of tests for code that ships.
#![allow(clippy::unwrap_used)]

mod arguments;
mod ends;
mod formats;
mod new_user;
mod pages;
mod selection;
mod show;
mod simulate;
mod summary;
#[cfg(unix)]
mod table;
#[cfg(unix)]
mod terminal;
mod until_done;
mod watch;
mod world;
