//! What is counted: one short function each, since counting begins and ends with it and whatever is nested in it.

use std::hint::black_box;

use gungraun::{Callgrind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main};
use iotda_batch_tasks::{BatchTask, Page};
use tokio::runtime::Runtime;

use crate::json::{self, JsonList};
use crate::reading::{self, AHEAD, List, Record};
use crate::{body, plain, short};

const RECORDS: usize = 20_000;

/// The tasks that are decoded, which takes that much longer.
fn tasks() -> usize {
    if short::is_wanted() { 550 } else { 20_000 }
}

fn page() -> Vec<u8> {
    body::page(50, 7)
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
}

fn list() -> (Runtime, List<Record>) {
    (runtime(), List::of(RECORDS))
}

fn lists(lists: usize) -> (Runtime, Vec<List<Record>>) {
    (runtime(), List::several(lists, RECORDS))
}

fn json_list() -> (Runtime, JsonList) {
    (runtime(), JsonList::several(1, tasks()).remove(0))
}

fn json_lists(lists: usize) -> (Runtime, Vec<JsonList>) {
    (runtime(), JsonList::several(lists, tasks()))
}

fn task_list() -> (Runtime, List<BatchTask>) {
    let page = Page::from_json(&body::page(500, 7)).expect("a page");
    (runtime(), List::of_page(page))
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
    runtime.block_on(reading::stream(list, AHEAD))
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
    runtime.block_on(reading::stream(list, AHEAD))
}

#[library_benchmark]
#[bench::records(list())]
fn pager((_runtime, list): (Runtime, List<Record>)) -> usize {
    reading::pager(&list, AHEAD)
}

#[library_benchmark]
#[bench::records(list())]
fn answers((_runtime, list): (Runtime, List<Record>)) -> usize {
    reading::answers(&list)
}

#[library_benchmark]
#[bench::one(lists(1))]
#[bench::eleven(lists(11))]
#[bench::thirteen(lists(13))]
fn merged((runtime, lists): (Runtime, Vec<List<Record>>)) -> usize {
    all(RECORDS, runtime.block_on(reading::merged(lists)))
}

#[library_benchmark]
#[bench::parts(list(), 64)]
#[bench::parts_1024(list(), 1024)]
fn unordered((runtime, list): (Runtime, List<Record>), parts: usize) -> usize {
    all(RECORDS, runtime.block_on(reading::unordered(list, parts)))
}

#[library_benchmark]
#[bench::tasks(json_list())]
fn json_marker_loop((runtime, list): (Runtime, JsonList)) -> (usize, JsonList) {
    (all(tasks(), runtime.block_on(reading::count(json::marker_loop(list.clone())))), list)
}

#[library_benchmark]
#[bench::tasks(json_list())]
fn json_stream((runtime, list): (Runtime, JsonList)) -> (usize, JsonList) {
    (all(tasks(), runtime.block_on(reading::stream(list.clone(), AHEAD))), list)
}

#[library_benchmark]
#[bench::eleven(json_lists(11))]
#[bench::thirteen(json_lists(13))]
fn json_merged((runtime, lists): (Runtime, Vec<JsonList>)) -> (usize, Vec<JsonList>) {
    (all(tasks(), runtime.block_on(reading::merged(lists.clone()))), lists)
}

#[library_benchmark]
#[bench::parts(json_list(), 64)]
fn json_unordered((runtime, list): (Runtime, JsonList), parts: usize) -> (usize, JsonList) {
    (all(tasks(), runtime.block_on(reading::unordered(list.clone(), parts))), list)
}

/// What is read is read to its end.
fn all(records: usize, read: usize) -> usize {
    assert_eq!(read, records);
    read
}

library_benchmark_group!(name = decoding, compare_by_id = true, benchmarks = [plain_structs, decode]);
library_benchmark_group!(
    name = reading_a_list,
    compare_by_id = true,
    benchmarks = [stream, lazy_stream, by_hand, pager, answers]
);
// Records of 24 bytes that are ready: what the lanes of several lists, or the parts of one, cost besides.
library_benchmark_group!(name = reading_several_lists, benchmarks = [merged, unordered]);
// With what it takes to make the tasks and to drop them, which reading a list does in any case.
library_benchmark_group!(name = reading_tasks, compare_by_id = true, benchmarks = [task_stream, tasks_by_hand]);
library_benchmark_group!(
    name = decoding_a_list,
    benchmarks = [json_marker_loop, json_stream, json_merged, json_unordered]
);

main!(
    // Without a simulated cache, which takes as long again and is none of the machines that this runs on.
    config = LibraryBenchmarkConfig::default()
        .pass_through_env("BENCH_SHORT")
        .tool(Callgrind::with_args(["--cache-sim=no"])),
    library_benchmark_groups = [decoding, reading_a_list, reading_several_lists, reading_tasks, decoding_a_list]
);

/// Counts, and prints what came of it.
pub(crate) fn run() {
    main();
}
