//! What is traced of each page and attempt.

use std::sync::Mutex;

use tracing::span::Id;

use super::*;

/// Keeps the names and the values of all spans.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<String>>);

impl tracing::field::Visit for Spans {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0.lock().unwrap().push_str(&format!(" {}={value:?}", field.name()));
    }
}

impl tracing::Subscriber for Spans {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("iotda_batch_tasks")
    }
    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> Id {
        self.0.lock().unwrap().push_str(span.metadata().name());
        span.record(&mut self.clone());
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &tracing::span::Record<'_>) {
        values.record(&mut self.clone());
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn each_attempt_has_a_span_with_everything_but_the_token() {
    let server = TestServer::start(|number| match number {
        0 | 2 => Reply::status("500 Internal Server Error", &[], "secret-token"),
        _ => Reply::page(&[ID]),
    })
    .await;
    let spans = Spans::default();
    let source = source(client(&server).retry(RetryPolicy::default()));
    // A span that is first met on a thread without a subscriber, by a concurrent test, would stay disabled.
    fetch(&source, first_page()).await.unwrap();
    {
        let _recording = tracing::subscriber::set_default(spans.clone());
        fetch(&source, PageRequest::after(Some(ID.parse().unwrap()), PageSize::MAX)).await.unwrap();
    }
    let traced = spans.0.lock().unwrap().clone();
    for text in [
        "page list=\"softwareUpgrade\" marker=\"5c8ba99030344005c02316ad\" offset=0 limit=50 attempt=1 status=500",
        "attempt=2 status=200 bytes=",
        "milliseconds=",
        // The events, each with its list and its URL.
        "message=trying again list=\"softwareUpgrade\" url=http://127.0.0.1:",
        "message=page list=\"softwareUpgrade\" url=http://127.0.0.1:",
        "/v5/iot/0a/batchtasks?limit=50&marker=5c8ba99030344005c02316ad&task_type=softwareUpgrade records=1 attempts=2 bytes=",
    ] {
        assert!(traced.contains(text), "{text} in {traced}");
    }
    assert!(!traced.contains("secret-token"), "{traced}");
}
