//! The options of `simulate check`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Args)]
#[command(after_help = CHECK_MANUAL)]
pub(crate) struct CheckArguments {
    /// What `batchtasks simulate --history` wrote, after the server has ended.
    pub(crate) history: PathBuf,

    /// What the client delivered, in its order: one id a line, one JSON object a line, or CSV with a header; - for stdin.
    pub(crate) delivered: PathBuf,

    /// The field or column that holds the ids; task_id or id by default.
    #[arg(long, value_name = "NAME")]
    pub(crate) field: Option<String>,

    /// A list that the client scanned, as in its requests: 'batchtasks?task_type=softwareUpgrade&status=Fail'; may be
    /// repeated. By default, all that the history has pages of.
    #[arg(long = "list", value_name = "LIST")]
    pub(crate) lists: Vec<String>,

    /// Demand no order.
    #[arg(long)]
    pub(crate) unordered: bool,

    /// How to print; text by default.
    #[arg(long, short = 'o', value_enum, default_value_t = CheckFormat::Text, hide_default_value = true)]
    pub(crate) format: CheckFormat,
}

const CHECK_MANUAL: &str = "\
A scan lasts from the first page of a list in the history to the last one. Found are
  lost          in the list at each of these pages, and not delivered
  doubled       delivered more than once
  never there   delivered, and in the list at none of these pages
  out of order  delivered after an older record of the same list
What was in the list at some of the pages only may be delivered, once.

Example:
  batchtasks simulate --port 8080 --delete-every 7 --history history.ndjson &
  sleep 1
  batchtasks list --endpoint http://127.0.0.1:8080 --project-id 0 --token any --format id > ids.txt
  kill $! && wait
  batchtasks simulate check history.ndjson ids.txt

Exit codes:
  0  exact
  1  not exact
  2  a file cannot be read, or it is not clear which list was scanned: --list";

/// How to print what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// Numbers, and a few ids of each kind
    Text,
    /// One JSON object, with all ids
    Json,
}
