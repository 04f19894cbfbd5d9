//! Each demand of a check, on histories of a line.

use super::event::{Answer, Event};
use super::{AnswerOutcome, CheckError, CheckOptions, Fields, History, HistoryError, Verdict};
use crate::id::RecordId;

/// `+5` puts the record 5, `+5:Fail` gives it a status, `-5` removes it, `page` is a page of the list, `page:Fail` one
/// of those that failed, `fault` and `refused` are other answers.
fn history(text: &str) -> History {
    let mut events = vec![Event::Begin { version: 1 }];
    for (index, word) in text.split_whitespace().enumerate() {
        let (word, status) = word.split_once(':').unwrap_or((word, ""));
        let status = Some(("status".to_owned(), status.to_owned())).filter(|(_, status)| !status.is_empty());
        let list = "batchtasks".into();
        events.push(match (word.strip_prefix('+'), word.strip_prefix('-')) {
            (Some(id), _) => {
                let key = RecordId { seconds: id.parse().unwrap(), suffix: 0 };
                Event::Put { list, id: id.to_owned(), key, fields: Fields::from_iter(status) }
            }
            (_, Some(id)) => Event::Gone { list, id: id.to_owned() },
            _ => Event::Answer(Box::new(Answer {
                request: index as u64,
                ms: 0,
                list: list.into_owned(),
                filter: status.into_iter().collect(),
                marker: None,
                offset: None,
                limit: None,
                outcome: match word {
                    "page" => AnswerOutcome::Page,
                    "fault" => AnswerOutcome::Fault,
                    _ => AnswerOutcome::Refused,
                },
            })),
        });
    }
    History { events }
}

fn check(text: &str, delivered: &str) -> Verdict {
    history(text).check(&CheckOptions::new(), delivered.split_whitespace()).unwrap()
}

#[track_caller]
fn assert_exact(text: &str, delivered: &str) {
    let verdict = check(text, delivered);
    assert!(verdict.is_exact(), "{text}, {delivered}: {verdict}");
}

#[test]
fn a_list_that_stays_is_delivered_whole_once_and_in_order() {
    let text = "+5 +4 +3 page page";
    assert_exact(text, "5 4 3");
    assert_eq!(check(text, "5 3").lost, ["4"]);
    assert_eq!(check(text, "").lost, ["5", "4", "3"]);
    assert_eq!(check(text, "5 4 4 4 3").doubled, ["4"]);
    assert_eq!(check(text, "5 4 9 3").never_there, ["9"]);
    assert_eq!(check(text, "5 3 4").out_of_order, ["4"]);
    assert!(!check(text, "5 3 4").is_exact());
}

#[test]
fn an_empty_list_is_exact_without_a_record() {
    assert_exact("page", "");
    assert_eq!(check("page", "5").never_there, ["5"]);
}

#[test]
fn each_fault_is_found_beside_the_others() {
    let verdict = check("+5 +4 +3 +2 page", "4 5 5 9");
    let found = [verdict.lost, verdict.doubled, verdict.never_there, verdict.out_of_order];
    assert_eq!(found, [vec!["3", "2"], vec!["5"], vec!["9"], vec!["5"]]);
}

#[test]
fn what_is_there_for_a_while_may_come_or_not() {
    for text in
        ["+5 +4 +3 page -4 page", "+5 +3 page +4 page", "+5 +3 page +4 page -4 page", "+5 +4 +3 page -4 page +4 page"]
    {
        assert_exact(text, "5 3");
        assert_exact(text, "5 4 3");
        assert_eq!(check(text, "5 4 3 4").doubled, ["4"], "{text}");
        assert_eq!(check(text, "4 5 3").out_of_order, ["5"], "{text}");
        assert_eq!((check(text, "").throughout, check(text, "").for_a_while), (2, 1), "{text}");
    }
}

#[test]
fn what_no_page_can_hold_was_never_there() {
    for text in ["+5 +4 +3 -4 page page", "+5 +3 page page +4", "+5 +3 page +4 -4 page"] {
        assert_exact(text, "5 3");
        assert_eq!(check(text, "5 4 3").never_there, ["4"], "{text}");
    }
}

#[test]
fn what_leaves_and_returns_between_two_pages_is_there_throughout() {
    assert_eq!(check("+5 +4 page -4 +4 page", "5").lost, ["4"]);
}

#[test]
fn the_scan_lasts_from_the_first_page_to_the_last() {
    let text = "+5 fault -5 +4 refused +5 page page fault -4 refused";
    assert_exact(text, "5 4");
    assert_eq!(check(text, "5").lost, ["4"]);
    assert_eq!(check(text, "").pages, 2);
}

#[test]
fn what_others_requested_before_is_no_part_of_the_scan() {
    let history = history("+5 +4 page -5 +3 page page");
    assert!(history.check(&CheckOptions::new(), ["4"]).unwrap().is_exact());
    let verdict = history.check(&CheckOptions::new().from_request(3), ["5"]).unwrap();
    assert_eq!(
        (verdict.pages, verdict.lost, verdict.never_there),
        (2, vec!["4".to_owned(), "3".to_owned()], vec!["5".to_owned()])
    );
    assert_eq!(history.check(&CheckOptions::new().from_request(9), ["5"]), Err(CheckError::NoPage));
}

#[test]
fn a_filter_is_left_and_entered() {
    let text = "+5:Fail +4:Fail +3:Success +2:Fail page:Fail +4:Success +3:Fail page:Fail";
    for delivered in ["5 2", "5 4 2", "5 3 2", "5 4 3 2"] {
        assert_exact(text, delivered);
    }
    assert_eq!(check(text, "5 4").lost, ["2"]);
    assert_eq!(check("+5:Fail +4:Success page:Fail +5:Fail page:Fail", "5 4").never_there, ["4"]);
}

#[test]
fn several_lists_are_scanned_in_any_order_each_in_its_own() {
    let text = "+5:Fail +4:Success +3:Fail +2:Success page:Fail page:Success";
    for delivered in ["5 4 3 2", "5 3 4 2", "4 2 5 3"] {
        assert_exact(text, delivered);
    }
    assert_eq!(check(text, "4 5 2").lost, ["3"]);
    assert_eq!(check(text, "5 2 4 3").out_of_order, ["4"]);
    assert_eq!(check(text, "5 4 3 2").lists, ["batchtasks?status=Fail", "batchtasks?status=Success"]);
    // It was in both, and comes from either.
    let moved = "+5:Fail +4:Fail +3:Success page:Fail page:Success +4:Success page:Success page:Fail";
    for delivered in ["5 4 3", "5 3 4", "4 5 3", "5 3"] {
        assert_exact(moved, delivered);
    }
    assert_eq!(check(moved, "5 4 4 3").doubled, ["4"]);
}

#[test]
fn lists_that_overlap_have_to_be_named() {
    let history = history("+5:Fail +4:Success page page:Fail");
    let lists = vec!["batchtasks".to_owned(), "batchtasks?status=Fail".to_owned()];
    assert_eq!(history.lists(), lists);
    let failed = || CheckOptions::new().list("batchtasks?status=Fail");
    assert!(history.check(&failed(), ["5"]).unwrap().is_exact());
    assert!(history.check(&CheckOptions::new().list("batchtasks"), ["5", "4"]).unwrap().is_exact());
    let error = history.check(&CheckOptions::new(), ["5"]).unwrap_err();
    assert_eq!(error, CheckError::OverlappingLists { lists: lists.clone() });
    let unknown = "batchtasks?status=Stopped";
    let error = history.check(&failed().list(unknown), ["5"]).unwrap_err();
    assert_eq!(error, CheckError::UnknownList { list: unknown.to_owned(), lists });
    assert!(error.to_string().contains("Stopped, but of batchtasks, "), "{error}");
}

#[test]
fn no_order_is_demanded_where_none_is_promised() {
    let unordered = CheckOptions::new().unordered();
    let verdict = history("+5 +4 +3 page").check(&unordered, ["3", "5", "3"]).unwrap();
    assert!(verdict.out_of_order.is_empty());
    assert_eq!((verdict.lost, verdict.doubled), (vec!["4".to_owned()], vec!["3".to_owned()]));
}

#[test]
fn a_history_without_beginning_or_page_is_not_checked() {
    for (events, expected) in
        [(History::default(), CheckError::NoBeginning), (history("+5 fault refused"), CheckError::NoPage)]
    {
        assert_eq!(events.check(&CheckOptions::new(), ["5"]), Err(expected));
    }
}

#[test]
fn a_text_says_what_the_history_says() {
    let written = history("+5:Fail +4 page:Fail -5 fault refused page");
    let read = History::read(written.to_string().as_bytes()).unwrap();
    assert_eq!(read.events, written.events);
}

#[test]
fn a_text_of_another_form_is_refused_with_its_line() {
    let begin = r#"{"event":"begin","version":1}"#;
    let put = r#"{"event":"put","list":"batchtasks","id":"a","key":"5c8ba99030344005c02316a","fields":{}}"#;
    for (text, line, reason) in [
        (String::new(), 1, "no line"),
        ("5c8ba99030344005c02316ad\n".to_owned(), 1, ""),
        (r#"{"event":"gone","list":"batchtasks","id":"a"}"#.to_owned(), 1, "first line"),
        (r#"{"event":"begin","version":2}"#.to_owned(), 1, "version 2"),
        (format!("{begin}\n{begin}"), 2, "no other"),
        (format!("{begin}\n{{\"event\":\"moved\"}}"), 2, "moved"),
        (format!("{begin}\n{put}"), 2, "24 hexadecimal digits"),
    ] {
        match History::read(text.as_bytes()) {
            Err(HistoryError::Line { line: found, reason: text }) => {
                assert_eq!(found, line, "{text}");
                assert!(text.contains(reason), "{text}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn the_text_of_a_verdict_names_a_few() {
    let text = (1..=9).map(|id| format!("+{id} ")).collect::<String>() + "page";
    let verdict = check(&text, "9 8 1");
    let text = verdict.to_string();
    assert!(text.starts_with("NOT EXACT\n  list          batchtasks\n"), "{text}");
    assert!(text.contains("\n  lost          6: 7, 6, 5, 4, 3, ...\n") && text.ends_with("out of order  0"), "{text}");
}
