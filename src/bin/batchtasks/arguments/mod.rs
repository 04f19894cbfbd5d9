//! The command line: names, help, and what can be told from the text alone. The service's rules are the library's.
#![allow(rustdoc::bare_urls, reason = "these comments are the texts of the help")]

mod export;
mod list;
mod reading;
mod simulate;

use clap::{Parser, Subcommand};

pub(crate) use export::{ExportArguments, FileFormat};
pub(crate) use list::{Format, ListArguments};
pub(crate) use reading::{Auth, Connection, Filters, Pace, Reading};
pub(crate) use simulate::SimulateArguments;

/// Reads the batch tasks of Huawei Cloud IoTDA: every task exactly once, newest first, fetched ahead, resumable.
#[derive(Debug, Parser)]
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
      the tasks of a project";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the list of batch tasks, newest first.
    List(Box<ListArguments>),
    /// Write the list of batch tasks to a file; run again, it goes on where it was stopped.
    Export(Box<ExportArguments>),
    /// Run a server on this machine that answers as the service does, until Ctrl-C.
    Simulate(Box<SimulateArguments>),
}
