//! The pure paging rules against a model list that is edited between any two requests, with answers in any order.
#![allow(clippy::unwrap_used)]

mod model;

use iotda_batch_tasks::paging::{PageRequest, Pager, Position, Step, Ticket};
use std::collections::HashSet;

use iotda_batch_tasks::{Marker, Page, PageSize};
use model::{EmptyMarker, List, Markers, Names, Random, Record};
use proptest::prelude::*;

/// One way of reading one list.
#[derive(Clone, Debug)]
struct Case {
    length: usize,
    limit: usize,
    ahead: usize,
    /// One edit in so many steps; 0 for none.
    edits: usize,
    cap: usize,
    counts: bool,
    empty_marker: EmptyMarker,
    last_has_marker: bool,
    names: Names,
    markers: Markers,
    spread: Spread,
    strange: Strange,
    seed: u64,
}

/// How the ids of the list lie.
#[derive(Clone, Copy, Debug)]
enum Spread {
    Even,
    Random,
    /// Dense and sparse stretches.
    Bursts,
}

/// What the service does with a marker that it did not hand out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strange {
    Takes,
    Refuses,
    ReadsFromTheHead,
    FindsNothing,
}

fn list(case: &Case) -> List {
    let mut random = Random::new(case.seed ^ 1);
    let mut list = match case.spread {
        Spread::Even => List::new(case.length),
        Spread::Random => List::spread(case.length, |_| random.below(60) as u64),
        Spread::Bursts => List::spread(case.length, |number| if (number / 700).is_multiple_of(2) { 1 } else { 5000 }),
    };
    (list.cap, list.counts, list.empty_marker) = (case.cap, case.counts, case.empty_marker);
    (list.last_has_marker, list.names, list.markers) = (case.last_has_marker, case.names, case.markers);
    list
}

/// What the service answers; it knows the markers that it handed out.
fn answer(case: &Case, list: &List, known: &mut HashSet<Marker>, request: &PageRequest) -> Result<Page<Record>, ()> {
    let strange = request.marker.is_some_and(|marker| !known.contains(&marker));
    let page = match case.strange {
        Strange::Refuses if strange => return Err(()),
        Strange::ReadsFromTheHead if strange => list.answer(&PageRequest { marker: None, ..*request }),
        Strange::FindsNothing if strange => Page::new(Vec::new(), None, Some(0)),
        _ => list.answer(request),
    };
    known.extend(page.marker);
    Ok(page)
}

/// What came of a reading.
struct Reading {
    delivered: Vec<String>,
    requests: usize,
    list: List,
}

/// A request under way. The service may look at the list when it is asked, or only when it answers.
struct UnderWay {
    ticket: Ticket,
    request: PageRequest,
    early: Option<Result<Page<Record>, ()>>,
}

fn read(case: &Case) -> Reading {
    read_from(case, list(case), Position::default())
}

fn read_from(case: &Case, mut list: List, position: Position) -> Reading {
    let mut random = Random::new(case.seed);
    let mut known = HashSet::new();
    let limit = PageSize::new(case.limit).unwrap();
    let mut pager: Pager<Record, ()> = Pager::new(limit, position);
    let mut under_way: Vec<UnderWay> = Vec::new();
    let mut reading = Reading { delivered: Vec::new(), requests: 0, list: list.clone() };
    loop {
        if random.one_in(case.edits) {
            list.edit(&mut random);
        }
        if random.one_in(3) {
            match pager.step() {
                Step::Page(joined) => {
                    let fresh = joined.page.records.into_iter().skip(joined.skip);
                    reading.delivered.extend(fresh.map(|record| record.unwrap().0));
                    assert!(reading.delivered.len() < 4 * case.length + 400, "the reading does not end");
                    continue;
                }
                Step::Wait => {}
                Step::Failed(request, trouble) => panic!("{request}: {trouble:?}"),
                Step::End => break,
            }
        }
        let nothing_under_way = under_way.is_empty();
        if nothing_under_way || random.one_in(2) {
            // Only what the consumer waits for may be asked for without read-ahead.
            let ahead = if nothing_under_way { case.ahead.max(1) } else { case.ahead };
            if let Some((ticket, request)) = pager.ask(ahead) {
                reading.requests += 1;
                let early = random.one_in(2).then(|| answer(case, &list, &mut known, &request));
                under_way.push(UnderWay { ticket, request, early });
            }
            for ticket in pager.abandoned() {
                under_way.retain(|other| other.ticket != ticket);
            }
            assert!(under_way.len() <= case.ahead.max(1), "more under way than allowed");
        } else {
            let UnderWay { ticket, request, early } = under_way.swap_remove(random.below(under_way.len()));
            pager.answer(ticket, early.unwrap_or_else(|| answer(case, &list, &mut known, &request)));
            for ticket in pager.abandoned() {
                under_way.retain(|other| other.ticket != ticket);
            }
        }
    }
    reading.list = list;
    reading
}

fn assert_exact(case: &Case, reading: &Reading) {
    for pair in reading.delivered.windows(2) {
        assert!(pair[0] > pair[1], "{} before {}: {case:?}", pair[0], pair[1]);
    }
    let delivered: std::collections::HashSet<&String> = reading.delivered.iter().collect();
    for id in reading.list.throughout() {
        assert!(delivered.contains(&id), "{id} is missing: {case:?}");
    }
}

fn cases() -> u32 {
    std::env::var("PAGING_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3_000)
}

fn case() -> impl Strategy<Value = Case> {
    let caps = prop_oneof![4 => Just(50usize), 1 => 1usize..50];
    let forms = prop_oneof![Just(EmptyMarker::Absent), Just(EmptyMarker::Echo)];
    let limits = prop_oneof![2 => 1usize..=50, 1 => Just(50usize)];
    let service = (caps, any::<bool>(), forms, spreads(), stranges());
    (0usize..4000, limits, 0usize..=64, 0usize..12, service, any::<u64>()).prop_map(
        |(length, limit, ahead, edits, (cap, counts, empty_marker, spread, strange), seed)| {
            // Few large pages and few small ones take about as many steps.
            let length = length.min(limit * 60);
            Case {
                length,
                limit,
                ahead,
                edits,
                cap,
                counts,
                empty_marker,
                last_has_marker: true,
                names: Names::Ordered,
                markers: Markers::Ids,
                spread,
                strange,
                seed,
            }
        },
    )
}

/// Lists whose markers say nothing of the ids, or of the order, or whose records have no id.
fn case_of_another_list() -> impl Strategy<Value = Case> {
    let names = prop_oneof![Just(Names::Ordered), Just(Names::Random), Just(Names::LikeMarkers), Just(Names::Absent)];
    let markers = prop_oneof![Just(Markers::Moved), Just(Markers::Wide), Just(Markers::Scattered)];
    (case(), names, markers, any::<bool>()).prop_map(|(case, names, markers, last_has_marker)| {
        // Without a marker on the last page, an edit may leave in doubt whether it is the last.
        let edits = if last_has_marker { case.edits } else { 0 };
        Case { names, markers, last_has_marker, edits, ..case }
    })
}

fn spreads() -> impl Strategy<Value = Spread> {
    prop_oneof![Just(Spread::Even), Just(Spread::Random), Just(Spread::Bursts)]
}

fn stranges() -> impl Strategy<Value = Strange> {
    prop_oneof![
        3 => Just(Strange::Takes),
        1 => Just(Strange::Refuses),
        1 => Just(Strange::ReadsFromTheHead),
        1 => Just(Strange::FindsNothing),
    ]
}

/// Every form that the end of an unedited list can take, for every kind of list.
#[test]
fn every_length_is_read_whole_whatever_the_last_page_says() {
    let small = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 17].map(|length| (length, [(4, 50), (4, 3), (1, 50)]));
    let large = [49, 50, 51, 540, 541, 1540].map(|length| (length, [(50, 50), (50, 20), (49, 50)]));
    for (length, sizes) in small.into_iter().chain(large) {
        for ((limit, cap), names, markers, form) in of_each_kind(sizes) {
            let case = Case {
                length,
                limit,
                ahead: 11,
                edits: 0,
                cap,
                counts: form & 1 == 0,
                empty_marker: if form & 2 == 0 { EmptyMarker::Absent } else { EmptyMarker::Echo },
                last_has_marker: form & 4 == 0,
                names,
                markers,
                spread: Spread::Even,
                strange: Strange::Takes,
                seed: 7,
            };
            let reading = read(&case);
            assert_exact(&case, &reading);
            assert_eq!(reading.delivered.len(), length, "{case:?}");
        }
    }
}

/// Each size with each kind of names, of markers, and of ends.
fn of_each_kind(sizes: [(usize, usize); 3]) -> impl Iterator<Item = ((usize, usize), Names, Markers, u8)> {
    let names = [Names::Ordered, Names::Random, Names::LikeMarkers, Names::Absent];
    let markers = [Markers::Ids, Markers::Moved, Markers::Wide, Markers::Scattered];
    let kinds = names.into_iter().flat_map(move |names| markers.into_iter().map(move |markers| (names, markers)));
    sizes.into_iter().flat_map(move |size| {
        kinds.clone().flat_map(move |(names, markers)| (0..8).map(move |form| (size, names, markers, form)))
    })
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(cases()))]

    #[test]
    fn every_record_that_is_there_throughout_comes_once_and_in_order(case in case()) {
        let reading = read(&case);
        assert_exact(&case, &reading);
    }

    #[test]
    fn an_unedited_list_takes_few_requests(case in case()) {
        let case = Case { edits: 0, cap: 50, counts: true, limit: case.limit.max(2), ..case };
        let reading = read(&case);
        assert_exact(&case, &reading);
        prop_assert_eq!(reading.delivered.len(), case.length);
        let most = case.length.div_ceil(case.limit - 1) + 2;
        // Beyond one window anchors are guessed, and a guess may cost a page: few of them, or guessing ends.
        let window = 500 / (case.limit - 1) + 1;
        let guessing = if case.ahead > window { most / 16 + 4 + case.ahead } else { 0 };
        let most = most + guessing;
        prop_assert!(reading.requests <= most, "{} requests, at most {}", reading.requests, most);
    }
}

proptest! {
    #![proptest_config(config(cases() / 3))]

    #[test]
    fn every_record_of_any_other_list_comes_once_and_in_order(case in case_of_another_list()) {
        let reading = read(&case);
        assert_exact(&case, &reading);
    }

    #[test]
    fn parts_of_any_other_list_are_the_whole(case in case_of_another_list(), borders in prop::collection::vec(0..110usize, 0..4)) {
        let markers = if matches!(case.markers, Markers::Wide | Markers::Scattered) { Markers::Moved } else { case.markers };
        let case = Case { markers, strange: Strange::Takes, ..case };
        let mut list = list(&case);
        let mut borders: Vec<_> = borders.into_iter().map(|percent| list.marker_at(percent)).collect();
        borders.sort_by(|above, below| below.cmp(above));
        borders.dedup();
        let mut after = None;
        let mut delivered = Vec::new();
        for until in borders.into_iter().map(Some).chain([None]) {
            let reading = read_from(&case, list, Position::part(after, until));
            delivered.extend(reading.delivered);
            (list, after) = (reading.list, until);
        }
        assert_exact(&case, &Reading { delivered, requests: 0, list });
    }
}
