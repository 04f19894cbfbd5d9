//! Time, requests and CPU of reading a list over HTTP: this crate, what one writes instead, and the floor.
//!
//! `cargo bench --bench contenders --all-features` takes about fifteen minutes; `BENCH_SHORT=1` shows in seconds that
//! everything runs. Arguments name the latencies to measure, in milliseconds: `-- 0 20`.

use std::time::Duration;

mod chart;
mod contender;
mod http;
mod measure;
#[path = "../shared/plain.rs"]
mod plain;
mod plot;
mod scenarios;
#[path = "../shared/server.rs"]
mod server;
#[path = "../shared/short.rs"]
mod short;
#[path = "../shared/spread.rs"]
mod spread;
mod table;

use http::PAGE;
use server::{List, Server};
use table::Table;

/// How much is measured.
struct Scale {
    tasks: usize,
    /// For the slow consumers.
    few_tasks: usize,
    rounds: usize,
    latencies: Vec<u64>,
}

impl Scale {
    fn asked_for() -> Self {
        let named: Vec<u64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
        let usual = if short::is_wanted() {
            Self { tasks: 2_000, few_tasks: 500, rounds: 2, latencies: vec![0, 2] }
        } else {
            Self { tasks: 20_000, few_tasks: 5_000, rounds: 5, latencies: vec![0, 20, 100] }
        };
        if named.is_empty() { usual } else { Self { latencies: named, ..usual } }
    }

    /// The lists to serve: one for each latency, then two for the scenarios.
    fn lists(&self) -> Vec<List> {
        let few = [0, 20].map(|latency| (self.few_tasks, latency));
        let all = self.latencies.iter().map(|latency| (self.tasks, *latency)).chain(few);
        all.map(|(tasks, latency)| List { latency: Duration::from_millis(latency), ..List::of(tasks) }).collect()
    }
}

fn main() {
    if server::serve_if_requested() {
        return;
    }
    let scale = Scale::asked_for();
    let mut server = Server::start(scale.lists());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    // All lists are the same, so the quickest finds the markers that the floor knows beforehand.
    let quickest = (0..scale.latencies.len()).min_by_key(|place| scale.latencies[*place]).expect("one at least");
    let markers = runtime.block_on(http::Http::new(server.endpoint(quickest)).bare.markers());
    println!(
        "{} tasks in {} pages of {PAGE}; medians of {} rounds, least and most",
        scale.tasks,
        markers.len(),
        scale.rounds
    );
    let mut tables = Vec::new();
    for place in 0..scale.latencies.len() {
        let table = Table::measure(&runtime, &mut server, place, &markers, scale.rounds);
        println!("\n{table}");
        tables.push(table);
    }
    scenarios::cpu(&runtime, &server, quickest, 4 * scale.rounds + 1);
    let [at_once, latency] = [scale.latencies.len(), scale.latencies.len() + 1];
    scenarios::slow_consumers(&runtime, &server, latency, scale.rounds);
    for place in [at_once, latency] {
        scenarios::first_task(&runtime, &server, place, 4 * scale.rounds + 1);
    }
    let picture = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/time-by-latency.svg");
    plot::write(&tables, picture.as_ref()).expect("docs/ can be written");
}
