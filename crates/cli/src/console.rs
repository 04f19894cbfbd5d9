//! Everything that is said on stderr: lines and a progress bar, which make room for each other. Knows no tasks.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

const TICK: Duration = Duration::from_millis(100);

/// What a progress bar counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Tasks that are read.
    Tasks,
    /// Sub-tasks that are read.
    SubTasks,
    /// Devices that are done with: not by this process, so their number a second says nothing.
    Devices,
}

impl Counted {
    fn template(self, with_length: bool) -> &'static str {
        match (self, with_length) {
            (Self::Tasks, true) => "{spinner} {human_pos} of {human_len} tasks [{wide_bar}] {rate}, {elapsed} {msg}",
            (Self::Tasks, false) => "{spinner} {human_pos} tasks, {rate}, {elapsed} {msg}",
            (Self::SubTasks, true) => "{spinner} {human_pos} of {human_len} sub-tasks [{wide_bar}] {rate}, {elapsed}",
            (Self::SubTasks, false) => "{spinner} {human_pos} sub-tasks, {rate}, {elapsed}",
            (Self::Devices, true) => "{spinner} {human_pos} of {human_len} devices [{wide_bar}] {msg}, {elapsed}",
            (Self::Devices, false) => "{spinner} {msg}, {elapsed}",
        }
    }
}

/// Where the command talks to its user. A clone is the same console.
///
/// Nothing here fails: a closed stderr is nobody's error.
#[derive(Clone, Debug, Default)]
pub(crate) struct Console {
    bar: Arc<OnceLock<(Counted, ProgressBar)>>,
}

impl Console {
    /// Writes a line.
    pub(crate) fn line(&self, text: impl fmt::Display) {
        // In one piece, so that lines of several threads do not mix.
        let text = format!("{text}\n");
        self.aside(|| {
            let _ = io::stderr().write_all(text.as_bytes());
        });
    }

    pub(crate) fn error(&self, text: impl fmt::Display) {
        self.line(format_args!("error: {text}"));
    }

    pub(crate) fn warning(&self, text: impl fmt::Display) {
        self.line(format_args!("warning: {text}"));
    }

    /// Does something to the terminal while no progress bar is in its way.
    pub(crate) fn aside<R>(&self, act: impl FnOnce() -> R) -> R {
        match self.bar.get() {
            Some((_, bar)) => bar.suspend(act),
            None => act(),
        }
    }

    /// Shows a progress bar from now on, if stderr is a terminal. Returns whether it is one.
    pub(crate) fn start_progress(&self, counted: Counted) -> bool {
        if !io::stderr().is_terminal() {
            return false;
        }
        let bar = || (counted, ProgressBar::no_length().with_style(style(counted.template(false))));
        self.bar.get_or_init(bar).1.enable_steady_tick(TICK);
        true
    }

    /// Moves the progress bar to `done`; `total` may change, or be unknown.
    pub(crate) fn progress(&self, done: u64, total: Option<u64>, note: impl fmt::Display) {
        let Some((counted, bar)) = self.bar.get() else { return };
        if bar.length() != total {
            match total {
                Some(total) => bar.set_length(total),
                None => bar.unset_length(),
            }
            bar.set_style(style(counted.template(total.is_some())));
        }
        bar.set_position(done);
        bar.set_message(note.to_string());
    }

    /// Takes the progress bar away. Returns whether there was one.
    pub(crate) fn end_progress(&self) -> bool {
        self.bar.get().inspect(|(_, bar)| bar.finish_and_clear()).is_some()
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
        // A rate that cannot be shown is left out.
        let _ = write!(out, "{:.0}/s", state.per_sec());
    })
}
