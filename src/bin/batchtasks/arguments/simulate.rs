//! The options of `simulate`.

use std::time::Duration;

use clap::Args;

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
