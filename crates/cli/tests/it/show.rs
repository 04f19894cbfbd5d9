use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use iotda_simulator::{Fault, RowList, SeenRequest, SimulatorBuilder};
use serde_json::Value;

use crate::fixture::{Ended, Service, service};

/// Three pages of sub-tasks.
const TARGETS: usize = 120;

/// A service with a task in this status, and the task's id.
fn with_task(status: &str, knobs: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> (Service, String) {
    let service = service(30, |builder| knobs(builder.targets_per_task(TARGETS)));
    let id = service.ids().swap_remove(11);
    assert!(service.simulator.edit(|list| list.set_status(&id, status)));
    (service, id)
}

fn show(service: &Service, id: &str, more: &[&str]) -> Ended {
    let arguments = [&[id, "--type", "softwareUpgrade"], more].concat();
    service.reading("show", &arguments).output().unwrap().into()
}

fn record(service: &Service, id: &str) -> String {
    service.simulator.edit(|list| list.json(id)).unwrap()
}

/// The devices that the task is for, in no order.
fn targets(record: &str) -> Vec<String> {
    let mut targets: Vec<String> =
        serde_json::from_value(serde_json::from_str::<Value>(record).unwrap()["targets"].take()).unwrap();
    targets.sort();
    targets
}

/// Target and status of each line after the first.
fn sub_tasks(lines: &str) -> Vec<(String, String)> {
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    let rows = lines.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.map(|row| (text(&row, "target"), text(&row, "status"))).collect()
}

#[track_caller]
fn assert_each_once(sub_tasks: &[(String, String)], record: &str) {
    let mut shown: Vec<String> = sub_tasks.iter().map(|(target, _)| target.clone()).collect();
    shown.sort();
    assert_eq!(shown, targets(record));
}

/// Whether a request is for sub-tasks of any status.
fn is_for_all(request: &SeenRequest) -> bool {
    request.path.contains("/batchtasks/") && request.query("task_detail_status").is_none()
}

fn refusal(status: u16) -> Fault {
    Fault::Error { status, code: "IOTDA.000006".to_owned(), message: "invalid".to_owned() }
}

#[test]
fn the_task_comes_first_then_failed_sub_tasks_then_the_others_each_once() {
    let (service, id) = with_task("PartialSuccess", |builder| builder);
    let printed = show(&service, &id, &[]).complete();
    let record = record(&service, &id);
    assert_eq!(printed.lines().next(), Some(record.as_str()));
    let sub_tasks = sub_tasks(&printed);
    assert_each_once(&sub_tasks, &record);
    let failed = sub_tasks.iter().take_while(|(_, status)| status == "Fail").count();
    assert!((1..TARGETS).contains(&failed), "{failed}");
    assert!(sub_tasks[failed..].iter().all(|(_, status)| status == "Success"));
    // As the service sent them: with the field that no type here has.
    assert!(printed.lines().nth(1).unwrap().contains(r#""error":{"error_code":"#));
}

#[test]
fn a_task_of_any_type_is_found() {
    let service = service(60, |builder| builder.mix(["softwareUpgrade", "freezeDevices", "createCommands"]));
    for id in service.ids().iter().step_by(13) {
        let printed = Ended::from(service.reading("show", &[id]).output().unwrap()).complete();
        assert_eq!(printed.lines().next(), Some(record(&service, id).as_str()));
        assert_each_once(&sub_tasks(&printed), &record(&service, id));
    }
}

#[test]
fn a_device_whose_status_changes_in_between_is_there_once() {
    for (before, after) in [("PartialSuccess", "Success"), ("Success", "Fail"), ("Fail", "PartialSuccess")] {
        let among_all = Arc::new(AtomicBool::new(false));
        let (asked, edited) = (Arc::clone(&among_all), Arc::clone(&among_all));
        let task = Arc::new(std::sync::Mutex::new(String::new()));
        let its_id = Arc::clone(&task);
        let (service, id) = with_task(before, |builder| {
            let builder = builder.fault_when(move |request| {
                asked.fetch_or(is_for_all(request), Ordering::SeqCst);
                None
            });
            builder.before_each(move |_, list| {
                if edited.load(Ordering::SeqCst) {
                    list.set_status(&its_id.lock().unwrap(), after);
                }
            })
        });
        task.lock().unwrap().clone_from(&id);
        let printed = show(&service, &id, &[]).complete();
        assert!(among_all.load(Ordering::SeqCst));
        assert_each_once(&sub_tasks(&printed), &record(&service, &id));
    }
}

#[test]
fn where_failed_ones_cannot_be_requested_all_come_in_the_order_of_the_service() {
    let (service, id) = with_task("PartialSuccess", |builder| {
        builder.fault_when(|request| request.query("task_detail_status").map(|_| refusal(400)))
    });
    let ended = show(&service, &id, &[]);
    assert_eq!(ended.code, Some(0));
    assert!(ended.stderr.starts_with("warning: failed sub-tasks do not come first"), "{}", ended.stderr);
    assert_each_once(&sub_tasks(&ended.stdout), &record(&service, &id));
}

#[test]
fn pages_are_printed_as_they_come_and_a_failure_leaves_what_came() {
    let (service, id) = with_task("Success", |builder| {
        builder.fault_when(|request| (is_for_all(request) && request.query("marker").is_some()).then(|| refusal(403)))
    });
    let ended = show(&service, &id, &[]);
    assert_eq!(ended.code, Some(1));
    assert_eq!(sub_tasks(&ended.stdout).len(), 50);
    assert!(ended.stderr.contains("403"), "{}", ended.stderr);
    let ended = show(&service, &id, &["--format", "json"]);
    assert_eq!(ended.code, Some(1));
    let object: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(object["task_details"].as_array().unwrap().len(), 50);
}

#[test]
fn json_is_one_object_as_the_service_lays_it_out() {
    let (service, id) = with_task("PartialSuccess", |builder| builder);
    let lines = show(&service, &id, &[]).complete();
    let object: Value = serde_json::from_str(&show(&service, &id, &["--format", "json"]).complete()).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(object["batchtask"], lines[0]);
    assert_eq!(object["task_details"].as_array().unwrap(), &lines[1..]);
}

#[test]
fn text_is_cut_to_the_width_and_shortens_the_targets() {
    let (service, id) = with_task("PartialSuccess", |builder| builder);
    let mut command = service.reading("show", &[&id, "--format", "text"]);
    let printed = Ended::from(command.env("COLUMNS", "80").output().unwrap()).complete();
    // Wide symbols take two columns, so a line has no more symbols than columns.
    assert!(printed.lines().all(|line| line.chars().count() <= 80), "{printed}");
    let (task, sub_tasks) = printed.split_once("\n\n").unwrap();
    for (name, value) in [("Task", id.as_str()), ("Status", "PartialSuccess"), ("Progress", "["), ("Targets", "120: ")]
    {
        assert!(task.lines().any(|line| line.starts_with(&format!("{name:14}{value}"))), "{name}: {task}");
    }
    assert!(task.lines().any(|line| line.starts_with("Created") && line.ends_with(" UTC")), "{task}");
    assert!(sub_tasks.starts_with("TARGET ") && sub_tasks.lines().count() == TARGETS + 1, "{sub_tasks}");
    assert!(sub_tasks.lines().nth(1).unwrap().contains("  Fail           IOTDA.014016 The"), "{sub_tasks}");
    assert!(!printed.contains('\u{1b}'));
}

#[test]
fn a_name_cannot_steer_the_terminal() {
    let (service, id) = with_task("Success", |builder| builder);
    let odd = format!(r#"{{"task_id":"{id}","task_name":"a\u001b[2Jb","status":"\u001b[2J","status_desc":"c\nd"}}"#);
    service.simulator.edit(|list| list.set_json(&id, odd));
    let printed = show(&service, &id, &["--format", "text"]).complete();
    assert!(!printed.contains('\u{1b}') && printed.contains("a\u{fffd}[2Jb"), "{printed}");
}

#[test]
fn a_task_that_is_not_there_is_reported() {
    let (service, _) = with_task("Success", |builder| builder);
    for id in ["5c8ba99030344005c02316ad", "no-id-at-all", "../devices"] {
        let ended = show(&service, id, &[]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{}", ended.stderr);
        assert!(ended.stderr.contains(&format!("no task {id}")), "{}", ended.stderr);
    }
}

#[test]
fn a_sub_task_that_cannot_be_read_is_named_and_all_others_are_printed() {
    let id = service(30, |builder| builder).ids().swap_remove(11);
    let rows = RowList::new(format!("batchtasks/{id}"), "task_details", "row").rows(60).written_by(|row, number| {
        let target = if number == 7 { "7".to_owned() } else { format!("{row:?}") };
        format!(r#"{{"target":{target},"status":"Success"}}"#)
    });
    let service = service(30, |builder: SimulatorBuilder| builder.list(rows));
    let ended = show(&service, &id, &[]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert_eq!(ended.stdout.lines().count(), 1 + 59);
    assert!(ended.stderr.contains("task_details[") && ended.stderr.contains("1 of the sub-tasks"), "{}", ended.stderr);
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let service = service(3, |builder| builder.targets_per_task(3000));
    let id = service.ids().swap_remove(1);
    let mut command = service.reading("show", &[&id]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(1, child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    drop(child.stdout.take());
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_simulated_task_can_be_shown() {
    let printed = crate::fixture::run(["list", "--simulate", "40", "--max-items", "1"]).complete();
    let ids = crate::fixture::ids_of_lines(&printed);
    let shown = crate::fixture::run(["show", &ids[0], "--simulate", "40"]).complete();
    assert_eq!(shown.lines().next(), Some(printed.trim_end()));
    assert_each_once(&sub_tasks(&shown), &printed);
}

#[test]
fn filters_that_a_single_task_has_no_use_for_are_refused() {
    for filter in [["--status", "Fail"], ["--created-after", "1d"], ["--created-before", "1d"]] {
        let ended = crate::fixture::run(["show", "5c8ba99030344005c02316ad", "--simulate", filter[0], filter[1]]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
        assert!(ended.stderr.contains(filter[0]), "{}", ended.stderr);
    }
    assert_eq!(crate::fixture::run(["show"]).code, Some(2));
}

#[test]
fn the_lists_are_not_searched_for_a_task_that_one_request_shows() {
    let (service, id) = with_task("Success", |builder| builder);
    let searched = |service: &Service| {
        service.simulator.requests().iter().filter(|request| request.path.ends_with("/batchtasks")).count()
    };
    assert!(show(&service, &id, &["--format", "json"]).complete().contains(&id));
    assert_eq!(searched(&service), 0);
    // Neither for one that is not there.
    assert_ne!(show(&service, "5c8ba99030344005c0231600", &[]).code, Some(0));
    assert_eq!(searched(&service), 0);
}
