//! Pages of every oddity that the service may answer with.

use proptest::prelude::*;

use super::*;
use crate::task::{TaskStatus, TaskType};

const SAMPLE: &str = r#"{"batchtasks":[{"task_id":"5c8ba99030344005c02316ad","task_name":"testname","task_type":"softwareUpgrade","targets":["e495cf17-ff79-4294-8f64-4d367919d665"],"targets_filter":{"group_ids":["e495cf17-ff79-4294-8f64-4d367919d665"]},"document":{"package_id":"32822e5744a45ede319d2c50"},"task_policy":{"schedule_time":"20151212T121212Z","retry_count":5,"retry_interval":60},"status":"Success","status_desc":"string","task_progress":{"total":0,"processing":0,"success":0,"fail":0,"waitting":0,"fail_wait_retry":0,"stopped":0},"create_time":"20151212T121212Z"}],"page":{"count":10,"marker":"5c90fa7d3c4e4405e8525079"}}"#;

/// What a record takes beside its texts.
const RECORD: usize = size_of::<Result<BatchTask, RecordError>>();

const MARKER: &str = "5c90fa7d3c4e4405e8525079";

fn read(body: impl AsRef<[u8]>) -> Page<BatchTask> {
    Page::from_json(body.as_ref()).unwrap()
}

fn refused(body: impl AsRef<[u8]>) -> SourceError {
    let error = Page::from_json(body.as_ref()).unwrap_err();
    assert_eq!(error.kind(), FailureKind::Decode);
    error
}

/// A page of these rows.
fn rows(rows: &[&str]) -> String {
    format!(r#"{{"batchtasks":[{}],"page":{{"count":3,"marker":"{MARKER}"}}}}"#, rows.join(","))
}

/// The error of `row`, which is between two rows that are read all the same.
fn spoiled(row: impl AsRef<[u8]>) -> RecordError {
    let body = rows(&[r#"{"task_id":"before"}"#, "@", r#"{"task_id":"after"}"#]);
    let (before, after) = body.split_once('@').unwrap();
    let mut page = read([before.as_bytes(), row.as_ref(), after.as_bytes()].concat());
    assert_eq!(page.marker.unwrap().as_str(), MARKER);
    let identities: Vec<_> = page.records.iter().map(Identity::identity).collect();
    assert_eq!((identities[0], identities[2], identities.len()), (Some("before"), Some("after"), 3));
    let error = page.records.remove(1).unwrap_err();
    assert_eq!(error.position, 1);
    error
}

fn path_and_message(row: &str) -> (String, String) {
    let error = spoiled(row);
    (error.path.into(), error.message.into())
}

#[test]
fn the_sample_is_a_page() {
    let page = read(SAMPLE);
    assert_eq!(page.count, Some(10));
    assert_eq!(page.marker.unwrap().as_str(), MARKER);
    assert!((SAMPLE.len() + RECORD..SAMPLE.len() + 5 * RECORD).contains(&page.bytes));
    let task = page.records[0].as_ref().unwrap();
    assert_eq!(task.identity(), Some("5c8ba99030344005c02316ad"));
    assert_eq!((&task.task_type, &task.status), (&Some(TaskType::SoftwareUpgrade), &Some(TaskStatus::Success)));
}

#[test]
fn a_page_of_more_rows_than_any_has_is_refused() {
    let page = |count: usize, row: &str| rows(&vec![row; count]);
    for row in ["0", r#"{"task_id":"a"}"#] {
        assert_eq!(read(page(500, row)).records.len(), 500);
        let error = refused(page(501, row));
        assert!(!error.is_retryable() && format!("{error:#}").contains("more than 500 entries"), "{error:#}");
    }
}

#[cfg(feature = "client")]
#[test]
fn a_page_of_more_rows_than_any_has_is_refused_as_it_arrives() {
    let read = |count: usize| {
        let mut page = Arriving::<BatchTask>::new(ListShape::BATCH_TASKS);
        page.rest().extend_from_slice(rows(&vec!["0"; count]).as_bytes());
        page.with_rows_read().map(|page| page.finish())
    };
    assert_eq!(read(500).unwrap().unwrap().records.len(), 500);
    assert!(format!("{:#}", read(501).unwrap_err()).contains("more than 500 entries"));
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let body = format!("\u{feff}{SAMPLE}");
    assert_eq!(read(&body).records.len(), 1);
}

#[cfg(feature = "client")]
#[test]
fn a_byte_order_mark_is_skipped_as_it_arrives() {
    let body = format!("\u{feff}{SAMPLE}");
    let mut page = Arriving::<BatchTask>::new(ListShape::BATCH_TASKS);
    page.rest().extend_from_slice(body.as_bytes());
    assert_eq!(page.with_rows_read().unwrap().finish().unwrap().records.len(), 1);
}

#[test]
fn a_login_page_is_not_worth_another_try() {
    for body in ["<html>", "\u{feff} \n<!DOCTYPE html>", "<?xml version='1.0'?>"] {
        let error = refused(body);
        assert!(!error.is_retryable() && error.to_string().contains("check the endpoint and the proxy"), "{error}");
    }
    assert!(refused("{\"batchtasks\":[").is_retryable());
}

#[test]
fn what_is_missing_is_an_empty_page() {
    for body in [
        "{}",
        r#"{"batchtasks":null}"#,
        r#"{"batchtasks":[]}"#,
        r#"{"page":null}"#,
        r#"{"batchtasks":null,"page":null}"#,
        r#"{"batchtasks":[],"page":{}}"#,
        r#"{"page":{"count":null,"marker":null}}"#,
        r#"{"page":{"marker":""}}"#,
        r#" { "brand_new" : [ { } ] , "page" : { "brand_new" : 1 } , "count" : 5 , "marker" : "x" } "#,
    ] {
        let page = read(body);
        assert_eq!((page.records.len(), page.marker, page.count), (0, None, None), "{body}");
    }
}

#[test]
fn a_count_is_a_hint_in_whatever_form() {
    for (count, read_as) in
        [("7", Some(7)), ("\"7\"", Some(7)), ("0", Some(0)), ("18446744073709551615", Some(u64::MAX))]
    {
        assert_eq!(read(format!(r#"{{"page":{{"count":{count}}}}}"#)).count, read_as, "{count}");
    }
    for count in ["-1", "\"-1\"", "7.5", "1e3", "\"\"", "\"many\"", "true", "[7]", "{}", "99999999999999999999"] {
        assert_eq!(read(format!(r#"{{"page":{{"count":{count}}}}}"#)).count, None, "{count}");
    }
}

#[test]
fn a_marker_that_is_none_ends_a_list_only_where_no_records_are() {
    for marker in ["\"no marker\"", "\"5c90fa7d\"", "12", "{}", "\"\\ud800\""] {
        let page = format!(r#""page":{{"marker":{marker}}}"#);
        assert_eq!(read(format!("{{{page}}}")).marker, None);
        let error = refused(format!(r#"{{"batchtasks":[{{"task_id":"a"}}],{page}}}"#));
        let message = error.to_string();
        assert!(message.contains(&format!("{marker:?}")) && message.contains("24 hexadecimal digits"), "{message}");
        assert!(!error.is_retryable());
        refused(format!(r#"{{"batchtasks":[{{"no id":"a"}}],{page}}}"#));
    }
}

#[test]
fn a_body_that_is_no_json_is_refused_and_shown() {
    let html = format!("<html>\n\"{}", "é".repeat(10_000));
    for body in ["", " ", html.as_str(), "{\"batchtasks\":[", &SAMPLE[..SAMPLE.len() - 1], "{}}"] {
        let error = refused(body);
        let message = error.to_string();
        assert_eq!(error.is_retryable(), body != html);
        assert!(message.contains(&format!("{} bytes is no JSON", body.len())) && message.len() < 400, "{message}");
    }
    let message = refused(&html).to_string();
    assert!(message.contains(&format!(r#"it begins "<html>\n\"{}": expected value"#, "é".repeat(72))), "{message}");
}

#[test]
fn json_of_another_shape_is_refused() {
    for body in
        ["[]", "\"batchtasks\"", "7", "null", r#"{"batchtasks":{}}"#, r#"{"batchtasks":"none"}"#, r#"{"page":7}"#]
    {
        let error = refused(body);
        assert!(error.to_string().contains("is JSON, but no page") && !error.is_retryable(), "{error}");
    }
    assert!(refused(r#"{"batchtasks":[],"batchtasks":[]}"#).to_string().contains("duplicate field `batchtasks`"));
}

#[test]
fn an_error_in_place_of_a_page_is_not_the_end_of_the_list() {
    let error = refused(r#"{"error_code":"IOTDA.000001","error_msg":"internal error"}"#);
    assert_eq!((error.error_code(), error.error_msg()), (Some("IOTDA.000001"), Some("internal error")));
    assert!(error.is_retryable());
    assert_eq!(read(r#"{"error_code":null,"batchtasks":[{"task_id":"a"}]}"#).records.len(), 1);
    assert_eq!(read(r#"{"error_code":"IOTDA.000000","batchtasks":[]}"#).records.len(), 0);
}

#[test]
fn an_unreadable_record_says_where_and_why() {
    let expected = [
        (r#"{"task_id":"a","task_progress":{"total":"7"}}"#, ".task_progress.total", "invalid type: string \"7\""),
        (r#"{"task_id":"a","targets":["b",null]}"#, ".targets[1]", "invalid type: null, expected a device id"),
        (r#"{"task_id":"a","create_time":"today"}"#, ".create_time", "like 20151212T121212Z"),
        (r#"{"task_id":"a","need_confirm":"yes"}"#, ".need_confirm", "expected a boolean"),
        (r#"{"task_id":"a","task_name":"\ud800"}"#, ".task_name", ""),
        (r#"{"task_id":"a","task_id":"a"}"#, "", "duplicate field `task_id`"),
        (r#"{"task_name":"a"}"#, "", "missing field `task_id`"),
        (r#"{"task_id":null}"#, ".task_id", "invalid type: null"),
        (r#"{"task_id":""}"#, ".task_id", "is empty"),
        ("null", "", "invalid type: null"),
        ("[]", "", "invalid length 0"),
        ("\"a\"", "", "invalid type: string"),
    ];
    for (row, at, why) in expected {
        let (path, message) = path_and_message(row);
        assert_eq!(path, format!("batchtasks[1]{at}"), "{row}");
        assert!(message.contains(why) && !message.contains(" at line "), "{row}: {message}");
    }
}

#[test]
fn an_unreadable_record_is_identified_by_its_id_or_its_bytes() {
    let identity = |row: &str| spoiled(row).identity.unwrap().into_string();
    assert_eq!(identity(r#"{"targets":7,"task_id":"a\u0062"}"#), "ab");
    assert_eq!(identity(r#"{"task_id":12}"#), "12");
    for row in ["null", r#"{"task_id":null}"#, r#"{"task_id":[]}"#, r#"{"task_id":""}"#, "{}", "7"] {
        assert_eq!(identity(row), identity(row));
        assert_ne!(identity(row), identity(r#"{"task_name":"another"}"#), "{row}");
    }
}

#[test]
fn bytes_that_are_not_utf8_spoil_their_own_record_only() {
    let error = spoiled(b"{\"task_id\":\"a\",\"status_desc\":\"\xff\xfe\"}");
    assert_eq!((&*error.path, error.identity.as_deref()), ("batchtasks[1].status_desc", Some("a")));
    let error = spoiled(b"{\"task_id\":\"a\",\"document\":{\"b\":\"\xc3\"}}");
    assert_eq!((&*error.path, error.identity.as_deref()), ("batchtasks[1].document", Some("a")));
    let one = spoiled(b"{\"task_id\":\"\xf0\x9f\"}").identity.unwrap();
    let other = spoiled(b"{\"task_id\":\"\xf0\x9e\"}").identity.unwrap();
    assert_ne!(one, other);
}

#[test]
fn bytes_that_are_not_utf8_do_no_harm_where_they_are_ignored() {
    let page = read(b"{\"batchtasks\":[{\"task_id\":\"a\",\"brand_new\":\"\xff\"}],\"more\":\"\xff\"}");
    assert_eq!(page.records[0].as_ref().unwrap().task_id, "a");
    let error =
        refused(b"{\"batchtasks\":[{\"task_id\":\"a\"}],\"page\":{\"marker\":\"5c90fa7d3c4e4405e852507\xff\"}}");
    assert!(error.to_string().contains("5c90fa7d3c4e4405e852507?"), "{error}");
    assert!(refused(b"\xff\xfe{").to_string().contains("is no JSON"));
}

#[test]
fn a_million_levels_do_not_overflow_the_stack() {
    let deep = |open: &str, close: &str, levels| open.repeat(levels) + "1" + &close.repeat(levels);
    for deep in [deep("[", "]", 1_000_000), deep("{\"a\":", "}", 100_000)] {
        let page = read(rows(&[&format!(r#"{{"task_id":"a","document":{deep},"brand_new":{deep}}}"#)]));
        assert_eq!(page.records[0].as_ref().unwrap().document.as_ref().unwrap().get().len(), deep.len());
        assert_eq!(spoiled(format!(r#"{{"task_id":"a","targets":{deep}}}"#)).identity.as_deref(), Some("a"));
        assert_eq!(read(format!(r#"{{"brand_new":{deep},"page":{{"count":{deep}}}}}"#)).count, None);
        spoiled(&deep);
        refused(&deep[..100_000]);
        refused(format!(r#"{{"batchtasks":[],"page":[{deep}]}}"#));
    }
}

#[test]
fn values_that_are_not_known_come_through() {
    let page = read(rows(&[r#"{"task_id":"a","task_type":"paintDevices","status":"Painted"}"#]));
    let task = page.records[0].as_ref().unwrap();
    assert_eq!(task.task_type.as_ref().unwrap().as_str(), "paintDevices");
    assert_eq!(task.status.as_ref().unwrap().as_str(), "Painted");
}

#[test]
fn thirty_thousand_targets_are_held_once() {
    let targets: Vec<_> = (0..30_000).map(|number| format!("\"e495cf17-ff79-4294-8f64-{number:012x}\"")).collect();
    let page = read(rows(&[&format!(r#"{{"task_id":"a","targets":[{}]}}"#, targets.join(","))]));
    let targets = page.records[0].as_ref().unwrap().targets.as_ref().unwrap();
    assert_eq!(targets.len(), 30_000);
    assert!(targets.heap_size() < 30_000 * 37);
}

#[test]
fn a_record_with_its_text_keeps_unknown_fields() {
    let row = r#"{ "task_id":"a" ,"brand_new":[1.50,{"x":"\u00e9"}]}"#;
    let page =
        page::<WithRaw<BatchTask>>(rows(&[row, r#"{"task_id":"b","targets":7}"#]).as_bytes(), &ListShape::BATCH_TASKS)
            .unwrap();
    let task = page.records[0].as_ref().unwrap();
    assert_eq!((task.identity(), task.raw.get()), (Some("a"), row));
    assert_eq!(serde_json::to_string(task).unwrap(), row);
    let error = page.records[1].as_ref().unwrap_err();
    assert_eq!((&*error.path, error.identity.as_deref()), ("batchtasks[1]", Some("b")));
    assert!(error.message.starts_with("targets: invalid type: integer `7`"), "{}", error.message);
}

#[derive(Debug, serde::Deserialize)]
struct Row {
    rule_id: Option<String>,
    name: Option<String>,
}

impl Identity for Row {
    fn identity(&self) -> Option<&str> {
        self.rule_id.as_deref()
    }
}

#[test]
fn other_lists_need_another_shape_only() {
    let rules = ListShape::new("rules").identified_by("rule_id").without_page_object();
    let body = br#"{"count":"4","rules":[{"rule_id":"a"},{"name":"b"}],"marker":"5c90fa7d3c4e4405e8525079","page":7}"#;
    let read = page::<Row>(body, &rules).unwrap();
    assert_eq!((read.count, read.marker.unwrap().as_str()), (Some(4), MARKER));
    assert_eq!(read.records[1].as_ref().unwrap_err().path.as_ref(), "rules[1].rule_id");

    let certificates = ListShape::new("certificates").with_opaque_markers();
    let body = br#"{"certificates":[{"name":"b"},{"name":7}],"page":{"marker":"cert_A-1"}}"#;
    let read = page::<Row>(body, &certificates).unwrap();
    assert_eq!(read.marker.unwrap().as_str(), "cert_A-1");
    assert_eq!(read.records[0].as_ref().unwrap().name.as_deref(), Some("b"));
    assert_eq!(read.records[1].identity(), None);
    let message =
        page::<Row>(br#"{"certificates":[{}],"page":{"marker":"a b"}}"#, &certificates).unwrap_err().to_string();
    assert!(message.contains("a b") && message.contains("1 to 36 characters"), "{message}");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = Page::from_json(&body);
    }

    #[test]
    fn no_change_to_a_page_makes_it_panic(
        edits in prop::collection::vec((0..SAMPLE.len(), 0_usize..4, "[]\\[{}\":,0-9a\\\\]{0,3}|[\\x00-\\xff]"), 1..6),
    ) {
        let mut body = SAMPLE.as_bytes().to_vec();
        for (at, removed, text) in edits {
            let at = at.min(body.len());
            let end = (at + removed).min(body.len());
            // Latin-1 rather than UTF-8, so that some pages are not UTF-8.
            body.splice(at..end, text.chars().map(|each| each as u32 as u8));
        }
        if let Ok(page) = Page::from_json(&body) {
            prop_assert!(page.bytes >= body.len() + page.records.len() * RECORD);
            for record in &page.records {
                prop_assert!(record.identity().is_some_and(|identity| !identity.is_empty()));
            }
        }
    }

    #[test]
    fn one_by_one_reads_what_is_read_at_once(ids in prop::collection::vec("[a-z\"\\\\é]{1,4}", 0..5)) {
        let tasks: Vec<_> = ids.iter().map(BatchTask::new).collect();
        let body = serde_json::json!({ "batchtasks": tasks, "page": { "count": ids.len() } }).to_string();
        let shape = ListShape::BATCH_TASKS;
        let read_ids = |page: Page<BatchTask>| page.records.into_iter().map(|r| r.unwrap().task_id).collect::<Vec<_>>();
        prop_assert!(at_once::<BatchTask>(body.as_bytes(), &shape).is_some());
        prop_assert_eq!(&read_ids(one_by_one(body.as_bytes(), &shape, |place, row, whole| record::read(place, row, whole, &shape)).unwrap()), &ids);
        prop_assert_eq!(&read_ids(read(&body)), &ids);
    }
}
