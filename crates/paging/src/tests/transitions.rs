//! The transitions of the state machine, one test each.

use super::hand::{Hand, marker, resumed, scan};
use crate::{Cursor, PagingError};

/// Pages of three of a list of nine, whose first page was delivered and whose window was requested.
#[track_caller]
fn window() -> Hand {
    scan(3, 3)
        .counting(9)
        .requests(&["head+0"])
        .gets("head+0", &[9, 8, 7])
        .delivers(&[9, 8, 7])
        .requests(&["7+0", "7+2", "7+4"])
}

#[test]
fn the_first_page_is_requested_alone() {
    scan(3, 5).requests(&["head+0"]).waits();
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
        .requests(&["1+0"])
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
        .requests(&["4+0"])
        .gets("4+0", &[3, 2, 1])
        .delivers(&[3, 2, 1]);
}

#[test]
fn a_bridge_that_misses_discards_what_lies_beyond() {
    window()
        .gets("7+0", &[60, 50, 40].map(|number| number / 10))
        .gets("7+2", &[1, 0])
        .delivers(&[6, 5, 4])
        .requests(&["4+0"])
        .gets("4+0", &[3, 2])
        .delivers(&[3, 2])
        .has_open(&[]);
}

#[test]
fn a_page_cap_found_later_shortens_the_jumps() {
    // Pages of three first, and then the server returns two: neither pages nor bridge reach the next page.
    scan(3, 3)
        .counting(20)
        .requests(&["head+0"])
        .gets("head+0", &[20, 19, 18])
        .delivers(&[20, 19, 18])
        .requests(&["18+0", "18+2", "18+4"])
        .gets("18+0", &[17])
        .gets("18+2", &[15])
        .gets("18+4", &[13])
        .delivers(&[17])
        .requests(&["17+0"])
        .gets("17+0", &[16])
        .delivers(&[16])
        // Nothing to overlap by is left: from marker to marker.
        .requests(&["16+0"]);
}

#[test]
fn a_failed_page_waits_for_its_turn() {
    window().fails("7+2").waits().gets("7+0", &[6, 5, 4]).delivers(&[6, 5, 4]).breaks_by_source();
}

#[test]
fn a_short_page_is_not_the_end_even_when_all_were_counted() {
    scan(3, 1)
        .counting(2)
        .requests(&["head+0"])
        .gets("head+0", &[9, 8])
        .delivers(&[9, 8])
        .requests(&["8+0"])
        .gets("8+0", &[7])
        .delivers(&[7]);
}

#[test]
fn an_empty_page_is_the_end_whatever_is_counted() {
    scan(3, 1)
        .counting(90)
        .requests(&["head+0"])
        .gets("head+0", &[9])
        .delivers(&[9])
        .requests(&["9+0"])
        .gets("9+0", &[])
        .ends();
}

#[test]
fn an_empty_page_with_a_lower_marker_is_not_the_end() {
    scan(3, 1)
        .requests(&["head+0"])
        .gets("head+0", &[9])
        .delivers(&[9])
        .requests(&["9+0"])
        .gets_marker("9+0", &[], 5)
        .waits()
        .requests(&["5+0"])
        .gets("5+0", &[4])
        .delivers(&[4]);
}

#[test]
fn a_silent_empty_page_is_requested_again() {
    let silent = || {
        scan(3, 1)
            .counting(4)
            .requests(&["head+0"])
            .gets("head+0", &[9, 8, 7])
            .delivers(&[9, 8, 7])
            .requests(&["7+0"])
            .gets_without_marker("7+0", &[])
            .waits()
            .requests(&["7+0"])
    };
    silent().gets("7+0", &[6]).delivers(&[6]);
    // The second silent answer is not believed either: what follows 7?
    let probed = || silent().gets_without_marker("7+0", &[]).waits().requests(&["head+2"]);
    probed().gets("head+2", &[7]).ends();
    probed().gets("head+2", &[7, 6]).breaks(PagingError::EmptyPages { counted: 4, joined: 3 });
}

#[test]
fn a_silent_first_answer_is_requested_again_too() {
    let silent = || scan(3, 1).requests(&["head+0"]).gets_without_marker("head+0", &[]).waits().requests(&["head+0"]);
    silent().gets_without_marker("head+0", &[]).ends();
    silent().gets("head+0", &[9, 8, 7]).delivers(&[9, 8, 7]);
}

#[test]
fn an_empty_list_is_the_end_at_once() {
    scan(3, 1).requests(&["head+0"]).gets("head+0", &[]).ends();
}

#[test]
fn a_marker_that_rises_delivers_nothing() {
    let requested =
        || scan(3, 1).requests(&["head+0"]).gets("head+0", &[9, 8, 7]).delivers(&[9, 8, 7]).requests(&["7+0"]);
    let rule = |returned| PagingError::MarkerNotBelow { after: marker(7), returned: marker(returned) };
    requested().gets_marker("7+0", &[6, 5, 4], 8).breaks(rule(8));
    // The request's own marker may be the last page's: what follows 4?
    let repeated = || requested().gets_marker("7+0", &[6, 5, 4], 7).waits().requests(&["7+2"]);
    repeated().gets("7+2", &[4]).delivers(&[6, 5, 4]).ends();
    repeated().gets("7+2", &[4, 3]).breaks(rule(7));
}

#[test]
fn a_server_that_ignores_the_marker_delivers_nothing_twice() {
    let again = || {
        scan(3, 1)
            .requests(&["head+0"])
            .gets("head+0", &[9, 8, 7])
            .delivers(&[9, 8, 7])
            .requests(&["7+0"])
            .gets("7+0", &[9, 8, 7])
            .waits()
            .requests(&["head+2"])
    };
    again().gets("head+2", &[7]).ends();
    again().gets("head+2", &[7, 6]).breaks(PagingError::MarkerNotBelow { after: marker(7), returned: marker(7) });
    // A resumed scan has only the marker.
    let resumed = resumed(3, 1, Cursor::part(Some(marker(7)), None)).requests(&["7+0"]).gets("7+0", &[9, 8, 7]);
    resumed.breaks(PagingError::MarkerNotBelow { after: marker(7), returned: marker(7) });
}

#[test]
fn a_server_that_returns_the_record_of_the_marker_delivers_it_once() {
    scan(3, 1)
        .requests(&["head+0"])
        .gets("head+0", &[9, 8, 7])
        .delivers(&[9, 8, 7])
        .requests(&["7+0"])
        .gets("7+0", &[7, 6, 5])
        .delivers(&[6, 5])
        .requests(&["5+0"])
        .gets("5+0", &[5])
        .waits()
        .requests(&["7+1"])
        .gets("7+1", &[6, 5])
        .requests(&["7+2"])
        .gets("7+2", &[5])
        .ends();
}

#[test]
fn a_page_without_a_marker_is_held_until_its_end_is_probed() {
    let held =
        || scan(3, 2).requests(&["head+0"]).gets_without_marker("head+0", &[9, 8, 7]).waits().requests(&["head+2"]);
    held().gets_without_marker("head+2", &[7]).delivers(&[9, 8, 7]).ends();
    // Three came in above, and 7 was the last of a full page.
    held()
        .gets_without_marker("head+2", &[9, 8, 7])
        .requests(&["head+4"])
        .gets_without_marker("head+4", &[7])
        .delivers(&[9, 8, 7]);
    // 7 was deleted: the page is read again.
    held().gets_without_marker("head+2", &[6]).requests(&["head+0"]);
}

#[test]
fn a_list_without_markers_continues_at_ids_where_they_are_taken() {
    let more = || {
        scan(3, 2)
            .requests(&["head+0"])
            .gets_without_marker("head+0", &[9, 8, 7])
            .waits()
            .requests(&["head+2"])
            .gets_without_marker("head+2", &[7, 6, 5])
            .requests(&["6+0"])
    };
    more().gets_without_marker("6+0", &[5, 4, 3]).delivers(&[9, 8, 7, 6]).requests(&["6+0", "6+2"]);
    more().gets_without_marker("6+0", &[5]).delivers(&[9, 8, 7, 6, 5]).ends();
    // Where they are not, the page grows by offsets.
    more().fails("6+0").requests(&["head+4"]).gets_without_marker("head+4", &[5]).delivers(&[9, 8, 7, 6, 5]).ends();
}

#[test]
fn what_appears_below_a_page_without_a_marker_belongs_to_the_part_below() {
    resumed(2, 1, Cursor::part(None, Some(marker(7))))
        .requests(&["head+0"])
        .gets("head+0", &[9, 8])
        .delivers(&[9, 8])
        .requests(&["8+0"])
        .gets_without_marker("8+0", &[7])
        .waits()
        .requests(&["8+0"])
        // 6 has come in meanwhile; it is the first of the next part.
        .gets_without_marker("8+0", &[7, 6])
        .delivers(&[7])
        .ends();
}

#[test]
fn markers_two_above_the_ids_are_no_ids() {
    // Records 20, 18, 16 ... with markers two above: a part that ends at marker 18 holds the record 16.
    let part = || {
        resumed(3, 1, Cursor::part(None, Some(marker(18))))
            .with_distance(2)
            .requests(&["head+0"])
            .gets("head+0", &[20, 18, 16])
    };
    part().delivers(&[20, 18, 16]).ends();
    // A page that ends below the boundary is read again in smaller pages, whose ends are markers.
    resumed(3, 1, Cursor::part(None, Some(marker(20))))
        .with_distance(2)
        .requests(&["head+0"])
        .gets("head+0", &[20, 18, 16])
        .waits()
        .requests(&["head+0"])
        .gets("head+0", &[20])
        .delivers(&[20])
        .requests(&["22+0"])
        .gets("22+0", &[18])
        .delivers(&[18])
        .ends();
}

#[test]
fn a_part_ends_within_a_page_by_its_ids() {
    resumed(3, 1, Cursor::part(None, Some(marker(8))))
        .requests(&["head+0"])
        .gets("head+0", &[9, 8, 7])
        .delivers(&[9, 8])
        .ends();
}

#[test]
fn the_last_record_at_a_boundary_is_probed() {
    let probed = || {
        resumed(1, 1, Cursor::part(None, Some(marker(8))))
            .requests(&["head+0"])
            .gets_without_marker("head+0", &[9])
            .waits()
            .requests(&["8+0"])
    };
    probed().gets("8+0", &[9]).ends();
    // It lies above only if it is still there.
    probed().gets("8+0", &[]).requests(&["head+0"]).gets_without_marker("head+0", &[9]).delivers(&[9]).ends();
    probed().gets("8+0", &[]).requests(&["head+0"]).gets_without_marker("head+0", &[10]).waits();
    // A silent answer is no verdict.
    probed().gets_without_marker("8+0", &[]).requests(&["8+0"]).gets("8+0", &[9]).ends();
}

#[test]
fn a_server_that_ignores_the_page_size_cannot_be_refined() {
    resumed(3, 1, Cursor::part(None, Some(marker(20))))
        .with_distance(2)
        .requests(&["head+0"])
        .gets("head+0", &[20, 18, 16])
        .waits()
        .requests(&["head+0"])
        .gets("head+0", &[20, 18, 16])
        .breaks(PagingError::PageTooLong { limit: 1, records: 3 });
}

#[test]
fn the_marker_of_no_request_is_not_returned() {
    // The service returns the marker that was requested; without one, the one that it assumes then.
    let assumed = "ffffffffffffffffffffffff".parse().ok();
    let held = scan(3, 2).requests(&["head+0"]).page("head+0", &[9], assumed, None).waits().requests(&["head+0"]);
    // 8 re-entered the filter.
    let more = held.page("head+0", &[9, 8], assumed, None).waits().requests(&["head+1"]);
    more.page("head+1", &[8], assumed, None).delivers(&[9, 8]).ends();
}
