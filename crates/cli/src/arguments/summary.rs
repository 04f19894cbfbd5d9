//! The options of `summary`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ReadArgs;

#[derive(Args)]
#[command(after_help = SUMMARY_EXAMPLES, after_long_help = SUMMARY_MANUAL)]
pub(crate) struct SummaryArguments {
    #[command(flatten)]
    pub(crate) read: ReadArgs,

    /// Count no more than this many tasks: the newest.
    #[arg(long, value_name = "N", help_heading = "Which tasks")]
    pub(crate) max_items: Option<u64>,

    /// How to print; text by default.
    #[arg(
        long,
        short = 'o',
        value_enum,
        default_value_t = SummaryFormat::Text,
        hide_default_value = true,
        help_heading = "How to print"
    )]
    pub(crate) format: SummaryFormat,

    /// Write a page with charts and tables to this file too. Any browser shows it; it loads nothing from the network.
    #[arg(long, value_name = "FILE", help_heading = "How to print")]
    pub(crate) html: Option<PathBuf>,
}

const SUMMARY_EXAMPLES: &str = "\
Examples:
  batchtasks summary --simulate 2000
  HW_AUTH_TOKEN=... batchtasks summary --region cn-north-4 --project-id 0123abcd \\
      --created-after 30d --local --html tasks.html

What is counted, the JSON and exit codes: batchtasks summary --help";

const SUMMARY_MANUAL: &str = r#"Examples:
  batchtasks summary --simulate 2000
  HW_AUTH_TOKEN=... batchtasks summary --region cn-north-4 --project-id 0123abcd \
      --created-after 30d --local --html tasks.html
  batchtasks summary ... --format json | jq .success_rate

What is counted:
  Tasks by type and status, and by the day on which they were created: days are
  of UTC, or of this machine's zone with --local. Devices are what task_progress
  says of all tasks together; a device that two tasks are for counts twice. The
  success rate is how many of them succeeded, of all. Tasks that cannot be read
  are named on stderr and counted as unreadable, and nowhere else.

The JSON is one object; fields may be added, none goes away:
  tasks         how many tasks were read
  unreadable    how many could not be read
  undated       how many of tasks do not say when they were created
  max_items     the value of --max-items, or null
  time_zone     of the days: UTC, a name such as Asia/Shanghai, or "local"
  devices       {total, success, fail, fail_wait_retry, processing, waitting,
                stopped, removed}
  success_rate  0.0 to 1.0, or null where there are no devices
  statuses      [{status, tasks}]: status is null for tasks that have none
  types         [{type, tasks, statuses, devices, success_rate}], most tasks
                first: type is null for tasks that have none
  days          [{day, tasks}]: "2026-11-15", ascending, without empty days

Text is cut to the width of the terminal, or to COLUMNS where stdout is none.
It has colours on a terminal only, and none with NO_COLOR.

Exit codes:
  0    all of the list was counted, or all up to --max-items
  1    reading failed: nothing is on stdout, and FILE is as it was. Also when
       FILE could not be written, or single tasks could not be read: the summary
       of all others is printed
  2    an argument is wrong or missing; nothing was sent
  130  Ctrl-C, and 143 for SIGTERM: nothing is on stdout"#;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SummaryFormat {
    /// Bars and numbers, for people
    Text,
    /// One JSON object, for machines
    Json,
}
