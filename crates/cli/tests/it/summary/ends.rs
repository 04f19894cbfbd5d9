use std::fs;

use iotda_simulator::Fault;
use serde_json::{Value, json};

use super::{Page, command, summary};
use crate::fixture::{Ended, service};

#[test]
fn a_list_that_cannot_be_read_to_its_end_has_no_summary() {
    let service = service(1000, |builder| {
        let refusal = || Fault::Error { status: 403, code: "IOTDA.000021".to_owned(), message: "forbidden".to_owned() };
        builder.fault_when(move |request| (request.number >= 8).then(refusal))
    });
    for format in ["text", "json"] {
        let page = Page::of(&format!("failing-{format}"));
        fs::write(&page.0, "as it was").unwrap();
        let ended = summary(&service, &["--type", "softwareUpgrade", "--format", format, "--html", page.path()]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
        assert!(ended.stderr.contains("IOTDA.000021") && ended.stderr.contains("queryList"), "{}", ended.stderr);
        assert!(ended.stderr.contains("Nothing was printed"), "{}", ended.stderr);
        assert_eq!((page.text().as_str(), page.folder().len()), ("as it was", 1));
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_scan_has_no_summary() {
    use std::process::Stdio;
    use std::time::Duration;

    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let service = service(400, |builder| builder.latency(Duration::from_millis(50)));
        let more = ["--type", "softwareUpgrade", "--page-size", "5", "--prefetch", "0"];
        let child = command(&service, &more).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while service.simulator.request_count() < 3 {
            std::thread::sleep(Duration::from_millis(5));
        }
        crate::simulate::signal(&child, name);
        let ended: Ended = child.wait_with_output().unwrap().into();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""));
        assert!(ended.stderr.contains("interrupted"), "{}", ended.stderr);
    }
}

#[test]
fn a_task_that_cannot_be_read_is_named_and_counted_apart() {
    let service = service(120, |builder| builder);
    service.rewrite(0, |id| format!(r#"{{"task_id":"{id}","targets":7}}"#));
    service.rewrite(77, |_| "[]".to_owned());
    let ended = summary(&service, &["--type", "softwareUpgrade", "--format", "json"]);
    assert_eq!(ended.code, Some(1));
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&report["tasks"], &report["unreadable"]), (&json!(118), &json!(2)));
    assert_eq!(ended.stderr.lines().filter(|line| line.starts_with("warning: ")).count(), 2);
    assert!(ended.stderr.contains("error: 2 of 120 tasks could not be read"), "{}", ended.stderr);
    let text = summary(&service, &[]).stdout;
    assert!(text.lines().any(|line| line.split_whitespace().eq(["Unreadable", "2"])), "{text}");
}

#[test]
fn the_page_comes_beside_what_is_printed_and_replaces_the_last_one() {
    let service = service(50, |builder| builder);
    let page = Page::of("beside");
    fs::write(&page.0, "an older page").unwrap();
    let printed = summary(&service, &["--format", "json", "--html", page.path()]).complete();
    assert_eq!(serde_json::from_str::<Value>(&printed).unwrap()["tasks"], 50);
    assert!(page.text().starts_with("<!doctype html>") && page.text().ends_with("</html>\n"));
    // The same data is in the page.
    let data = page.text();
    let data = data.split(r#"<script type="application/json" id="data">"#).nth(1).unwrap().split("</script>").next();
    let data: Value = serde_json::from_str(data.unwrap()).unwrap();
    assert_eq!(data["summary"], serde_json::from_str::<Value>(&printed).unwrap());
    assert_eq!(page.folder(), ["page.html"]);
}

#[test]
fn a_page_that_cannot_be_written_is_refused_before_anything_is_sent() {
    let service = service(5, |builder| builder);
    let page = Page::of("nowhere");
    let folder = page.0.parent().unwrap().to_str().unwrap();
    for (path, word) in [(format!("{folder}/no/page.html"), "no folder"), (folder.to_owned(), "is a folder")] {
        let ended = summary(&service, &["--html", &path]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
        assert!(ended.stderr.contains("--html") && ended.stderr.contains(word), "{}", ended.stderr);
    }
    assert_eq!(service.simulator.request_count(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported_wherever_it_is() {
    let service = service(5, |builder| builder);
    let full = summary(&service, &["--html", "/dev/full"]);
    assert_eq!(full.code, Some(1));
    assert!(
        full.stdout.starts_with("Tasks ") && full.stderr.contains("/dev/full cannot be written"),
        "{}",
        full.stderr
    );
    assert!(!fs::metadata("/dev/full").unwrap().is_file());
    let stdout = fs::File::create("/dev/full").unwrap();
    let full: Ended = command(&service, &[]).stdout(stdout).output().unwrap().into();
    assert_eq!(full.code, Some(1));
    assert!(full.stderr.contains("stdout cannot be written"), "{}", full.stderr);
}
