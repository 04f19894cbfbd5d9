use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use iotda_simulator::{Fault, SimulatedTask};

use crate::fixture::{Ended, Service, service};
use crate::watch::wait_for_requests;

const NOWHERE: &str = "5c8ba99030344005c02316ad";

fn in_status(service: &Service, status: &str) -> String {
    let id = service.ids().swap_remove(11);
    set_status(service, &id, status);
    id
}

fn set_status(service: &Service, id: &str, status: &str) {
    assert!(service.simulator.edit(|list| list.set_status(id, status)));
}

/// A wait in a separate process, ended when it is dropped.
struct Waiting(Option<Child>);

fn waiting(service: &Service, id: &str, more: &[&str]) -> Waiting {
    let arguments = ["--type", "softwareUpgrade", "--interval", "20ms", "--until-done", id];
    let mut command = service.reading("watch", &[&arguments[..], more].concat());
    Waiting(Some(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()))
}

impl Waiting {
    /// Waits until a line of stderr says so.
    fn reports(&mut self, text: &str) {
        let stderr = self.0.as_mut().unwrap().stderr.as_mut().unwrap();
        // Not a byte beyond the line: the rest is read at the end.
        let mut lines = BufReader::with_capacity(1, stderr);
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert_ne!(lines.read_line(&mut line).unwrap(), 0, "{text} is not reported");
        }
    }

    fn end(mut self) -> Ended {
        self.0.take().unwrap().wait_with_output().unwrap().into()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn success_is_0_and_any_other_final_status_is_1() {
    for (status, code) in [("Success", 0), ("Fail", 1), ("PartialSuccess", 1), ("Stopped", 1)] {
        let service = service(30, |builder| builder);
        let id = in_status(&service, status);
        let ended = waiting(&service, &id, &[]).end();
        assert_eq!(ended.code, Some(code), "{status}: {}", ended.stderr);
        let record = service.simulator.edit(|list| list.json(&id)).unwrap();
        assert_eq!(ended.stdout, record + "\n");
        assert_eq!(ended.stderr.contains(&format!("ended as {status}")), code == 1, "{}", ended.stderr);
        let ended = waiting(&service, &id, &["--format", "text"]).end();
        assert_eq!((ended.code, ended.stdout.lines().count()), (Some(code), 1));
        assert!(ended.stdout.contains(&format!("{id}  {status}  ")), "{}", ended.stdout);
    }
}

#[test]
fn a_task_is_waited_for_through_every_status_that_is_not_final() {
    let service = service(30, |builder| builder);
    let id = in_status(&service, "Waitting");
    let mut waiting = waiting(&service, &id, &[]);
    waiting.reports("Waitting");
    for status in ["Initializing", "Processing", "Stopping", "NeverHeardOf"] {
        set_status(&service, &id, status);
        waiting.reports(&format!("-> {status}"));
    }
    set_status(&service, &id, "Success");
    let ended = waiting.end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("NeverHeardOf -> Success"), "{}", ended.stderr);
    let record = service.simulator.edit(|list| list.json(&id)).unwrap();
    assert_eq!(ended.stdout, record + "\n");
}

#[test]
fn once_it_is_found_a_look_is_one_small_request() {
    let service = service(300, |builder| builder.mix(["softwareUpgrade", "freezeDevices", "createCommands"]));
    let id = service.simulator.edit(|list| list.ids("freezeDevices")).swap_remove(30);
    set_status(&service, &id, "Processing");
    let mut command = service.reading("watch", &["--interval", "20ms", "--until-done", &id]);
    let mut waiting = Waiting(Some(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()));
    waiting.reports("Processing");
    wait_for_requests(&service, 1);
    service.simulator.clear_requests();
    wait_for_requests(&service, 5);
    let requests = service.simulator.requests();
    let is_small = |name, value| requests.iter().all(|request| request.query(name) == Some(value));
    assert!(is_small("limit", "1") && is_small("task_type", "freezeDevices"), "{requests:?}");
}

#[test]
fn a_task_that_is_not_there_is_looked_for_twice() {
    let service = service(30, |builder| builder);
    let ended = waiting(&service, NOWHERE, &[]).end();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.contains(&format!("no task {NOWHERE}")), "{}", ended.stderr);
    let probes = service.simulator.requests().iter().filter(|request| request.query("limit") == Some("1")).count();
    assert_eq!(probes, 2);
}

#[test]
fn a_task_that_is_a_moment_late_is_waited_for() {
    let service = service(30, |builder| {
        // By the third request the first look is over.
        builder.before_each(|number, list| {
            if number == 3 {
                let (task_type, status) = ("softwareUpgrade".to_owned(), "Success".to_owned());
                list.insert(&SimulatedTask { id: NOWHERE.to_owned(), task_type, status, app_id: "a".to_owned() });
            }
        })
    });
    let ended = waiting(&service, NOWHERE, &[]).end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn a_task_that_is_deleted_meanwhile_is_reported_with_what_it_was() {
    let service = service(30, |builder| builder);
    let id = in_status(&service, "Processing");
    let mut waiting = waiting(&service, &id, &[]);
    waiting.reports("Processing");
    service.simulator.edit(|list| list.delete(&id));
    let ended = waiting.end();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.contains("was deleted; when last seen, it is Processing"), "{}", ended.stderr);
}

/// A service that answers with `body` until it has answered a page of 50 so, once `begins` is set.
fn odd_for_a_while(begins: &Arc<AtomicBool>, body: impl Fn() -> String + Send + Sync + 'static) -> Service {
    let is_odd = Arc::clone(begins);
    service(30, |builder| {
        builder.fault_when(move |request| {
            let answer = is_odd.load(Ordering::SeqCst).then(|| Fault::Body(body()));
            if request.query("limit") != Some("1") {
                is_odd.store(false, Ordering::SeqCst);
            }
            answer
        })
    })
}

#[test]
fn a_task_that_one_search_does_not_find_is_not_deleted() {
    let begins = Arc::new(AtomicBool::new(false));
    let service = odd_for_a_while(&begins, || r#"{"batchtasks":[],"page":{"count":0}}"#.to_owned());
    for _ in 0..2 {
        let id = in_status(&service, "Processing");
        let mut waiting = waiting(&service, &id, &[]);
        waiting.reports("Processing");
        begins.store(true, Ordering::SeqCst);
        while begins.load(Ordering::SeqCst) {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        wait_for_requests(&service, 3);
        set_status(&service, &id, "Success");
        let ended = waiting.end();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
}

#[test]
fn a_task_that_cannot_be_read_once_is_waited_for() {
    let begins = Arc::new(AtomicBool::new(false));
    let known = Arc::new(std::sync::Mutex::new(String::new()));
    let (is_odd, id) = (Arc::clone(&begins), Arc::clone(&known));
    let service = service(30, |builder| {
        builder.fault_when(move |_| {
            let body = || format!(r#"{{"batchtasks":[{{"task_id":"{}","status":7}}]}}"#, id.lock().unwrap());
            is_odd.swap(false, Ordering::SeqCst).then(|| Fault::Body(body()))
        })
    });
    let id = in_status(&service, "Processing");
    known.lock().unwrap().clone_from(&id);
    let mut waiting = waiting(&service, &id, &[]);
    waiting.reports("Processing");
    begins.store(true, Ordering::SeqCst);
    waiting.reports("cannot be read");
    set_status(&service, &id, "Success");
    assert_eq!(waiting.end().code, Some(0));
}

#[test]
fn a_retry_is_waited_for_once_the_task_has_left_its_final_status() {
    for (first, last, code) in [("Fail", "Success", 0), ("PartialSuccess", "PartialSuccess", 1)] {
        let service = service(30, |builder| builder);
        let id = in_status(&service, first);
        let mut waiting = waiting(&service, &id, &["--after-retry"]);
        waiting.reports(first);
        wait_for_requests(&service, 2);
        set_status(&service, &id, "Processing");
        waiting.reports("-> Processing");
        set_status(&service, &id, last);
        let ended = waiting.end();
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    }
}

#[test]
fn a_task_that_waits_for_confirmation_is_named_once() {
    let service = service(30, |builder| builder);
    let json = |id: &str, more: &str| format!(r#"{{"task_id":"{id}","task_type":"softwareUpgrade",{more}}}"#);
    let id = service.rewrite(11, |id| json(id, r#""status":"Waitting","need_confirm":true"#));
    let mut waiting = waiting(&service, &id, &[]);
    waiting.reports(&format!("POST /batchtasks/{id}/confirm"));
    wait_for_requests(&service, 2);
    service.rewrite(11, |id| json(id, r#""status":"Success","need_confirm":true"#));
    let ended = waiting.end();
    assert_eq!(ended.code, Some(0));
    assert!(!ended.stderr.contains("/confirm"), "{}", ended.stderr);
}

#[test]
fn a_service_that_fails_for_a_while_is_waited_for() {
    let fails = Arc::new(AtomicBool::new(false));
    let still = Arc::clone(&fails);
    let service =
        service(30, |builder| builder.fault_when(move |_| still.load(Ordering::SeqCst).then_some(Fault::Internal)));
    let id = in_status(&service, "Processing");
    let mut waiting = waiting(&service, &id, &[]);
    waiting.reports("Processing");
    fails.store(true, Ordering::SeqCst);
    wait_for_requests(&service, 4);
    set_status(&service, &id, "Success");
    fails.store(false, Ordering::SeqCst);
    assert_eq!(waiting.end().code, Some(0));
}

#[test]
fn a_service_that_fails_for_longer_than_max_elapsed_ends_the_wait() {
    let service = service(30, |builder| builder);
    let id = in_status(&service, "Processing");
    let mut waiting = waiting(&service, &id, &["--max-elapsed", "100ms"]);
    waiting.reports("Processing");
    service.simulator.set_fault(Some(Fault::Internal));
    let ended = waiting.end();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.contains("IOTDA.000001") && ended.stderr.contains("the wait has ended"), "{}", ended.stderr);
}

#[test]
fn a_limit_of_time_has_its_own_exit_code() {
    let service = service(30, |builder| builder);
    let id = in_status(&service, "Processing");
    let ended = waiting(&service, &id, &["--wait-at-most", "300ms"]).end();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(124), ""));
    assert!(ended.stderr.contains("is Processing after 300ms"), "{}", ended.stderr);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_wait() {
    let service = service(30, |builder| builder);
    let id = in_status(&service, "Processing");
    let mut waiting = waiting(&service, &id, &[]);
    waiting.reports("Processing");
    crate::simulate::signal(waiting.0.as_ref().unwrap(), "INT");
    let ended = waiting.end();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(130), ""));
    assert!(ended.stderr.contains("is Processing"), "{}", ended.stderr);
}

#[test]
fn a_service_that_is_away_for_the_whole_wait_is_the_reason_and_not_the_task() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("http://127.0.0.1:{port}");
    let arguments = ["watch", "--endpoint", &endpoint, "--project-id", "0", "--token", "any", "--until-done", NOWHERE];
    let ended = crate::fixture::run(arguments.into_iter().chain(["--type", "softwareUpgrade", "--wait-at-most", "2s"]));
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{}", ended.stderr);
    assert!(ended.stderr.contains("connection") && !ended.stderr.contains("--wait-at-most"), "{}", ended.stderr);
}
