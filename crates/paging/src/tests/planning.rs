//! What is requested, in which order, and what is in flight and ready meanwhile.

use super::hand::{Hand, marker, resumed, scan, within};
use crate::{Cursor, Load};

/// Pages of three, whose first one was delivered; offsets reach up to `reach`.
#[track_caller]
fn begun(reach: usize, ahead: usize, count: u64) -> Hand {
    let hand = within(reach, 3, ahead, Cursor::default()).counting(count).requests(&["head+0"]);
    hand.gets("head+0", &[100, 99, 98]).delivers(&[100, 99, 98])
}

#[test]
fn the_far_page_of_a_window_comes_second_if_all_of_it_is_soon_requested() {
    begun(8, 1, 100).requests(&["98+0"]);
    begun(8, 2, 100).requests(&["98+0", "98+2"]);
    begun(8, 3, 100).requests(&["98+0", "98+2", "98+8"]);
    begun(8, 4, 100).requests(&["98+0", "98+8", "98+2", "98+4"]);
    begun(4, 2, 100).requests(&["98+0", "98+4"]);
}

#[test]
fn a_window_is_as_long_as_what_is_expected() {
    // Nothing is expected below it, so that its far page opens nothing.
    begun(8, 5, 10).requests(&["98+0", "98+2", "98+4"]);
    begun(8, 5, 8).requests(&["98+0", "98+2"]);
    begun(8, 5, 6).requests(&["98+0"]);
    begun(8, 5, 3).requests(&["98+0"]);
    // By far more than was counted: the count was none.
    let beyond = begun(4, 3, 3).requests(&["98+0"]).gets("98+0", &[97, 96, 95]).delivers(&[97, 96, 95]);
    let beyond = beyond.requests(&["95+0"]).gets("95+0", &[94, 93, 92]).delivers(&[94, 93, 92]);
    beyond.requests(&["92+0", "92+4", "92+2"]);
}

#[test]
fn a_part_is_read_no_further_than_its_end() {
    let part = |until, ahead| {
        let cursor = Cursor::part(None, Some(marker(until)));
        let hand = within(8, 3, ahead, cursor).counting(1_000).requests(&["head+0"]);
        hand.gets("head+0", &[100, 99, 98]).delivers(&[100, 99, 98])
    };
    part(95, 5).requests(&["98+0"]);
    part(93, 5).requests(&["98+0", "98+2"]);
    part(91, 5).requests(&["98+0", "98+2", "98+4"]);
    // What was counted may be less.
    let cursor = Cursor::part(None, Some(marker(80)));
    let few = within(8, 3, 5, cursor).counting(8).requests(&["head+0"]).gets("head+0", &[100, 99, 98]);
    few.delivers(&[100, 99, 98]).requests(&["98+0", "98+2"]);
    // Once its last page is there, nothing more is requested, and that page is the last.
    part(96, 5).requests(&["98+0"]).gets("98+0", &[97, 96, 95]).requests(&[]).delivers(&[97, 96]).ends();
}

#[test]
fn the_load_is_what_is_in_flight_and_ready_and_what_it_brings() {
    let of = |hand: &Hand| {
        let Load { in_flight, ready, records, front_requested } = hand.pager.load();
        assert_eq!(hand.pager.load().pages(), in_flight + ready);
        (in_flight, ready, records, front_requested)
    };
    let hand = begun(4, 3, 9);
    assert_eq!(of(&hand), (0, 0, 0, false));
    let hand = hand.requests(&["98+0", "98+2", "98+4"]);
    assert_eq!(of(&hand), (3, 0, 3 + 2 + 2, true));
    // Its first record is thought to be the last of the page before.
    let hand = hand.gets("98+4", &[93, 92]);
    assert_eq!(of(&hand), (2, 1, 3 + 2 + 1, true));
    let hand = hand.gets("98+0", &[97, 96]);
    assert_eq!(of(&hand), (1, 2, 2 + 2 + 1, true));
    // It repeats nothing that was read but 96.
    let hand = hand.gets("98+2", &[96, 95, 94, 93]);
    assert_eq!(of(&hand), (0, 3, 2 + 3 + 1, true));
    let hand = hand.delivers(&[97, 96]).delivers(&[95, 94, 93]);
    assert_eq!(of(&hand), (0, 1, 1, true));
    let failed = begun(4, 3, 9).requests(&["98+0", "98+2", "98+4"]).fails("98+2");
    assert_eq!(of(&failed), (2, 1, 3 + 2, true));
}

#[test]
fn a_question_is_part_of_the_load() {
    let hand = scan(3, 2).requests(&["head+0"]).gets_without_marker("head+0", &[9, 8, 7]).waits();
    let in_flight = |hand: &Hand| (hand.pager.load().in_flight, hand.pager.load().front_requested);
    assert_eq!(in_flight(&hand), (0, false));
    let hand = hand.requests(&["head+2"]);
    assert_eq!(in_flight(&hand), (1, true));
    let hand = hand.gets_without_marker("head+2", &[7]);
    let load = hand.pager.load();
    assert_eq!((load.in_flight, load.ready, load.records, load.front_requested), (0, 1, 3, true));
    hand.delivers(&[9, 8, 7]);
    // Pages below a region that is searched are in flight beside it.
    let interrupted = scan(3, 1).requests(&["head+0"]).gets("head+0", &[9, 8, 7]).delivers_up_to(&[9, 8, 7], 1).1;
    let hand = resumed(3, 2, interrupted.clone()).requests(&["9+0", "7+0"]);
    assert_eq!(in_flight(&hand), (2, true));
    // And take no place that the search needs.
    let hand = hand.gets("7+0", &[6]).gets("9+0", &[8]).delivers(&[8]).requests(&["8+0"]);
    assert_eq!((in_flight(&hand), hand.pager.load().ready), ((1, true), 1));
}

#[test]
fn the_furthest_page_gives_way_to_a_bridge() {
    let hand = begun(4, 2, 12).requests(&["98+0", "98+4"]).gets("98+0", &[97, 96, 95]).delivers(&[97, 96, 95]);
    let hand = hand.requests(&["98+2"]);
    // 95 was deleted: 94 may have been too, or lie between.
    let hand = hand.gets("98+2", &[93, 92]).waits().requests(&["95+0"]).has_open(&["95+0"]);
    hand.gets("95+0", &[94, 93, 92]).delivers(&[94, 93, 92]).requests(&["98+4"]);
}

#[test]
fn nothing_is_requested_before_it_is_wanted_nor_after_the_end() {
    let mut hand = scan(3, 0);
    assert!(hand.pager.poll_request(0).is_none());
    begun(4, 3, 3).requests(&["98+0"]).fails("98+0").breaks_by_source();
}
