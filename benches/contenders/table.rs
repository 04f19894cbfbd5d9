//! The rounds of all contenders on one list, and what they come to as a table.

use std::fmt;

use iotda_batch_tasks::Marker;
use tokio::runtime::Runtime;

use crate::contender::Contender;
use crate::http::Http;
use crate::measure::{Run, Stopwatch};
use crate::server::{List, Server};
use crate::spread::Spread;

const CONTENDERS: [Contender; 12] = [
    Contender::Floor(11),
    Contender::Floor(64),
    Contender::Default,
    Contender::WholeList,
    Contender::Ours(1),
    Contender::Ours(4),
    Contender::Ours(11),
    Contender::Ours(22),
    Contender::Ours(64),
    Contender::PageTurner,
    Contender::Aws,
    Contender::TryStream,
];

/// What all contenders took on one list. Displays as a Markdown table.
pub(crate) struct Table {
    pub(crate) list: List,
    runs: Vec<(Contender, Vec<Run>)>,
}

impl Table {
    /// Runs all contenders one after another, `rounds` times.
    pub(crate) fn measure(
        runtime: &Runtime,
        server: &mut Server,
        place: usize,
        markers: &[Option<Marker>],
        rounds: usize,
    ) -> Self {
        let list = server.list(place);
        let mut runs: Vec<_> = CONTENDERS.map(|contender| (contender, Vec::new())).into();
        for _ in 0..rounds {
            for (contender, runs) in &mut runs {
                let before = server.requests(place);
                let http = Http::new(server.endpoint(place));
                let stopwatch = Stopwatch::start();
                let read = runtime.block_on(contender.read(http, markers));
                let (wall, cpu) = stopwatch.stop();
                assert_eq!(read, list.tasks as u64, "{contender} reads every task once");
                runs.push(Run { wall, cpu, requests: server.requests(place) - before });
            }
        }
        Self { list, runs }
    }

    fn runs(&self, contender: Contender) -> &[Run] {
        self.runs.iter().find(|(other, _)| *other == contender).map_or(&[], |(_, runs)| runs)
    }

    /// Milliseconds of each run.
    pub(crate) fn walls(&self, contender: Contender) -> Vec<f64> {
        self.runs(contender).iter().map(|run| run.wall.as_secs_f64() * 1e3).collect()
    }

    /// Microseconds of CPU a record in each run.
    fn cpu(&self, contender: Contender) -> Vec<f64> {
        let micros = |run: &Run| run.cpu.as_secs_f64() * 1e6 / self.list.tasks as f64;
        self.runs(contender).iter().map(micros).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let latency = self.list.latency.as_millis();
        writeln!(f, "| {latency} ms a request | ms | × floor 11 | × floor 64 | requests | CPU µs a task | × loop |")?;
        writeln!(f, "| --- | ---: | ---: | ---: | ---: | ---: | ---: |")?;
        let floors = [11, 64].map(|ahead| self.walls(Contender::Floor(ahead)));
        let marker_loop = self.cpu(Contender::TryStream);
        for (contender, runs) in &self.runs {
            let (wall, cpu) = (self.walls(*contender), self.cpu(*contender));
            let [of_11, of_64] = [0, 1].map(|floor| Spread::of_ratios(&wall, &floors[floor]));
            let requests = Spread::of(runs.iter().map(|run| run.requests as f64)).median;
            let of_loop = Spread::of_ratios(&cpu, &marker_loop);
            let (wall, cpu) = (Spread::of(wall), Spread::of(cpu));
            writeln!(f, "| {contender} | {wall:.0} | {of_11} | {of_64} | {requests} | {cpu:.1} | {of_loop} |")?;
        }
        Ok(())
    }
}
