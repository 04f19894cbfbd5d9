//! Bad arguments are refused before anything is sent.

use std::time::Duration;

use futures::StreamExt;
use iotda_batch_tasks::{TaskStatus, WatchCheckpoint, WatchStream};

use super::service::{INTERVAL, Markers, Service, state};

#[tokio::test(start_paused = true)]
async fn bad_arguments_fail_when_the_watch_is_made() {
    let service = Service::of(Markers::Ids, 3, |_| TaskStatus::Processing);
    let list = || service.list();
    let error = WatchStream::new(vec![list()], Duration::ZERO, None).unwrap_err();
    assert_eq!((error.name(), error.value()), ("interval", "0s"));
    assert_eq!(WatchStream::new(Vec::new(), INTERVAL, None).unwrap_err().name(), "lists");
    assert_eq!(WatchStream::new(vec![list(), list()], INTERVAL, None).unwrap_err().value(), "tasks");
    let mut watch = service.watch();
    watch.look().await;
    let checkpoint = watch.stream.checkpoint();
    let error = WatchStream::new(vec![service.list_named("other")], INTERVAL, Some(checkpoint)).unwrap_err();
    assert_eq!((error.name(), error.value()), ("checkpoint", "tasks"));
}

#[tokio::test(start_paused = true)]
async fn no_interval_is_too_long() {
    for interval in [Duration::MAX, Duration::from_secs(u64::MAX / 2), Duration::from_nanos(1)] {
        let service = Service::of(Markers::Ids, 3, |_| TaskStatus::Processing);
        let mut watch = WatchStream::new(vec![service.list()], interval, None).unwrap();
        assert!(tokio::time::timeout(INTERVAL, watch.next()).await.is_err());
        // A look takes one request for the page and one that confirms the end.
        assert_eq!(service.world().requests.len() > 2, interval < INTERVAL);
    }
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_that_is_not_known_is_refused() {
    let service = Service::of(Markers::TwoAbove, 100, |_| TaskStatus::Processing);
    let mut watch = service.watch();
    watch.look().await;
    service.create(state(TaskStatus::Waitting));
    watch.take(1).await;
    let checkpoint = watch.stream.checkpoint();
    let line = checkpoint.to_string();
    assert_eq!(line.parse::<WatchCheckpoint>().unwrap(), checkpoint);
    assert_eq!(serde_json::from_str::<WatchCheckpoint>(&line).unwrap(), checkpoint);
    assert!(line.starts_with(r#"{"version":1,"watched":{"tasks":{"#) && !line.contains('\n'), "{line}");
    for (from, to, rule) in [
        (r#""version":1"#, r#""version":2"#, "version 2"),
        (r#""version":1,"#, "", "version"),
        (r#""watched""#, r#""lists""#, "lists"),
        (r#""head""#, r#""tail":1,"head""#, "tail"),
        (r#""border""#, r#""borders""#, "borders"),
    ] {
        let error = line.replacen(from, to, 1).parse::<WatchCheckpoint>().unwrap_err();
        assert!(error.rule().contains(rule), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_that_was_damaged_leads_to_no_panic() {
    let service = Service::of(Markers::TwoAbove, 100, |_| TaskStatus::Processing);
    let mut watch = service.watch();
    watch.look().await;
    let line = watch.stream.checkpoint().to_string().replace(r#""span":1"#, r#""span":77"#);
    let mut watch = service.resume(Some(line.parse().unwrap()));
    assert_eq!((watch.look().await, watch.look().await), (vec![], vec![]));
}
