//! The options of `list`.

use clap::Args;
use iotda_batch_tasks::BatchTask;

use super::{PrintArgs, ReadArgs};

#[derive(Args)]
#[command(after_help = LIST_EXAMPLES, after_long_help = LIST_MANUAL)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) print: PrintArgs<BatchTask>,
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
  yaml    the same records as one sequence, with the fields in their order
  id      the ids alone, one a line
  csv     RFC 4180, with LF unless --crlf; columns: task_id, task_name, task_type, status, create_time
          (RFC 3339), total, success, fail, processing, waitting,
          fail_wait_retry, stopped, removed, targets (how many), status_desc.
          --columns takes these names, progress, and those of Parquet's columns
          (batchtasks export --help); short are id, name, type and created.
          Texts are as the service has them: a name may begin with "="

A table that is longer than the terminal goes through the pager that the
variable PAGER names, such as less, and is read on as one scrolls; --sort reads
all of it first. Without PAGER nothing is paged.

Exit codes:
  0    the list was printed to its end, or to --max-items, or for as long as
       stdout was read; on a terminal, the checkpoint that an earlier run
       with the same arguments left is removed, or after --max-items replaced
  1    reading failed: what came before is on stdout, and the last line of
       stderr is a checkpoint for --resume; on a terminal it goes to a file
       that is named, and --resume last continues. Also when single tasks could not
       be read: stderr names them, all others are on stdout
  2    an argument is wrong or missing; nothing was sent
  130  Ctrl-C, and 143 for SIGTERM: with a checkpoint as for 1"#;
