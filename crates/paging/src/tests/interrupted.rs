//! Scans that resume within a page.

use super::hand::{resumed, scan};
use crate::{Cursor, PagingError};

/// A cursor of a page of three at the head, of which one was delivered.
fn interrupted() -> Cursor {
    scan(3, 1).requests(&["head+0"]).gets("head+0", &[9, 8, 7]).delivers_up_to(&[9, 8, 7], 1).1
}

#[test]
fn an_interrupted_page_resumes_with_the_next_record_and_then_at_its_marker() {
    // By the id of the next record, and below the page at once.
    let resumed = || resumed(3, 2, interrupted()).requests(&["9+0", "7+0"]);
    resumed().gets("9+0", &[8, 7, 6]).delivers(&[8, 7]).gets("7+0", &[6]).delivers(&[6]);
    // Nothing is delivered before it.
    resumed().gets("7+0", &[6]).waits();
}

#[test]
fn an_interrupted_page_whose_next_record_is_gone_is_searched_from_its_start() {
    resumed(3, 1, interrupted())
        .requests(&["9+0"])
        .gets("9+0", &[7, 6, 5])
        .requests(&["head+0"])
        // Created since, and 9, which was delivered.
        .gets("head+0", &[11, 10, 9])
        .delivers(&[])
        .requests(&["9+0"])
        .gets("9+0", &[7, 6, 5])
        .delivers(&[7])
        .requests(&["7+0"]);
}

#[test]
fn an_interrupted_page_of_which_all_is_gone_delivers_nothing() {
    resumed(3, 1, interrupted())
        .requests(&["9+0"])
        .gets("9+0", &[])
        .requests(&["head+0"])
        .gets("head+0", &[11, 10, 6])
        .waits()
        .requests(&["7+0"])
        .gets("7+0", &[6])
        .delivers(&[6]);
}

#[test]
fn an_interrupted_last_page_ends_with_the_last_of_its_records() {
    // The interrupted page was the last, and had no marker. 8 is hidden meanwhile.
    let held = scan(3, 1).requests(&["head+0"]).gets_without_marker("head+0", &[9, 8, 7]).waits().requests(&["head+2"]);
    let cursor = held.gets_without_marker("head+2", &[7]).delivers_up_to(&[9, 8, 7], 1).1;
    resumed(3, 1, cursor)
        .requests(&["9+0"])
        .gets_without_marker("9+0", &[7])
        .requests(&["head+0"])
        .gets_without_marker("head+0", &[9, 7])
        .delivers(&[7])
        .ends();
}

#[test]
fn a_record_that_was_passed_over_does_not_come_out_of_order_after_another_stop() {
    let (_, cursor) =
        resumed(3, 1, interrupted()).requests(&["9+0"]).gets("9+0", &[8, 7, 6]).delivers_up_to(&[8, 7], 2);
    resumed(3, 1, cursor).requests(&["7+0"]);
    // 8 was hidden while 7 came, and is back: nothing is left to search.
    let hidden = resumed(3, 1, interrupted()).requests(&["9+0"]).gets("9+0", &[7, 6, 5]).requests(&["head+0"]);
    let (_, cursor) = hidden.gets("head+0", &[9, 7, 6]).delivers_up_to(&[7], 1);
    resumed(3, 1, cursor).requests(&["7+0"]).gets("7+0", &[6, 5, 4]).delivers(&[6, 5, 4]);
}

#[test]
fn an_interrupted_page_interrupted_again_keeps_what_is_to_come() {
    let (_, cursor) =
        resumed(3, 1, interrupted()).requests(&["9+0"]).gets("9+0", &[8, 7, 6]).delivers_up_to(&[8, 7], 1);
    resumed(3, 1, cursor).requests(&["8+0"]).gets("8+0", &[7, 6, 5]).delivers(&[7]).requests(&["7+0"]);
}

#[test]
fn the_region_is_searched_page_by_page_where_the_short_cut_fails() {
    let failed = || resumed(3, 1, interrupted()).requests(&["9+0"]).fails("9+0").requests(&["head+0"]);
    failed().gets("head+0", &[9, 8, 7]).delivers(&[8, 7]).requests(&["7+0"]);
    failed().fails("head+0").breaks_by_source();
}

#[test]
fn a_region_of_which_nothing_is_said_is_thought_to_be_gone_after_four_requests() {
    let mut hand = resumed(3, 1, interrupted()).requests(&["9+0"]).gets_without_marker("9+0", &[]);
    for _ in 0..4 {
        hand = hand.waits().requests(&["head+0"]).gets_without_marker("head+0", &[]);
    }
    hand.waits().requests(&["7+0"]).gets("7+0", &[6]).delivers(&[6]);
}

#[test]
fn a_region_above_records_cannot_be_silent_twice() {
    let silent = || {
        resumed(3, 2, interrupted())
            .requests(&["9+0", "7+0"])
            .gets("7+0", &[6])
            .gets_without_marker("9+0", &[])
            .requests(&["head+0"])
            .gets_without_marker("head+0", &[])
            .requests(&["head+0"])
    };
    silent().gets_without_marker("head+0", &[]).breaks(PagingError::EmptyPages { counted: 0, joined: 1 });
    silent().gets("head+0", &[9, 8, 7]).delivers(&[8, 7]).delivers(&[6]);
}

#[test]
fn a_region_without_markers_is_searched_by_overlaps() {
    let walk = || resumed(3, 1, interrupted()).requests(&["9+0"]).gets("9+0", &[]).requests(&["head+0"]);
    let created = || walk().gets_without_marker("head+0", &[11, 10, 9]).waits().requests(&["head+2"]);
    created().gets_without_marker("head+2", &[9, 8, 7]).delivers(&[8, 7]).requests(&["7+0"]);
    let partly = created().gets_without_marker("head+2", &[9, 8]).delivers(&[8]).requests(&["head+3"]);
    partly.gets_without_marker("head+3", &[8, 7]).delivers(&[7]).requests(&["7+0"]);
    // One record alone shows nothing of what follows.
    walk().gets_without_marker("head+0", &[11]).waits().requests(&["7+0"]);
}

#[test]
fn a_region_whose_overlaps_go_four_times_cannot_be_searched() {
    let mut hand = resumed(3, 1, interrupted()).requests(&["9+0"]).gets("9+0", &[]);
    for time in 0..4 {
        hand = hand.requests(&["head+0"]).gets_without_marker("head+0", &[12, 11, 10]).requests(&["head+2"]);
        hand = hand.gets_without_marker("head+2", &[9, 8]);
        if time < 3 {
            hand = hand.waits();
        }
    }
    hand.breaks(PagingError::MarkerMissing);
}

#[test]
fn a_region_without_markers_beyond_the_reach_of_offsets_ends_by_its_ids() {
    let searched = |newest: u64| {
        let mut hand = resumed(50, 1, interrupted()).requests(&["9+0"]).gets("9+0", &[]);
        for page in 0..11 {
            let rows: Vec<_> = (0..50).map(|row| newest - 49 * page - row).collect();
            let request = format!("head+{}", 49 * page);
            hand = hand.requests(&[&request]).gets_without_marker(&request, &rows);
        }
        hand
    };
    searched(5_000).breaks(PagingError::MarkerMissing);
    searched(7 + 539).delivers(&[8, 7]).requests(&["7+0"]);
}

#[test]
fn a_region_is_not_continued_at_the_marker_of_no_request() {
    let assumed = "ffffffffffffffffffffffff".parse().ok();
    let walk = resumed(3, 1, interrupted()).requests(&["9+0"]).gets("9+0", &[]).requests(&["head+0"]);
    walk.page("head+0", &[11, 10, 9], assumed, None).waits().requests(&["head+2"]);
}

#[test]
fn a_search_that_is_stopped_continues_where_it_was() {
    let hand = resumed(3, 1, interrupted()).requests(&["9+0"]).gets("9+0", &[7, 6, 5]).requests(&["head+0"]);
    // All of it was created since.
    let (_, again) = hand.gets("head+0", &[14, 13, 12]).delivers_up_to(&[], 0);
    resumed(3, 1, again).requests(&["12+0"]).gets("12+0", &[11, 10, 9]).delivers(&[]).requests(&["9+0"]);
}
