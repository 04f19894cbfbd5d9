//! What goes wrong on purpose.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use iotda_simulator::{Fault, Simulator};
use tokio::io::AsyncReadExt;

use crate::wire::{LIST, Reply, open, page, send};

async fn spoiled(fault: Fault) -> std::io::Result<Reply> {
    let simulator = Simulator::builder().tasks(20).start().await.unwrap();
    simulator.fault_next(fault.clone());
    let reply = send(&simulator, "GET", &format!("{LIST}?task_type=softwareUpgrade"), &[], "").await;
    assert_eq!(simulator.requests()[0].fault, Some(fault));
    assert_eq!(page(&simulator, "").await.ids().len(), 10, "the next request is whole again");
    reply
}

#[tokio::test]
async fn error_answers_are_those_of_the_service() {
    let own = Fault::Error { status: 401, code: "IOTDA.000002".into(), message: "\"no\"".into() };
    let faults = [
        (Fault::Internal, 500, "IOTDA.000001"),
        (Fault::Congested, 500, "IOTDA.014102"),
        (Fault::Throttled { retry_after: None }, 429, "APIGW.0308"),
        (Fault::RateLimited, 403, "IOTDA.021101"),
        (own, 401, "IOTDA.000002"),
    ];
    for (fault, status, code) in faults {
        let reply = spoiled(fault).await.unwrap();
        assert_eq!((reply.status, reply.code().as_str()), (status, code));
        assert_eq!(reply.header("retry-after"), None);
    }
    let reply = spoiled(Fault::Throttled { retry_after: Some("3".into()) }).await.unwrap();
    assert_eq!((reply.header("retry-after"), reply.json()["request_id"].is_string()), (Some("3"), true));
}

#[tokio::test]
async fn a_gateway_answers_with_a_page_and_a_redirect_leads_elsewhere() {
    let gateway = spoiled(Fault::BadGateway).await.unwrap();
    assert_eq!((gateway.status, gateway.header("content-type")), (502, Some("text/html")));
    assert!(gateway.body.starts_with(b"<html>"));
    let redirect = spoiled(Fault::Redirect("http://elsewhere.invalid/".into())).await.unwrap();
    assert_eq!((redirect.status, redirect.header("location")), (302, Some("http://elsewhere.invalid/")));
}

#[tokio::test]
async fn connections_end_before_or_amid_the_answer() {
    assert_eq!(spoiled(Fault::Reset).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(spoiled(Fault::Close).await.unwrap_err().kind(), ErrorKind::UnexpectedEof);
    let half = spoiled(Fault::HalfBody).await.unwrap();
    let promised: usize = half.header("content-length").unwrap().parse().unwrap();
    assert_eq!((half.status, half.body.len()), (200, promised / 2));
    assert!(promised > 5_000);
}

#[tokio::test]
async fn bodies_can_be_odd() {
    assert_eq!(spoiled(Fault::Body("{}".into())).await.unwrap().json(), serde_json::json!({}));
    let misspelt = spoiled(Fault::InvalidUtf8).await.unwrap();
    assert!(std::str::from_utf8(&misspelt.body).is_err());
    let mended = String::from_utf8_lossy(&misspelt.body);
    assert!(serde_json::from_str::<serde_json::Value>(&mended).is_ok());
    let deep = spoiled(Fault::DeepNesting).await.unwrap();
    let opened = deep.body.iter().filter(|byte| **byte == b'[').count();
    assert_eq!((opened, deep.body.iter().filter(|byte| **byte == b']').count()), (1_000_001, 1_000_001));
}

#[tokio::test]
async fn bodies_can_be_larger_than_anyone_wants() {
    for (fault, length) in [(Fault::EndlessBody, None), (Fault::HugeBody, Some("content-length: 2147483648"))] {
        let simulator = Simulator::builder().start().await.unwrap();
        simulator.set_fault(Some(fault));
        let mut stream = open(&simulator, "GET", &format!("{LIST}?task_type=softwareUpgrade"), &[], "").await.unwrap();
        let mut read = vec![0; 3_000_000];
        stream.read_exact(&mut read).await.unwrap();
        let head = String::from_utf8_lossy(&read[..500]).to_lowercase();
        assert_eq!(length.is_some_and(|length| head.contains(length)), length.is_some(), "{head}");
        drop(stream);
        while simulator.in_flight() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(simulator.requests()[0].bytes >= 3_000_000 - 500);
    }
}

#[tokio::test]
async fn a_hanging_request_waits_for_its_client_to_go() {
    let simulator = Simulator::builder().fault_at(1, Fault::Hang).start().await.unwrap();
    let mut stream = open(&simulator, "GET", "/", &[], "").await.unwrap();
    let mut nothing = [0; 1];
    let read = tokio::time::timeout(Duration::from_millis(50), stream.read(&mut nothing)).await;
    assert!(read.is_err(), "{read:?}");
    assert_eq!(simulator.in_flight(), 1);
    drop(stream);
    while simulator.in_flight() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(simulator.requests()[0].status, None);
}

#[tokio::test]
async fn a_slow_answer_comes_whole() {
    let began = Instant::now();
    assert_eq!(spoiled(Fault::Slow(Duration::from_millis(60))).await.unwrap().ids().len(), 10);
    assert!(began.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn faults_are_scripted_by_number_request_or_chance() {
    let statuses = async |simulator: Simulator| -> Vec<u16> {
        let mut statuses = Vec::new();
        for offset in 0..40 {
            statuses.push(page(&simulator, &format!("offset={offset}")).await.status);
        }
        statuses
    };
    let scripted = Simulator::builder()
        .fault_at(3, Fault::Internal)
        .fault_when(|request| (request.query("offset") == Some("5")).then_some(Fault::RateLimited));
    let scripted = statuses(scripted.start().await.unwrap()).await;
    let odd: Vec<_> = scripted.iter().enumerate().filter(|(_, status)| **status != 200).collect();
    assert_eq!(odd, [(2, &500), (5, &403)]);

    let by_chance = async |seed| {
        let builder = Simulator::builder().seed(seed).faults(0.3, Fault::BadGateway).faults(0.1, Fault::Internal);
        statuses(builder.start().await.unwrap()).await
    };
    let first = by_chance(7).await;
    assert_eq!(by_chance(7).await, first);
    assert_ne!(by_chance(8).await, first);
    assert!(first.contains(&200) && first.contains(&502) && first.contains(&500));
}

#[tokio::test]
async fn what_is_over_the_quota_is_throttled() {
    let simulator =
        Simulator::builder().quota(3, Duration::from_secs(3600)).quota_retry_after("2").start().await.unwrap();
    for expected in [200, 200, 200, 429, 429] {
        assert_eq!(page(&simulator, "").await.status, expected);
    }
    let refused = page(&simulator, "").await;
    assert_eq!((refused.code().as_str(), refused.header("retry-after")), ("APIGW.0308", Some("2")));
}

#[tokio::test]
async fn a_quota_is_stated_in_texts_and_headers_where_wanted() {
    let minute = Duration::from_secs(60);
    let quota = || Simulator::builder().tasks(3).quota_window(2, minute);
    let header = "x-apig-ratelimit-user";

    let silent = quota().start().await.unwrap();
    assert_eq!(page(&silent, "").await.header(header), None);

    let stated = quota().quota_in_text().quota_in_headers().start().await.unwrap();
    assert_eq!(page(&stated, "").await.header(header), Some("remain:1,limit:2,time:1 minute"));
    assert_eq!(page(&stated, "limit=51").await.header(header), Some("remain:0,limit:2,time:1 minute"));
    let refused = page(&stated, "").await;
    assert_eq!((refused.status, refused.header(header)), (429, Some("remain:0,limit:2,time:1 minute")));
    let text = "The throttling threshold has been reached: policy user over ratelimit,limit:2,time:1 minute";
    assert_eq!(refused.json()["error_msg"], text);

    let asked = quota().quota_in_headers_if_asked().start().await.unwrap();
    let target = format!("{LIST}?task_type=softwareUpgrade");
    let debug = send(&asked, "GET", &target, &[("X-Apig-Mode", "debug")], "").await.unwrap();
    assert!(debug.header(header).is_some() && page(&asked, "").await.header(header).is_none());
}
