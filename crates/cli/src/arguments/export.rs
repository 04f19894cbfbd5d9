//! The options of `export`.

use std::time::Duration;

use clap::Args;
use iotda_batch_tasks::BatchTask;

use super::{OutArgs, ReadArgs};
use crate::time_args;

#[derive(Args)]
#[command(after_help = EXPORT_EXAMPLES, after_long_help = EXPORT_MANUAL)]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) out: OutArgs<BatchTask>,

    /// Bring FILE up to date instead of writing it anew: tasks that are new, and those from the newest down to the oldest
    /// that was open, are read; the rest of FILE is kept. The first time, the whole list is read.
    #[arg(long, conflicts_with_all = ["max_items", "status"], help_heading = "Where to")]
    pub(crate) update: bool,

    /// With --update: for how long after its creation a task in status Fail or PartialSuccess counts as open, since it may
    /// be retried: it is read again by the next update. 7 days by default, 0s for never.
    #[arg(long, value_name = "TIME", requires = "update", allow_hyphen_values = true, value_parser = time_args::duration, help_heading = "Where to")]
    pub(crate) retried_within: Option<Duration>,
}

const EXPORT_EXAMPLES: &str = "\
Examples:
  batchtasks export --simulate 20000 --out tasks.csv
  HW_AUTH_TOKEN=... batchtasks export --region cn-north-4 --project-id 0123abcd \\
      --created-after 30d --out tasks.ndjson
  batchtasks export ... --out current.csv --update

Files, formats and exit codes: batchtasks export --help";

const EXPORT_MANUAL: &str = r#"Examples:
  batchtasks export --simulate 20000 --out tasks.csv
  HW_AUTH_TOKEN=... batchtasks export --region cn-north-4 --project-id 0123abcd \
      --created-after 30d --out tasks.ndjson
  batchtasks export ... --out current.csv --update

However it is stopped - a crash, a full disk, a reboot - the same command again
continues, and the file becomes what one run would have written, with each task
once. Ages such as --created-after 7d count back from the first of the runs. To
authenticate, and how fast to read, may change from run to run.

Files, for --out FILE:
  FILE             appears, or is replaced, in one step when it is complete
  FILE.part        the tasks that are there so far
  FILE.checkpoint  which part of them counts, and where to continue; --checkpoint
                   puts it elsewhere
  FILE.lock        keeps a second run away while one is running, and so does
                   FILE.checkpoint.lock
  FILE.manifest    with --update: what the next one has to know
All but FILE and FILE.manifest are gone in the end.

--update keeps a file current, for as many requests as there are new pages. It
reads the list from the newest task down to the oldest that was open when FILE
was written, an hour below the newest at least, and puts what lies below from the
old FILE after it. Open is what is not in a final status; and Fail and
PartialSuccess, which may be retried, for as long as --retried-within says. So a
task that was open comes with the status that it has now, and one that was deleted
is gone where the list is read again and kept below. Where the ids of tasks do not
tell when these were created, the whole list is read. Ages such as --created-after
30d count back from the first of all runs. Stopped and run again, an update
continues as any export does. It is refused, and FILE stays as it is, where FILE
was not written with --update, has changed since, or is of other filters or columns;
--restart reads the whole list again. Tasks of one --status cannot be updated: a
task enters such a list anywhere.

Formats:
  ndjson   one line a task: the record as the service sent it
  csv      as `batchtasks list --format csv` prints it
  parquet  one row a task, newest first, compressed with Snappy; in programs
           that were built with the feature `parquet`. Every column may be null
           but task_id. Texts: task_id, task_name, task_type, status; a time in
           UTC: create_time; integers: total, success, fail, processing,
           waitting, fail_wait_retry, stopped, removed; a list of texts:
           targets; texts: status_desc, task_mode; a boolean: need_confirm; a
           time: schedule_time; integers: retry_count, retry_interval (minutes);
           JSON texts: targets_filter, document, task_ext_info

Exit codes:
  0    FILE is complete
  1    reading or writing failed, or another run is at it: the same command goes
       on. Also when single tasks could not be read: stderr names them, and FILE
       is complete with all others; and when the service sends no tasks and does
       not say that there are none
  2    an argument is wrong or missing, or what an earlier run has left is of
       other arguments or damaged; nothing was sent, nothing was changed
  130  Ctrl-C, and 143 for SIGTERM: the same command continues"#;
