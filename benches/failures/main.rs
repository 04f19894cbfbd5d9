//! The failed sub-tasks of 500 tasks with 30,000 sub-tasks each, over HTTP: time against a client that knew every marker
//! beforehand, the peak of memory, and whether all is exact where the reader is killed in mid-scan while tasks come and go.
//!
//! `cargo bench --bench failures --all-features` takes some twenty minutes; `BENCH_SHORT=1` shows in seconds that everything
//! runs. `BENCH_TASKS` and `BENCH_TARGETS` choose other sizes. The simulator is in this process, each reader in another.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use iotda_batch_tasks::BatchTask;
use iotda_simulator::{List, SeenRequest, Simulator};
use tokio::runtime::Runtime;

mod floor;
mod reader;
#[path = "../shared/short.rs"]
mod short;

const LATENCY: Duration = Duration::from_millis(50);
/// How many requests are in flight, by default.
const AT_ONCE: usize = 11;
const MIB: f64 = 1024.0 * 1024.0;

struct Size {
    tasks: usize,
    targets: usize,
}

impl Size {
    fn wanted() -> Self {
        let (tasks, targets) = if short::is_wanted() { (60, 2_000) } else { (500, 30_000) };
        let number = |name, usual| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
        Self { tasks: number("BENCH_TASKS", tasks), targets: number("BENCH_TARGETS", targets) }
    }
}

fn main() {
    if reader::read_if_requested() {
        return;
    }
    let size = Size::wanted();
    let runtime = Runtime::new().expect("a runtime");
    let is_edited = Arc::new(AtomicBool::new(false));
    let edit = {
        let is_edited = Arc::clone(&is_edited);
        move |number: u64, list: &mut List| {
            if is_edited.load(Ordering::SeqCst) && number.is_multiple_of(97) {
                list.any().map(|id| list.delete(&id));
                list.create("softwareUpgrade");
            }
        }
    };
    let builder = Simulator::builder().tasks(size.tasks).targets_per_task(size.targets).latency(LATENCY);
    let simulator = runtime.block_on(builder.before_each(edit).start()).expect("a port");
    let folder = std::env::temp_dir().join(format!("failures-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");

    println!("{} tasks with {} sub-tasks each, {LATENCY:?} a request\n", size.tasks, size.targets);
    println!(
        "| tasks | order | rows | requests | s | × floor | peak MiB |\n| ---: | --- | ---: | ---: | ---: | ---: | ---: |"
    );
    // A tenth of the tasks first: what grows with their number shows.
    let older = simulator.edit(|list| list.tasks().into_iter().skip(size.tasks / 10).collect::<Vec<_>>());
    simulator.edit(|list| older.iter().for_each(|task| assert!(list.delete(&task.id))));
    timed(&simulator, &runtime, &folder, "of tasks");
    simulator.edit(|list| older.iter().for_each(|task| assert!(list.insert(task))));
    timed(&simulator, &runtime, &folder, "of tasks");
    timed(&simulator, &runtime, &folder, "as they come");
    killed(&simulator, &folder, &is_edited);
    std::fs::remove_dir_all(&folder).expect("the folder");
}

/// One reader from the beginning to the end, and then the same requests by a client that knows them all.
fn timed(simulator: &Simulator, runtime: &Runtime, folder: &Path, order: &str) {
    let file = folder.join("timed");
    simulator.clear_requests();
    let started = Instant::now();
    let output = reader(simulator, &file, order).stdout(Stdio::piped()).spawn().expect("this program runs");
    let output = output.wait_with_output().expect("it ends");
    let took = started.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&output.stdout);
    let peak: f64 = text.trim().parse().unwrap_or_else(|_| panic!("{text:?}"));
    let requests = simulator.requests();
    let rows = assert_exact(&file, &tasks(simulator));
    std::fs::remove_file(&file).expect("the file");
    let most = simulator.most_in_flight();
    assert!(most <= AT_ONCE + 2, "{most} requests in flight");
    let floor = runtime.block_on(floor::replay(simulator.endpoint(), urls(&requests), AT_ONCE)).as_secs_f64();
    println!(
        "| {} | {order} | {rows} | {} | {took:.1} | {:.2} | {:.0} |",
        simulator.edit(|list| list.len()),
        requests.len(),
        took / floor,
        peak / MIB
    );
}

/// Readers that are killed, each continued by the next, while tasks are deleted and created.
fn killed(simulator: &Simulator, folder: &Path, is_edited: &AtomicBool) {
    let file = folder.join("killed");
    let before = tasks(simulator);
    let expected: u64 = before.values().map(failed).sum();
    is_edited.store(true, Ordering::SeqCst);
    for part in 1..=3 {
        let mut child = reader(simulator, &file, "of tasks").stdout(Stdio::null()).spawn().expect("it runs");
        while rows_so_far(&file) < expected * part / 4 && child.try_wait().expect("a child").is_none() {
            std::thread::sleep(Duration::from_millis(20));
        }
        kill(child);
    }
    let last = reader(simulator, &file, "of tasks").stdout(Stdio::null()).status().expect("it runs");
    assert!(last.success());
    is_edited.store(false, Ordering::SeqCst);
    let after = tasks(simulator);
    let throughout = before.into_iter().filter(|(id, _)| after.contains_key(id)).collect::<BTreeMap<_, _>>();
    let rows = assert_exact(&file, &throughout);
    println!(
        "\nKilled three times and continued under edits: {rows} rows of {} tasks that stayed, exact",
        throughout.len()
    );
}

fn kill(mut child: Child) {
    child.kill().expect("a child");
    child.wait().expect("a child");
}

fn reader(simulator: &Simulator, file: &Path, order: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.env(reader::ROLE, format!("{} {order}", simulator.endpoint())).env(reader::FILE, file);
    command
}

fn rows_so_far(file: &Path) -> u64 {
    reader::state(file).map_or(0, |state| state.rows)
}

/// The tasks of the service, with what it says of them.
fn tasks(simulator: &Simulator) -> BTreeMap<String, BatchTask> {
    let json = simulator.edit(|list| {
        let ids: Vec<String> = list.tasks().into_iter().map(|task| task.id).collect();
        ids.into_iter().filter_map(|id| Some((list.json(&id)?, id))).collect::<Vec<_>>()
    });
    json.into_iter().map(|(json, id)| (id, serde_json::from_str(&json).expect("a task"))).collect()
}

fn failed(task: &BatchTask) -> u64 {
    task.task_progress.as_ref().and_then(|progress| progress.fail).unwrap_or_default().cast_unsigned()
}

/// Of each of these tasks, the file has as many rows as failed, each once and of its own targets. Returns how many those
/// are.
fn assert_exact(file: &Path, tasks: &BTreeMap<String, BatchTask>) -> usize {
    let text = std::fs::read_to_string(file).expect("the rows");
    let mut found = BTreeMap::<&str, HashSet<&str>>::new();
    for line in text.lines() {
        let (task, target) = line.split_once(' ').expect("a row");
        assert!(found.entry(task).or_default().insert(target), "{line} came twice");
    }
    for (id, task) in tasks {
        let rows = found.get(id.as_str()).map_or(0, HashSet::len);
        assert_eq!(rows as u64, failed(task), "{id}");
        let targets: HashSet<&str> = task.targets.iter().flatten().collect();
        assert!(found.get(id.as_str()).into_iter().flatten().all(|target| targets.contains(target)), "{id}");
    }
    tasks.keys().filter_map(|id| found.get(id.as_str())).map(HashSet::len).sum()
}

fn urls(requests: &[SeenRequest]) -> Vec<String> {
    let url = |request: &SeenRequest| {
        let query: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}?{}", request.path, query.join("&"))
    };
    requests.iter().map(url).collect()
}

/// Where the state of a reader is that writes this file.
fn state_of(file: &Path) -> PathBuf {
    file.with_extension("state")
}
