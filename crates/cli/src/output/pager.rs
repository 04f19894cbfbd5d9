//! `$PAGER`, for what is longer than the terminal.

// Knows lines and a process, not what is written.

use std::io::{self, IsTerminal, Write};
use std::process::Stdio;

use tokio::process::{Child, ChildStdin};

use crate::closed_stdout;
use crate::console::Console;
use crate::interrupt::Interrupt;
use crate::{shell, terminal};

/// What the shell ends with where it cannot start a command.
const NOT_STARTED: std::ops::RangeInclusive<i32> = 126..=127;

/// Shows what is written as a whole where it fits the terminal, and through the pager where it does not.
#[derive(Debug)]
pub(crate) struct Paging {
    pager: String,
    /// So many lines fit the terminal, and leave one for the prompt.
    room: usize,
    shown: Shown,
    console: Console,
    interrupt: Interrupt,
}

/// ```text
/// Held --- more lines than fit ---> Paged --- closed ---> Ended
///   +------------------ closed ------------------------------^
/// ```
#[derive(Debug)]
enum Shown {
    /// It may still fit.
    Held(Vec<u8>),
    /// The pager reads it, as far as it is scrolled.
    Paged(Child, std::fs::File),
    Ended,
}

impl Paging {
    /// Pages where stdout is a terminal and `PAGER` names a pager.
    pub(crate) fn of_stdout(console: &Console, interrupt: &Interrupt) -> Option<Self> {
        let pager = std::env::var("PAGER").ok().filter(|pager| !pager.trim().is_empty() && pager.trim() != "cat")?;
        let room = terminal::height().filter(|_| io::stdout().is_terminal())?.saturating_sub(1);
        let (console, interrupt) = (console.clone(), interrupt.clone());
        Some(Self { pager, room, shown: Shown::Held(Vec::new()), console, interrupt })
    }

    /// Whether something that was written is not on the terminal, nor with the pager.
    pub(crate) fn holds_back(&self) -> bool {
        matches!(&self.shown, Shown::Held(held) if !held.is_empty())
    }

    /// Takes what comes next. Blocks while the pager is not scrolled on.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Shown::Held(held) = &mut self.shown {
            held.extend_from_slice(bytes);
            if held.iter().filter(|byte| **byte == b'\n').count() <= self.room {
                return Ok(());
            }
            let held = std::mem::take(held);
            self.start()?;
            return self.write(&held);
        }
        match &mut self.shown {
            Shown::Paged(_, stdin) => stdin.write_all(bytes),
            _ => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Gives the terminal to the pager.
    fn start(&mut self) -> io::Result<()> {
        closed_stdout::check()?;
        let mut pager = shell::command(&self.pager);
        pager.stdin(Stdio::piped()).kill_on_drop(true);
        if std::env::var_os("LESS").is_none() {
            // Colours as they are, and what was read stays on the terminal.
            pager.env("LESS", "RX");
        }
        self.console.hold();
        self.interrupt.leave_ctrl_c(true);
        let mut child = pager.spawn()?;
        let stdin = child.stdin.take().map_or_else(|| Err(io::ErrorKind::BrokenPipe.into()), blocking)?;
        self.shown = Shown::Paged(child, stdin);
        Ok(())
    }

    /// Waits until the user has left the pager. Cancel safe; without a pager it is pending for ever.
    pub(crate) async fn left(&mut self) {
        match &mut self.shown {
            Shown::Paged(child, _) => {
                let _ = child.wait().await;
            }
            _ => std::future::pending().await,
        }
    }

    /// Shows what is held back, or waits until the user has left the pager, and takes the terminal back.
    ///
    /// # Errors
    /// Where the terminal cannot be written, or there is no such pager.
    pub(crate) async fn close(&mut self) -> io::Result<()> {
        match std::mem::replace(&mut self.shown, Shown::Ended) {
            Shown::Held(held) => self.console.aside(|| {
                closed_stdout::check()?;
                let mut stdout = io::stdout().lock();
                stdout.write_all(&held)?;
                stdout.flush()
            }),
            Shown::Paged(mut child, stdin) => {
                drop(stdin);
                let ended = child.wait().await;
                self.interrupt.leave_ctrl_c(false);
                self.console.release();
                match ended?.code() {
                    Some(code) if NOT_STARTED.contains(&code) => {
                        Err(io::Error::other(format!("the pager {:?} cannot be started (PAGER)", self.pager)))
                    }
                    _ => Ok(()),
                }
            }
            Shown::Ended => Ok(()),
        }
    }
}

/// An end of a pipe that is written as stdout is: a fetch continues in the runtime's other threads meanwhile.
#[cfg(unix)]
fn blocking(stdin: ChildStdin) -> io::Result<std::fs::File> {
    stdin.into_owned_fd().map(Into::into)
}

#[cfg(windows)]
fn blocking(stdin: ChildStdin) -> io::Result<std::fs::File> {
    stdin.into_owned_handle().map(Into::into)
}
