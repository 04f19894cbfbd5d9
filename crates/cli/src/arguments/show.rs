//! The options of `show`.

use clap::{Args, ValueEnum};

use super::ScopeArgs;
use super::read::id;

#[derive(Args)]
#[command(after_help = SHOW_EXAMPLES, after_long_help = SHOW_MANUAL)]
pub(crate) struct ShowArguments {
    /// The task; with --type it is found sooner.
    #[arg(value_parser = id)]
    pub(crate) task_id: String,

    #[command(flatten)]
    pub(crate) lists: ScopeArgs,

    /// Only the sub-tasks that failed.
    #[arg(long, help_heading = "How to print")]
    pub(crate) failed_only: bool,

    /// How to print; text on a terminal, else ndjson.
    #[arg(long, short = 'o', help_heading = "How to print")]
    pub(crate) format: Option<ShowFormat>,
}

const SHOW_EXAMPLES: &str = "\
Examples:
  batchtasks show 5c8ba99030344005c02316ad --region cn-north-4 --project-id 0123abcd
  batchtasks show 5c8ba99030344005c02316ad ... --format ndjson | grep '\"status\":\"Fail\"'

See also batchtasks list --help for where tasks are read from, and
batchtasks show --help for formats and exit codes.";

const SHOW_MANUAL: &str = r#"Examples:
  batchtasks show 5c8ba99030344005c02316ad --region cn-north-4 --project-id 0123abcd
  batchtasks show 5c8ba99030344005c02316ad ... --format ndjson | grep '"status":"Fail"'

Where tasks are read from: as in batchtasks list --help. Without --type each
type is searched for the task.

The sub-tasks, one for each device, come page by page, those that failed
first: they are requested by themselves, and then all are read and these left
out. So a device that fails in between is among the others, and each is there
once, as it was when it was read first. A service without that filter gives
all in its own order.

The formats:
  text    the fields of the task, then one line a sub-task, cut to the width of
          the terminal; OUTPUT is what the device answered, or why it failed
  ndjson  first the record of the task, then one line a sub-task, as the
          service sent them, with the fields that are not known here
  json    the same as one object: {"batchtask": ..., "task_details": [...]}
  csv     the sub-tasks alone: target, status, output, error_code, error_msg

Exit codes:
  0    all was printed, or for as long as stdout was read
  1    the task is not there; or reading failed: what came before is on
       stdout. Also when single sub-tasks could not be read: stderr names
       them, all others are on stdout
  2    an argument is wrong or missing; nothing was sent
  130  Ctrl-C, and 143 for SIGTERM"#;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShowFormat {
    /// Fields and lines, for people
    Text,
    /// One JSON record a line, as the service sent it: the task, then its sub-tasks
    Ndjson,
    /// One JSON object
    Json,
    /// Comma-separated values, the sub-tasks alone
    Csv,
}
