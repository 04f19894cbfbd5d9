//! CPU time of reading a page: this crate against `serde_json::from_slice` into plain derived structs.
//!
//! `cargo bench --bench decode_cpu` prints both medians of interleaved rounds and their ratio.

use std::hint::black_box;
use std::time::{Duration, Instant};

use iotda_batch_tasks::decode::{self, ListShape, WithRaw};
use iotda_batch_tasks::{BatchTask, Page};

#[path = "shared/body.rs"]
mod body;
#[path = "shared/plain.rs"]
mod plain;
#[path = "shared/short.rs"]
mod short;

fn time<T>(rounds: usize, mut read: impl FnMut() -> T) -> Duration {
    let start = Instant::now();
    for _ in 0..rounds {
        black_box(read());
    }
    start.elapsed() / u32::try_from(rounds).expect("few rounds")
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn compare(name: &str, body: &[u8], rows: u32, rounds: usize) {
    let [mut plain, mut here, mut raw] = [vec![], vec![], vec![]];
    for _ in 0..if short::is_wanted() { 3 } else { 101 } {
        plain.push(time(rounds, || serde_json::from_slice::<plain::Answer>(black_box(body)).expect("a page")));
        here.push(time(rounds, || Page::<BatchTask>::from_json(black_box(body)).expect("a page")));
        raw.push(time(rounds, || {
            decode::page::<WithRaw<BatchTask>>(black_box(body), &ListShape::BATCH_TASKS).expect("a page")
        }));
    }
    let [plain, here, raw] = [plain, here, raw].map(median);
    let ratio = |time: Duration| time.as_secs_f64() / plain.as_secs_f64();
    println!("{name}: {rows} records of {} bytes", body.len() / rows as usize);
    println!("  plain derived structs  {:>9.1?} a record", plain / rows);
    println!("  this crate             {:>9.1?} a record, ratio {:.2}", here / rows, ratio(here));
    println!("  with the text kept     {:>9.1?} a record, ratio {:.2}", raw / rows, ratio(raw));
}

fn main() {
    let page = Page::<BatchTask>::from_json(&body::page(50, 7)).expect("a page");
    assert!(page.records.len() == 50 && page.records.iter().all(Result::is_ok), "the page is as it should be");
    compare("a page", &body::page(50, 7), 50, 20);
    compare("a single target each", &body::page(50, 1), 50, 20);
    compare("30,000 targets", &body::page(1, 30_000), 1, 1);
}
