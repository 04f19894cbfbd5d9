//! Cursors: their text, where they end, how they are cut, and what they count of records without an identity.

use super::hand::{Hand, marker, resumed, scan};
use crate::{Cursor, Identity, Marker};

fn text(cursor: &Cursor) -> String {
    serde_json::to_string(cursor).unwrap()
}

fn cursor(text: &str) -> Cursor {
    serde_json::from_str(text).unwrap()
}

fn id(number: u64) -> String {
    format!("{number:024x}")
}

fn part(after: u64, until: u64) -> Cursor {
    let place = |number| (number > 0).then(|| marker(number));
    Cursor::part(place(after), place(until))
}

#[test]
fn a_cursor_says_what_differs_from_the_head_of_a_list() {
    assert_eq!(text(&Cursor::default()), "{}");
    assert_eq!(text(&Cursor::at_end()), r#"{"ended":true}"#);
    assert_eq!(text(&part(9, 3)), format!(r#"{{"after":"{}","until":"{}"}}"#, id(9), id(3)));
    let all = format!(
        r#"{{"after":"{}","pending":["a","b"],"skip":1,"unnamed":2,"through":"{}","delivered":4,"until":"{}"}}"#,
        id(9),
        id(7),
        id(3)
    );
    assert_eq!(text(&cursor(&all)), all);
    let markers: Vec<_> = cursor(&all).markers().collect();
    assert_eq!(markers, [marker(9), marker(7), marker(3)]);
}

#[test]
fn only_the_head_of_a_whole_list_is_a_start() {
    assert!(Cursor::default().is_start());
    assert!(![part(9, 0), part(0, 3), cursor(r#"{"delivered":1}"#), Cursor::at_end()].iter().any(Cursor::is_start));
}

#[test]
fn a_scan_ends_where_it_has_reached_its_boundary() {
    for (after, until, is_end) in [(9, 3, false), (3, 3, true), (2, 3, true), (0, 3, false), (9, 0, false)] {
        assert_eq!(part(after, until).is_end(), is_end, "{after} {until}");
    }
    let interrupted = format!(r#"{{"after":"{0}","pending":["a"],"until":"{0}"}}"#, id(3));
    assert!(!cursor(&interrupted).is_end());
    let [one, other] = ["cert-1", "cert-2"].map(|text| Some(Marker::opaque(text).unwrap()));
    assert!(Cursor::part(one, one).is_end() && !Cursor::part(one, other).is_end());
}

#[test]
fn an_ended_scan_keeps_the_number_of_records() {
    let ended = cursor(&format!(r#"{{"after":"{}","delivered":7}}"#, id(9))).into_end();
    assert_eq!((ended.is_end(), ended.delivered(), text(&ended)), (true, 7, r#"{"delivered":7,"ended":true}"#.into()));
}

#[test]
fn an_interrupted_page_ends_below_its_start() {
    for (after, through, is_consistent) in [
        (Some(id(9)), Some(id(7)), true),
        (Some(id(7)), Some(id(9)), false),
        (Some(id(7)), Some(id(7)), false),
        (None, Some(id(7)), true),
        (Some(id(7)), None, true),
        (Some("cert-1".to_owned()), Some(id(7)), true),
    ] {
        let altered = cursor(&serde_json::json!({"after": after, "through": through, "pending": ["a"]}).to_string());
        assert_eq!(altered.is_consistent(), is_consistent, "{altered:?}");
    }
}

/// It is not cut at these.
#[track_caller]
fn is_whole(cursor: &Cursor, boundaries: &[Marker]) {
    assert_eq!(cursor.split(boundaries.iter().copied()), std::slice::from_ref(cursor));
}

#[test]
fn parts_are_disjoint_and_together_the_whole() {
    let whole = Cursor::default();
    let boundaries = |numbers: &[u64]| numbers.iter().map(|number| marker(*number)).collect::<Vec<_>>();
    is_whole(&whole, &[]);
    assert_eq!(whole.split(boundaries(&[5, 8, 5])), [part(0, 8), part(8, 5), part(5, 0)]);
    // A boundary that does not lie within what is left is not used.
    assert_eq!(part(9, 3).split(boundaries(&[9, 10, 3, 2, 6])), [part(9, 6), part(6, 3)]);
    is_whole(&Cursor::at_end(), &boundaries(&[5]));
    let ended = cursor(&format!(r#"{{"after":"{}","ended":true}}"#, id(9)));
    is_whole(&ended, &boundaries(&[5]));
    // Nor one without an order.
    let opaque = Marker::opaque("cert-1").unwrap();
    is_whole(&whole, &[opaque]);
    is_whole(&Cursor::part(Some(opaque), None), &boundaries(&[5]));
}

#[test]
fn an_interrupted_page_is_never_cut() {
    let interrupted = format!(r#"{{"pending":["a"],"through":"{}","delivered":4}}"#, id(7));
    let first = format!(r#"{{"pending":["a"],"through":"{}","delivered":4,"until":"{}"}}"#, id(7), id(5));
    let boundaries = [8, 7, 5].map(marker);
    assert_eq!(cursor(&interrupted).split(boundaries), [cursor(&first), part(5, 0)]);
    let last_page = cursor(r#"{"pending":["a"]}"#);
    is_whole(&last_page, &boundaries);
    let unnamed = cursor(r#"{"unnamed":1}"#);
    is_whole(&unnamed, &boundaries);
}

/// Numbers from here on have no identity.
const UNNAMED: u64 = 30_000;

fn unnamed(numbers: &[u64]) -> Vec<u64> {
    numbers.iter().map(|number| UNNAMED + number).collect()
}

/// Four records without identity, of which so many were delivered.
#[track_caller]
fn four(delivered: usize) -> Cursor {
    let rows = unnamed(&[4, 3, 2, 1]);
    scan(4, 1).requests(&["head+0"]).gets("head+0", &rows).delivers_up_to(&rows, delivered).1
}

fn counts(cursor: &Cursor) -> serde_json::Value {
    let mut value = serde_json::to_value(cursor).unwrap();
    value.as_object_mut().unwrap().retain(|key, _| ["skip", "unnamed", "delivered"].contains(&key.as_str()));
    value
}

#[test]
fn records_without_an_identity_are_counted() {
    assert_eq!(four(0), Cursor::default());
    assert_eq!(counts(&four(1)), serde_json::json!({"skip": 1, "unnamed": 3, "delivered": 1}));
    assert_eq!(counts(&four(4)), serde_json::json!({"delivered": 4}));
    let resumed = resumed(4, 1, four(1)).requests(&["head+0"]).gets("head+0", &unnamed(&[4, 3, 2, 1]));
    let (hand, again) = resumed.delivers_up_to(&unnamed(&[3, 2, 1]), 1);
    assert_eq!(counts(&again), serde_json::json!({"skip": 2, "unnamed": 2, "delivered": 2}));
    hand.requests(&["30001+0"]);
}

#[test]
fn records_without_an_identity_are_counted_over_pages() {
    let hand = resumed(4, 1, four(2)).requests(&["head+0"]).gets("head+0", &unnamed(&[4]));
    let hand = hand.delivers(&[]).requests(&["30004+0"]).gets("30004+0", &unnamed(&[3, 2]));
    let (hand, again) = hand.delivers_up_to(&unnamed(&[2]), 1);
    assert_eq!(counts(&again), serde_json::json!({"unnamed": 1, "delivered": 3}));
    hand.requests(&["30002+0"]).gets("30002+0", &unnamed(&[1])).delivers(&unnamed(&[1])).requests(&["30001+0"]);
    // In the middle of one of those pages.
    let hand = resumed(4, 1, four(1)).requests(&["head+0"]).gets("head+0", &unnamed(&[4, 3, 2]));
    let (_, again) = hand.delivers_up_to(&unnamed(&[3, 2]), 1);
    assert_eq!(counts(&again), serde_json::json!({"skip": 2, "unnamed": 2, "delivered": 2}));
}

#[test]
fn a_page_that_goes_below_the_region_is_read_in_smaller_ones() {
    let overshot = |hand: Hand| hand.requests(&["head+0"]).gets("head+0", &unnamed(&[4, 3, 2, 1, 0])).waits();
    let hand = overshot(resumed(5, 1, four(2))).requests(&["head+0"]).of_size(2);
    let hand = hand.gets("head+0", &unnamed(&[4, 3])).delivers(&[]).requests(&["30003+0"]).of_size(2);
    let hand = hand.gets("30003+0", &unnamed(&[2, 0])).waits().requests(&["30003+0"]).of_size(1);
    let hand = hand.gets("30003+0", &unnamed(&[2])).delivers(&unnamed(&[2])).requests(&["30002+0"]);
    // The last of them is gone: what comes lies below the region, and belongs to the next page.
    hand.gets("30002+0", &unnamed(&[0])).waits().requests(&["30001+0"]);
}

#[test]
fn a_page_that_ends_with_the_region_is_not_too_long() {
    let hand = resumed(4, 1, four(2)).requests(&["head+0"]).gets("head+0", &unnamed(&[4, 3, 2, 1]));
    hand.delivers(&unnamed(&[2, 1])).requests(&["30001+0"]);
    // Nor does one whose records have an identity matter.
    let named = scan(3, 1).requests(&["head+0"]).gets("head+0", &[9, 8, 7]).delivers_up_to(&[9, 8, 7], 2).1;
    let hand = resumed(3, 1, named).requests(&["8+0"]).gets("8+0", &[7, 6, 5]);
    hand.delivers(&[7]).requests(&["7+0"]);
}

#[test]
fn a_page_knows_where_it_began_and_ended() {
    let mut hand = scan(3, 1).requests(&["head+0"]).gets("head+0", &[9, 8, 7]);
    let ends = |hand: &mut Hand| match hand.pager.poll_event() {
        Some(crate::Event::Page(page)) => {
            (page.cursor.start().clone(), page.cursor.marker(), page.records[0].identity().map(str::to_owned))
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(ends(&mut hand), (Cursor::default(), Some(marker(7)), Some(id(9))));
    let mut hand = hand.requests(&["7+0"]).gets("7+0", &[6]);
    let (start, end, _) = ends(&mut hand);
    assert_eq!((start.resumes_after(), start.delivered(), end), (Some(marker(7)), 3, Some(marker(6))));
}
