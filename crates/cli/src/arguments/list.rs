//! The options of `list`.

use clap::{Args, ValueEnum};

use super::ReadArgs;
use crate::output::{ShownColumn, shown};
use iotda_batch_tasks::BatchTask;

#[derive(Args)]
#[command(after_help = LIST_EXAMPLES, after_long_help = LIST_MANUAL)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) read: ReadArgs,

    /// End after this many tasks.
    #[arg(long, value_name = "N", help_heading = "Which tasks")]
    pub(crate) max_items: Option<u64>,

    /// Continue where an earlier run of the same list stopped: `last` after a run on a terminal, the line of JSON that
    /// it left on stderr, or @FILE, whose last line it is.
    #[arg(long, value_name = "CHECKPOINT", help_heading = "Which tasks")]
    pub(crate) resume: Option<String>,

    /// How to print; a table on a terminal and with --columns, else ndjson.
    #[arg(long, short = 'o', help_heading = "How to print")]
    pub(crate) format: Option<Format>,

    /// Which columns table and csv have, in this order: names of csv's or Parquet's columns, or progress, with commas
    /// between them.
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        value_parser = shown::parser::<BatchTask>(),
        help_heading = "How to print",
        hide_possible_values = true
    )]
    pub(crate) columns: Option<Vec<ShownColumn<BatchTask>>>,

    /// Leave out the first line of table and csv: to append to what an earlier run has printed.
    #[arg(long, help_heading = "How to print")]
    pub(crate) no_header: bool,

    /// End the lines of csv in CR LF, as RFC 4180 and spreadsheets have them, instead of LF.
    #[arg(long, help_heading = "How to print")]
    pub(crate) crlf: bool,

    /// Begin csv with a byte-order mark, by which spreadsheets know UTF-8.
    #[arg(long, help_heading = "How to print")]
    pub(crate) bom: bool,

    /// Leave a checkpoint on stderr even if nothing went wrong: after --max-items, say.
    #[arg(long, help_heading = "How to print")]
    pub(crate) print_checkpoint: bool,
}

const LIST_EXAMPLES: &str = "\
Examples:
  batchtasks list --simulate 2000 --status Fail --columns id,name,fail,created
  HW_AUTH_TOKEN=... batchtasks list --region cn-north-4 --project-id 0123abcd \\
      --type softwareUpgrade --format csv > tasks.csv

Formats and exit codes: batchtasks list --help";

const LIST_MANUAL: &str = r#"Examples:
  batchtasks list --simulate 2000 --status Fail --columns id,name,fail,created
  HW_AUTH_TOKEN=... batchtasks list --region cn-north-4 --project-id 0123abcd \
      --type softwareUpgrade --format csv > tasks.csv
  batchtasks list ... > tasks.ndjson 2> log ||
      batchtasks list ... --resume "$(tail -n 1 log)" >> tasks.ndjson

Tasks go to stdout, everything else to stderr. The formats:
  table   one line a task, cut to the width of the terminal; PROGRESS is how
          many executions succeeded, of all
  ndjson  one line a task: the record as the service sent it, with the fields
          that are not known here
  json    the same records as one array
  id      the ids alone, one a line
  csv     RFC 4180, with LF unless --crlf; columns: task_id, task_name, task_type, status, create_time
          (RFC 3339), total, success, fail, processing, waitting,
          fail_wait_retry, stopped, removed, targets (how many), status_desc.
          --columns takes these names, progress, and those of Parquet's columns
          (batchtasks export --help); short are id, name, type and created.
          Texts are as the service has them: a name may begin with "="

Exit codes:
  0    the list was printed to its end, or to --max-items, or for as long as
       stdout was read
  1    reading failed: what came before is on stdout, and the last line of
       stderr is a checkpoint for --resume; on a terminal it goes to a file
       that is named, and --resume last continues. Also when single tasks could not
       be read: stderr names them, all others are on stdout
  2    an argument is wrong or missing; nothing was sent
  130  Ctrl-C, and 143 for SIGTERM: with a checkpoint as for 1"#;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One line a task, for people
    Table,
    /// One JSON record a line, as the service sent it
    Ndjson,
    /// One JSON array of the records
    Json,
    /// Comma-separated values with a header
    Csv,
    /// The ids alone, one a line
    Id,
}
