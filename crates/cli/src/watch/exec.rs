//! The command of `--exec`: run for one change after the other.

// Knows processes, not what changed.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};

use tokio::io::AsyncWriteExt;
use tokio::process::Child;

use crate::shell;

/// What a run of the command is given.
#[derive(Debug)]
pub(super) struct Input<'a> {
    /// For stdin.
    pub(super) line: &'a [u8],
    /// Variables of the environment, with their values.
    pub(super) variables: [(&'static str, &'a str); 3],
}

/// Runs `command` in the shell, and waits for its end.
///
/// # Cancel safety
/// Dropping the future ends the command, and on Unix what it has started.
///
/// # Errors
/// When it cannot be started. How it ended is for the caller to judge.
pub(super) async fn run(command: &str, input: Input<'_>) -> io::Result<ExitStatus> {
    // Nothing of a record is in the text of the command.
    let mut command = shell::command(command);
    // A separate group, so that a pipeline ends as a whole.
    #[cfg(unix)]
    command.process_group(0);
    // Stdout is for changes alone: what reads them must not take the command's words for some.
    command.envs(input.variables).stdin(Stdio::piped()).stdout(io::stderr()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let mut group = Group::of(&child);
    let stdin = child.stdin.take();
    let mut writing = pin!(async {
        if let Some(mut stdin) = stdin {
            // A command that does not read it closes it, which is no failure.
            let _ = stdin.write_all(input.line).await;
        }
        // What follows the line is the end of stdin.
        std::future::pending::<Infallible>().await
    });
    let ended = tokio::select! {
        ended = child.wait() => ended,
        never = &mut writing => match never {},
    };
    group.has_ended();
    ended
}

/// The processes of a command that has not ended: killed when this is dropped.
#[derive(Debug)]
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

#[cfg(unix)]
impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: id.and_then(rustix::process::Pid::from_raw) }
    }

    fn has_ended(&mut self) {
        self.leader = None;
    }
}

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            // It was not waited for, so the id is still its own.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(not(unix))]
impl Group {
    fn of(_: &Child) -> Self {
        Self {}
    }

    fn has_ended(&mut self) {}
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const INPUT: Input<'static> = Input { line: b"{}\n", variables: [("A", "1"), ("B", "2"), ("C", "3")] };

    #[tokio::test]
    async fn it_ends_as_the_command_does_whether_or_not_stdin_is_read() {
        let input = || Input { line: &[b'x'; 300_000], ..INPUT };
        for (command, code) in [
            ("exit 3", 3),
            ("[ $(wc -c) = 300000 ]", 0),
            ("[ $A$B$C = 123 ]", 0),
            ("no-such-command 2> /dev/null", 127),
        ] {
            assert_eq!(run(command, input()).await.unwrap().code(), Some(code), "{command}");
        }
    }

    #[tokio::test]
    async fn a_run_that_is_dropped_ends_what_it_has_started() {
        let name = format!("batchtasks-exec-{}", std::process::id());
        let (ready, late) = (std::env::temp_dir().join(&name), std::env::temp_dir().join(name + "-late"));
        let command = format!("(echo > {}; sleep 1; echo > {}) | cat", ready.display(), late.display());
        let started = async {
            while !ready.exists() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            ended = run(&command, INPUT) => panic!("{ended:?}"),
            () = started => {}
        }
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        let is_alive = late.exists();
        let _ = (std::fs::remove_file(&ready), std::fs::remove_file(&late));
        assert!(!is_alive);
    }
}
