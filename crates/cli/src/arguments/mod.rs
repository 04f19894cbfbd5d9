//! The command line: names, help, and what the text alone shows. The service's rules are the library's.
//!
//! Options may be secrets, so there is no `Debug` of them.
#![allow(rustdoc::bare_urls, rustdoc::broken_intra_doc_links, reason = "these comments are the texts of the help")]

mod check;
mod config;
mod doctor;
mod export;
mod failures;
mod list;
mod pages;
mod print;
mod read;
mod rows;
mod show;
mod simulate;
mod summary;
mod watch;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use crate::colour::ColourChoice;

pub(crate) use check::{CheckArguments, CheckFormat};
pub(crate) use config::{ConfigArguments, ConfigFormat};
pub(crate) use doctor::{DoctorArguments, DoctorFormat};
pub(crate) use export::ExportArguments;
pub(crate) use failures::{FailuresArguments, GroupBy};
pub(crate) use list::ListArguments;
pub(crate) use pages::{CompletionsArguments, ManArguments};
pub(crate) use print::{FileFormat, Format, OutArgs, PrintArgs};
pub(crate) use read::{Auth, Connection, Filters, Pace, ReadArgs, ScopeArgs};
pub(crate) use rows::{
    DeviceFilters, DevicesArguments, GroupDeviceFilters, GroupDevicesArguments, GroupFilters, GroupsArguments,
    PackageFilters, PackagesArguments, ProductFilters, ProductsArguments, RowsArguments, RowsCommand, RuleFilters,
    RulesArguments,
};
pub(crate) use show::{ShowArguments, ShowFormat};
pub(crate) use simulate::{QuotaHeaders, SimulateArguments, SimulateCommand};
pub(crate) use summary::{SummaryArguments, SummaryFormat};
pub(crate) use watch::{WatchArguments, WatchFormat};

/// Reads the batch tasks of Huawei Cloud IoTDA: every task exactly once, newest first, fetched ahead, resumable.
#[derive(Parser)]
#[command(name = "batchtasks", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Write each request to stderr, with its time and URL.
    #[arg(short, long, global = true, display_order = 900)]
    pub(crate) verbose: bool,
    /// When to colour statuses; auto is on a terminal, unless NO_COLOR is set or TERM is dumb.
    #[arg(
        long,
        value_name = "WHEN",
        global = true,
        default_value = "auto",
        hide_default_value = true,
        display_order = 901
    )]
    pub(crate) color: ColourChoice,
}

impl Arguments {
    /// Reads the command line; what cannot be read ends the process.
    pub(crate) fn of_process() -> Self {
        Self::parse_from(with_simulated_number(std::env::args_os()))
    }
}

/// Gives `--simulate` its number where no number follows it: what follows is another argument, such as the id in
/// `show --simulate ID`.
fn with_simulated_number(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut read = Vec::new();
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        // The number of tasks has fewer digits than an id has symbols.
        let is_number = |text: &str| text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
        let has_number = arguments.peek().is_some_and(|next| next.to_str().is_some_and(is_number));
        if argument == "--simulate" && !has_number {
            read.push("--simulate=2000".into());
        } else {
            read.push(argument);
        }
    }
    read
}

const EXAMPLES: &str = "\
Examples:
  batchtasks list --simulate
      made-up tasks, from a server inside of the process; needs no account
  HW_AUTH_TOKEN=... batchtasks list --region cn-north-4 --project-id 0123abcd
      the tasks of a project
  batchtasks watch ... --until-done 5c8ba99030344005c02316ad && echo upgraded
      wait until a task is done, then continue if it succeeded";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print the list of batch tasks, newest first.
    List(Box<ListArguments>),
    /// Print one task with its sub-tasks, those that failed first.
    Show(Box<ShowArguments>),
    /// Print the failed sub-tasks of many tasks: which devices, and why.
    Failures(Box<FailuresArguments>),
    /// Print what changes, as it changes; or wait until a task is done.
    Watch(Box<WatchArguments>),
    /// Count the tasks: by type and status, by day, and how many devices succeeded.
    Summary(Box<SummaryArguments>),
    /// Write the list of batch tasks to a file; run again, it continues where it was stopped.
    Export(Box<ExportArguments>),
    /// The devices: print them, or write them to a file.
    #[command(
        after_help = "Examples:\n  batchtasks devices list --product-id 5c90fa7d3c4e4405e8525079 --columns device_id,status\n  batchtasks devices export --all-profiles --out devices.parquet"
    )]
    Devices(DevicesArguments),
    /// The products: print them, or write them to a file.
    #[command(
        after_help = "Examples:\n  batchtasks products list --format csv > products.csv\n  batchtasks products export --out products.ndjson"
    )]
    Products(ProductsArguments),
    /// The device groups: print them, or write them to a file.
    #[command(
        after_help = "Examples:\n  batchtasks groups list --group-type STATIC\n  batchtasks groups export --out groups.csv"
    )]
    Groups(GroupsArguments),
    /// The devices of one group: print them, or write them to a file.
    #[command(
        after_help = "Examples:\n  batchtasks group-devices list 0c7fa0c2-4d1b-4a1b-9d5e-3e2f1a0b9c8d --format id\n  batchtasks group-devices export 0c7fa0c2-4d1b-4a1b-9d5e-3e2f1a0b9c8d --out devices.csv"
    )]
    GroupDevices(GroupDevicesArguments),
    /// The upgrade packages: print them, or write them to a file.
    #[command(
        after_help = "Examples:\n  batchtasks packages list --package-type firmwarePackage\n  batchtasks packages export --package-type firmwarePackage --out packages.csv"
    )]
    Packages(PackagesArguments),
    /// The rules: print them, or write them to a file.
    #[command(
        after_help = "Examples:\n  batchtasks rules list --columns rule_id,name,status\n  batchtasks rules export --out rules.ndjson"
    )]
    Rules(RulesArguments),
    /// Check the connection and how the service behaves; a report for issues, without secrets.
    Doctor(Box<DoctorArguments>),
    /// Print the values that would be used, and where each comes from; how profiles are written.
    Config(Box<ConfigArguments>),
    /// Run a server on this machine that answers as the service does, until Ctrl-C.
    Simulate(Box<SimulateArguments>),
    /// Print what a shell needs to complete this command.
    Completions(CompletionsArguments),
    /// Print the manual page of this command, or of one of its commands, for man.
    Man(ManArguments),
}
