//! The options of `completions` and `man`.

use clap::Args;
use clap_complete::Shell;

#[derive(Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct CompletionsArguments {
    /// The shell.
    pub(crate) shell: Shell,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  batchtasks completions bash > ~/.local/share/bash-completion/completions/batchtasks
  batchtasks completions zsh > ~/.zfunc/_batchtasks
  batchtasks completions fish > ~/.config/fish/completions/batchtasks.fish";

#[derive(Args)]
#[command(after_help = MAN_EXAMPLES)]
pub(crate) struct ManArguments {
    /// The command whose page to print; by default, the page of them all.
    pub(crate) command: Option<String>,
}

const MAN_EXAMPLES: &str = "\
Examples:
  batchtasks man list | man -l -
  batchtasks man > ~/.local/share/man/man1/batchtasks.1
  batchtasks man list > ~/.local/share/man/man1/batchtasks-list.1";
