//! What is traced: a span for each attempt at a page.

use std::time::Duration;

use futures::TryStreamExt;
use iotda_batch_tasks::{Client, RetryPolicy, TaskType};
use iotda_simulator::{Fault, SeenRequest, Simulator};

use crate::recorder::{Traced, start_recording, traced};

/// Marker, offset, limit and status.
type Sent = (Option<String>, String, String, Option<String>);

fn sent(request: &SeenRequest) -> Sent {
    let text = |name: &str| request.query(name).map(str::to_owned);
    let offset = text("offset").unwrap_or("0".to_owned());
    (text("marker"), offset, text("limit").unwrap(), request.status.map(|status| status.to_string()))
}

fn reported(span: &Traced) -> Sent {
    let text = |name: &str| span.get(name).map(|text| text.trim_matches('"').to_owned());
    (text("marker"), text("offset").unwrap(), text("limit").unwrap(), text("status"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_attempt_at_a_page_is_a_span_that_says_all_about_it() {
    start_recording();
    let builder = Simulator::builder().tasks(1_200).only("createDevices");
    let simulator = builder.fault_at(2, Fault::Internal).fault_at(9, Fault::Reset).start().await.unwrap();
    let client = Client::builder().endpoint(simulator.endpoint()).project_id("0a").token("any");
    let client = client.retry(RetryPolicy::default().initial_backoff(Duration::from_millis(1))).build().unwrap();
    let tasks = client.batch_tasks(TaskType::CreateDevices).prefetch(4).stream().unwrap();
    assert_eq!(tasks.try_collect::<Vec<_>>().await.unwrap().len(), 1_200);

    let is_ours = |traced: &Traced| traced.name == "page" && traced.get("list") == Some("\"createDevices\"");
    let spans: Vec<_> = traced().into_iter().filter(is_ours).collect();
    let (mut reported, mut sent): (Vec<_>, Vec<_>) =
        (spans.iter().map(reported).collect(), simulator.requests().iter().map(sent).collect());
    reported.sort();
    sent.sort();
    assert_eq!(reported, sent);
    for span in &spans {
        assert!(span.target.starts_with("iotda_batch_tasks"), "{span:?}");
        assert!(span.get("milliseconds").is_some_and(|text| text.parse::<u64>().is_ok()), "{span:?}");
        let bytes = span.get("bytes").map(|text| text.parse::<u64>().unwrap());
        // The page that shows the end has no more than its count.
        assert!(span.get("status") != Some("200") || bytes.is_some_and(|bytes| bytes > 30), "{span:?}");
        assert!(span.get("status").is_some() || bytes.is_none(), "{span:?}");
    }
    // Each fault makes one more attempt; both may meet the same page.
    assert_eq!(spans.iter().filter(|span| span.get("attempt") != Some("1")).count(), 2);
}

/// No field of an answer is guaranteed, so that `{}` is an empty page and no error; but it is more likely no answer of the
/// service at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_answer_with_none_of_the_expected_fields_is_reported() {
    start_recording();
    for (number, (body, is_reported)) in [
        ("{}", true),
        (r#"{"batchtasks":null}"#, true),
        (r#"{"batchTasks":[{"task_id":"a"}]}"#, true),
        (r#"{"batchtasks":[],"page":{"count":0}}"#, false),
    ]
    .into_iter()
    .enumerate()
    {
        let answered = move |_: &SeenRequest| Some(Fault::Body(body.to_owned()));
        let simulator = Simulator::builder().fault_when(answered).start().await.unwrap();
        let client = Client::builder().endpoint(simulator.endpoint()).project_id("0a").token("any").build().unwrap();
        let list = format!("blank{number}");
        let mut tasks = client.batch_tasks(list.as_str()).stream().unwrap();
        assert!(tasks.try_next().await.unwrap().is_none(), "{body}");
        assert_eq!(tasks.progress().count.is_none(), is_reported, "{body}");
        let is_ours = |traced: &&Traced| traced.get("list") == Some(&*format!("{list:?}"));
        let says = |traced: &&Traced| traced.get("message").is_some_and(|text| text.contains("check the endpoint"));
        let reported = traced().iter().filter(is_ours).filter(says).count();
        assert_eq!(reported > 0, is_reported, "{body}");
    }
}
