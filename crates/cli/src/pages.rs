//! `batchtasks completions` and `batchtasks man`: what shells and manuals know of the command line, made from the same
//! definitions that read it.

use clap::CommandFactory;

use crate::arguments::{Arguments, CompletionsArguments, ManArguments};
use crate::console::Console;
use crate::exit::Exit;
use crate::output::stdout;

/// Where the text below the options of the help begins.
const MANUAL: &str = ".SH EXTRA\n";
/// The same, with lines that stay lines: there are examples among them.
const MANUAL_AS_IT_IS: &str = ".SH \"EXAMPLES AND NOTES\"\n.nf\n";

pub(crate) fn completions(arguments: &CompletionsArguments, console: &Console) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "batchtasks", &mut text);
    stdout::print(text, console)
}

pub(crate) fn man(arguments: &ManArguments, console: &Console) -> Exit {
    let mut command = Arguments::command();
    // Gives every command its full name, and the options that all have in common.
    command.build();
    let page = match &arguments.command {
        None => command,
        Some(name) => match command.find_subcommand(name) {
            Some(found) => found.clone(),
            None => {
                console.error(format_args!("there is no command {name}: batchtasks --help has them all"));
                return Exit::BadArguments;
            }
        },
    };
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = clap_mangen::Man::new(page).render(&mut text);
    let text = String::from_utf8_lossy(&text).replacen(MANUAL, MANUAL_AS_IT_IS, 1);
    stdout::print(text, console)
}
