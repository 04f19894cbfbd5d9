//! The options of `simulate`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use iotda_simulator::{CountForm, Fault, MarkerFault, MarkerForm, Markers, SignatureKind, TaskIds};

use super::CheckArguments;
use crate::simulate::value_parsers::{self, Beside, IamUser, Spoilt};
use crate::time_args;

#[derive(Args)]
#[command(after_help = SIMULATE_EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct SimulateArguments {
    #[command(subcommand)]
    pub(crate) command: Option<SimulateCommand>,

    /// The port on the loopback address to listen on; any free one by default.
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,

    /// How many tasks there are.
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub(crate) tasks: usize,

    /// Make tasks of this type; may be repeated. Without it, of all types that the service describes.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) types: Vec<String>,

    /// Serve a list beside the tasks too, as NAME=ROWS; may be repeated. The names: devices, products, device-groups,
    /// devices-in-group:GROUP, ota-packages, rules, task-details:TASK. Sub-tasks of made-up tasks are there anyway.
    #[arg(long = "list", value_name = "LIST", value_parser = value_parsers::beside)]
    pub(crate) lists: Vec<Beside>,

    /// A resource space that exists; may be repeated. Three by default.
    #[arg(long = "app-id", value_name = "ID")]
    pub(crate) app_ids: Vec<String>,

    /// What everything random follows from.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,

    /// Targets a task; 1 to 19 by default.
    #[arg(long, value_name = "N")]
    pub(crate) targets: Option<usize>,

    /// Lay the tasks in bursts with hours of silence between them.
    #[arg(long)]
    pub(crate) uneven: bool,

    /// How long an answer takes, in milliseconds.
    #[arg(long, value_name = "MS", default_value = "0", value_parser = value_parsers::milliseconds)]
    pub(crate) latency_ms: Duration,

    /// What comes on top of the latency at most, in milliseconds.
    #[arg(long, value_name = "MS", default_value = "0", value_parser = value_parsers::milliseconds)]
    pub(crate) jitter_ms: Duration,

    /// Return at most so many records a page, whatever was requested.
    #[arg(long, value_name = "TASKS", help_heading = "What the documents leave open")]
    pub(crate) page_cap: Option<usize>,

    /// End a page before the record that would take it above so many bytes; each has one at least.
    #[arg(long, value_name = "BYTES", help_heading = "What the documents leave open")]
    pub(crate) page_cap_bytes: Option<usize>,

    /// Write what is in the lists at every answer to this file, for `batchtasks simulate check`.
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,

    /// Create a task before every Nth request.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) create_every: u64,

    /// Delete some task before every Nth request.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) delete_every: u64,

    /// Move some task to another status before every Nth request.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) status_every: u64,

    /// Spoil requests: NAME=CHANCE for each by chance, 0.0 to 1.0, or NAME@N for request N; may be repeated. The names:
    /// internal, congested, bad-gateway, throttled or throttled:RETRY_AFTER, rate-limited, reset, close, half-body,
    /// hang, slow:TIME, redirect:URL, body:TEXT, endless-body, huge-body, deep-nesting, invalid-utf8,
    /// error:STATUS:CODE:MESSAGE.
    #[arg(long = "fault", value_name = "FAULT", value_parser = value_parsers::spoilt, help_heading = "What goes wrong")]
    pub(crate) faults: Vec<Spoilt>,

    /// Let through N requests at once and as many again over each --quota-per, and refuse the others with 429.
    #[arg(long, value_name = "N", help_heading = "What goes wrong")]
    pub(crate) quota: Option<u32>,

    /// See --quota.
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = time_args::duration, requires = "quota",
        help_heading = "What goes wrong")]
    pub(crate) quota_per: Duration,

    /// Count the quota in fixed windows, each as long as --quota-per.
    #[arg(long, requires = "quota", help_heading = "What goes wrong")]
    pub(crate) quota_window: bool,

    /// State the quota in the text of refusals, as the gateway does.
    #[arg(long, requires = "quota", help_heading = "What goes wrong")]
    pub(crate) quota_in_text: bool,

    /// State the quota in a header of every answer; or with "if-asked", where the request has X-Apig-Mode: debug.
    #[arg(long, value_name = "WHEN", num_args = 0..=1, default_missing_value = "always", require_equals = true,
        requires = "quota", help_heading = "What goes wrong")]
    pub(crate) quota_in_headers: Option<QuotaHeaders>,

    /// Say in Retry-After when to come back: seconds, or a date.
    #[arg(long, value_name = "TEXT", requires = "quota", help_heading = "What goes wrong")]
    pub(crate) quota_retry_after: Option<String>,

    /// Refuse with 403 IOTDA.021101 in place of 429.
    #[arg(long, requires = "quota", help_heading = "What goes wrong")]
    pub(crate) quota_as_forbidden: bool,

    /// Hand out markers that repeat, or that rise.
    #[arg(long, value_name = "HOW", value_parser = value_parsers::marker_fault, help_heading = "What goes wrong")]
    pub(crate) marker_fault: Option<MarkerFault>,

    /// What page.count is: total, below-marker, of-page, ten-times, tenth, text, absent, null, or a number.
    #[arg(long, value_name = "FORM", value_parser = value_parsers::count, allow_hyphen_values = true,
        help_heading = "What the documents leave open")]
    pub(crate) count: Option<CountForm>,

    /// What page.marker is on the last page with tasks: normal, absent, null, empty or echo.
    #[arg(long, value_name = "FORM", value_parser = value_parsers::marker, help_heading = "What the documents leave open")]
    pub(crate) last_page_marker: Option<MarkerForm>,

    /// What page.marker is on a page without tasks.
    #[arg(long, value_name = "FORM", value_parser = value_parsers::marker, help_heading = "What the documents leave open")]
    pub(crate) empty_page_marker: Option<MarkerForm>,

    /// What page.marker is on a page with tasks: task-ids, two-above (as captured for products), or four-days-above (as in
    /// the vendor's sample).
    #[arg(long, value_name = "FORM", value_parser = value_parsers::markers, help_heading = "What the documents leave open")]
    pub(crate) markers: Option<Markers>,

    /// How task ids lie in the list: in-order, unordered-within-seconds, or unordered.
    #[arg(long, value_name = "FORM", value_parser = value_parsers::task_ids, help_heading = "What the documents leave open")]
    pub(crate) task_ids: Option<TaskIds>,

    /// How many machines create tasks: with several, ids do not rise with each task within a second.
    #[arg(long, value_name = "N", help_heading = "What the documents leave open")]
    pub(crate) machines: Option<usize>,

    /// Refuse markers that were not handed out.
    #[arg(long, conflicts_with = "ignore_foreign_markers", help_heading = "What the documents leave open")]
    pub(crate) refuse_foreign_markers: bool,

    /// Answer markers that were not handed out with an empty page.
    #[arg(long, help_heading = "What the documents leave open")]
    pub(crate) ignore_foreign_markers: bool,

    /// Answer this text, such as {}, in place of a page without tasks.
    #[arg(long, value_name = "TEXT", help_heading = "What the documents leave open")]
    pub(crate) empty_page_body: Option<String>,

    /// Leave out GET /batchtasks/{task_id}.
    #[arg(long, help_heading = "What the documents leave open")]
    pub(crate) no_task_details: bool,

    /// Refuse this type, as a service that does not know it; may be repeated.
    #[arg(long = "unknown-type", value_name = "TYPE", help_heading = "What the documents leave open")]
    pub(crate) unknown_types: Vec<String>,

    /// Answer only requests with this Instance-Id.
    #[arg(long, value_name = "ID", help_heading = "Authentication")]
    pub(crate) instance_id: Option<String>,

    /// Answer only requests with this token, or with a signature.
    #[arg(long, help_heading = "Authentication")]
    pub(crate) token: Option<String>,

    /// Answer only requests that are signed: basic, derived or either. With --token, that is as good.
    #[arg(long, value_name = "KIND", value_parser = value_parsers::signature, help_heading = "Authentication")]
    pub(crate) require_signature: Option<SignatureKind>,

    /// The key that signatures are checked with, where a request has one.
    #[arg(long = "ak", value_name = "AK", default_value = "AKIDEXAMPLE0123456", help_heading = "Authentication")]
    pub(crate) access_key: String,

    /// Its secret; for made-up keys only.
    #[arg(
        long = "sk",
        value_name = "SK",
        default_value = "SecretKeyExample/0123456789+abcdefghijkl",
        help_heading = "Authentication"
    )]
    pub(crate) secret_key: String,

    /// The security token that has to come with the key, which makes it a temporary one.
    #[arg(long, value_name = "TOKEN", help_heading = "Authentication")]
    pub(crate) security_token: Option<String>,

    /// Give out tokens to this user at /v3/auth/tokens; may be repeated.
    #[arg(long = "iam-user", value_name = "ACCOUNT:NAME:PASSWORD", value_parser = value_parsers::iam_user,
        help_heading = "Authentication")]
    pub(crate) iam_users: Vec<IamUser>,

    /// How long such a token is good for.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = time_args::duration,
        help_heading = "Authentication")]
    pub(crate) token_lifetime: Duration,

    /// Spoil requests for tokens, as NAME@N.
    #[arg(long = "iam-fault", value_name = "FAULT", value_parser = value_parsers::spoilt_once, help_heading = "Authentication")]
    pub(crate) iam_faults: Vec<(u64, Fault)>,

    /// The project id that IAM answers with; the list answers for every project.
    #[arg(long, value_name = "ID", help_heading = "Authentication")]
    pub(crate) project_id: Option<String>,

    /// Set the clock so many seconds ahead, or back with a minus.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 0,
        hide_default_value = true,
        allow_hyphen_values = true,
        help_heading = "Authentication"
    )]
    pub(crate) clock_ahead: i64,
}

/// When answers state the quota in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum QuotaHeaders {
    Always,
    IfAsked,
}

#[derive(Subcommand)]
pub(crate) enum SimulateCommand {
    /// Check what a client delivered against the history of the server that it read from.
    Check(CheckArguments),
}

const SIMULATE_EXAMPLES: &str = "\
Prints its endpoint as the only line on stdout, once it answers.

Example:
  batchtasks simulate --port 8080 --tasks 20000 --latency-ms 20 --delete-every 7 --fault reset=0.01
  batchtasks list --endpoint http://127.0.0.1:8080 --project-id 0 --token any

Whether a client, in any language, delivers every task exactly once while the
list changes:
  batchtasks simulate --port 8080 --delete-every 7 --history history.ndjson &
  sleep 1
  your-client http://127.0.0.1:8080 > ids.txt
  kill $! && wait
  batchtasks simulate check history.ndjson ids.txt";
