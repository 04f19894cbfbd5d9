//! The command line: names, help, and what can be told from the text alone. The service's rules are the library's.
#![allow(rustdoc::bare_urls, reason = "these comments are the texts of the help")]

use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

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
    /// Run a server on this machine that answers as the service does, until Ctrl-C.
    Simulate(Box<SimulateArguments>),
}

#[derive(Args, Debug)]
#[command(after_help = LIST_EXAMPLES, after_long_help = LIST_MANUAL)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) connection: Connection,

    /// Only tasks of this type, such as softwareUpgrade; may be repeated. Without it, all types that the service
    /// describes.
    #[arg(long = "type", value_name = "TYPE", help_heading = "Which tasks")]
    pub(crate) types: Vec<String>,

    /// Only tasks in this status: Initializing, Waitting, Processing, Success, Fail, PartialSuccess, Stopped or
    /// Stopping.
    #[arg(long, help_heading = "Which tasks")]
    pub(crate) status: Option<String>,

    /// Only tasks of this resource space.
    #[arg(long, value_name = "ID", help_heading = "Which tasks")]
    pub(crate) app_id: Option<String>,

    /// End after this many tasks.
    #[arg(long, value_name = "N", help_heading = "Which tasks")]
    pub(crate) max_items: Option<u64>,

    /// Go on where an earlier run of the same list stopped: the line of JSON that it left on stderr.
    #[arg(long, value_name = "CHECKPOINT", help_heading = "Which tasks")]
    pub(crate) resume: Option<String>,

    /// Tasks a page, 1 to 50.
    #[arg(long, value_name = "N", help_heading = "How to read")]
    pub(crate) page_size: Option<usize>,

    /// Pages to fetch ahead at most; 0 fetches a page when it is needed.
    #[arg(long, value_name = "N", help_heading = "How to read")]
    pub(crate) prefetch: Option<usize>,

    /// How to print; a table on a terminal, else ndjson.
    #[arg(long, help_heading = "How to print")]
    pub(crate) format: Option<Format>,

    /// Leave out the first line of table and csv: to append to what an earlier run has printed.
    #[arg(long, help_heading = "How to print")]
    pub(crate) no_header: bool,

    /// Leave a checkpoint on stderr even if nothing went wrong: after --max-items, say.
    #[arg(long, help_heading = "How to print")]
    pub(crate) print_checkpoint: bool,
}

const LIST_EXAMPLES: &str = "\
Examples:
  batchtasks list --simulate 2000 --status Fail
  HW_AUTH_TOKEN=... batchtasks list --region cn-north-4 --project-id 0123abcd \\
      --type softwareUpgrade --format csv > tasks.csv

Formats and exit codes: batchtasks list --help";

const LIST_MANUAL: &str = r#"Examples:
  batchtasks list --simulate 2000 --status Fail
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
  csv     RFC 4180; columns: task_id, task_name, task_type, status, create_time
          (RFC 3339), total, success, fail, processing, waitting,
          fail_wait_retry, stopped, removed, targets (how many), status_desc.
          Texts are as the service has them: a name may begin with "="

Exit codes:
  0    the list was printed to its end, or to --max-items, or for as long as
       somebody read stdout
  1    reading failed: what came before is on stdout, and the last line of
       stderr is a checkpoint for --resume. Also when single tasks could not
       be read: stderr names them, all others are on stdout
  2    an argument is wrong or missing; nothing was sent
  130  Ctrl-C, and 143 for SIGTERM: with a checkpoint as for 1"#;

/// What the list is read from.
#[derive(Args, Debug)]
#[command(next_help_heading = "Where from")]
pub(crate) struct Connection {
    /// Read N made-up tasks (2000 unless told) from a server inside of this process. Needs no account.
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        default_missing_value = "2000",
        conflicts_with_all = ["endpoint", "region", "project_id", "instance_id", "token", "allow_plain_http"]
    )]
    pub(crate) simulate: Option<usize>,

    /// The region, such as cn-north-4: means its shared endpoint [env: HW_REGION_NAME].
    #[arg(long)]
    pub(crate) region: Option<String>,

    /// The endpoint of an instance of your own, https://ID.st1.iotda-app.REGION.myhuaweicloud.com; wins over the
    /// region.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,

    /// The project: 1 to 32 hexadecimal digits [env: HW_PROJECT_ID].
    #[arg(long, value_name = "ID")]
    pub(crate) project_id: Option<String>,

    /// The instance; standard and enterprise instances need it.
    #[arg(long, value_name = "ID")]
    pub(crate) instance_id: Option<String>,

    /// An IAM token [env: HW_AUTH_TOKEN]. Other users of this machine can see the command line, but not the
    /// environment.
    #[arg(long)]
    pub(crate) token: Option<String>,

    /// Allow an http endpoint on another machine, though anyone on the way can read the token.
    #[arg(long)]
    pub(crate) allow_plain_http: bool,
}

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
}

#[derive(Args, Debug)]
#[command(after_help = SIMULATE_EXAMPLES)]
pub(crate) struct SimulateArguments {
    /// The port on the loopback address to listen on; any free one unless told.
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,

    /// How many tasks there are.
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub(crate) tasks: usize,

    /// Make tasks of this type; may be repeated. Without it, of all types that the service describes.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) types: Vec<String>,

    /// What everything random follows from.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,

    /// Targets a task; 1 to 19 unless told.
    #[arg(long, value_name = "N")]
    pub(crate) targets: Option<usize>,

    /// Lay the tasks in bursts with hours of silence between them.
    #[arg(long)]
    pub(crate) uneven: bool,

    /// How long an answer takes, in milliseconds.
    #[arg(long, value_name = "MS", default_value = "0", value_parser = milliseconds)]
    pub(crate) latency_ms: Duration,

    /// What comes on top of the latency at most, in milliseconds.
    #[arg(long, value_name = "MS", default_value = "0", value_parser = milliseconds)]
    pub(crate) jitter_ms: Duration,

    /// Return at most so many records a page, whatever was asked for.
    #[arg(long, value_name = "RECORDS")]
    pub(crate) page_cap: Option<usize>,

    /// Create a task before every Nth request.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) create_every: u64,

    /// Delete some task before every Nth request.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) delete_every: u64,

    /// Move some task to another status before every Nth request.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) status_every: u64,

    /// Answer requests with 500 by this chance, 0.0 to 1.0.
    #[arg(long, value_name = "CHANCE", default_value = "0", hide_default_value = true, value_parser = chance)]
    pub(crate) error_rate: f64,

    /// Break connections in the middle of an answer by this chance, 0.0 to 1.0.
    #[arg(long, value_name = "CHANCE", default_value = "0", hide_default_value = true, value_parser = chance)]
    pub(crate) cut_rate: f64,

    /// Let through N requests a minute, and refuse the others with 429.
    #[arg(long, value_name = "N")]
    pub(crate) quota: Option<u32>,

    /// Leave out how many tasks there are.
    #[arg(long)]
    pub(crate) no_count: bool,

    /// Make markers that are no task ids.
    #[arg(long)]
    pub(crate) opaque_markers: bool,

    /// Refuse markers that were not handed out.
    #[arg(long)]
    pub(crate) refuse_foreign_markers: bool,

    /// Refuse this type, as a service that does not know it; may be repeated.
    #[arg(long = "unknown-type", value_name = "TYPE")]
    pub(crate) unknown_types: Vec<String>,

    /// Answer only requests with this Instance-Id.
    #[arg(long, value_name = "ID")]
    pub(crate) instance_id: Option<String>,

    /// Answer only requests with this token, or with a signature.
    #[arg(long)]
    pub(crate) token: Option<String>,

    /// The key that signatures are checked with, where a request has one.
    #[arg(long, value_name = "AK", default_value = "AKIDEXAMPLE0123456")]
    pub(crate) access_key: String,

    /// Its secret; for made-up keys only.
    #[arg(long, value_name = "SK", default_value = "SecretKeyExample/0123456789+abcdefghijkl")]
    pub(crate) secret_key: String,
}

const SIMULATE_EXAMPLES: &str = "\
Prints its endpoint as the only line on stdout, once it answers.

Example:
  batchtasks simulate --port 8080 --tasks 20000 --latency-ms 20 --delete-every 7
  batchtasks list --endpoint http://127.0.0.1:8080 --project-id 0 --token any";

fn chance(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(chance @ 0.0..=1.0) => Ok(chance),
        _ => Err("it must be a number from 0.0 to 1.0".to_owned()),
    }
}

fn milliseconds(text: &str) -> Result<Duration, std::num::ParseIntError> {
    text.parse().map(Duration::from_millis)
}
