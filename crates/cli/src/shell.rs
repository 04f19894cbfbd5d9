//! Commands as users write them: texts for the shell.

use tokio::process::Command;

/// Runs `command` in the shell, whose rules of quoting hold.
pub(crate) fn command(command: &str) -> Command {
    #[cfg(unix)]
    let (program, option) = ("/bin/sh", "-c");
    #[cfg(not(unix))]
    let (program, option) = ("cmd", "/C");
    let mut shell = Command::new(program);
    shell.arg(option).arg(command);
    shell
}
