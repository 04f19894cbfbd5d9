//! Windows at estimated anchors: too high, too low, refused.

use super::hand::{Hand, marker, scan, text};

/// A scan that knows its pace: a first page of 50 records, one apart, of 1,000 that are counted.
#[track_caller]
fn paced(ahead: usize) -> Hand {
    scan(50, ahead)
        .counting(1000)
        .requests(&["head+0"])
        .gets("head+0", &(1..=50).rev().map(|number| 1000 + number).collect::<Vec<_>>())
}

fn run(from: u64, length: u64) -> Vec<u64> {
    (0..length).map(|number| from - number).collect()
}

#[test]
fn beyond_a_window_anchors_are_estimated() {
    let mut hand = paced(13);
    let mut requested = Vec::new();
    while let Some((ticket, request)) = hand.pager.poll_request(13) {
        requested.push(text(&request));
        hand.open.push((text(&request), ticket));
    }
    // The page at hand, eleven of the window at 1001, and one at an estimate that repeats half a page.
    assert_eq!(requested.len(), 12);
    assert_eq!(requested.last().map(String::as_str), Some("485+0"));
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
    let mut hand = scan(50, 13).counting(5000).requests(&["head+0"]).gets("head+0", &first).delivers(&first);
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
