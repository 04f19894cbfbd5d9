//! Bodies that are no page, or hardly one.

use iotda_batch_tasks::FailureKind;
use iotda_simulator::{CountForm, Fault, Simulator};

use super::reading::{Outcome, client, read, read_on, simulator};

/// What comes of it when every answer is spoiled from the beginning.
async fn outcome(fault: Fault) -> Outcome {
    let simulator = simulator().await;
    simulator.set_fault(Some(fault));
    read(client(&simulator.endpoint()), 11).await
}

async fn outcome_of(body: &str) -> Outcome {
    outcome(Fault::Body(body.to_owned())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_page_is_an_error_that_shows_how_it_begins() {
    for (body, begins) in [
        ("", "\"\""),
        ("<html>please log in</html>", "<html>please log in"),
        ("{\"batchtasks\":[", "{\\\"batchtasks\\\":["),
        ("[]", "[]"),
        ("null", "null"),
        ("7", "7"),
        ("\"text\"", "text"),
        ("{\"batchtasks\":7}", "7"),
        ("{\"batchtasks\":{}}", "{}"),
        ("{\"batchtasks\":[],\"batchtasks\":[{}]}", "batchtasks"),
        ("{\"batchtasks\":[]} and more", "and more"),
    ] {
        let outcome = outcome_of(body).await;
        assert_eq!(outcome.kind(), Some(FailureKind::Decode), "{body}: {outcome:?}");
        assert!(outcome.message().contains(begins), "{body}: {}", outcome.message());
        assert!(outcome.tasks.is_empty() && outcome.unreadable.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_lacks_everything_is_an_empty_one() {
    for body in ["{}", "{\"batchtasks\":null}", "{\"page\":null}", "{\"batchtasks\":[],\"page\":{\"marker\":7}}"] {
        let outcome = outcome_of(body).await;
        assert!(outcome.tasks.is_empty() && outcome.unreadable.is_empty() && outcome.failure.is_none(), "{outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_count_that_is_a_text_is_a_count() {
    let builder = Simulator::builder().tasks(7).only("softwareUpgrade").count(CountForm::Text);
    let outcome = read(client(&builder.start().await.unwrap().endpoint()), 11).await;
    assert!(outcome.tasks.len() == 7 && outcome.count == Some(7) && outcome.failure.is_none(), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_are_no_records_are_errors_in_their_places() {
    let rows = [r#"{"task_id":"5c8ba99030344005c02316ad"}"#, "1", "null", "\"x\"", "[]", "{}", r#"{"task_id":""}"#];
    let end = format!(r#""page":{{"count":{},"marker":"5c8ba99030344005c02316ad"}}"#, rows.len());
    let page = format!(r#"{{"batchtasks":[{}],{end}}}"#, rows.join(","));
    let empty = format!(r#"{{"batchtasks":[],{end}}}"#);
    // An end is an empty page: rows that come again at every request are no list.
    let simulator = Simulator::builder().fault_when(move |request| {
        let is_first = request.query.iter().all(|(name, _)| name != "marker");
        Some(Fault::Body(if is_first { page.clone() } else { empty.clone() }))
    });
    let simulator = simulator.start().await.unwrap();
    let outcome = read(client(&simulator.endpoint()), 11).await;
    assert!(outcome.tasks.len() == 1 && outcome.failure.is_none(), "{outcome:?}");
    assert_eq!(outcome.unreadable.len(), rows.len() - 1, "{outcome:?}");
    for (place, message) in outcome.unreadable.iter().enumerate() {
        assert!(message.contains(&format!("batchtasks[{}]", place + 1)), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_lists_each_inside_the_other_spoil_at_most_their_record() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let outcome = outcome(Fault::DeepNesting).await;
    assert!(outcome.unreadable.len() == 1 && outcome.failure.is_none(), "{outcome:?}");
    for (field, is_read) in
        [("document", true), ("task_ext_info", true), ("new_field", true), ("targets", false), ("task_progress", false)]
    {
        let record = format!(r#"{{"task_id":"5c8ba99030344005c02316ad","{field}":{deep}}}"#);
        let outcome = outcome_of(&format!(r#"{{"batchtasks":[{record}],"page":{{"count":1}}}}"#)).await;
        assert!(outcome.failure.is_none(), "{field}: {:?}", outcome.failure);
        assert_eq!((outcome.tasks.len() == 1, outcome.unreadable.len() == 1), (is_read, !is_read), "{field}");
    }
    let outcome = outcome_of(&format!(r#"{{"batchtasks":[],"new_field":{deep}}}"#)).await;
    assert!(outcome.tasks.is_empty() && outcome.failure.is_none(), "{:?}", outcome.failure);
    let outcome = outcome_of(&format!(r#"{{"batchtasks":[],"page":{deep}}}"#)).await;
    assert_eq!(outcome.kind(), Some(FailureKind::Decode), "{:?}", outcome.failure);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_is_not_utf8_is_an_error_in_its_place() {
    let simulator = simulator().await;
    simulator.fault_next(Fault::InvalidUtf8);
    let outcome = read(client(&simulator.endpoint()), 11).await;
    assert!(outcome.tasks.len() == 1_999 && outcome.failure.is_none(), "{:?}", outcome.failure);
    let [message] = outcome.unreadable.as_slice() else { panic!("{:?}", outcome.unreadable) };
    assert!(message.contains("batchtasks[0].task_name"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_page_in_the_middle_comes_in_its_turn() {
    for body in ["[]", "<html>", "{\"batchtasks\":7}", "{\"page\":{\"marker\":\"\u{7}\"},\"batchtasks\":[{}]}"] {
        let builder = Simulator::builder().tasks(2_000).only("softwareUpgrade");
        let spoiled = Fault::Body(body.to_owned());
        let rule = move |request: &iotda_simulator::SeenRequest| (request.number > 8).then(|| spoiled.clone());
        let simulator = builder.fault_when(rule).start().await.unwrap();
        let expected = simulator.edit(|list| list.ids("softwareUpgrade"));
        let outcome = read(client(&simulator.endpoint()), 11).await;
        assert_eq!(outcome.kind(), Some(FailureKind::Decode), "{outcome:?}");
        let arrived: Vec<_> = outcome.tasks.iter().map(|task| &*task.task_id).collect();
        assert!(arrived.len() >= 50 && arrived == expected[..arrived.len()] && outcome.unreadable.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_megabyte_of_text_where_none_belongs_does_not_flood_a_log() {
    let long = "x".repeat(1_000_000);
    let id = r#""task_id":"5c8ba99030344005c02316ad""#;
    for body in [
        format!("\"{long}\""),
        format!(r#"{{"batchtasks":"{long}"}}"#),
        format!(r#"{{"batchtasks":[{{{id},"targets":"{long}"}}],"page":{{"count":1}}}}"#),
        format!(r#"{{"batchtasks":[{{{id},"create_time":"{long}"}}],"page":{{"count":1}}}}"#),
        format!(r#"{{"batchtasks":[{{"task_id":["{long}"]}}],"page":{{"count":1}}}}"#),
        format!(r#"{{"batchtasks":[{{{id}}}],"page":{{"marker":"{long}"}}}}"#),
        format!(r#"{{"error_code":"{long}","error_msg":"{long}"}}"#),
    ] {
        let outcome = outcome_of(&body).await;
        let message = outcome.message() + &outcome.unreadable.concat();
        assert!(!message.is_empty() && message.len() < 2_000, "{}...: {} bytes", &body[..60], message.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_count_of_any_size_is_but_a_hint() {
    for count in [i64::MAX, i64::MIN, -1, 0, 1, 699, 701] {
        let builder = Simulator::builder().mix(["softwareUpgrade", "createDevices", "createCommands"]).tasks(2_000);
        let simulator = builder.count(CountForm::Fixed(count)).start().await.unwrap();
        let mut expected = simulator.edit(|list| list.tasks());
        expected.sort_by(|left, right| right.id.cmp(&left.id));
        let query = client(&simulator.endpoint()).build().unwrap().all_batch_tasks().prefetch(64);
        let mut tasks = query.stream().unwrap();
        let outcome = read_on(&mut tasks).await;
        let arrived = outcome.tasks.iter().map(|task| &task.task_id);
        assert!(outcome.failure.is_none() && arrived.eq(expected.iter().map(|task| &task.id)), "{count}");
    }
}
