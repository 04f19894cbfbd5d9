//! The options of `failures`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use iotda_batch_tasks::sub_tasks::SubTask;

use super::{FileFormat, Format, OutArgs, PrintArgs, ReadArgs};
use crate::time_args;

#[derive(Args)]
#[command(after_help = FAILURES_EXAMPLES, after_long_help = FAILURES_MANUAL)]
pub(crate) struct FailuresArguments {
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    #[command(flatten)]
    pub(crate) print: PrintArgs<SubTask>,

    /// Count the failed sub-tasks instead of printing each.
    #[arg(
        long,
        value_name = "WHAT",
        conflicts_with_all = ["resume", "max_items", "columns", "sort", "jq", "out", "print_checkpoint"],
        help_heading = "How to print"
    )]
    pub(crate) group_by: Option<GroupBy>,

    /// Print sub-tasks as they come instead of task by task.
    #[arg(long, help_heading = "How to read")]
    pub(crate) as_they_come: bool,

    /// Write to this file, which is complete in the end however often the command is stopped, as `export` does; .ndjson or
    /// .jsonl, .csv, .parquet by its name, or --format.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["resume", "print_checkpoint", "sort", "jq"], help_heading = "Where to")]
    pub(crate) out: Option<PathBuf>,

    /// With --out: where to note how far it has come; FILE.checkpoint beside the output by default.
    #[arg(long, value_name = "FILE", requires = "out", help_heading = "Where to")]
    pub(crate) checkpoint: Option<PathBuf>,

    /// With --out: how often to note it. 1s by default.
    #[arg(long, value_name = "TIME", requires = "out", allow_hyphen_values = true, value_parser = time_args::duration, help_heading = "Where to")]
    pub(crate) checkpoint_every: Option<Duration>,

    /// With --out: discard what an earlier run has left unfinished, and start again.
    #[arg(long, requires = "out", help_heading = "Where to")]
    pub(crate) restart: bool,
}

impl FailuresArguments {
    /// The options of the file, where there is one.
    pub(crate) fn to_file(&self) -> Option<Result<OutArgs<SubTask>, String>> {
        let out = self.out.clone()?;
        let PrintArgs { max_items, ref columns, no_header, crlf, bom, .. } = self.print;
        let format = match self.print.format {
            None => None,
            Some(Format::Ndjson) => Some(FileFormat::Ndjson),
            Some(Format::Csv) => Some(FileFormat::Csv),
            Some(_) => {
                return Some(Err("--out takes --format ndjson and csv, and a name that ends in .parquet".to_owned()));
            }
        };
        Some(Ok(OutArgs {
            max_items,
            out,
            format,
            columns: columns.clone(),
            no_header,
            crlf,
            bom,
            checkpoint: self.checkpoint.clone(),
            checkpoint_every: self.checkpoint_every,
            restart: self.restart,
        }))
    }
}

/// What failed sub-tasks are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GroupBy {
    /// By the code and the message of their error
    Reason,
    /// By their device
    Device,
    /// By their task
    Task,
}

const FAILURES_EXAMPLES: &str = "\
Examples:
  batchtasks failures --type firmwareUpgrade --status Fail,PartialSuccess \\
      --created-after 7d --format csv > failures.csv
  batchtasks failures --all-profiles --created-after 7d --group-by reason

Columns, files and exit codes: batchtasks failures --help";

const FAILURES_MANUAL: &str = r#"Examples:
  batchtasks failures --type firmwareUpgrade --status Fail,PartialSuccess \
      --created-after 7d --format csv > failures.csv
  batchtasks failures --all-profiles --created-after 7d --group-by reason
  batchtasks failures --simulate 500 --out failures.parquet

Prints the failed sub-tasks of every task that the filters select, one line a
sub-task: which device, why, and of which task. Tasks are read side by side and
printed in the order of their list, newest first. The pages of one task follow
from each other, since sub-tasks have no id; so one sub-task that comes or goes
in the very page in which a run was stopped may put the next run out by one.
A task that is deleted meanwhile ends where it is. A service that does not choose
sub-tasks by status gives all, and those that did not fail are left out here.

The columns of table, csv and Parquet, and the fields of ndjson and json:
  task_id, task_name, task_type, create_time (of the task), target (the device),
  status, output, error_code, error_msg; with several profiles, profile

--format id prints the devices alone. --group-by prints a count for each reason
(error_code, error_msg), device (target) or task (task_id, task_name), the largest
first, once everything was read.

Exit codes:
  0    all was printed or written, or for as long as stdout was read
  1    reading failed: what came before is on stdout, and the last line of
       stderr is a checkpoint for --resume; with --out the same command
       continues. Also when single records could not be read
  2    an argument is wrong or missing; nothing was sent
  130  Ctrl-C, and 143 for SIGTERM: with a checkpoint as for 1"#;
