//! What small pages show.

use super::*;
use crate::FailureKind;

fn id(number: u32) -> String {
    format!("{:024x}", u128::from(number) << 8)
}

/// A page of these tasks, the marker and the count that it carries.
fn page(numbers: &[u32], marker: Field, count: Field) -> Answer {
    let rows = numbers.iter().map(|number| Row { id: id(*number), created: None }).collect();
    Answer { rows, marker, count, is_page: true }
}

fn plain(numbers: &[u32]) -> Answer {
    let marker = numbers.last().map_or(Field::Absent, |last| Field::Text(id(*last)));
    page(numbers, marker, Field::Number(9))
}

fn pair<'a>(first: &'a Answer, next: &'a Answer) -> Pair<'a> {
    Pair { first, next, ends: next.rows.len() < 3, tasks: None }
}

fn error(status: u16) -> Result<Answer, SourceError> {
    Err(SourceError::new(FailureKind::Status, "no").with_status(status))
}

#[test]
fn order_is_judged_by_ids_and_else_by_times() {
    let rows = |numbers: &[(u32, Option<i64>)]| -> Vec<Row> {
        let time = |seconds: &Option<i64>| seconds.map(|seconds| jiff::Timestamp::from_second(seconds).unwrap());
        numbers.iter().map(|(number, seconds)| Row { id: id(*number), created: time(seconds) }).collect()
    };
    let judged = |numbers: &[(u32, Option<i64>)]| newest_first(&rows(numbers).iter().collect::<Vec<_>>()).0;
    assert_eq!(judged(&[(3, None), (2, None)]), Holds);
    assert_eq!(judged(&[(2, Some(9)), (3, Some(8))]), Holds);
    assert_eq!(judged(&[(2, Some(8)), (3, Some(9))]), DoesNotHold);
    assert_eq!(judged(&[(2, Some(8)), (3, Some(8))]), NotSeen);
    assert_eq!(judged(&[(2, None), (3, Some(8))]), NotSeen);
    assert_eq!(judged(&[(2, None)]), NotSeen);
}

#[test]
fn a_marker_is_held_against_the_last_id() {
    let with = |marker: &str| marker_is_last_id(&page(&[5, 4], Field::Text(marker.to_owned()), Field::Absent));
    assert_eq!(with(&id(4).to_uppercase()).0, Holds);
    let above = with(&format!("{:024x}", (4_u128 << 8) + 2));
    assert_eq!((above.0, above.1.contains("2 above")), (DoesNotHold, true));
    assert_eq!(with("other").0, DoesNotHold);
    assert_eq!(marker_is_last_id(&page(&[5], Field::Null, Field::Absent)).0, NotSeen);
}

#[test]
fn a_task_that_comes_again_shows_that_a_marker_is_inclusive() {
    let first = plain(&[9, 8, 7]);
    assert_eq!(marker_exclusive(pair(&first, &plain(&[6, 5, 4]))).0, Holds);
    assert_eq!(marker_exclusive(pair(&first, &plain(&[7, 6, 5]))).0, DoesNotHold);
    assert_eq!(marker_exclusive(pair(&first, &plain(&[9, 8, 7]))).0, DoesNotHold);
    assert_eq!(marker_exclusive(pair(&first, &plain(&[]))).0, NotSeen);
}

#[test]
fn a_marker_must_fall_until_the_end() {
    let first = plain(&[9, 8, 7]);
    let next = |numbers: &[u32], marker: Field| {
        let next = page(numbers, marker, Field::Absent);
        marker_descends(pair(&first, &next)).0
    };
    let text = |number| Field::Text(id(number));
    assert_eq!(next(&[6, 5, 4], text(4)), Holds);
    assert_eq!(next(&[6, 5, 4], text(7)), DoesNotHold);
    assert_eq!(next(&[6, 5, 4], text(8)), DoesNotHold);
    assert_eq!(next(&[6, 5, 4], Field::Null), NotSeen);
    assert_eq!(next(&[6, 5], Field::Null), Holds);
    assert_eq!(next(&[6, 5], text(7)), Holds);
    assert_eq!(next(&[6, 5, 4], Field::Text("wide".to_owned())), NotSeen);
    let bare = page(&[9, 8, 7], Field::Absent, Field::Absent);
    assert_eq!(marker_descends(pair(&bare, &plain(&[6]))).0, DoesNotHold);
}

#[test]
fn a_count_is_of_the_list_or_of_less() {
    let judged = |first: Field, next: Field| {
        let first = page(&[9, 8, 7], Field::Absent, first);
        count_of_whole_list(pair(&first, &page(&[6, 5, 4], Field::Absent, next))).0
    };
    let number = Field::Number;
    assert_eq!(judged(number(9), number(9)), Holds);
    assert_eq!(judged(Field::Text("9".to_owned()), Field::Text("9".to_owned())), Holds);
    assert_eq!(judged(number(9), number(6)), DoesNotHold);
    assert_eq!(judged(number(3), number(3)), DoesNotHold);
    assert_eq!(judged(number(1), number(1)), DoesNotHold);
    assert_eq!(judged(number(9), number(8)), NotSeen);
    assert_eq!(judged(number(9), Field::Null), NotSeen);
}

#[test]
fn refusals_and_failures_are_distinguished() {
    assert_eq!(offset_to_500(&Ok(plain(&[]))).0, Holds);
    assert_eq!(offset_to_500(&error(400)).0, DoesNotHold);
    assert_eq!(offset_to_500(&error(503)).0, NotSeen);
    let estimate = Estimate::within(&plain(&[9, 8, 6, 5])).unwrap();
    assert_eq!(estimate, Estimate { marker: 7 << 8, follows: id(6), then: Some(id(5)) });
    let judged = |answer| estimated_marker(&estimate, &answer, false).0;
    assert_eq!(judged(Ok(plain(&[6, 5]))), Holds);
    assert_eq!(judged(Ok(plain(&[5, 4]))), Holds, "the task below it was deleted");
    assert_eq!(judged(Ok(plain(&[4]))), DoesNotHold);
    assert_eq!(judged(Ok(plain(&[]))), DoesNotHold);
    assert_eq!(judged(error(400)), DoesNotHold);
    assert_eq!(judged(error(500)), NotSeen);
    assert_eq!(estimated_marker(&estimate, &Ok(plain(&[4])), true).0, NotSeen);
    assert_eq!(Estimate::within(&plain(&[9])), None);
    assert_eq!(Estimate::within(&plain(&[8, 9])), None);
}

#[test]
fn an_empty_page_is_described() {
    let judged = |marker, count| empty_page(&page(&[], marker, count), Some("a"));
    assert_eq!(judged(Field::Absent, Field::Absent).0, DoesNotHold);
    assert_eq!(judged(Field::Null, Field::Null).0, DoesNotHold);
    let (finding, note) = judged(Field::Text("A".to_owned()), Field::Number(7));
    assert!(finding == Holds && note.contains("of the request") && note.contains('7'), "{note}");
    assert_eq!(judged(Field::Absent, Field::Number(0)).0, Holds);
}

#[test]
fn a_short_page_is_capped_only_where_more_follow() {
    assert_eq!(full_pages(&plain(&[3, 2, 1]), 3, Some(true)).0, Holds);
    assert_eq!(full_pages(&plain(&[3, 2]), 3, Some(true)).0, DoesNotHold);
    assert_eq!(full_pages(&plain(&[3, 2]), 3, Some(false)).0, NotSeen);
    assert_eq!(full_pages(&plain(&[3, 2]), 3, None).0, NotSeen);
}

#[test]
fn reads_that_differ_are_a_fault_where_no_change_explains_it() {
    let judged = |again: &[u32], third: Option<&[u32]>| {
        let third = third.map(plain);
        reads_agree(&plain(&[9, 8, 7, 6]), &plain(again), third.as_ref()).0
    };
    assert_eq!(judged(&[9, 8, 7, 6], None), Holds);
    assert_eq!(judged(&[9, 7, 8, 6], None), DoesNotHold);
    assert_eq!(judged(&[9, 7, 6, 5], Some(&[9, 8, 7, 6])), DoesNotHold);
    assert_eq!(judged(&[9, 7, 6, 5], Some(&[9, 7, 6, 5])), NotSeen);
    assert_eq!(judged(&[10, 9, 8, 7], Some(&[10, 9, 8, 7])), NotSeen);
    assert_eq!(judged(&[10, 9, 8, 7], None), NotSeen);
}
