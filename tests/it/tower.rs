//! Lists read through a tower service, against the simulator.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{error, io};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use http::{Request, Response};
use http_body_util::{Empty, Full};
use iotda_batch_tasks::decode::RawRecord;
use iotda_batch_tasks::lists::{ListEndpoint, TaskDetail};
use iotda_batch_tasks::tower::TowerList;
use iotda_batch_tasks::{BatchTask, FailureKind, RecordStream, StreamOptions};
use iotda_simulator::{Fault, RowList, Simulator};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// An HTTP client of a few lines.
async fn send(request: Request<Empty<Bytes>>) -> io::Result<Response<Full<Bytes>>> {
    let mut stream = tokio::net::TcpStream::connect(request.uri().authority().unwrap().as_str()).await?;
    let target = request.uri().path_and_query().unwrap();
    stream.write_all(format!("GET {target} HTTP/1.0\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let end = answer.windows(4).position(|end| end == b"\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let mut response = Response::builder().status(lines.next().unwrap().split(' ').nth(1).unwrap());
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        response = response.header(name, value);
    }
    Ok(response.body(Full::new(Bytes::from(answer).slice(end + 4..))).unwrap())
}

fn list(simulator: &Simulator, endpoint: ListEndpoint) -> TowerList {
    TowerList::new(format!("{}/v5/iot/0a1b/", simulator.endpoint()), endpoint)
}

#[tokio::test]
async fn a_list_is_read_whole_and_ahead_through_clones_of_the_service() {
    let simulator = Simulator::builder().tasks(1_500).latency(Duration::from_millis(5)).start().await.unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let service = tower::service_fn(move |request| {
        counted.fetch_add(1, Ordering::Relaxed);
        send(request)
    });
    let source =
        list(&simulator, ListEndpoint::BATCH_TASKS).query("task_type", "softwareUpgrade").through(service).unwrap();
    let tasks = RecordStream::<BatchTask>::from_source(source, StreamOptions::new()).unwrap();
    let ids: Vec<_> = tasks.map_ok(|task| task.task_id).try_collect().await.unwrap();
    assert!(ids == simulator.edit(|list| list.ids("softwareUpgrade")));
    assert_eq!(calls.load(Ordering::Relaxed) as u64, simulator.request_count());
    assert!(simulator.most_in_flight() > 1);
}

#[tokio::test]
async fn paths_and_filters_are_checked_and_written_as_everywhere() {
    let simulator = Simulator::builder().start().await.unwrap();
    let details = || list(&simulator, ListEndpoint::BATCH_TASK_DETAILS);
    let source = details().path_parameter("task_id", "t1").query("target", "a/b").through(tower::service_fn(send));
    let source = source.unwrap();
    assert_eq!(source.list_name(), "batchtasks/t1?target=a/b");
    let rows = RecordStream::<TaskDetail>::from_source(source, StreamOptions::new()).unwrap();
    let error = rows.try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!((error.failure().unwrap().status(), error.is_retryable()), (Some(400), false));
    assert!(error.failure().unwrap().request_id().is_some());
    let sent = &simulator.requests()[0];
    assert_eq!((sent.path.as_str(), sent.query("target")), ("/v5/iot/0a1b/batchtasks/t1", Some("a/b")));

    let through = |list: TowerList| list.through::<_, Empty<Bytes>>(tower::service_fn(send)).unwrap_err();
    assert_eq!(through(details()).name(), "list_endpoint");
    assert_eq!(through(details().path_parameter("task_id", "..")).name(), "task_id");
    for base in ["", "/v5/iot/0a", "iot.example", "https://iot.example/v5/iot/0a?x=y"] {
        assert_eq!(through(TowerList::new(base, ListEndpoint::DEVICES)).name(), "base", "{base}");
    }
    let shown = through(TowerList::new("https://name:geheim@iot.example", ListEndpoint::DEVICES)).to_string();
    assert!(!shown.contains("geheim"), "{shown}");
}

#[tokio::test]
async fn failures_are_reported_by_kind() {
    let throttled = Fault::Throttled { retry_after: Some("3".into()) };
    for (fault, kind, code) in [
        (throttled, FailureKind::Status, Some("APIGW.0308")),
        (Fault::BadGateway, FailureKind::Status, None),
        (Fault::Close, FailureKind::Other, None),
        (Fault::HugeBody, FailureKind::TooLarge, None),
        (Fault::Body("<html>".into()), FailureKind::Decode, None),
    ] {
        let simulator = Simulator::builder().list(RowList::devices().rows(5)).fault_at(1, fault.clone());
        let simulator = simulator.start().await.unwrap();
        let small = matches!(fault, Fault::HugeBody);
        let service = tower::service_fn(move |request| async move {
            // A body of 2 GiB would be refused by its length.
            if small { Ok(Response::new(Full::new(Bytes::from_static(&[b' '; 2000])))) } else { send(request).await }
        });
        let source = list(&simulator, ListEndpoint::DEVICES).max_body_bytes(1999).through(service).unwrap();
        let mut rows = RecordStream::<RawRecord>::from_source(source, StreamOptions::new()).unwrap();
        let error = rows.next().await.unwrap().unwrap_err();
        let failure = error.failure().unwrap();
        assert_eq!((failure.kind(), failure.error_code()), (kind, code), "{fault:?}: {error}");
        if code.is_some() {
            assert_eq!(failure.retry_after().unwrap().as_secs(), 3);
        }
        let cause: Option<&(dyn error::Error + Send + Sync)> = failure.cause();
        assert_eq!(cause.is_some(), matches!(kind, FailureKind::Other | FailureKind::Decode), "{error}");
    }
}

#[tokio::test]
async fn error_answers_are_read_as_by_the_client() {
    let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:47 GMT";
    for (head, body, throttled, wait) in [
        ("403 Forbidden", r#"{"error_code":"IOTDA.021101","error_msg":"slow down"}"#, true, None),
        ("403 Forbidden", r#"{"error_code":"IOTDA.000021","error_msg":"no"}"#, false, None),
        ("429 Too Many Requests\r\nRetry-After: 3", "", true, Some(3)),
        (&format!("429 Too Many Requests\r\n{date}"), "", true, Some(10)),
    ] {
        let answer = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/v5/iot/0a1b", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let mut request = [0; 4096];
                let _ = connection.read(&mut request).await;
                let _ = connection.write_all(answer.as_bytes()).await;
            }
        });
        let through_tower = TowerList::new(&base, ListEndpoint::DEVICES).through(tower::service_fn(send)).unwrap();
        let rows = RecordStream::<RawRecord>::from_source(through_tower, StreamOptions::new()).unwrap();
        let by_tower = rows.try_collect::<Vec<_>>().await.unwrap_err();
        let once = iotda_batch_tasks::RetryPolicy::none();
        let client = iotda_batch_tasks::Client::builder().endpoint(base.split("/v5").next().unwrap());
        let client = client.project_id("0a1b").token("any").retry(once).build().unwrap();
        let rows = client.list::<RawRecord>(ListEndpoint::DEVICES).stream().unwrap();
        let by_client = rows.try_collect::<Vec<_>>().await.unwrap_err();
        for error in [by_tower.failure().unwrap(), by_client.failure().unwrap()] {
            assert_eq!((error.is_throttled(), error.is_retryable()), (throttled, throttled), "{error}");
            assert_eq!(error.retry_after().map(|wait| wait.as_secs()), wait, "{error}");
        }
        assert_eq!(by_tower.failure().unwrap().to_string(), by_client.failure().unwrap().to_string());
    }
}

#[tokio::test]
async fn a_checkpoint_of_the_client_resumes_through_a_tower_service() {
    let builder = Simulator::builder().tasks(120).only("softwareUpgrade").app_ids(["a"]);
    let simulator = builder.start().await.unwrap();
    let client = iotda_batch_tasks::Client::builder().endpoint(simulator.endpoint()).project_id("0a1b").token("any");
    let mut tasks = client.build().unwrap().batch_tasks("softwareUpgrade").app_id("a").stream().unwrap();
    let mut ids = Vec::new();
    for _ in 0..70 {
        ids.push(tasks.try_next().await.unwrap().unwrap().task_id);
    }
    let source = list(&simulator, ListEndpoint::BATCH_TASKS).query("app_id", "a").query("task_type", "softwareUpgrade");
    let source = source.through(tower::service_fn(send)).unwrap();
    let options = StreamOptions::new().list(source.list_name()).resume(tasks.checkpoint());
    let rest = RecordStream::<BatchTask>::from_source(source, options).unwrap();
    ids.extend(rest.map_ok(|task| task.task_id).try_collect::<Vec<_>>().await.unwrap());
    assert!(ids == simulator.edit(|list| list.ids("softwareUpgrade")));
}

#[test]
fn what_may_be_secret_in_a_base_is_not_shown() {
    for base in ["https://user:geheim@iot.example/v5/iot/0", "https://iot.example/v5/iot/0?token=geheim"] {
        let list = TowerList::new(base, ListEndpoint::BATCH_TASKS);
        let shown = format!("{list:?}");
        let error = list.through::<_, ()>(()).unwrap_err().to_string();
        assert!(!shown.contains("geheim") && !error.contains("geheim"), "{shown}, {error}");
        assert!(shown.contains("iot.example") && error.contains("iot.example"), "{shown}, {error}");
    }
}
