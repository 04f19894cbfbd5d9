//! A client in a separate process, checked from a shell.
#![cfg(unix)]

use std::fs;
use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::export::fixture::Folder;
use crate::fixture::{Ended, batchtasks, run};
use crate::simulate::simulating;

const EDITED: &[&str] = &["--create-every", "2", "--delete-every", "3"];

/// A history of one type, and what was read of it, in each form.
fn recorded(folder: &Folder, edits: &[&str]) -> [(&'static str, String); 3] {
    let history = folder.path("history.ndjson");
    let recording = ["--tasks", "400", "--type", "freezeDevices", "--history", history.to_str().unwrap()];
    let serving = simulating(&[&recording, edits].concat());
    let delivered = ["id", "ndjson", "csv"].map(|format| {
        (format, serving.list(&["--type", "freezeDevices", "--page-size", "20", "--format", format]).complete())
    });
    assert_eq!(serving.end().0, Some(0));
    delivered
}

fn check(folder: &Folder, delivered: &str, more: &[&str]) -> Ended {
    fs::write(folder.path("delivered"), delivered).unwrap();
    let files = ["history.ndjson", "delivered"].map(|name| folder.path(name).to_str().unwrap().to_owned());
    run(["simulate", "check", &files[0], &files[1]].into_iter().chain(more.iter().copied()))
}

#[test]
fn a_client_that_is_exact_passes_in_each_form() {
    let folder = Folder::new();
    for (format, delivered) in recorded(&folder, EDITED) {
        let text = check(&folder, &delivered, &[]).complete();
        assert!(text.starts_with("exact\n  list          batchtasks?task_type=freezeDevices\n"), "{format}: {text}");
        let json: Value = serde_json::from_str(&check(&folder, &delivered, &["--format", "json"]).complete()).unwrap();
        assert_eq!((&json["exact"], &json["lost"]), (&true.into(), &Value::Array(Vec::new())));
        assert!(json["pages"].as_u64() > Some(60) && json["for_a_while"].as_u64() > Some(10), "{json}");
    }
}

#[test]
fn a_client_that_is_not_exact_fails_and_every_fault_is_named() {
    let folder = Folder::new();
    let [(_, ids), (_, lines), _] = recorded(&folder, &[]);
    let there: Vec<&str> = ids.lines().collect();
    let (last, before) = (there[there.len() - 1], there[there.len() - 2]);
    let without_last = ids.strip_suffix(&format!("{last}\n")).unwrap();
    let foreign = "5c8ba99030344005c02316ad";
    for (delivered, fault, id) in [
        (without_last.to_owned(), "lost", last),
        (format!("{ids}{last}\n"), "doubled", last),
        (format!("{ids}{foreign}\n"), "never there", foreign),
        (
            format!("{}{last}\n{before}\n", without_last.strip_suffix(&format!("{before}\n")).unwrap()),
            "out of order",
            before,
        ),
    ] {
        let ended = check(&folder, &delivered, &[]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""), "{fault}");
        assert!(
            ended.stdout.starts_with("NOT EXACT\n") && ended.stdout.contains(&format!("{fault:<12}  1: {id}")),
            "{}",
            ended.stdout
        );
        let unordered = check(&folder, &delivered, &["--unordered"]).code;
        assert_eq!(unordered, Some(if fault == "out of order" { 0 } else { 1 }));
    }
    let ended = check(&folder, &lines, &["--field", "task_name"]);
    assert_eq!(ended.code, Some(1));
}

#[test]
fn the_delivered_ids_can_come_from_a_pipe() {
    let folder = Folder::new();
    let [(_, ids), ..] = recorded(&folder, EDITED);
    let history = folder.path("history.ndjson");
    let mut command = batchtasks(["simulate", "check", history.to_str().unwrap(), "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(ids.as_bytes()).unwrap();
    let Output { status, stdout, .. } = child.wait_with_output().unwrap();
    assert!(status.success() && stdout.starts_with(b"exact\n"));
}

#[test]
fn what_cannot_be_checked_is_an_error_of_usage() {
    let folder = Folder::new();
    recorded(&folder, &[]);
    let refused = |delivered: &str, more: &[&str]| {
        let ended = check(&folder, delivered, more);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
        ended.stderr
    };
    let text = refused("", &["--list", "devices"]);
    assert!(text.contains("no page of devices, but of batchtasks?task_type=freezeDevices (--list)"), "{text}");
    assert!(refused("{}", &[]).contains("line 1: there is no field task_id or id"));
    fs::write(folder.path("history.ndjson"), "{}").unwrap();
    assert!(refused("", &[]).contains("line 1 of the history"));
    fs::remove_file(folder.path("history.ndjson")).unwrap();
    assert!(refused("", &[]).contains("history.ndjson"));
    assert_eq!(run(["simulate", "--port", "1", "check", "a", "b"]).code, Some(2));
}

#[test]
fn a_history_that_cannot_be_written_is_named_before_anything_is_served() {
    let folder = Folder::new();
    let ended = run(["simulate", "--history", folder.path("no folder/history").to_str().unwrap()]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert!(ended.stderr.contains("no folder/history") && ended.stderr.contains("--history"), "{}", ended.stderr);
}
