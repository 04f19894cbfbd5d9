//! Everything that is said on stderr: lines and a progress bar, which make room for each other. Knows no tasks.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

const TICK: Duration = Duration::from_millis(100);
const WITH_LENGTH: &str = "{spinner} {human_pos} of {human_len} tasks [{wide_bar}] {rate}, {elapsed} {msg}";
const WITHOUT_LENGTH: &str = "{spinner} {human_pos} tasks, {rate}, {elapsed} {msg}";

/// Where the command talks to its user. A clone is the same console.
///
/// Nothing here fails: a closed stderr is nobody's error.
#[derive(Clone, Debug, Default)]
pub(crate) struct Console {
    bar: Arc<OnceLock<ProgressBar>>,
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
            Some(bar) => bar.suspend(act),
            None => act(),
        }
    }

    /// Shows a progress bar from now on, if stderr is a terminal.
    pub(crate) fn start_progress(&self) {
        if !io::stderr().is_terminal() {
            return;
        }
        let bar = self.bar.get_or_init(|| ProgressBar::no_length().with_style(style(WITHOUT_LENGTH)));
        bar.enable_steady_tick(TICK);
    }

    /// Moves the progress bar to `done`; `total` may change, or be unknown.
    pub(crate) fn progress(&self, done: u64, total: Option<u64>, note: impl fmt::Display) {
        let Some(bar) = self.bar.get() else { return };
        if bar.length() != total {
            match total {
                Some(total) => bar.set_length(total),
                None => bar.unset_length(),
            }
            bar.set_style(style(if total.is_some() { WITH_LENGTH } else { WITHOUT_LENGTH }));
        }
        bar.set_position(done);
        bar.set_message(note.to_string());
    }

    /// Takes the progress bar away. Returns whether there was one.
    pub(crate) fn end_progress(&self) -> bool {
        self.bar.get().inspect(|bar| bar.finish_and_clear()).is_some()
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
        // A rate that cannot be shown is left out.
        let _ = write!(out, "{:.0}/s", state.per_sec());
    })
}
