use std::fs;
use std::process::Child;
use std::time::Duration;

use super::fixture::{Export, eventually};
use crate::fixture::service;

/// A run that has begun, and takes a while.
fn begun(export: &Export<'_>) -> Child {
    let child = export.spawn();
    eventually(|| export.state().is_some_and(|state| state["tasks"] != 0));
    child
}

#[test]
fn a_second_run_is_refused_while_the_first_runs_and_not_after_it_was_killed() {
    let service = service(1000, |builder| builder.latency(Duration::from_millis(30)));
    let export = Export::new(&service, "tasks.csv", &["--prefetch", "0", "--checkpoint-every", "0s"]);
    let mut first = begun(&export);
    for more in [&[][..], &["--restart"]] {
        let second = export.run(more);
        assert_eq!(second.code, Some(1), "{}", second.stderr);
        for word in [format!("process {} (since 2", first.id()), "tasks.csv.lock".to_owned()] {
            assert!(second.stderr.contains(&word), "{word}: {}", second.stderr);
        }
    }
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(fs::exists(export.folder.path("tasks.csv.lock")).unwrap());
    export.assert_continues_to(export.listed("csv").as_bytes());
}

#[test]
fn two_files_do_not_share_a_checkpoint() {
    let service = service(1000, |builder| builder.latency(Duration::from_millis(30)));
    let first = Export::new(&service, "tasks.csv", &["--prefetch", "0", "--checkpoint-every", "0s"]);
    let second = Export::new(&service, "tasks.csv", &["--checkpoint", first.checkpoint().to_str().unwrap()]);
    let mut child = begun(&first);
    let ended = second.run(&[]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("tasks.csv.checkpoint.lock"), "{}", ended.stderr);
    assert_eq!(second.folder.names(), [""; 0]);
    first.assert_continues_to(first.listed("csv").as_bytes());
}

#[test]
fn of_many_runs_at_once_one_writes_the_file() {
    let service = service(500, |builder| builder.latency(Duration::from_millis(5)));
    let export = Export::new(&service, "tasks.csv", &[]);
    let children: Vec<_> = (0..8).map(|_| export.spawn()).collect();
    let codes: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap().status.code()).collect();
    assert!(codes.contains(&Some(0)) && codes.iter().all(|code| matches!(code, Some(0 | 1))), "{codes:?}");
    export.assert_whole(export.listed("csv").as_bytes());
}
