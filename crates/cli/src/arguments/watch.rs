//! The options of `watch`.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::ReadArgs;
use super::read::id;
use crate::time_args;

#[derive(Args)]
#[command(after_help = WATCH_EXAMPLES, after_long_help = WATCH_MANUAL)]
pub(crate) struct WatchArguments {
    #[command(flatten)]
    pub(crate) read: ReadArgs,

    /// How long to wait between two looks, such as 10s or 2m.
    #[arg(long, value_name = "TIME", default_value = "30s", allow_hyphen_values = true, value_parser = time_args::duration, help_heading = "What to watch")]
    pub(crate) interval: Duration,

    /// Wait until these tasks are done, with commas between them; without an id, until all tasks are that the filters select
    /// when the command starts. --status and --name select tasks here alone.
    #[arg(
        long,
        value_name = "TASK_IDS",
        value_delimiter = ',',
        num_args = 0..,
        value_parser = id,
        conflicts_with = "resume",
        help_heading = "What to watch"
    )]
    pub(crate) until_done: Option<Vec<String>>,

    /// With --until-done, for a task that failed: wait until a retry is done. Each task must first leave the final
    /// status that it is in.
    #[arg(long, requires = "until_done", help_heading = "What to watch")]
    pub(crate) after_retry: bool,

    /// For how long after its creation a task in status Fail or PartialSuccess is looked at again, since it may be retried;
    /// 7 days by default, 0s for never.
    #[arg(long, value_name = "TIME", conflicts_with = "until_done", allow_hyphen_values = true, value_parser = time_args::duration, help_heading = "What to watch")]
    pub(crate) retried_within: Option<Duration>,

    /// With --until-done: wait so long at most, such as 30m or 2h.
    #[arg(long, value_name = "TIME", requires = "until_done", allow_hyphen_values = true, value_parser = time_args::duration, help_heading = "What to watch")]
    pub(crate) wait_at_most: Option<Duration>,

    /// Continue where an earlier watch ended: `last` after one on a terminal, the line of JSON that it left on stderr,
    /// or @FILE, whose last line it is.
    #[arg(long, value_name = "CHECKPOINT", help_heading = "What to watch")]
    pub(crate) resume: Option<String>,

    /// For each change run this command in the shell, sh -c, with the change as a line of ndjson on its stdin; one after the
    /// other.
    #[arg(long, value_name = "COMMAND", conflicts_with = "until_done", help_heading = "What to do")]
    pub(crate) exec: Option<String>,

    /// Serve metrics for Prometheus at http://ADDRESS/metrics: a port alone is one of 127.0.0.1; 0 is any free one.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["until_done", "resume"], value_parser = address, help_heading = "What to do")]
    pub(crate) metrics: Option<SocketAddr>,

    /// How to print; text on a terminal, else ndjson.
    #[arg(long, short = 'o', help_heading = "How to print")]
    pub(crate) format: Option<WatchFormat>,
}

/// Reads an address to listen on.
fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let of_port = |port: &str| Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse::<u16>().ok()?)));
    let text = text.trim();
    let port = text.strip_prefix("localhost:").or_else(|| text.strip_prefix(':')).unwrap_or(text);
    let address = of_port(port).or_else(|| text.parse().ok());
    address.ok_or("it must be a port, such as 9464, or an address with one, such as 0.0.0.0:9464 or [::1]:9464")
}

const WATCH_EXAMPLES: &str = "\
Examples:
  batchtasks watch --region cn-north-4 --project-id 0123abcd --type softwareUpgrade
  batchtasks watch ... --until-done 5c8ba99030344005c02316ad --wait-at-most 2h && echo upgraded

See also batchtasks list --help for where tasks are read from, and
batchtasks watch --help for formats and exit codes.";

const WATCH_MANUAL: &str = r#"Examples:
  batchtasks watch --region cn-north-4 --project-id 0123abcd --type softwareUpgrade
  batchtasks watch ... --until-done 5c8ba99030344005c02316ad --wait-at-most 2h &&
      echo upgraded
  batchtasks watch ... --status Fail,PartialSuccess --created-after 7d \
      --until-done --after-retry --wait-at-most 2h
  batchtasks watch ... --format ndjson 2> log |
      jq 'select(.after.status == "Fail").task_id'
  batchtasks watch ... --resume @log
  batchtasks watch ... --metrics 9464 \
      --exec '[ "$BATCHTASKS_STATUS" != Fail ] || mail -s failed ops@example.org'

Where tasks are read from: as in batchtasks list --help.

The first look reads the list and prints nothing. From then on each task that
is new, and each that is in another status or has come further, is a line on
stdout, written at once. An unfinished task is gone when two looks in a row did
not see it, or when the service says that it knows no such task. Success and
Stopped are final: a task in one of them is not looked at again. So are Fail
and PartialSuccess once the task is older than --retried-within; until then a
retry is seen. A look that fails, after --max-elapsed, is a warning on stderr, and
the next look reports what was missed; only what cannot pass (a refused token,
an unknown type) ends the watch.

The formats:
  text    time, task id, status, executions that succeeded of all, type, name
  ndjson  one object a line:
            time         when it was seen, RFC 3339, UTC
            change       "created", "changed" or "gone"
            task_id
            task_type, task_name   as far as known
            before       status and progress at the look before; null if new
            after        status and progress now; null if gone

--exec COMMAND runs for each change, after its line is printed: one at a time,
in the order of the lines; looks wait meanwhile. The command is a text for the
shell, whose rules of quoting hold (sh -c; cmd /C on Windows). Nothing of a
record is put into that text: the change is on stdin, as a line of ndjson, and
in the variables BATCHTASKS_CHANGE, BATCHTASKS_TASK_ID and BATCHTASKS_STATUS
(empty once the task is gone). What the command prints goes to stderr. A code
other than 0 is a warning, and the watch continues. A signal to the watch kills
the command and what it has started; --resume runs it for that change again.

--metrics ADDRESS serves, in the text format of Prometheus:
  batchtasks_tasks{type,status}    how many tasks, as the last look saw them
  batchtasks_devices{type,state}   how many devices they have, by state; a
                                   device counts once in each of its tasks
  batchtasks_oldest_unfinished_age_seconds   absent where all tasks are done
  batchtasks_requests_total, batchtasks_retries_total,
  batchtasks_refusals_total (answers with a status other than 200),
  batchtasks_throttled_total (answers that limit the number of requests)
The tasks are kept in memory for that; until the first look has ended, only the
last four are there. A task that is deleted after it was done is still counted.
--metrics begins with a look at the whole list, so it takes no --resume.

With --until-done the progress is drawn on stderr: as a bar on a terminal,
else as a line for each change. Nothing but the task as it is when it is done
goes to stdout: as text one line, as ndjson the record as the service sent it.
A status that is not known here counts as not done. A task that is not there,
or cannot be read, is looked for once more: it may be a moment old, and one
odd answer is no proof. A task that waits for a confirmation is named.
Of several tasks each is printed once it is done, and one that is not there is named
and counts as failed; up to 8 are looked for at once. A request
that fails is retried for 10 minutes by default: see --max-elapsed.

Exit codes:
  0    with --until-done: every task is done, and its status is Success.
       Otherwise: the reader of stdout went away
  1    with --until-done: any other final status, or a task is not there, or
       no longer, or the service cannot be reached. Otherwise: watching failed;
       the last line of stderr is a checkpoint for --resume
  2    an argument is wrong or missing; nothing was sent
  124  --wait-at-most is over, and the task is not done
  130  Ctrl-C, and 143 for SIGTERM; without --until-done with a checkpoint"#;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WatchFormat {
    /// One line a change, for people
    Text,
    /// One JSON object a line
    Ndjson,
}
