//! Everything that is printed on stderr: lines and a progress bar, which make room for each other.

// Knows no tasks.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::terminal;

const TICK: Duration = Duration::from_millis(100);

/// A narrower terminal shows numbers alone: a line that wraps cannot be drawn anew.
const NARROW: usize = 64;

/// What a progress bar counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Tasks that are read, to be printed.
    Tasks,
    /// Tasks that are read, and written to a file.
    WrittenTasks,
    /// Sub-tasks that are read, to be printed.
    SubTasks,
    /// Sub-tasks that are read, and written to a file.
    WrittenSubTasks,
    /// Records of another list that are read, to be printed.
    Records,
    /// Records of another list that are read, and written to a file.
    WrittenRecords,
    /// Devices that are done with: not by this process, so their number a second says nothing.
    Devices,
}

impl Counted {
    /// Whether it is counted for what is printed.
    fn is_printed(self) -> bool {
        matches!(self, Self::Tasks | Self::SubTasks | Self::Records)
    }

    fn template(self, with_length: bool, columns: usize) -> &'static str {
        if columns < NARROW {
            return match (self, with_length) {
                (Self::Devices, true) => "{spinner} {human_pos}/{human_len} {wide_msg}",
                (Self::Devices, false) => "{spinner} {wide_msg}",
                (_, true) => "{spinner} {human_pos}/{human_len}, {rate}",
                (_, false) => "{spinner} {human_pos}, {rate}",
            };
        }
        match (self, with_length) {
            (Self::Tasks | Self::WrittenTasks, true) => {
                "{spinner} {human_pos} of {human_len} tasks [{wide_bar}] {rate}, {elapsed} {msg}"
            }
            (Self::Tasks | Self::WrittenTasks, false) => "{spinner} {human_pos} tasks, {rate}, {elapsed} {msg}",
            (Self::Records | Self::WrittenRecords, true) => {
                "{spinner} {human_pos} of {human_len} records [{wide_bar}] {rate}, {elapsed} {msg}"
            }
            (Self::Records | Self::WrittenRecords, false) => "{spinner} {human_pos} records, {rate}, {elapsed} {msg}",
            (Self::SubTasks | Self::WrittenSubTasks, true) => {
                "{spinner} {human_pos} of {human_len} sub-tasks [{wide_bar}] {rate}, {elapsed}"
            }
            (Self::SubTasks | Self::WrittenSubTasks, false) => "{spinner} {human_pos} sub-tasks, {rate}, {elapsed}",
            (Self::Devices, true) => "{spinner} {human_pos} of {human_len} devices [{wide_bar}] {msg}, {elapsed}",
            (Self::Devices, false) => "{spinner} {msg}, {elapsed}",
        }
    }
}

/// Where the command talks to its user. A clone is the same console.
///
/// Nothing here fails: a closed stderr is no error.
#[derive(Clone, Debug, Default)]
pub(crate) struct Console {
    bar: Arc<OnceLock<Bar>>,
    /// The lines that wait while another program has the terminal.
    held: Arc<Mutex<Option<Vec<u8>>>>,
}

impl Console {
    /// Writes a line.
    pub(crate) fn line(&self, text: impl fmt::Display) {
        // In one piece, so that lines of several threads do not mix.
        let text = format!("{text}\n");
        if let Some(held) = &mut *self.held.lock().unwrap_or_else(PoisonError::into_inner) {
            return held.extend_from_slice(text.as_bytes());
        }
        self.aside(|| {
            let _ = io::stderr().write_all(text.as_bytes());
        });
    }

    /// Writes an error, which may hold text of the service.
    pub(crate) fn error(&self, text: impl fmt::Display) {
        self.foreign("error: ", &text.to_string());
    }

    /// Writes a warning, which may hold text of the service.
    pub(crate) fn warning(&self, text: impl fmt::Display) {
        self.foreign("warning: ", &text.to_string());
    }

    /// Writes a line that may hold text of the service.
    pub(crate) fn foreign(&self, before: &str, text: &str) {
        self.line(format_args!("{before}{}", terminal::safe_line(text)));
    }

    /// Leaves the terminal to another program: the progress bar is taken away, and lines wait.
    pub(crate) fn hold(&self) {
        self.end_progress();
        self.held.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default();
    }

    /// Takes the terminal back, and writes the lines that have waited.
    pub(crate) fn release(&self) {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        let _ = io::stderr().write_all(&held.unwrap_or_default());
    }

    /// Does something to the terminal while no progress bar is in its way.
    pub(crate) fn aside<R>(&self, act: impl FnOnce() -> R) -> R {
        match self.bar.get() {
            Some(shown) => shown.bar.suspend(act),
            None => act(),
        }
    }

    /// Shows a progress bar from now on, if it has a terminal for itself. Returns whether it has. Of what it counts,
    /// `before` is done already.
    pub(crate) fn start_progress(&self, counted: Counted, before: u64) -> bool {
        if !io::stderr().is_terminal() || (counted.is_printed() && is_pipe(&io::stdout())) {
            return false;
        }
        let new = || {
            let bar = ProgressBar::no_length();
            bar.set_position(before);
            let bar = Bar { counted, bar, before, started: Instant::now() };
            bar.bar.set_style(bar.style(false));
            bar
        };
        self.bar.get_or_init(new).bar.enable_steady_tick(TICK);
        true
    }

    /// Moves the progress bar to `done`; `total` may change, or be unknown.
    pub(crate) fn progress(&self, done: u64, total: Option<u64>, note: impl fmt::Display) {
        let Some(shown) = self.bar.get() else { return };
        let bar = &shown.bar;
        if bar.is_finished() {
            return;
        }
        if bar.length() != total {
            match total {
                Some(total) => bar.set_length(total),
                None => bar.unset_length(),
            }
            bar.set_style(shown.style(total.is_some()));
        }
        bar.set_position(done);
        bar.set_message(note.to_string());
    }

    /// Takes the progress bar away. Returns whether there was one.
    pub(crate) fn end_progress(&self) -> bool {
        self.bar.get().inspect(|shown| shown.bar.finish_and_clear()).is_some()
    }
}

/// A progress bar, and what its rate counts from.
#[derive(Debug)]
struct Bar {
    counted: Counted,
    bar: ProgressBar,
    /// What earlier runs have done: it says nothing about the rate of this one.
    before: u64,
    started: Instant,
}

impl Bar {
    fn style(&self, has_length: bool) -> ProgressStyle {
        let style = ProgressStyle::with_template(self.counted.template(has_length, terminal::width_of(&io::stderr())));
        let (before, started) = (self.before, self.started);
        style.unwrap_or_else(|_| ProgressStyle::default_bar()).with_key(
            "rate",
            move |state: &ProgressState, out: &mut dyn fmt::Write| {
                // A rate that cannot be shown is left out.
                let _ = write!(out, "{:.0}/s", rate(state.pos().saturating_sub(before), started.elapsed()));
            },
        )
    }
}

/// How many a second.
pub(crate) fn rate(done: u64, elapsed: Duration) -> f64 {
    done as f64 / elapsed.as_secs_f64().max(0.001)
}

/// Whether another program reads this. It may draw on the same terminal, as a pager does.
#[cfg(unix)]
fn is_pipe(stream: &impl std::os::fd::AsFd) -> bool {
    use std::os::unix::fs::FileTypeExt;

    let metadata = stream.as_fd().try_clone_to_owned().and_then(|stream| std::fs::File::from(stream).metadata());
    metadata.is_ok_and(|metadata| metadata.file_type().is_fifo() || metadata.file_type().is_socket())
}

/// Whether it is one cannot be seen here.
#[cfg(not(unix))]
fn is_pipe(stream: &impl IsTerminal) -> bool {
    !stream.is_terminal()
}
