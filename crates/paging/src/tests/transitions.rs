//! The transitions of the state machine, one test each, in integers: a record is its number, and so is its marker.

use crate::{Cursor, Event, Identity, Marker, Page, PageFailure, PageRequest, PageSize, Pager, PagingError, Ticket};

#[derive(Debug)]
struct Row(u64);

/// Identities are kept in a table, since `identity` hands out a reference.
impl Identity for Row {
    fn identity(&self) -> Option<&str> {
        IDS.get(self.0 as usize).map(String::as_str)
    }
}

static IDS: std::sync::LazyLock<Vec<String>> =
    std::sync::LazyLock::new(|| (0..20_000).map(|number| format!("{number:024x}")).collect());

fn marker(number: u64) -> Marker {
    Marker::from_value(number.into()).unwrap()
}

/// A scan by hand. Requests are written `marker+offset`, and `head+0` without a marker.
struct Hand {
    pager: Pager<Row, &'static str>,
    open: Vec<(String, Ticket)>,
    ahead: usize,
    count: Option<u64>,
    /// What is added to the last number for the marker of a page.
    distance: u64,
}

fn scan(limit: usize, ahead: usize) -> Hand {
    resumed(limit, ahead, Cursor::default())
}

fn resumed(limit: usize, ahead: usize, cursor: Cursor) -> Hand {
    let pager = Pager::new(PageSize::new(limit).unwrap(), cursor);
    Hand { pager, open: Vec::new(), ahead, count: None, distance: 0 }
}

fn text(request: &PageRequest) -> String {
    let marker = request.marker.map_or("head".to_owned(), |marker| marker.value().unwrap().to_string());
    format!("{marker}+{}", request.offset.get())
}

impl Hand {
    fn counting(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// Markers lie so much above the numbers.
    fn with_distance(mut self, distance: u64) -> Self {
        self.distance = distance;
        self
    }

    /// Exactly these are requested now.
    #[track_caller]
    fn asks(mut self, requests: &[&str]) -> Self {
        let mut asked = Vec::new();
        while let Some((ticket, request)) = self.pager.poll_request(self.ahead) {
            asked.push(text(&request));
            self.open.push((text(&request), ticket));
            self.forget_cancelled();
        }
        assert_eq!(asked, requests);
        self
    }

    #[track_caller]
    fn take_open(&mut self, request: &str) -> Ticket {
        let index = self.open.iter().position(|(open, _)| open == request);
        self.open.remove(index.unwrap_or_else(|| panic!("{request} is not among {:?}", self.open))).1
    }

    #[track_caller]
    fn page(mut self, request: &str, numbers: &[u64], marker: Option<Marker>, count: Option<u64>) -> Self {
        let ticket = self.take_open(request);
        let rows = numbers.iter().copied().map(Row).collect();
        self.pager.handle_page(ticket, Ok(Page::new(rows, marker, count)));
        self.forget_cancelled();
        self
    }

    /// The answer to `request`, with the last number as its marker.
    #[track_caller]
    fn gets(self, request: &str, numbers: &[u64]) -> Self {
        let (count, distance) = (self.count, self.distance);
        self.page(request, numbers, numbers.last().map(|last| marker(last + distance)), count.or(Some(0)))
    }

    #[track_caller]
    fn gets_without_marker(self, request: &str, numbers: &[u64]) -> Self {
        self.page(request, numbers, None, None)
    }

    #[track_caller]
    fn gets_marker(self, request: &str, numbers: &[u64], number: u64) -> Self {
        self.page(request, numbers, Some(marker(number)), None)
    }

    #[track_caller]
    fn fails(mut self, request: &str) -> Self {
        let ticket = self.take_open(request);
        self.pager.handle_page(ticket, Err("broken"));
        self.forget_cancelled();
        self
    }

    fn forget_cancelled(&mut self) {
        while let Some(ticket) = self.pager.poll_cancelled() {
            self.open.retain(|(_, open)| *open != ticket);
        }
    }

    /// These and no others are in flight.
    #[track_caller]
    fn has_open(self, requests: &[&str]) -> Self {
        assert_eq!(self.open.iter().map(|(open, _)| open.as_str()).collect::<Vec<_>>(), requests);
        self
    }

    /// The next page holds these records; its cursor after `delivered` of them.
    #[track_caller]
    fn delivers_up_to(mut self, numbers: &[u64], delivered: usize) -> (Self, Cursor) {
        match self.pager.poll_event() {
            Some(Event::Page(page)) => {
                assert_eq!(page.records.iter().map(|row| row.0).collect::<Vec<_>>(), numbers);
                self.forget_cancelled();
                (self, page.cursor.after(delivered))
            }
            other => panic!("{other:?} instead of {numbers:?}"),
        }
    }

    #[track_caller]
    fn delivers(self, numbers: &[u64]) -> Self {
        self.delivers_up_to(numbers, 0).0
    }

    #[track_caller]
    fn waits(mut self) -> Self {
        let event = self.pager.poll_event();
        assert!(event.is_none(), "{event:?}");
        self.forget_cancelled();
        self
    }

    #[track_caller]
    fn ends(mut self) {
        let event = self.pager.poll_event();
        assert!(matches!(event, Some(Event::End)), "{event:?}");
        assert!(self.pager.poll_request(64).is_none() && matches!(self.pager.poll_event(), Some(Event::End)));
    }

    #[track_caller]
    fn breaks(mut self, rule: PagingError) {
        match self.pager.poll_event() {
            Some(Event::Failed(_, PageFailure::Rule(broken))) => assert_eq!(broken, rule),
            other => panic!("{other:?} instead of {rule:?}"),
        }
        self.ends();
    }

    #[track_caller]
    fn breaks_by_source(mut self) {
        let event = self.pager.poll_event();
        assert!(matches!(event, Some(Event::Failed(_, PageFailure::Source("broken")))), "{event:?}");
        self.ends();
    }
}

/// Pages of three of a list of nine, whose first page was delivered and whose window was requested.
#[track_caller]
fn window() -> Hand {
    scan(3, 3)
        .counting(9)
        .asks(&["head+0"])
        .gets("head+0", &[9, 8, 7])
        .delivers(&[9, 8, 7])
        .asks(&["7+0", "7+2", "7+4"])
}

#[test]
fn the_first_page_is_requested_alone() {
    scan(3, 5).asks(&["head+0"]).waits();
}

#[test]
fn pages_that_share_a_record_join_in_any_order() {
    window()
        .gets("7+4", &[2, 1])
        .gets("7+2", &[4, 3, 2])
        .waits()
        .gets("7+0", &[6, 5, 4])
        .delivers(&[6, 5, 4])
        .delivers(&[3, 2])
        .delivers(&[1])
        .asks(&["1+0"])
        .gets("1+0", &[])
        .ends();
}

#[test]
fn records_inserted_above_an_overlap_are_dropped() {
    // 5 entered the filter after the first of these answers: the next page begins one record earlier.
    window().gets("7+0", &[6, 4, 3]).gets("7+2", &[4, 3, 2]).delivers(&[6, 4, 3]).delivers(&[2]);
}

#[test]
fn a_page_without_anything_new_is_dropped() {
    window().gets("7+0", &[6, 5, 4]).gets("7+2", &[6, 5, 4]).delivers(&[6, 5, 4]).has_open(&["7+4"]);
}

#[test]
fn a_deleted_overlap_is_bridged() {
    window()
        .gets("7+0", &[6, 5, 4])
        // 4 was deleted: the page begins with 2, and 3 lies between.
        .gets("7+2", &[2, 1])
        .delivers(&[6, 5, 4])
        .asks(&["4+0"])
        .gets("4+0", &[3, 2, 1])
        .delivers(&[3, 2, 1]);
}

#[test]
fn a_bridge_that_misses_discards_what_lies_beyond() {
    window()
        .gets("7+0", &[60, 50, 40].map(|number| number / 10))
        .gets("7+2", &[1, 0])
        .delivers(&[6, 5, 4])
        .asks(&["4+0"])
        .gets("4+0", &[3, 2])
        .delivers(&[3, 2])
        .has_open(&[]);
}

#[test]
fn a_page_cap_found_later_shortens_the_jumps() {
    // Pages of three first, and then the server returns two: neither pages nor bridge reach the next page.
    scan(3, 3)
        .counting(20)
        .asks(&["head+0"])
        .gets("head+0", &[20, 19, 18])
        .delivers(&[20, 19, 18])
        .asks(&["18+0", "18+2", "18+4"])
        .gets("18+0", &[17])
        .gets("18+2", &[15])
        .gets("18+4", &[13])
        .delivers(&[17])
        .asks(&["17+0"])
        .gets("17+0", &[16])
        .delivers(&[16])
        // Nothing to overlap by is left: from marker to marker.
        .asks(&["16+0"]);
}

#[test]
fn a_failed_page_waits_for_its_turn() {
    window().fails("7+2").waits().gets("7+0", &[6, 5, 4]).delivers(&[6, 5, 4]).breaks_by_source();
}

#[test]
fn a_short_page_is_not_the_end_even_when_all_were_counted() {
    scan(3, 1)
        .counting(2)
        .asks(&["head+0"])
        .gets("head+0", &[9, 8])
        .delivers(&[9, 8])
        .asks(&["8+0"])
        .gets("8+0", &[7])
        .delivers(&[7]);
}

#[test]
fn an_empty_page_is_the_end_whatever_is_counted() {
    scan(3, 1)
        .counting(90)
        .asks(&["head+0"])
        .gets("head+0", &[9])
        .delivers(&[9])
        .asks(&["9+0"])
        .gets("9+0", &[])
        .ends();
}

#[test]
fn an_empty_page_with_a_lower_marker_is_not_the_end() {
    scan(3, 1)
        .asks(&["head+0"])
        .gets("head+0", &[9])
        .delivers(&[9])
        .asks(&["9+0"])
        .gets_marker("9+0", &[], 5)
        .waits()
        .asks(&["5+0"])
        .gets("5+0", &[4])
        .delivers(&[4]);
}

#[test]
fn a_silent_empty_page_is_requested_again() {
    let silent = || {
        scan(3, 1)
            .counting(4)
            .asks(&["head+0"])
            .gets("head+0", &[9, 8, 7])
            .delivers(&[9, 8, 7])
            .asks(&["7+0"])
            .gets_without_marker("7+0", &[])
            .waits()
            .asks(&["7+0"])
    };
    silent().gets("7+0", &[6]).delivers(&[6]);
    // The second silent answer is not believed either: what follows 7?
    let probed = || silent().gets_without_marker("7+0", &[]).waits().asks(&["head+2"]);
    probed().gets("head+2", &[7]).ends();
    probed().gets("head+2", &[7, 6]).breaks(PagingError::EmptyPages { counted: 4, joined: 3 });
}

#[test]
fn an_empty_list_is_the_end_at_once() {
    scan(3, 1).asks(&["head+0"]).gets_without_marker("head+0", &[]).ends();
}

#[test]
fn a_marker_that_rises_delivers_nothing() {
    let asked = || scan(3, 1).asks(&["head+0"]).gets("head+0", &[9, 8, 7]).delivers(&[9, 8, 7]).asks(&["7+0"]);
    let rule = |returned| PagingError::MarkerNotBelow { after: marker(7), returned: marker(returned) };
    asked().gets_marker("7+0", &[6, 5, 4], 8).breaks(rule(8));
    // The request's own marker may be the last page's: what follows 4?
    let repeated = || asked().gets_marker("7+0", &[6, 5, 4], 7).waits().asks(&["7+2"]);
    repeated().gets("7+2", &[4]).delivers(&[6, 5, 4]).ends();
    repeated().gets("7+2", &[4, 3]).breaks(rule(7));
}

#[test]
fn a_server_that_ignores_the_marker_delivers_nothing_twice() {
    let again = || {
        scan(3, 1)
            .asks(&["head+0"])
            .gets("head+0", &[9, 8, 7])
            .delivers(&[9, 8, 7])
            .asks(&["7+0"])
            .gets("7+0", &[9, 8, 7])
            .waits()
            .asks(&["head+2"])
    };
    again().gets("head+2", &[7]).ends();
    again().gets("head+2", &[7, 6]).breaks(PagingError::MarkerNotBelow { after: marker(7), returned: marker(7) });
    // Resumed, the scan has only the marker to go by.
    let resumed = resumed(3, 1, Cursor::part(Some(marker(7)), None)).asks(&["7+0"]).gets("7+0", &[9, 8, 7]);
    resumed.breaks(PagingError::MarkerNotBelow { after: marker(7), returned: marker(7) });
}

#[test]
fn a_server_that_returns_the_record_of_the_marker_delivers_it_once() {
    scan(3, 1)
        .asks(&["head+0"])
        .gets("head+0", &[9, 8, 7])
        .delivers(&[9, 8, 7])
        .asks(&["7+0"])
        .gets("7+0", &[7, 6, 5])
        .delivers(&[6, 5])
        .asks(&["5+0"])
        .gets("5+0", &[5])
        .waits()
        .asks(&["7+1"])
        .gets("7+1", &[6, 5])
        .asks(&["7+2"])
        .gets("7+2", &[5])
        .ends();
}

#[test]
fn a_page_without_a_marker_is_held_until_its_end_is_probed() {
    let held = || scan(3, 2).asks(&["head+0"]).gets_without_marker("head+0", &[9, 8, 7]).waits().asks(&["head+2"]);
    held().gets_without_marker("head+2", &[7]).delivers(&[9, 8, 7]).ends();
    // Three came in above, and 7 was the last of a full page.
    held()
        .gets_without_marker("head+2", &[9, 8, 7])
        .asks(&["head+4"])
        .gets_without_marker("head+4", &[7])
        .delivers(&[9, 8, 7]);
    // 7 was deleted: the page is read again.
    held().gets_without_marker("head+2", &[6]).asks(&["head+0"]);
}

#[test]
fn a_list_without_markers_continues_at_ids_where_they_are_taken() {
    let more = || {
        scan(3, 2)
            .asks(&["head+0"])
            .gets_without_marker("head+0", &[9, 8, 7])
            .waits()
            .asks(&["head+2"])
            .gets_without_marker("head+2", &[7, 6, 5])
            .asks(&["8+0"])
    };
    more().gets_without_marker("8+0", &[7, 6, 5]).delivers(&[9, 8]).asks(&["8+0", "8+2"]);
    // Where they are not, the page grows by offsets.
    more()
        .fails("8+0")
        .asks(&["head+2"])
        .gets_without_marker("head+2", &[7, 6, 5])
        .asks(&["head+4"])
        .gets_without_marker("head+4", &[5])
        .delivers(&[9, 8, 7, 6, 5])
        .ends();
}

#[test]
fn markers_two_above_the_ids_are_no_ids() {
    // Records 20, 18, 16 ... with markers two above: a part that ends at marker 18 holds the record 16.
    let part = || {
        resumed(3, 1, Cursor::part(None, Some(marker(18))))
            .with_distance(2)
            .asks(&["head+0"])
            .gets("head+0", &[20, 18, 16])
    };
    part().delivers(&[20, 18, 16]).ends();
    // A page that ends below the boundary is read again in smaller pages, whose ends are markers.
    resumed(3, 1, Cursor::part(None, Some(marker(20))))
        .with_distance(2)
        .asks(&["head+0"])
        .gets("head+0", &[20, 18, 16])
        .waits()
        .asks(&["head+0"])
        .gets("head+0", &[20])
        .delivers(&[20])
        .asks(&["22+0"])
        .gets("22+0", &[18])
        .delivers(&[18])
        .ends();
}

#[test]
fn a_part_ends_within_a_page_by_its_ids() {
    resumed(3, 1, Cursor::part(None, Some(marker(8))))
        .asks(&["head+0"])
        .gets("head+0", &[9, 8, 7])
        .delivers(&[9, 8])
        .ends();
}

#[test]
fn the_last_record_at_a_boundary_is_probed() {
    let probed = || {
        resumed(1, 1, Cursor::part(None, Some(marker(8))))
            .asks(&["head+0"])
            .gets_without_marker("head+0", &[9])
            .waits()
            .asks(&["8+0"])
    };
    probed().gets("8+0", &[9]).ends();
    // It lies above only if it is still there.
    probed().gets("8+0", &[]).asks(&["head+0"]).gets_without_marker("head+0", &[9]).delivers(&[9]).ends();
    probed().gets("8+0", &[]).asks(&["head+0"]).gets_without_marker("head+0", &[10]).waits();
    // A silent answer is no verdict.
    probed().gets_without_marker("8+0", &[]).asks(&["8+0"]).gets("8+0", &[9]).ends();
}

#[test]
fn a_server_that_ignores_the_page_size_cannot_be_refined() {
    resumed(3, 1, Cursor::part(None, Some(marker(20))))
        .with_distance(2)
        .asks(&["head+0"])
        .gets("head+0", &[20, 18, 16])
        .waits()
        .asks(&["head+0"])
        .gets("head+0", &[20, 18, 16])
        .breaks(PagingError::PageTooLong { limit: 1, records: 3 });
}

/// A cursor of a page of three at the head, of which one was delivered.
fn interrupted() -> Cursor {
    scan(3, 1).asks(&["head+0"]).gets("head+0", &[9, 8, 7]).delivers_up_to(&[9, 8, 7], 1).1
}

#[test]
fn an_interrupted_page_resumes_with_the_next_record_and_then_at_its_marker() {
    // By the id of the next record, and below the page at once.
    let resumed = || resumed(3, 2, interrupted()).asks(&["9+0", "7+0"]);
    resumed().gets("9+0", &[8, 7, 6]).delivers(&[8, 7]).gets("7+0", &[6]).delivers(&[6]);
    // Nothing is delivered before it.
    resumed().gets("7+0", &[6]).waits();
}

#[test]
fn an_interrupted_page_whose_next_record_is_gone_is_searched_from_its_start() {
    resumed(3, 1, interrupted())
        .asks(&["9+0"])
        .gets("9+0", &[7, 6, 5])
        .asks(&["head+0"])
        // Created since, and 9, which was delivered.
        .gets("head+0", &[11, 10, 9])
        .asks(&["9+0"])
        .gets("9+0", &[7, 6, 5])
        .delivers(&[7])
        .asks(&["7+0"]);
}

#[test]
fn an_interrupted_page_of_which_all_is_gone_delivers_nothing() {
    resumed(3, 1, interrupted())
        .asks(&["9+0"])
        .gets("9+0", &[])
        .asks(&["head+0"])
        .gets("head+0", &[11, 10, 6])
        .waits()
        .asks(&["7+0"])
        .gets("7+0", &[6])
        .delivers(&[6]);
}

#[test]
fn an_interrupted_last_page_ends_with_the_last_of_its_records() {
    // The interrupted page was the last, and had no marker. 8 is hidden meanwhile.
    let held = scan(3, 1).asks(&["head+0"]).gets_without_marker("head+0", &[9, 8, 7]).waits().asks(&["head+2"]);
    let cursor = held.gets_without_marker("head+2", &[7]).delivers_up_to(&[9, 8, 7], 1).1;
    resumed(3, 1, cursor)
        .asks(&["9+0"])
        .gets_without_marker("9+0", &[7])
        .asks(&["head+0"])
        .gets_without_marker("head+0", &[9, 7])
        .delivers(&[7])
        .ends();
}

#[test]
fn a_record_that_was_passed_over_does_not_come_out_of_order_after_another_stop() {
    let (_, cursor) = resumed(3, 1, interrupted()).asks(&["9+0"]).gets("9+0", &[8, 7, 6]).delivers_up_to(&[8, 7], 2);
    resumed(3, 1, cursor).asks(&["7+0"]);
    // 8 was hidden while 7 came, and is back: nothing is left to search.
    let hidden = resumed(3, 1, interrupted()).asks(&["9+0"]).gets("9+0", &[7, 6, 5]).asks(&["head+0"]);
    let (_, cursor) = hidden.gets("head+0", &[9, 7, 6]).delivers_up_to(&[7], 1);
    resumed(3, 1, cursor).asks(&["7+0"]).gets("7+0", &[6, 5, 4]).delivers(&[6, 5, 4]);
}

#[test]
fn an_interrupted_page_interrupted_again_keeps_what_is_to_come() {
    let (_, cursor) = resumed(3, 1, interrupted()).asks(&["9+0"]).gets("9+0", &[8, 7, 6]).delivers_up_to(&[8, 7], 1);
    resumed(3, 1, cursor).asks(&["8+0"]).gets("8+0", &[7, 6, 5]).delivers(&[7]).asks(&["7+0"]);
}

/// A scan that knows its pace: a first page of 50 records, one apart, of 1,000 that are counted.
#[track_caller]
fn paced(ahead: usize) -> Hand {
    scan(50, ahead)
        .counting(1000)
        .asks(&["head+0"])
        .gets("head+0", &(1..=50).rev().map(|number| 1000 + number).collect::<Vec<_>>())
}

fn run(from: u64, length: u64) -> Vec<u64> {
    (0..length).map(|number| from - number).collect()
}

#[test]
fn beyond_a_window_anchors_are_estimated() {
    let mut hand = paced(13);
    let mut asked = Vec::new();
    while let Some((ticket, request)) = hand.pager.poll_request(13) {
        asked.push(text(&request));
        hand.open.push((text(&request), ticket));
    }
    // The page at hand, eleven of the window at 1001, and one at an estimate that repeats half a page.
    assert_eq!(asked.len(), 12);
    assert_eq!(asked.last().map(String::as_str), Some("485+0"));
}

#[track_caller]
fn estimated() -> Hand {
    let mut hand = paced(13);
    while let Some((ticket, request)) = hand.pager.poll_request(13) {
        hand.open.push((text(&request), ticket));
    }
    hand.delivers(&run(1050, 50))
}

#[test]
fn an_estimate_too_high_overlaps_more() {
    let mut hand = estimated();
    for page in 0..11 {
        hand = hand.gets(&format!("1001+{}", 49 * page), &run(1000 - 49 * page, 50));
    }
    hand = hand.gets("485+0", &run(484, 50)).delivers(&run(1000, 50));
    for page in 1..11 {
        hand = hand.delivers(&run(1000 - 49 * page - 1, 49));
    }
    // The window ended with 461; the estimate brought from 484 on.
    hand.delivers(&run(460, 26));
}

#[test]
fn an_estimate_too_low_leaves_a_gap_that_is_read() {
    // The first page holds every tenth number, and all below it every one: the estimate goes ten times too far.
    let first: Vec<_> = run(1050, 50).into_iter().map(|number| 10 * number).collect();
    let mut hand = scan(50, 13).counting(5000).asks(&["head+0"]).gets("head+0", &first).delivers(&first);
    while let Some((ticket, request)) = hand.pager.poll_request(13) {
        hand.open.push((text(&request), ticket));
    }
    let low = hand.open.last().map(|(open, _)| open.clone()).unwrap();
    assert!(low.ends_with("+49"), "{low}");
    let anchor: u64 = hand.open[11].0.trim_end_matches("+0").parse().unwrap();
    let start = hand.open[11].0.clone();
    hand = hand.gets(&start, &run(anchor - 1, 50));
    for page in 0..11 {
        hand = hand.gets(&format!("10010+{}", 49 * page), &run(10_009 - 49 * page, 50));
    }
    hand = hand.delivers(&run(10_009, 50));
    for page in 1..11 {
        hand = hand.delivers(&run(10_009 - 49 * page - 1, 49));
    }
    // The gap is read from the window's end on, and the page at the estimate is kept.
    let (_, request) = hand.pager.poll_request(13).unwrap();
    assert_eq!(text(&request), "9470+0");
    assert_eq!(hand.pager.load().ready, 1);
}

#[test]
fn a_refused_estimate_is_dropped_and_no_other_is_made() {
    let mut hand = estimated().fails("485+0");
    for page in 0..10 {
        hand = hand.gets(&format!("1001+{}", 49 * page), &run(1000 - 49 * page, 50));
    }
    while let Some((_, request)) = hand.pager.poll_request(13) {
        assert_eq!(request.marker, Some(marker(1001)));
    }
}

#[test]
fn no_end_and_no_count_is_believed_from_an_estimated_page() {
    let hand = estimated().page("485+0", &[], None, Some(9_000));
    assert_eq!(hand.pager.count(), Some(1000));
    hand.waits();
}
