//! What the reading of an answer takes of this machine's memory, by an allocator that counts. One test, so that no other
//! counts in.
#![allow(clippy::unwrap_used)]

use iotda_batch_tasks::decode::{self, ListShape, RawRecord, Row};
use iotda_batch_tasks::lists::{Device, Rule};
use iotda_batch_tasks::{BatchTask, Fetched, Page, SourceError};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const CAP: usize = 8 << 20;
const DEVICES: ListShape = ListShape::new("devices").identified_by("device_id");
const RULES: ListShape = ListShape::new("rules").identified_by("rule_id").without_page_object();

/// A body of almost `CAP` bytes: `head`, then `piece` again and again, then `tail`.
fn filled(head: &str, piece: &str, tail: &str) -> Vec<u8> {
    let pieces = (CAP - head.len() - tail.len()) / piece.len();
    let body = [head, &piece.repeat(pieces), tail].concat();
    body.replace(",]", "]").replace(",}", "}").into_bytes()
}

/// Reads `body`, and says how many bytes that took at most and how many its page holds.
fn cost<T: Row>(body: &[u8], shape: &ListShape) -> (Result<Page<T>, SourceError>, usize, usize) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let page = decode::page::<T>(body, shape);
    (page, ALLOCATOR.peak_usage() - before, ALLOCATOR.current_usage() - before)
}

fn assert_bounded<T: Row>(name: &str, body: &[u8], shape: &ListShape) {
    let (page, most, held) = cost::<T>(body, shape);
    let records = page.as_ref().map(|page| page.records.len()).ok();
    println!("{name}: {} KiB at most, {} KiB held, records {records:?}", most >> 10, held >> 10);
    assert!(most < 4 * CAP, "{name}: {most} bytes of {}", body.len());
    if let Ok(page) = page {
        assert!(held < 4 * CAP, "{name}: {held} bytes held");
        assert!(Fetched::new(page).bytes >= body.len());
    }
}

#[test]
fn no_answer_takes_a_multiple_of_its_length() {
    let tasks = &ListShape::BATCH_TASKS;
    let row = |field: &str| format!(r#"{{"batchtasks":[{{"task_id":"a",{field}"#);
    for (name, body) in [
        ("rows that are no records", filled(r#"{"batchtasks":["#, "0,", "]}")),
        ("rows of an id", filled(r#"{"batchtasks":["#, r#"{"task_id":"a"},"#, "]}")),
        ("rows without an id", filled(r#"{"batchtasks":["#, "{},", "]}")),
        ("targets", filled(&row(r#""targets":["#), r#""","#, "]}]}")),
        ("targets of two lengths", filled(&row(r#""targets":["#), r#""","a","#, "]}]}")),
        ("groups", filled(&row(r#""targets_filter":{"group_ids":["#), r#""a","#, "]}}]}")),
        ("a document", filled(&row(r#""document":["#), "0,", "]}]}")),
        ("unknown fields", filled(&row(r#""brand_new":["#), "{},", "]}]}")),
        ("a progress of the wrong shape", filled(&row(r#""task_progress":["#), "[],", "]}]}")),
        ("names beside the rows", filled("{", r#""page":{},"#, "}")),
    ] {
        assert_bounded::<BatchTask>(name, &body, tasks);
        assert_bounded::<RawRecord>(name, &body, tasks);
    }
    let keys: String = (0..CAP / 12).map(|key| format!(r#""{key:x}":0,"#)).collect();
    let filter = row(&format!(r#""targets_filter":{{{}}}}}]}}"#, keys.trim_end_matches(',')));
    assert_bounded::<BatchTask>("keys of a filter", filter.as_bytes(), tasks);
    let keys: String = (0..100).map(|key| format!(r#""{key:x}":0,"#)).collect();
    let filters = format!(r#"{{"task_id":"a","targets_filter":{{{}}}}},"#, keys.trim_end_matches(',')).repeat(500);
    let filters = format!(r#"{{"batchtasks":[{}]}}"#, filters.trim_end_matches(','));
    assert_bounded::<BatchTask>("keys of many filters", filters.as_bytes(), tasks);

    assert_bounded::<Device>("tags", &filled(r#"{"devices":[{"device_id":"a","tags":["#, "{},", "]}]}"), &DEVICES);
    assert_bounded::<Rule>("actions", &filled(r#"{"rules":[{"rule_id":"a","actions":["#, "{},", "]}]}"), &RULES);
    let conditions = r#"{"rules":[{"rule_id":"a","condition_group":{"conditions":["#;
    assert_bounded::<Rule>("conditions", &filled(conditions, "{},", "]}}]}"), &RULES);

    // What the read-ahead counts is what is there.
    let task = r#"{"task_id":"5c8ba99030344005c02316ad","task_name":"nightly valve check","task_type":"softwareUpgrade","targets":["e495cf17-ff79-4294-8f64-4d367919d665"],"targets_filter":{"group_ids":["e495cf17-ff79-4294-8f64-4d367919d665"]},"document":{"package_id":"32822e5744a45ede319d2c50"},"task_policy":{"schedule_time":"20151212T121212Z","retry_count":5,"retry_interval":60},"status":"Success","status_desc":"string","task_progress":{"total":0,"processing":0,"success":0,"fail":0,"waitting":0,"fail_wait_retry":0,"stopped":0},"create_time":"20151212T121212Z"}"#;
    let large = format!(
        r#"{{"task_id":"a","targets":["{}"]}}"#,
        ["e495cf17-ff79-4294-8f64-4d367919d665"; 30_000].join("\",\"")
    );
    for (rows, count) in [(task, 50), (r#"{"task_id":"a"}"#, 500), ("0", 500), (&*large, 5)] {
        let body = format!(r#"{{"batchtasks":[{}]}}"#, vec![rows; count].join(","));
        let (page, _, held) = cost::<BatchTask>(body.as_bytes(), tasks);
        let counted = Fetched::new(page.unwrap()).bytes;
        println!("{count} rows: {held} bytes held, {counted} counted, {} sent", body.len());
        assert!(held <= counted && counted <= 3 * held, "{count} rows: {held} bytes held, {counted} counted");
    }
}
