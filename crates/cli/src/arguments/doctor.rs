//! The options of `doctor`.

use clap::{Args, ValueEnum};

use super::ScopeArgs;

#[derive(Args)]
// How it pages is the diagnosis' own choice, and it shows no time.
#[command(mut_arg("page_size", |arg| arg.hide(true)))]
#[command(mut_arg("prefetch", |arg| arg.hide(true)))]
#[command(mut_arg("local", |arg| arg.hide(true)))]
#[command(after_help = DOCTOR_EXAMPLES, after_long_help = DOCTOR_MANUAL)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    pub(crate) lists: ScopeArgs,

    /// How to print; text by default.
    #[arg(
        long,
        short = 'o',
        value_enum,
        default_value_t = DoctorFormat::Text,
        hide_default_value = true,
        help_heading = "How to print"
    )]
    pub(crate) format: DoctorFormat,
}

const DOCTOR_EXAMPLES: &str = "\
Examples:
  batchtasks doctor --simulate
  HW_AUTH_TOKEN=... batchtasks doctor --region cn-north-4 --project-id 0123abcd

The checks, the JSON and exit codes: batchtasks doctor --help";

const DOCTOR_MANUAL: &str = r#"Examples:
  batchtasks doctor --simulate
  HW_AUTH_TOKEN=... batchtasks doctor --region cn-north-4 --project-id 0123abcd
  batchtasks doctor ... --format json | jq .exact

Some twenty read-only requests. The report has no secret, and ids are hashed: it
is made to be pasted into an issue.

The connection: endpoint, name-resolution, connection (TLS), credentials (which
were found, where, and whether the service takes them), signature, clock,
project, permission, answer, quota.

The behaviour of the list, each "holds", "does not hold" or "could not be seen".
Every scan needs these:
  newest-first         tasks come newest first
  marker-exclusive     a page after a marker has no task of the page before
  marker-descends      each page returns a marker below that of its request
  offset-500           an offset of 500 is accepted
  reads-agree          two reads of a page agree
and takes more requests without these:
  marker-is-last-id    the marker of a page is the id of its last task
  count-of-whole-list  count is that of the whole list, also after a marker
  estimated-marker     a marker that was not returned is a place in the list too
  empty-page-fields    a page without tasks has a count or a marker
  full-pages           a page has 50 tasks where so many follow

Of the lists of all types, the first that fills a page is read, else the
longest; --type chooses. A failed request is tried again for 20s (--max-elapsed).

The JSON is one object; fields may be added, none goes away:
  version     of the library
  exact       whether everything that a scan needs holds
  list        the task type whose list was read, or null
  requests    how many requests for pages were sent
  connection  [{subject, finding, note}]
  behaviour   [{subject, finding, needed, note}]

Exit codes:
  0    everything that a scan needs was seen to hold
  1    something that it needs does not hold or could not be seen, as in an
       account with fewer than two tasks, or the service could not be read
  2    an argument is wrong or missing; nothing was sent
  130  Ctrl-C, and 143 for SIGTERM"#;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DoctorFormat {
    /// Lines, for people and issues
    Text,
    /// One JSON object, for machines
    Json,
}
