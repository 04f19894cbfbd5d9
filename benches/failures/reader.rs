//! One reader in a separate process. It can be killed at any time, and the next one continues.

use std::fs::{self, File};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use iotda_batch_tasks::sub_tasks::{SubTaskCheckpoint, SubTaskOrder};
use iotda_batch_tasks::{Client, TaskType};

use crate::state_of;

pub(crate) const ROLE: &str = "BENCH_FAILURES";
pub(crate) const FILE: &str = "BENCH_FAILURES_FILE";

/// How often it notes how far it has come.
const EVERY: Duration = Duration::from_millis(500);

/// How much of the file counts, and where to continue.
pub(crate) struct State {
    bytes: u64,
    pub(crate) rows: u64,
    checkpoint: SubTaskCheckpoint,
}

/// What the readers before have left.
pub(crate) fn state(file: &Path) -> Option<State> {
    let text = fs::read_to_string(state_of(file)).ok()?;
    let mut parts = text.splitn(3, ' ');
    let mut next = || parts.next();
    Some(State { bytes: next()?.parse().ok()?, rows: next()?.parse().ok()?, checkpoint: next()?.parse().ok()? })
}

/// Reads, if this process was started for it; returns whether it was.
pub(crate) fn read_if_requested() -> bool {
    let (Ok(role), Some(file)) = (std::env::var(ROLE), std::env::var_os(FILE)) else { return false };
    let (endpoint, order) = role.split_once(' ').expect("an endpoint and an order");
    let order = if order == "of tasks" { SubTaskOrder::OfTasks } else { SubTaskOrder::AsTheyCome };
    tokio::runtime::Runtime::new().expect("a runtime").block_on(read(endpoint, order, Path::new(&file)));
    println!("{}", peak().unwrap_or_default());
    true
}

async fn read(endpoint: &str, order: SubTaskOrder, path: &Path) {
    let client = Client::builder().endpoint(endpoint).project_id("0a").token("any");
    let client = client.build().expect("all arguments keep the rules");
    let mut query = client.batch_tasks(TaskType::SoftwareUpgrade).sub_tasks().status("Fail").order(order);
    let (mut bytes, mut rows) = (0, 0);
    if let Some(state) = state(path) {
        (bytes, rows) = (state.bytes, state.rows);
        query = query.resume(state.checkpoint);
    }
    let file = File::options().create(true).truncate(false).write(true).open(path).expect("a file");
    file.set_len(bytes).expect("a file");
    let mut out = BufWriter::new(file);
    out.seek(SeekFrom::Start(bytes)).expect("a file");
    let mut failed = query.stream().expect("all arguments keep the rules");
    let mut noted = Instant::now();
    while let Some(row) = failed.try_next().await.expect("a row") {
        writeln!(out, "{} {}", row.task.task_id, row.detail.target.as_deref().unwrap_or_default()).expect("a disk");
        rows += 1;
        if noted.elapsed() >= EVERY {
            out.flush().expect("a disk");
            let bytes = out.stream_position().expect("a file");
            let new = path.with_extension("new");
            fs::write(&new, format!("{bytes} {rows} {}", failed.checkpoint())).expect("a disk");
            fs::rename(&new, state_of(path)).expect("a disk");
            noted = Instant::now();
        }
    }
    out.flush().expect("a disk");
    let _ = fs::remove_file(state_of(path));
}

/// The most memory that this process took, in bytes.
fn peak() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    Some(kibibytes * 1024.0)
}
