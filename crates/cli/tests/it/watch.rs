use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;

use iotda_simulator::Fault;
use serde_json::Value;

use crate::fixture::{Ended, Service, service};

const TYPE: [&str; 4] = ["--type", "softwareUpgrade", "--interval", "20ms"];

/// Waits until so many requests more have arrived.
pub(crate) fn wait_for_requests(service: &Service, more: u64) {
    let wanted = service.simulator.request_count() + more;
    while service.simulator.request_count() < wanted {
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until changes from now on are reported: by then the list was looked at more than once.
pub(crate) fn wait_for_first_look(service: &Service) {
    wait_for_requests(service, 8);
}

/// `watch` in a separate process, ended when it is dropped.
pub(crate) struct Watching {
    child: Option<Child>,
    lines: BufReader<ChildStdout>,
}

pub(crate) fn watching(service: &Service, more: &[&str]) -> Watching {
    let mut command = service.reading("watch", &[&TYPE[..], more].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    Watching { child: Some(child), lines }
}

impl Watching {
    /// Waits for the next line.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line
    }

    pub(crate) fn change(&mut self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    /// Waits until a line of stderr begins so, and returns it.
    pub(crate) fn reports(&mut self, beginning: &str) -> String {
        let stderr = self.child.as_mut().unwrap().stderr.as_mut().unwrap();
        // Not a byte beyond the line: the rest is read at the end.
        let mut lines = BufReader::with_capacity(1, stderr);
        let mut line = String::new();
        while !line.starts_with(beginning) {
            line.clear();
            assert_ne!(lines.read_line(&mut line).unwrap(), 0, "{beginning} is not reported");
        }
        line
    }

    #[cfg(unix)]
    pub(crate) fn interrupt(self) -> Ended {
        crate::simulate::signal(self.child.as_ref().unwrap(), "INT");
        self.end()
    }

    /// Waits for its end.
    fn end(mut self) -> Ended {
        let mut stdout = String::new();
        self.lines.read_to_string(&mut stdout).unwrap();
        Ended { stdout, ..self.child.take().unwrap().wait_with_output().unwrap().into() }
    }
}

/// A failed test leaves no process behind.
impl Drop for Watching {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

pub(crate) fn set_status(service: &Service, id: &str, status: &str) {
    assert!(service.simulator.edit(|list| list.set_status(id, status)));
}

fn what(change: &Value) -> [&str; 3] {
    let status = |state: &str| change[state]["status"].as_str().unwrap_or_default();
    [change["change"].as_str().unwrap(), status("before"), status("after")]
}

#[test]
fn each_change_is_a_line_at_once() {
    let service = service(20, |builder| builder);
    let mut watching = watching(&service, &[]);
    wait_for_first_look(&service);
    let id = service.simulator.edit(|list| list.create("softwareUpgrade"));
    let created = watching.change();
    assert_eq!((what(&created), &created["task_id"]), (["created", "", "Waitting"], &Value::from(id.as_str())));
    assert_eq!((&created["before"], &created["task_type"]), (&Value::Null, &Value::from("softwareUpgrade")));
    assert!(created["time"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    set_status(&service, &id, "Processing");
    let changed = watching.change();
    assert_eq!(what(&changed), ["changed", "Waitting", "Processing"]);
    assert!(changed["after"]["progress"]["total"].is_u64());
    service.simulator.edit(|list| list.delete(&id));
    let gone = watching.change();
    assert_eq!((what(&gone), &gone["after"]), (["gone", "Processing", ""], &Value::Null));
}

#[test]
fn a_retry_is_a_line_for_as_long_as_requested() {
    let service = service(20, |builder| builder);
    // Simulated tasks are years old.
    let id = service.ids().swap_remove(7);
    set_status(&service, &id, "Fail");
    let mut asked = watching(&service, &["--retried-within", "9999w"]);
    wait_for_first_look(&service);
    let mut by_default = watching(&service, &[]);
    set_status(&service, &id, "Processing");
    let retried = asked.change();
    assert_eq!((what(&retried), &retried["task_id"]), (["changed", "Fail", "Processing"], &Value::from(id.as_str())));
    wait_for_first_look(&service);
    let new = service.simulator.edit(|list| list.create("softwareUpgrade"));
    assert_eq!(by_default.change()["task_id"], new);
}

#[test]
fn text_in_a_pipe_has_no_colours() {
    let service = service(20, |builder| builder);
    let mut watching = watching(&service, &["--format", "text", "--local"]);
    wait_for_first_look(&service);
    let id = service.simulator.edit(|list| list.create("softwareUpgrade"));
    let created = watching.line();
    assert!(created.contains(&format!("  {id}  new: Waitting  ")), "{created}");
    set_status(&service, &id, "Fail");
    let changed = watching.line();
    assert!(changed.contains("  Waitting -> Fail  ") && changed.contains(" failed  softwareUpgrade  "), "{changed}");
    assert!(!(created + &changed).contains('\u{1b}'));
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_a_checkpoint_and_nothing_is_reported_twice() {
    let service = service(20, |builder| builder);
    let mut first = watching(&service, &[]);
    wait_for_first_look(&service);
    let id = service.simulator.edit(|list| list.create("softwareUpgrade"));
    first.line();
    let ended = first.interrupt();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(130), ""));
    set_status(&service, &id, "Stopping");
    let mut second = watching(&service, &["--resume", ended.watch_checkpoint()]);
    assert_eq!(what(&second.change()), ["changed", "Waitting", "Stopping"]);
    let file = std::env::temp_dir().join(format!("batchtasks-watch-{}", std::process::id()));
    std::fs::write(&file, second.interrupt().stderr).unwrap();
    set_status(&service, &id, "Stopped");
    let mut third = watching(&service, &["--resume", &format!("@{}", file.display())]);
    assert_eq!(what(&third.change()), ["changed", "Stopping", "Stopped"]);
    std::fs::remove_file(file).unwrap();
}

#[test]
fn a_reader_who_goes_away_ends_it() {
    let service = service(20, |builder| builder);
    let mut command = service.reading("watch", &TYPE);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_first_look(&service);
    drop(child.stdout.take());
    service.simulator.edit(|list| list.create("softwareUpgrade"));
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported_with_a_checkpoint_from_before() {
    let service = service(20, |builder| builder);
    let full = std::fs::File::create("/dev/full").unwrap();
    let mut command = service.reading("watch", &TYPE);
    let child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_first_look(&service);
    let id = service.simulator.edit(|list| list.create("softwareUpgrade"));
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("stdout cannot be written"), "{}", ended.stderr);
    let mut resumed = watching(&service, &["--resume", ended.watch_checkpoint()]);
    assert_eq!(resumed.change()["task_id"], id);
}

#[cfg(unix)]
#[test]
fn an_outage_is_reported_and_what_was_missed_comes_with_the_next_look() {
    let service = service(20, |builder| builder);
    let mut watching = watching(&service, &["--max-elapsed", "50ms"]);
    wait_for_first_look(&service);
    service.simulator.set_fault(Some(Fault::Internal));
    let id = service.simulator.edit(|list| list.create("softwareUpgrade"));
    watching.reports("warning: ");
    service.simulator.set_fault(None);
    assert_eq!(watching.change()["task_id"], id);
    let ended = watching.interrupt();
    assert_eq!(ended.code, Some(130));
}

#[test]
fn what_cannot_pass_ends_it_with_a_checkpoint() {
    let service = service(20, |builder| builder.token("any"));
    let watching = watching(&service, &[]);
    wait_for_first_look(&service);
    let refusal = Fault::Error { status: 401, code: "IOTDA.000002".to_owned(), message: "too late".to_owned() };
    service.simulator.set_fault(Some(refusal));
    let ended = watching.end();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.contains("HW_AUTH_TOKEN"), "{}", ended.stderr);
    ended.watch_checkpoint();
}

#[test]
fn arguments_that_make_no_sense_are_refused_and_nothing_is_sent() {
    let service = service(5, |builder| builder);
    let of_a_list = r#"{"version":1,"lists":{"softwareUpgrade":[{"after":"5c8ba99030344005c02316ad"}]}}"#;
    let cases: &[(&[&str], &[&str])] = &[
        (&["--status", "Fail"], &["--status", "select"]),
        (&["--interval", "0s"], &["--interval", "longer than nothing"]),
        (&["--interval", "30"], &["'30'", "30s"]),
        (&["--max-elapsed", "0s"], &["longer than nothing", "--max-elapsed"]),
        (&["--resume", of_a_list], &["--resume", "`watch` left"]),
        (&["--resume", "@/nowhere/at/all"], &["--resume", "/nowhere/at/all"]),
        (&["--wait-at-most", "1m"], &["--until-done"]),
        (&["--after-retry"], &["--until-done"]),
        (&["--until-done", "5c8ba99030344005c02316ad", "--retried-within", "1d"], &["--retried-within"]),
        (&["--until-done", ""], &["--until-done"]),
        (&["--until-done", "5c8ba99030344005c02316ad", "--status", "Fail"], &["--status"]),
        (&["--until-done", "5c8ba99030344005c02316ad", "--created-after", "1d"], &["--created-after"]),
        (&["--until-done", "5c8ba99030344005c02316ad", "--resume", "{}"], &["--resume"]),
        (&["--format", "csv"], &["'csv'", "ndjson"]),
    ];
    for (arguments, words) in cases {
        let ended: Ended = service.reading("watch", arguments).output().unwrap().into();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{arguments:?}: {}", ended.stderr);
        assert!(words.iter().all(|word| ended.stderr.contains(word)), "{arguments:?}: {}", ended.stderr);
    }
    assert_eq!(service.simulator.request_count(), 0);
}
