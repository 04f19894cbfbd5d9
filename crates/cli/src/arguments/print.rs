//! How records are printed, and how they are written to a file: what every command takes that reads a list.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::output::jq::Filter;
use crate::output::shown::SortKey;
use crate::output::{Shown, ShownColumn, shown};
use crate::time_args;

/// How records are printed.
#[derive(Args)]
pub(crate) struct PrintArgs<R: Shown> {
    /// End after this many records.
    #[arg(long, value_name = "N", help_heading = "How many")]
    pub(crate) max_items: Option<u64>,

    /// Continue where an earlier run of the same list stopped: `last` after a run on a terminal, the line of JSON that
    /// it left on stderr, or @FILE, whose last line it is.
    #[arg(long, value_name = "CHECKPOINT", help_heading = "How many")]
    pub(crate) resume: Option<String>,

    /// How to print; a table on a terminal and with --columns, else ndjson.
    #[arg(long, short = 'o', help_heading = "How to print")]
    pub(crate) format: Option<Format>,

    /// Which columns table and csv have, in this order, with commas between them: the names of the columns of csv and of
    /// Parquet.
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        value_parser = shown::parser::<R>(),
        help_heading = "How to print",
        hide_possible_values = true
    )]
    pub(crate) columns: Option<Vec<ShownColumn<R>>>,

    /// Print in the order of this column, the smallest first; with a minus before it, the largest. All rows are held in
    /// memory, and printed when the list has ended.
    #[arg(
        long,
        value_name = "COLUMN",
        allow_hyphen_values = true,
        value_parser = SortKey::<R>::parse,
        conflicts_with_all = ["resume", "print_checkpoint"],
        help_heading = "How to print"
    )]
    pub(crate) sort: Option<SortKey<R>>,

    /// Print what this filter in the language of jq makes of each record, such as '.task_id' or 'select(.status == "Fail")';
    /// for ndjson, where a text has no quotes then, json and yaml.
    #[arg(long, value_name = "FILTER", value_parser = filter, help_heading = "How to print")]
    pub(crate) jq: Option<String>,

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

impl<R: Shown> PrintArgs<R> {
    /// Whether options are given that csv alone has.
    pub(crate) fn has_csv_style_of_another_format(&self) -> bool {
        self.format != Some(Format::Csv) && (self.crlf || self.bom)
    }
}

/// Reads a filter, and keeps its text: a filter is for one thread.
fn filter(text: &str) -> Result<String, String> {
    Filter::parse(text).map(|_| text.to_owned())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One line a record, for people
    Table,
    /// One JSON record a line, as the service sent it
    Ndjson,
    /// One JSON array of the records
    Json,
    /// One sequence of YAML of the records
    Yaml,
    /// Comma-separated values with a header
    Csv,
    /// The ids alone, one a line
    Id,
}

/// How records are written to a file.
#[derive(Args, Clone)]
pub(crate) struct OutArgs<R: Shown> {
    /// End after this many records.
    #[arg(long, value_name = "N", help_heading = "How many")]
    pub(crate) max_items: Option<u64>,

    /// The file to write. What is there stays as it is until the new file is complete.
    #[arg(long, value_name = "FILE", help_heading = "Where to")]
    pub(crate) out: PathBuf,

    /// What to write; by default, what the end of the file's name says: .ndjson or .jsonl, .csv, .parquet.
    #[arg(long, short = 'o', help_heading = "Where to")]
    pub(crate) format: Option<FileFormat>,

    /// Which columns csv has, in this order, with commas between them.
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        value_parser = shown::parser::<R>(),
        help_heading = "Where to",
        hide_possible_values = true
    )]
    pub(crate) columns: Option<Vec<ShownColumn<R>>>,

    /// Leave out the first line of csv.
    #[arg(long, help_heading = "Where to")]
    pub(crate) no_header: bool,

    /// End the lines of csv in CR LF, as RFC 4180 and spreadsheets have them, instead of LF.
    #[arg(long, help_heading = "Where to")]
    pub(crate) crlf: bool,

    /// Begin csv with a byte-order mark, by which spreadsheets know UTF-8.
    #[arg(long, help_heading = "Where to")]
    pub(crate) bom: bool,

    /// Where to note how far the export has come; FILE.checkpoint beside the output by default.
    #[arg(long, value_name = "FILE", help_heading = "Where to")]
    pub(crate) checkpoint: Option<PathBuf>,

    /// How often to note it: work of so long is done again after a crash. 1s by default.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = time_args::duration, help_heading = "Where to")]
    pub(crate) checkpoint_every: Option<Duration>,

    /// Discard what an earlier run has left unfinished, and start again.
    #[arg(long, help_heading = "Where to")]
    pub(crate) restart: bool,
}

/// What to write to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    /// One JSON record a line, as the service sent it
    Ndjson,
    /// Comma-separated values with a header
    Csv,
    /// Apache Parquet, for databases and data frames
    Parquet,
}
