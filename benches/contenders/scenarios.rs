//! What the tables do not show: CPU, consumers that take their time, and those that want the first task soon.

use std::time::{Duration, Instant};

use futures::TryStreamExt;
use iotda_batch_tasks::TaskType;
use tokio::runtime::Runtime;

use crate::contender::Contender;
use crate::http::{Bare, Http, PAGE, Place};
use crate::measure::Stopwatch;
use crate::server::Server;
use crate::spread::Spread;

/// What a slow consumer takes for a page.
const CONSUMER: Duration = Duration::from_millis(20);

/// Prints the CPU time of a task, this crate against the marker loop, by turns on the same list.
pub(crate) fn cpu(runtime: &Runtime, server: &Server, place: usize, rounds: usize) {
    let contenders = [Contender::Ours(11), Contender::Ours(1), Contender::TryStream];
    let mut measured = contenders.map(|_| Vec::new());
    for _ in 0..rounds {
        for (contender, micros) in contenders.iter().zip(&mut measured) {
            let http = Http::new(server.endpoint(place));
            let stopwatch = Stopwatch::start();
            let read = runtime.block_on(contender.read(http, &[]));
            micros.push(stopwatch.stop().1.as_secs_f64() * 1e6 / read as f64);
        }
    }
    let latency = server.list(place).latency.as_millis();
    println!("\n| CPU at {latency} ms a request | µs a task | × loop |\n| --- | ---: | ---: |");
    for (contender, micros) in contenders.iter().zip(&measured) {
        let ratio = Spread::of_ratios(micros, &measured[2]);
        println!("| {contender} | {} | {ratio} |", Spread::of(micros.iter().copied()));
    }
}

/// How a consumer is slow.
#[derive(Clone, Copy)]
enum Slow {
    /// It awaits something else, and does not poll the stream meanwhile.
    Awaits,
    /// It blocks its thread of the runtime.
    Blocks,
}

/// Prints what reading takes where the consumer is as slow as the service.
pub(crate) fn slow_consumers(runtime: &Runtime, server: &Server, place: usize, rounds: usize) {
    let pages = server.list(place).tasks / PAGE;
    let latency = server.list(place).latency.as_millis();
    println!("\n{pages} pages, {latency} ms a request, a consumer that takes {CONSUMER:?} for a page\n");
    println!("| the consumer | its own ms | in all | less one request, × its own |");
    println!("| --- | ---: | ---: | ---: |");
    for (case, slow) in [("awaits something else", Slow::Awaits), ("blocks its thread", Slow::Blocks)] {
        let mut measured = [vec![], vec![], vec![]];
        for _ in 0..rounds {
            let endpoint = server.endpoint(place).to_owned();
            let request = runtime.block_on(one_request(Http::new(&endpoint).bare)).as_secs_f64() * 1e3;
            // In a separate task, so that it is a thread of the runtime that is blocked.
            let run = runtime.spawn(async move { read_slowly(&endpoint, slow).await });
            let (own, wall) = runtime.block_on(run).expect("no panic");
            let [own, wall] = [own, wall].map(|time| time.as_secs_f64() * 1e3);
            let numbers = [own, wall, (wall - request) / own];
            measured.iter_mut().zip(numbers).for_each(|(all, number)| all.push(number));
        }
        let [own, wall, ratio] = measured.map(Spread::of);
        println!("| {case} | {own:.0} | {wall:.0} | {ratio:.3} |");
    }
}

/// Reads the whole list; returns the consumer's own time and that of all.
async fn read_slowly(endpoint: &str, slow: Slow) -> (Duration, Duration) {
    let query = Http::new(endpoint).ours.batch_tasks(TaskType::SoftwareUpgrade);
    let mut tasks = query.stream().expect("all arguments keep the rules");
    let (begun, mut own, mut read) = (Instant::now(), Duration::ZERO, 0);
    while tasks.try_next().await.expect("a task").is_some() {
        read += 1;
        if read % PAGE == 0 {
            let pause = Instant::now();
            match slow {
                Slow::Awaits => tokio::time::sleep(CONSUMER).await,
                Slow::Blocks => std::thread::sleep(CONSUMER),
            }
            own += pause.elapsed();
        }
    }
    (own, begun.elapsed())
}

async fn one_request(bare: Bare) -> Duration {
    let begun = Instant::now();
    bare.body(&Place::default()).await.expect("a body");
    begun.elapsed()
}

/// Prints how long the first task takes, and how much of it is not the request.
pub(crate) fn first_task(runtime: &Runtime, server: &Server, place: usize, rounds: usize) {
    let mut measured = [vec![], vec![], vec![]];
    for _ in 0..rounds {
        let endpoint = server.endpoint(place);
        let request = runtime.block_on(one_request(Http::new(endpoint).bare));
        let query = Http::new(endpoint).ours.batch_tasks(TaskType::SoftwareUpgrade);
        let first = runtime.block_on(async {
            let begun = Instant::now();
            let mut tasks = query.stream().expect("all arguments keep the rules");
            tasks.try_next().await.expect("a task").expect("there is one");
            begun.elapsed()
        });
        let [request, first] = [request, first].map(|time| time.as_secs_f64() * 1e3);
        measured.iter_mut().zip([request, first, first - request]).for_each(|(all, number)| all.push(number));
    }
    let [request, first, own] = measured.map(Spread::of);
    let latency = server.list(place).latency.as_millis();
    println!(
        "\nthe first task at {latency} ms a request: {first} ms, a bare request {request} ms, difference {own} ms"
    );
}
