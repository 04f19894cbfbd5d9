//! Time, requests and CPU of reading a list over HTTP: this crate, what one writes instead, and the floor.
//!
//! `cargo bench --bench contenders --all-features` takes about ten minutes; `BENCH_SHORT=1` shows in seconds that
//! everything runs. Arguments name the latencies to measure, in milliseconds: `-- 0 20`.

use std::time::Duration;

use iotda_batch_tasks::Marker;

mod contender;
mod http;
mod measure;
#[path = "../shared/plain.rs"]
mod plain;
mod server;

use contender::Contender;
use http::PAGE;
use measure::{Run, Spread, Stopwatch};
use server::{List, Server};

const CONTENDERS: [Contender; 10] = [
    Contender::Floor(11),
    Contender::Floor(64),
    Contender::Ours(1),
    Contender::Ours(4),
    Contender::Ours(11),
    Contender::Ours(22),
    Contender::Ours(64),
    Contender::PageTurner,
    Contender::Aws,
    Contender::TryStream,
];

/// How much is measured.
struct Scale {
    tasks: usize,
    rounds: usize,
    latencies: Vec<u64>,
}

impl Scale {
    fn asked_for() -> Self {
        let named: Vec<u64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
        let short = std::env::var_os("BENCH_SHORT").is_some();
        let usual = if short { vec![0, 2] } else { vec![0, 5, 20, 50] };
        Self {
            tasks: if short { 2_000 } else { 20_000 },
            rounds: if short { 2 } else { 5 },
            latencies: if named.is_empty() { usual } else { named },
        }
    }
}

fn main() {
    if server::serve_if_asked() {
        return;
    }
    let scale = Scale::asked_for();
    // The floor reads the markers without delay: all lists are the same.
    let latencies = std::iter::once(&0).chain(&scale.latencies);
    let lists: Vec<_> =
        latencies.map(|latency| List { tasks: scale.tasks, latency: Duration::from_millis(*latency) }).collect();
    let mut server = Server::start(&lists);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let markers = runtime.block_on(http::Bare::new(server.endpoint(0)).markers());
    println!("{} tasks in {} pages of {PAGE}, {} rounds", scale.tasks, markers.len(), scale.rounds);
    for (place, latency) in scale.latencies.iter().enumerate() {
        let runs = compare(&runtime, &mut server, place + 1, &markers, &scale);
        print_table(*latency, &runs, scale.tasks);
    }
}

/// Rounds of all contenders, one after another.
fn compare(
    runtime: &tokio::runtime::Runtime,
    server: &mut Server,
    list: usize,
    markers: &[Option<Marker>],
    scale: &Scale,
) -> Vec<(Contender, Vec<Run>)> {
    let mut runs: Vec<_> = CONTENDERS.map(|contender| (contender, Vec::new())).into();
    for _ in 0..scale.rounds {
        for (contender, runs) in &mut runs {
            let before = server.requests(list);
            let stopwatch = Stopwatch::start();
            let read = runtime.block_on(contender.read(server.endpoint(list), markers));
            let (wall, cpu) = stopwatch.stop();
            assert_eq!(read, scale.tasks as u64, "{contender} reads every task once");
            runs.push(Run { wall, cpu, requests: server.requests(list) - before });
        }
    }
    runs
}

fn print_table(latency: u64, runs: &[(Contender, Vec<Run>)], tasks: usize) {
    let walls = |contender: Contender| -> Vec<f64> {
        let (_, runs) = runs.iter().find(|(other, _)| *other == contender).expect("it ran");
        runs.iter().map(|run| run.wall.as_secs_f64() * 1e3).collect()
    };
    let floors = [Contender::Floor(11), Contender::Floor(64)].map(walls);
    println!("\n{latency} ms a request\n");
    println!("| | ms | × floor 11 | × floor 64 | requests | CPU µs a record |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for (contender, runs) in runs {
        let wall = walls(*contender);
        let [of_11, of_64] = [0, 1].map(|floor| Spread::of_ratios(&wall, &floors[floor]));
        let requests = Spread::of(runs.iter().map(|run| run.requests as f64)).median;
        let cpu = Spread::of(runs.iter().map(|run| run.cpu.as_secs_f64() * 1e6 / tasks as f64));
        println!("| {contender} | {:.0} | {of_11} | {of_64} | {requests} | {cpu:.1} |", Spread::of(wall));
    }
}
