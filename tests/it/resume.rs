//! Reading in pieces: stopped after any item or by any failure, and resumed from a checkpoint, while the list is edited.

use std::time::Duration;

use crate::fixture::exactly_once;
use crate::model::source::{ModelSource, broken, with_read_ahead};
use crate::model::{List, Markers, Names, Random};
use futures::StreamExt;
use iotda_batch_tasks::{Checkpoint, Error, PageSize, RecordStream, StreamOptions};
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Case {
    length: usize,
    limit: usize,
    /// The depth of the read-ahead; `None` where it adapts.
    prefetch: Option<usize>,
    whole_list: bool,
    /// An edit every so many requests; 0 for none.
    edit_every: usize,
    /// One request in so many fails; 0 for none.
    failures: usize,
    /// Each piece ends after at most so many items.
    piece: usize,
    cap: usize,
    names: Names,
    markers: Markers,
    last_has_marker: bool,
    seed: u64,
}

fn case() -> impl Strategy<Value = Case> {
    let caps = prop_oneof![3 => Just(50usize), 1 => 2usize..50];
    let read_ahead = (prop_oneof![2 => (0usize..=64).prop_map(Some), 1 => Just(None)], any::<bool>());
    (0usize..900, 1usize..=50, read_ahead, 0usize..6, 0usize..20, 1usize..400, caps, any::<u64>()).prop_map(
        |(length, limit, (prefetch, whole_list), edit_every, failures, piece, cap, seed)| {
            let length = length.min(limit * 40);
            // A piece that never ends a page would need as many requests as there are items.
            let piece = piece.max(length / 60 + 1);
            let (names, markers, last_has_marker) = (Names::Ordered, Markers::Ids, true);
            Case {
                length,
                limit,
                prefetch,
                whole_list,
                edit_every,
                failures,
                piece,
                cap,
                names,
                markers,
                last_has_marker,
                seed,
            }
        },
    )
}

/// Lists whose markers say nothing of the ids, or of the order, or whose records have no id.
fn case_of_another_list() -> impl Strategy<Value = Case> {
    let names = prop_oneof![Just(Names::Ordered), Just(Names::Random), Just(Names::LikeMarkers), Just(Names::Absent)];
    let markers = prop_oneof![Just(Markers::Ids), Just(Markers::Moved), Just(Markers::Wide), Just(Markers::Scattered)];
    (case(), names, markers, any::<bool>()).prop_map(|(case, names, markers, last_has_marker)| {
        // Records without an id are counted, which edits put out. A last page without a marker may be no last one.
        let edit_every = if names == Names::Absent || !last_has_marker { 0 } else { case.edit_every };
        Case { names, markers, last_has_marker, edit_every, ..case }
    })
}

/// Reads the whole list in pieces.
async fn read(case: &Case) -> (Vec<String>, Vec<String>) {
    let mut list = List::new(case.length);
    list.cap = case.cap;
    (list.names, list.markers, list.last_has_marker) = (case.names, case.markers, case.last_has_marker);
    let mut random = Random::new(case.seed);
    let mut faults = random.clone();
    let failures = case.failures;
    let source = ModelSource::new(list, Duration::from_millis(20))
        .with_fault(move |_, _| (failures > 1 && faults.one_in(failures)).then(broken));
    source.world().edit_every = case.edit_every;
    let mut delivered = Vec::new();
    let mut checkpoint: Option<Checkpoint> = None;
    for _ in 0..3000 {
        let options = StreamOptions::new().page_size(PageSize::new(case.limit).unwrap());
        let mut options = with_read_ahead(options, case.prefetch, case.whole_list);
        if let Some(checkpoint) = checkpoint.take() {
            options = options.resume(checkpoint.to_string().parse().unwrap());
        }
        let mut records = RecordStream::from_source(source.clone(), options).unwrap();
        let piece = random.below(case.piece + 1);
        for _ in 0..piece {
            match records.next().await {
                Some(Ok(record)) => delivered.push(record.0),
                Some(Err(Error::Page(_))) => break,
                Some(Err(error)) => panic!("{error}"),
                None => {
                    let throughout = source.world().list.throughout();
                    return (delivered, throughout);
                }
            }
        }
        checkpoint = Some(records.checkpoint());
    }
    panic!("the reading does not end: {case:?}");
}

fn cases() -> u32 {
    std::env::var("RESUME_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1_000)
}

fn assert_whole(case: &Case) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let (delivered, throughout) = runtime.block_on(read(case));
    exactly_once(&delivered, &throughout).map_err(TestCaseError::fail)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_make_the_whole(case in case()) {
        assert_whole(&case)?;
    }

    #[test]
    fn pieces_make_the_whole_of_any_other_list(case in case_of_another_list()) {
        assert_whole(&case)?;
    }
}

/// Rows without ids are remembered by their number, which counts for their own page only.
#[tokio::test(start_paused = true)]
async fn rows_counted_in_one_page_are_not_left_out_of_the_next() {
    let mut list = List::new(200);
    (list.names, list.markers) = (Names::Absent, Markers::Moved);
    let source = ModelSource::new(list, Duration::ZERO);
    let mut rows = RecordStream::from_source(source.clone(), StreamOptions::new()).unwrap();
    let delivered: Vec<_> = rows.by_ref().take(90).map(|row| row.unwrap().0).collect().await;
    let checkpoint = rows.checkpoint();
    // Of the page that was begun, one row in ten stays.
    let page = source.world().list.ids()[50..100].to_vec();
    for gone in page.iter().enumerate().filter(|(place, _)| place % 10 < 9).map(|(_, id)| id) {
        source.world().list.delete(gone);
    }
    let options = StreamOptions::new().page_size(PageSize::new(5).unwrap()).resume(checkpoint);
    let rest: Vec<_> =
        RecordStream::from_source(source.clone(), options).unwrap().map(|row| row.unwrap().0).collect().await;
    let below: Vec<_> = source.world().list.ids().into_iter().filter(|id| *id < page[49]).collect();
    assert_eq!((delivered.len(), rest), (90, below));
}

/// Nothing would come of the region above the marker at which such a scan continues, or it would come twice.
#[test]
fn a_checkpoint_whose_markers_rise_is_refused_before_anything_is_sent() {
    let marker = |value: u32| format!("{value:024x}");
    let source = ModelSource::of_length(20);
    let resumed = |through: u32| {
        let cursor = format!(r#"{{"after":"{}","pending":["4"],"through":"{}"}}"#, marker(5), marker(through));
        for place in ["lists", "later", "skipped"] {
            let others = if place == "lists" { "" } else { r#""lists":{"a":[{}]},"# };
            let checkpoint = format!(r#"{{"version":1,{others}"{place}":{{"a":[{cursor}]}}}}"#).parse().unwrap();
            let options = StreamOptions::new().list("a").resume(checkpoint);
            let stream = RecordStream::from_source(source.clone(), options);
            assert_eq!(stream.is_err(), through > 5, "{place}: {stream:?}");
            if let Err(error) = stream {
                assert!(error.to_string().contains("markers descend"), "{error}");
            }
        }
    };
    resumed(4);
    resumed(7);
    assert_eq!(source.requests(), 0);
}

/// The next record of an interrupted page lies far below the head by now, its id does not lead to it, and no scan gets that far
/// in one piece.
#[test]
fn a_search_for_an_interrupted_page_gets_on_however_often_it_is_stopped() {
    let case = Case {
        length: 120,
        limit: 3,
        prefetch: Some(50),
        whole_list: true,
        edit_every: 2,
        failures: 3,
        piece: 6,
        cap: 50,
        names: Names::Ordered,
        markers: Markers::Wide,
        last_has_marker: true,
        seed: 15_715_364_494_121_690_884,
    };
    assert_whole(&case).unwrap();
}
