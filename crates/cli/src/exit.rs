//! How the command ends, as shells see it.

use std::process::ExitCode;

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done, or the reader of stdout went away.
    Complete,
    /// Reading or writing failed on the way.
    Failed,
    /// An argument breaks a rule; nothing was sent. The parser of the command line ends with the same code.
    BadArguments,
    /// It took longer than it was given.
    TimedOut,
    /// A signal ended it.
    Interrupted(Signal),
}

/// A signal that ends the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// What `kill`, batch systems and container runtimes send.
    #[cfg(unix)]
    Terminate,
    /// The terminal was closed, or the connection to it broke.
    #[cfg(unix)]
    HangUp,
}

impl Signal {
    /// 128 and the signal's number, as shells have it.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            #[cfg(unix)]
            Self::Terminate => 143,
            #[cfg(unix)]
            Self::HangUp => 129,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Complete => 0,
            Exit::Failed => 1,
            Exit::BadArguments => 2,
            // As timeout(1) has it.
            Exit::TimedOut => 124,
            Exit::Interrupted(signal) => signal.code(),
        })
    }
}
