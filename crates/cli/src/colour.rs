//! Colours of statuses, where they may be.

// Knows terminals and statuses, not where the text goes.

use std::fmt::{self, Display};
use std::io::IsTerminal;
use std::sync::OnceLock;

use clap::ValueEnum;
use iotda_batch_tasks::TaskStatus;

/// What the user wants of colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColourChoice {
    /// On a terminal that knows them
    #[default]
    Auto,
    /// Into files and pipes too
    Always,
    /// Nowhere
    Never,
}

/// What was chosen for the whole process, before anything is written.
static CHOICE: OnceLock<ColourChoice> = OnceLock::new();

/// Decides for the whole process. The first choice holds.
pub(crate) fn choose(choice: ColourChoice) {
    let _ = CHOICE.set(choice);
}

/// Whether there may be colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colours(bool);

impl Colours {
    /// No colours.
    pub(crate) const NONE: Self = Self(false);

    /// Colours as the user has chosen; if nothing was chosen, where `stream` is a terminal that knows them and `NO_COLOR`
    /// is not set.
    pub(crate) fn of(stream: &impl IsTerminal) -> Self {
        match CHOICE.get().copied().unwrap_or_default() {
            ColourChoice::Auto => {}
            ColourChoice::Always => return Self(true),
            ColourChoice::Never => return Self::NONE,
        }
        let set = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty());
        let is_dumb = set("TERM").is_some_and(|terminal| terminal == "dumb");
        Self(stream.is_terminal() && set("NO_COLOR").is_none() && !is_dumb)
    }

    /// Whether there may be any.
    pub(crate) fn are_shown(self) -> bool {
        self.0
    }

    /// The text in the colour of the status, which takes no column more.
    pub(crate) fn paint(self, status: &TaskStatus, text: impl Display) -> impl Display {
        Painted { code: if self.0 { code(status) } else { None }, text }
    }
}

/// What the terminal calls the colour of a status: SGR, as in ECMA-48.
pub(crate) fn code(status: &TaskStatus) -> Option<u8> {
    Some(match status {
        TaskStatus::Success => 32,
        TaskStatus::Fail => 31,
        TaskStatus::PartialSuccess | TaskStatus::Stopping | TaskStatus::Stopped => 33,
        TaskStatus::Processing => 36,
        _ => return None,
    })
}

struct Painted<T> {
    code: Option<u8>,
    text: T,
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "\x1b[{code}m{}\x1b[0m", self.text),
            None => self.text.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_its_colour_and_an_unknown_one_none() {
        let painted = |status: &str, colours: bool| Colours(colours).paint(&status.into(), status).to_string();
        assert_eq!(painted("Fail", true), "\u{1b}[31mFail\u{1b}[0m");
        assert_eq!(painted("Fail", false), "Fail");
        assert_eq!(painted("Paused", true), "Paused");
    }
}
