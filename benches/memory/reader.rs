//! One scan in a separate process, whose peak of memory is then that of this scan alone.

use std::fmt;
use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

use futures::TryStreamExt;
use iotda_batch_tasks::{
    BatchTask, BatchTaskQuery, Client, Error, FailureKind, Identity, Page, PageRequest, PageSource, RecordStream,
    SourceError, StreamOptions, TaskType,
};

use crate::plain::{Answer, Task};

const ROLE: &str = "BENCH_READ";
const PAGE: u64 = 50;
const TOKEN: &str = "token-of-the-benchmark";
const LIST: &str = "/v5/iot/0a/batchtasks?task_type=softwareUpgrade";

/// How to read a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) way: Way,
    /// How many pages ahead; without the option if `None`.
    pub(crate) prefetch: Option<usize>,
    /// The byte budget of the read-ahead; the library's default if `None`.
    pub(crate) prefetch_bytes: Option<usize>,
    /// What the consumer takes for a page.
    pub(crate) pause: Duration,
}

/// What the answers are read into, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// This crate's own records.
    Own,
    /// Records with `targets: Vec<String>`, through this crate's client.
    Strings,
    /// The same records out of whole bodies, as one writes it without this crate's client.
    StringsOfWholeBodies,
}

/// The memory of a process that read a list, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// Before the first request.
    pub(crate) before: f64,
    pub(crate) peak: f64,
}

impl Reading {
    /// Without any option.
    pub(crate) fn usual() -> Self {
        Self { way: Way::Own, prefetch: None, prefetch_bytes: None, pause: Duration::ZERO }
    }

    pub(crate) fn ahead(prefetch: usize) -> Self {
        Self { prefetch: Some(prefetch), ..Self::usual() }
    }

    /// Runs this very program once more, to read the `tasks` at `endpoint`.
    pub(crate) fn run(&self, endpoint: &str, tasks: usize) -> Memory {
        let text = format!("{endpoint} {self}");
        let program = std::env::current_exe().expect("this program has a path");
        let output = Command::new(program).env(ROLE, text).output().expect("this program runs");
        let text = String::from_utf8_lossy(&output.stdout);
        let numbers: Vec<f64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        match numbers[..] {
            [read, before, peak] if read as usize == tasks => Memory { before, peak },
            _ => panic!("read {text:?} of {tasks} tasks: {}", String::from_utf8_lossy(&output.stderr)),
        }
    }

    fn from_words(words: &[&str]) -> Option<Self> {
        let [way, prefetch, prefetch_bytes, pause] = words else { return None };
        let ways = [Way::Own, Way::Strings, Way::StringsOfWholeBodies];
        Some(Self {
            way: ways.into_iter().find(|known| format!("{known:?}") == *way)?,
            prefetch: prefetch.parse().ok(),
            prefetch_bytes: prefetch_bytes.parse().ok(),
            pause: Duration::from_micros(pause.parse().ok()?),
        })
    }

    fn query(&self, endpoint: &str) -> BatchTaskQuery {
        let client = Client::builder().endpoint(endpoint).project_id("0a").token(TOKEN);
        let client = client.build().expect("all arguments keep the rules");
        let query = client.batch_tasks(TaskType::SoftwareUpgrade);
        let query = self.prefetch.into_iter().fold(query, BatchTaskQuery::prefetch);
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
        let number = |given: Option<usize>| given.map_or("usual".to_owned(), |number| number.to_string());
        let [prefetch, bytes] = [self.prefetch, self.prefetch_bytes].map(number);
        write!(f, "{:?} {prefetch} {bytes} {}", self.way, self.pause.as_micros())
    }
}

impl Identity for Task {
    fn identity(&self) -> Option<&str> {
        Some(&self.task_id)
    }
}

/// The list as one reads it first: a body is collected, and read by `serde_json` into plain structs.
struct Bodies {
    http: reqwest::Client,
    list: String,
}

impl Bodies {
    async fn page(&self, request: PageRequest) -> Result<Page<Task>, Box<dyn std::error::Error + Send + Sync>> {
        let mut url = format!("{}&limit={}&offset={}", self.list, request.limit.get(), request.offset.get());
        if let Some(marker) = request.marker {
            url += &format!("&marker={}", marker.as_str());
        }
        let answer = self.http.get(url).header("X-Auth-Token", TOKEN).send().await?.error_for_status()?;
        let Answer { batchtasks, page } = serde_json::from_slice(&answer.bytes().await?)?;
        let marker = page.marker.map(|marker| marker.parse()).transpose()?;
        Ok(Page::new(batchtasks.into_iter().map(Ok).collect(), marker, page.count.map(i64::cast_unsigned)))
    }
}

impl PageSource<Task> for Bodies {
    async fn fetch(&self, request: PageRequest) -> Result<Page<Task>, SourceError> {
        let failed = |error| SourceError::new(FailureKind::Other, "no page").with_cause(error);
        self.page(request).await.map_err(failed)
    }
}

/// Reads, if this process was started for it; returns whether it was.
pub(crate) fn read_if_requested() -> bool {
    let Ok(text) = std::env::var(ROLE) else { return false };
    let words: Vec<_> = text.split(' ').collect();
    let reading = Reading::from_words(&words[1..]).expect("a reading");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let query = reading.query(words[0]);
    let before = kernel_says("VmRSS:").unwrap_or_default();
    let read = match reading.way {
        Way::Own => runtime.block_on(reading.read::<BatchTask>(query.stream_as())),
        Way::Strings => runtime.block_on(reading.read::<Task>(query.stream_as())),
        Way::StringsOfWholeBodies => {
            let bodies = Bodies { http: reqwest::Client::new(), list: format!("{}{LIST}", words[0]) };
            let bytes = reading.prefetch_bytes.unwrap_or(usize::MAX);
            let options = StreamOptions::new().prefetch_bytes(bytes);
            let options = reading.prefetch.into_iter().fold(options, StreamOptions::prefetch);
            runtime.block_on(reading.read(RecordStream::from_source(bodies, options)))
        }
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
