//! A list split into parts: disjoint and complete, under edits too, each resumable by itself.

use std::collections::HashSet;
use std::time::Duration;

use crate::fixture::{assert_exactly_once, assert_exactly_once_in_any_order};
use crate::model::source::ModelSource;
use crate::model::{List, Names, Random, Record};
use futures::{StreamExt, TryStreamExt};
use iotda_batch_tasks::{Checkpoint, Lists, RecordStream, StreamOptions};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
struct Case {
    length: usize,
    parts: usize,
    prefetch: usize,
    edit_every: usize,
    even: bool,
    seed: u64,
}

fn list(case: &Case) -> List {
    let mut random = Random::new(case.seed);
    // Hexadecimal ids of about the size that real ones have: seconds, and 64 bits more.
    if case.even {
        List::spread(case.length, move |_| 1_000_000_000 + random.below(2_000_000_000) as u64)
    } else {
        List::spread(case.length, move |_| if random.one_in(50) { 1 << 40 } else { 1 + random.below(1000) as u64 })
    }
}

async fn read(source: ModelSource, part: &Checkpoint, prefetch: usize, stop_after: usize) -> (Vec<Record>, Checkpoint) {
    let part: Checkpoint = part.to_string().parse().unwrap();
    let mut rows = RecordStream::from_source(source, StreamOptions::new().prefetch(prefetch).resume(part)).unwrap();
    let read = rows.by_ref().take(stop_after).try_collect().await.unwrap();
    (read, rows.checkpoint())
}

async fn check(case: Case) {
    let source = ModelSource::new(list(&case), Duration::from_millis(1));
    let whole = || StreamOptions::new().prefetch(case.prefetch);
    let parts = Lists::<Record>::one(source.clone(), whole()).split(case.parts).await.unwrap();
    assert_eq!(parts.len(), case.parts);
    source.world().edit_every = case.edit_every;
    let mut sizes = Vec::new();
    let mut all = Vec::new();
    for part in &parts {
        // In two pieces, the second from the checkpoint of the first.
        let (mut rows, checkpoint) = read(source.clone(), part, case.prefetch, 70).await;
        rows.extend(read(source.clone(), &checkpoint, case.prefetch, usize::MAX).await.0);
        sizes.push(rows.len());
        all.extend(rows.into_iter().map(|record| record.0));
    }
    assert_exactly_once(&all, &source.world().list.throughout(), case);
    if case.even && case.edit_every == 0 && case.length >= 100 * case.parts {
        let (least, most) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
        assert!(most <= &(2 * least), "{sizes:?}: {case:?}");
    }
}

/// The same where ids say nothing of the order.
async fn check_unordered_ids(case: Case) {
    let mut list = list(&case);
    list.names = Names::Random;
    let source = ModelSource::new(list, Duration::from_millis(1));
    let parts = Lists::<Record>::one(source.clone(), StreamOptions::new()).split(case.parts).await.unwrap();
    source.world().edit_every = case.edit_every;
    let mut all = Vec::new();
    for part in &parts {
        let (rows, _) = read(source.clone(), part, case.prefetch, usize::MAX).await;
        all.extend(rows.into_iter().map(|record| record.0));
    }
    assert_exactly_once(&all, &source.world().list.throughout(), case);
}

fn run(check: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(check);
}

fn case() -> impl Strategy<Value = Case> {
    (0usize..3000, 1usize..=32, 0usize..=64, 0usize..9, any::<bool>(), any::<u64>()).prop_map(
        |(length, parts, prefetch, edit_every, even, seed)| Case { length, parts, prefetch, edit_every, even, seed },
    )
}

fn cases() -> u32 {
    std::env::var("PARTS_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(150)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_are_disjoint_and_together_the_whole(case in case()) {
        run(check(case));
    }

    #[test]
    fn parts_are_exact_where_markers_are_not_the_ids(case in case()) {
        run(check_unordered_ids(case));
    }
}

#[test]
fn long_lists_are_split_evenly_and_whole() {
    for parts in [1, 2, 7, 32] {
        for even in [true, false] {
            for (length, edit_every) in [(0, 0), (1, 0), (20_000, 0), (20_000, 7)] {
                run(check(Case { length, parts, prefetch: 11, edit_every, even, seed: 5 }));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn unordered_delivers_every_record_once_and_resumes_all_parts() {
    for edit_every in [0, 3] {
        let source = ModelSource::new(List::new(5_000), Duration::from_millis(20));
        let list = Lists::<Record>::one(source.clone(), StreamOptions::new().prefetch(22));
        let mut rows = list.unordered(4).await.unwrap();
        source.world().edit_every = edit_every;
        let mut arrived: Vec<_> = rows.by_ref().take(1234).map_ok(|record| record.0).try_collect().await.unwrap();
        let checkpoint = rows.checkpoint().to_string().parse().unwrap();
        let options = StreamOptions::new().prefetch(22).resume(checkpoint);
        let rest = RecordStream::<Record>::from_source(source.clone(), options).unwrap();
        arrived.extend(rest.map_ok(|record| record.0).try_collect::<Vec<_>>().await.unwrap());
        assert_exactly_once_in_any_order(&arrived, &source.world().list.throughout(), edit_every);
        assert!(source.world().most_in_flight <= 22);
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_takes_no_marker_of_ours_gives_one_part_that_is_the_whole() {
    let source = ModelSource::new(List::new(500), Duration::from_millis(20));
    source.world().knows = Some(HashSet::new());
    let parts = Lists::<Record>::one(source.clone(), StreamOptions::new()).split(5).await.unwrap();
    let mut sizes = Vec::new();
    for part in &parts {
        sizes.push(read(source.clone(), part, 11, usize::MAX).await.0.len());
    }
    assert_eq!(sizes, [500, 0, 0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn no_parts_are_refused() {
    let source = ModelSource::of_length(10);
    let error = Lists::<Record>::one(source.clone(), StreamOptions::new()).split(0).await.unwrap_err().to_string();
    assert!(error.contains("parts") && error.contains("1 to 1024"), "{error}");
    assert_eq!(source.requests(), 0);
}
