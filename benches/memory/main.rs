//! The peak of memory of reading a list over HTTP, as the kernel counts it for a process that does nothing else.
//!
//! `cargo bench --bench memory --all-features` takes about two minutes; `BENCH_SHORT=1` shows in seconds that everything
//! runs.

use std::time::Duration;

#[path = "../shared/plain.rs"]
mod plain;
mod reader;
#[path = "../shared/server.rs"]
mod server;
#[path = "../shared/short.rs"]
mod short;
#[path = "../shared/spread.rs"]
mod spread;

use reader::{Memory, Reading, Way};
use server::{List, Server};
use spread::Spread;

const MIB: f64 = 1024.0 * 1024.0;
/// The tasks of a page.
const PAGE: usize = 50;

fn main() {
    if server::serve_if_requested() || reader::read_if_requested() {
        return;
    }
    if reader::kernel_says("VmHWM:").is_none() {
        return println!("skipped: this system does not report the peak memory of a process in /proc/self/status");
    }
    let short = short::is_wanted();
    let rounds = if short { 1 } else { 5 };
    let lists = if short {
        [with_targets(200, 3_000), with_targets(300, 500), List::of(1_000), List::of(2_000)]
    } else {
        [with_targets(400, 30_000), with_targets(2_000, 3_000), List::of(20_000), List::of(1_000_000)]
    };
    let server = Server::start(lists.into());
    large_tasks(&server, rounds);
    byte_budget(&server, rounds);
    flat(&server, rounds);
}

fn with_targets(tasks: usize, targets: usize) -> List {
    List { targets: Some(targets), ..List::of(tasks) }
}

/// Runs the readings by turns; returns what each took.
fn measure(server: &Server, readings: &[(usize, Reading)], rounds: usize) -> Vec<Vec<Memory>> {
    let mut measured = vec![Vec::new(); readings.len()];
    for _ in 0..rounds {
        for ((place, reading), memories) in readings.iter().zip(&mut measured) {
            memories.push(reading.run(server.endpoint(*place), server.list(*place).tasks));
        }
    }
    measured
}

fn mebibytes(memories: &[Memory], of: impl Fn(&Memory) -> f64) -> Spread {
    Spread::of(memories.iter().map(|memory| of(memory) / MIB))
}

fn peaks(memories: &[Memory]) -> Vec<f64> {
    memories.iter().map(|memory| memory.peak).collect()
}

/// Tasks with so many targets that a page is tens of megabytes; for a consumer that takes them as they come, and for one
/// so slow that all pages ahead are there.
fn large_tasks(server: &Server, rounds: usize) {
    let list = server.list(0);
    let targets = list.targets.unwrap_or_default();
    println!("{} pages of {PAGE} tasks of {targets} targets, 4 pages ahead, no byte budget\n", list.tasks / PAGE);
    println!("| consumer | read into | peak MiB | BatchTask × this |\n| --- | --- | ---: | ---: |");
    for (consumer, pause) in [("fast", Duration::ZERO), ("slow", Duration::from_millis(300))] {
        let roomy = Reading { prefetch_bytes: Some(usize::MAX), pause, ..Reading::ahead(4) };
        let ways = [Way::Own, Way::Strings, Way::StringsOfWholeBodies];
        let measured = measure(server, &ways.map(|way| (0, Reading { way, ..roomy })), rounds);
        let records = ["BatchTask", "records with Vec<String>", "records with Vec<String>, from whole bodies"];
        for (records, memories) in records.iter().zip(&measured) {
            let ratio = Spread::of_ratios(&peaks(&measured[0]), &peaks(memories));
            println!("| {consumer} | {records} | {:.0} | {ratio} |", mebibytes(memories, |memory| memory.peak));
        }
    }
}

/// A consumer slow enough for the read-ahead to fill what the budget allows.
fn byte_budget(server: &Server, rounds: usize) {
    let slow = |prefetch| Reading { pause: Duration::from_millis(30), ..Reading::ahead(prefetch) };
    let aheads = [1, 4, 11, 64];
    let measured = measure(server, &aheads.map(|prefetch| (1, slow(prefetch))), rounds);
    let list = server.list(1);
    let targets = list.targets.unwrap_or_default();
    println!("\n{} pages of {PAGE} tasks of {targets} targets, the usual budget of 64 MiB\n", list.tasks / PAGE);
    println!("| pages ahead | peak MiB, less what the process took before |\n| ---: | ---: |");
    for (prefetch, memories) in aheads.iter().zip(&measured) {
        println!("| {prefetch} | {:.0} |", mebibytes(memories, |memory| memory.peak - memory.before));
    }
}

/// Long lists and short ones.
fn flat(server: &Server, rounds: usize) {
    for (name, reading) in [("11 pages ahead", Reading::ahead(11)), ("no options", Reading::usual())] {
        let measured = measure(server, &[(2, reading), (3, reading)], rounds);
        println!("\n| tasks, {name} | peak MiB | × the shorter list |\n| ---: | ---: | ---: |");
        for (place, memories) in [2, 3].iter().zip(&measured) {
            let ratio = Spread::of_ratios(&peaks(memories), &peaks(&measured[0]));
            println!("| {} | {:.1} | {ratio} |", server.list(*place).tasks, mebibytes(memories, |memory| memory.peak));
        }
    }
}
