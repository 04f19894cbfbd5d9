//! What is counted: one short function each, since counting begins and ends with it and whatever is nested in it.

use std::hint::black_box;

use gungraun::{library_benchmark, library_benchmark_group, main};
use iotda_batch_tasks::{BatchTask, Page};
use tokio::runtime::Runtime;

use crate::reading::{self, List, Record};
use crate::{body, plain};

const RECORDS: usize = 20_000;

fn page() -> Vec<u8> {
    body::page(50, 7)
}

fn list() -> (Runtime, List<Record>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    (runtime, List::of(RECORDS))
}

fn task_list() -> (Runtime, List<BatchTask>) {
    let page = Page::from_json(&body::page(500, 7)).expect("a page");
    (list().0, List::of_page(page))
}

#[library_benchmark]
#[bench::page(page())]
fn plain_structs(body: Vec<u8>) -> plain::Answer {
    serde_json::from_slice(black_box(&body)).expect("a page")
}

#[library_benchmark]
#[bench::page(page())]
fn decode(body: Vec<u8>) -> Page<BatchTask> {
    Page::from_json(black_box(&body)).expect("a page")
}

#[library_benchmark]
#[bench::records(list())]
fn by_hand((runtime, list): (Runtime, List<Record>)) -> usize {
    runtime.block_on(reading::by_hand(list))
}

#[library_benchmark]
#[bench::records(list())]
fn stream((runtime, list): (Runtime, List<Record>)) -> usize {
    runtime.block_on(reading::stream(list, 11))
}

#[library_benchmark]
#[bench::records(list())]
fn lazy_stream((runtime, list): (Runtime, List<Record>)) -> usize {
    runtime.block_on(reading::stream(list, 0))
}

#[library_benchmark]
#[bench::tasks(task_list())]
fn tasks_by_hand((runtime, list): (Runtime, List<BatchTask>)) -> usize {
    runtime.block_on(reading::by_hand(list))
}

#[library_benchmark]
#[bench::tasks(task_list())]
fn task_stream((runtime, list): (Runtime, List<BatchTask>)) -> usize {
    runtime.block_on(reading::stream(list, 11))
}

#[library_benchmark]
#[bench::records(list())]
fn pager((_runtime, list): (Runtime, List<Record>)) -> usize {
    reading::pager(&list, 11)
}

#[library_benchmark]
#[bench::records(list())]
fn answers((_runtime, list): (Runtime, List<Record>)) -> usize {
    reading::answers(&list)
}

library_benchmark_group!(name = decoding, compare_by_id = true, benchmarks = [plain_structs, decode]);
library_benchmark_group!(
    name = reading_a_list,
    compare_by_id = true,
    benchmarks = [stream, lazy_stream, by_hand, pager, answers]
);
// With what it takes to make the tasks and to drop them, which reading a list does in any case.
library_benchmark_group!(name = reading_tasks, compare_by_id = true, benchmarks = [task_stream, tasks_by_hand]);

main!(library_benchmark_groups = [decoding, reading_a_list, reading_tasks]);

/// Counts, and prints what came of it.
pub(crate) fn run() {
    main();
}
