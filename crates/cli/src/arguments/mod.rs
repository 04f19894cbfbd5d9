//! The command line: names, help, and what can be told from the text alone. The service's rules are the library's.
//!
//! Options may be secrets, so there is no `Debug` of them.
#![allow(rustdoc::bare_urls, reason = "these comments are the texts of the help")]

mod export;
mod list;
mod pages;
mod reading;
mod show;
mod simulate;
mod summary;
mod watch;

use clap::{Parser, Subcommand};

pub(crate) use export::{ExportArguments, FileFormat};
pub(crate) use list::{Format, ListArguments};
pub(crate) use pages::{CompletionsArguments, ManArguments};
pub(crate) use reading::{Auth, Connection, Filters, Pace, Reading};
pub(crate) use show::{ShowArguments, ShowFormat};
pub(crate) use simulate::SimulateArguments;
pub(crate) use summary::{SummaryArguments, SummaryFormat};
pub(crate) use watch::{WatchArguments, WatchFormat};

/// Reads the batch tasks of Huawei Cloud IoTDA: every task exactly once, newest first, fetched ahead, resumable.
#[derive(Parser)]
#[command(name = "batchtasks", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Say on stderr which requests are made.
    #[arg(short, long, global = true, display_order = 900)]
    pub(crate) verbose: bool,
}

const EXAMPLES: &str = "\
Examples:
  batchtasks list --simulate
      made-up tasks, from a server inside of the process; needs no account
  HW_AUTH_TOKEN=... batchtasks list --region cn-north-4 --project-id 0123abcd
      the tasks of a project
  batchtasks watch ... --until-done 5c8ba99030344005c02316ad && echo upgraded
      wait until a task is done, then go on if it succeeded";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print the list of batch tasks, newest first.
    List(Box<ListArguments>),
    /// Print one task with its sub-tasks, those that failed first.
    Show(Box<ShowArguments>),
    /// Print what changes, as it changes; or wait until a task is done.
    Watch(Box<WatchArguments>),
    /// Count the tasks: by type and status, by day, and how many devices succeeded.
    Summary(Box<SummaryArguments>),
    /// Write the list of batch tasks to a file; run again, it goes on where it was stopped.
    Export(Box<ExportArguments>),
    /// Run a server on this machine that answers as the service does, until Ctrl-C.
    Simulate(Box<SimulateArguments>),
    /// Print what a shell needs to complete this command.
    Completions(CompletionsArguments),
    /// Print the manual page of this command, or of one of its commands, for man.
    Man(ManArguments),
}
