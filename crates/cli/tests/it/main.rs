//! The command as a shell sees it: the built program, its stdout, its stderr and its exit code.

// Clippy takes helpers of tests for code that ships.
#![allow(clippy::unwrap_used)]

mod arguments;
mod connecting;
mod doctor;
mod ends;
mod export;
mod failures;
mod fixture;
mod formats;
mod new_user;
#[cfg(unix)]
mod pager;
mod pages;
mod profile_file;
mod profiles;
mod python_sdk;
mod rows;
mod selection;
mod shaping;
mod show;
mod simulate;
mod simulate_check;
mod simulate_options;
mod summary;
mod summary_page;
#[cfg(unix)]
mod table;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod terminal_output;
mod trust;
mod until_done;
mod upgrade_job;
mod watch;
mod watch_exec;
mod watch_metrics;
