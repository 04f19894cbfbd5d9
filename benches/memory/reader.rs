//! One reading in a process of its own, whose peak of memory is then known to be of this reading alone.

use std::fmt;
use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

use futures::TryStreamExt;
use iotda_batch_tasks::{BatchTask, BatchTaskQuery, Client, Error, Identity, RecordStream, TaskType};

use crate::plain::Task;

const ROLE: &str = "BENCH_READ";
const PAGE: u64 = 50;

/// How to read a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// Whether into records with `targets: Vec<String>` instead of this crate's own.
    pub(crate) plain: bool,
    pub(crate) prefetch: usize,
    /// The byte budget of the read-ahead; the usual one unless told.
    pub(crate) prefetch_bytes: Option<usize>,
    /// What the consumer takes for a page.
    pub(crate) pause: Duration,
}

/// The memory of a process that read a list, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// Before the first request.
    pub(crate) before: f64,
    pub(crate) peak: f64,
}

impl Reading {
    pub(crate) fn ahead(prefetch: usize) -> Self {
        Self { plain: false, prefetch, prefetch_bytes: None, pause: Duration::ZERO }
    }

    /// Runs this very program once more, to read the `tasks` at `endpoint`.
    pub(crate) fn run(&self, endpoint: &str, tasks: usize) -> Memory {
        let told = format!("{endpoint} {self}");
        let program = std::env::current_exe().expect("this program has a path");
        let output = Command::new(program).env(ROLE, told).output().expect("this program runs");
        let text = String::from_utf8_lossy(&output.stdout);
        let numbers: Vec<f64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        match numbers[..] {
            [read, before, peak] if read as usize == tasks => Memory { before, peak },
            _ => panic!("read {text:?} of {tasks} tasks: {}", String::from_utf8_lossy(&output.stderr)),
        }
    }

    fn heard(words: &[&str]) -> Option<Self> {
        let [plain, prefetch, prefetch_bytes, pause] = words else { return None };
        Some(Self {
            plain: plain.parse().ok()?,
            prefetch: prefetch.parse().ok()?,
            prefetch_bytes: prefetch_bytes.parse().ok(),
            pause: Duration::from_micros(pause.parse().ok()?),
        })
    }

    fn query(&self, endpoint: &str) -> BatchTaskQuery {
        let client = Client::builder().endpoint(endpoint).project_id("0a").token("token-of-the-benchmark");
        let client = client.build().expect("all arguments keep the rules");
        let query = client.batch_tasks(TaskType::SoftwareUpgrade).prefetch(self.prefetch);
        self.prefetch_bytes.into_iter().fold(query, BatchTaskQuery::prefetch_bytes)
    }

    async fn read<T: Identity + Send + 'static>(&self, tasks: Result<RecordStream<T>, Error>) -> u64 {
        let mut tasks = tasks.expect("all arguments keep the rules");
        let mut read = 0;
        while let Some(task) = tasks.try_next().await.expect("a task") {
            black_box(&task);
            read += 1;
            if read % PAGE == 0 && !self.pause.is_zero() {
                tokio::time::sleep(self.pause).await;
            }
        }
        read
    }
}

/// In a form that the other process reads.
impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.prefetch_bytes.map_or("usual".to_owned(), |bytes| bytes.to_string());
        write!(f, "{} {} {bytes} {}", self.plain, self.prefetch, self.pause.as_micros())
    }
}

impl Identity for Task {
    fn identity(&self) -> Option<&str> {
        Some(&self.task_id)
    }
}

/// Reads, if this process was started for it; returns whether it was.
pub(crate) fn read_if_asked() -> bool {
    let Ok(told) = std::env::var(ROLE) else { return false };
    let words: Vec<_> = told.split(' ').collect();
    let reading = Reading::heard(&words[1..]).expect("a reading");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let query = reading.query(words[0]);
    let before = kernel_says("VmRSS:").unwrap_or_default();
    let read = match reading.plain {
        true => runtime.block_on(reading.read::<Task>(query.stream_as())),
        false => runtime.block_on(reading.read::<BatchTask>(query.stream_as())),
    };
    println!("{read} {before} {}", kernel_says("VmHWM:").unwrap_or_default());
    true
}

/// A number of bytes that the kernel keeps of this process; `None` where there is no such kernel.
pub(crate) fn kernel_says(name: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    Some(kibibytes * 1024.0)
}
