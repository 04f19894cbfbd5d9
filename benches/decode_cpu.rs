//! CPU time of reading a page: this crate against `serde_json::from_slice` into plain derived structs.
//!
//! `cargo bench --bench decode_cpu` prints both medians of interleaved rounds and their ratio.

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use iotda_batch_tasks::decode::{self, ListShape, WithRaw};
use iotda_batch_tasks::{BatchTask, Page};

#[path = "shared/plain.rs"]
mod plain;

/// A page of `rows` tasks with `targets` device ids each.
fn body(rows: usize, targets: usize) -> Vec<u8> {
    let mut body = String::from(r#"{"batchtasks":["#);
    for row in 0..rows {
        let comma = if row > 0 { "," } else { "" };
        let ids: Vec<_> = (0..targets).map(|id| format!("\"e495cf17-ff79-4294-{row:04x}-{id:012x}\"")).collect();
        let _ = write!(
            body,
            r#"{comma}{{"task_id":"5c8ba990303440{row:010x}","task_name":"nightly valve check {row}","task_type":"createAsyncCommands","targets":[{}],"targets_filter":{{"group_ids":["e495cf17-ff79-4294-8f64-4d367919d665"]}},"document":{{"service_id":"water","command_name":"ON_OFF","paras":{{"value":"ON","duration":30}},"expire_time":0,"send_strategy":"immediately"}},"task_policy":{{"schedule_time":"20240229T121212Z","retry_count":5,"retry_interval":60}},"status":"PartialSuccess","status_desc":"2 devices did not answer","task_progress":{{"total":{targets},"processing":0,"success":5,"fail":2,"waitting":0,"fail_wait_retry":0,"stopped":0,"removed":0}},"create_time":"20240229T121{:03}Z"}}"#,
            ids.join(","),
            row % 10 * 100 + row / 10,
        );
    }
    body.push_str(r#"],"page":{"count":20000,"marker":"5c90fa7d3c4e4405e8525079"}}"#);
    body.into_bytes()
}

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
    for _ in 0..101 {
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
    let page = Page::<BatchTask>::from_json(&body(50, 7)).expect("a page");
    assert!(page.records.len() == 50 && page.records.iter().all(Result::is_ok), "the page is as it should be");
    compare("a page", &body(50, 7), 50, 20);
    compare("a single target each", &body(50, 1), 50, 20);
    compare("30,000 targets", &body(1, 30_000), 1, 1);
}
