//! A job of an operator, from failed upgrades to the end of their retry, in three commands.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::fixture::{Ended, Service, ids_of_lines, service};

const FILTERS: [&str; 4] = ["--type", "firmwareUpgrade", "--status", "Fail,PartialSuccess"];

fn run(service: &Service, command: &str, more: &[&str]) -> Ended {
    service.reading(command, &[&FILTERS[..], more].concat()).output().unwrap().into()
}

fn set_status(service: &Service, ids: &[String], status: &str) {
    service.simulator.edit(|list| assert!(ids.iter().all(|id| list.set_status(id, status))));
}

#[test]
fn failed_upgrades_are_found_their_devices_written_and_their_retry_awaited_in_three_commands() {
    let service = service(400, |builder| builder.only("firmwareUpgrade").targets_per_task(60));
    // A task a minute: "lately" is the two hours before the newest one.
    let newest = service.simulator.edit(|list| list.tasks()[0].id.clone());
    let newest = Timestamp::from_second(i64::from_str_radix(&newest[..8], 16).unwrap()).unwrap();
    let since = newest.checked_sub(SignedDuration::from_hours(2)).unwrap().to_string();
    let since = ["--created-after", since.as_str()];

    // 1. Which upgrades failed, or partly failed.
    let found = ids_of_lines(&run(&service, "list", &since).complete());
    let expected: Vec<String> = service.simulator.edit(|list| {
        let failed = |status: &str| status == "Fail" || status == "PartialSuccess";
        let tasks = list.tasks().into_iter().filter(|task| failed(&task.status)).map(|task| task.id);
        tasks.filter(|id| i64::from_str_radix(&id[..8], 16).unwrap() >= newest.as_second() - 2 * 3600).collect()
    });
    assert!(!found.is_empty() && found.len() < 130);
    assert_eq!(found, expected);

    // 2. Which devices failed, and why, as CSV.
    let csv = run(
        &service,
        "failures",
        &[&since[..], &["--columns", "task_id,device,error_code,error_msg", "--format", "csv"]].concat(),
    );
    let csv = csv.complete();
    let rows: Vec<&str> = csv.lines().skip(1).collect();
    let of_tasks: BTreeSet<&str> = rows.iter().map(|row| row.split(',').next().unwrap()).collect();
    assert_eq!(of_tasks, found.iter().map(String::as_str).collect());
    assert!(rows.iter().all(|row| row.ends_with(",IOTDA.014016,The device is not online. 设备不在线。")));

    // 3. Wait until the retry of all of them is done.
    let wait = [&since[..], &["--until-done", "--after-retry", "--interval", "20ms", "--wait-at-most", "1m"]].concat();
    let mut command = service.reading("watch", &[&FILTERS[..], &wait].concat());
    let mut waiting = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::with_capacity(1, waiting.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert_eq!(line, format!("waiting for {} tasks\n", found.len()));
    let looked = |more: u64| {
        let until = service.simulator.request_count() + more;
        while service.simulator.request_count() < until {
            std::thread::yield_now();
        }
    };
    // It does not end with the status that they failed in.
    looked(2 * found.len() as u64);
    assert!(waiting.try_wait().unwrap().is_none());
    set_status(&service, &found, "Processing");
    looked(2 * found.len() as u64);
    assert!(waiting.try_wait().unwrap().is_none());
    set_status(&service, &found, "Success");
    let ended: Ended = waiting.wait_with_output().unwrap().into();
    assert_eq!(ended.code, Some(0));
    let done: BTreeSet<String> = ids_of_lines(&ended.stdout).into_iter().collect();
    assert_eq!(done, found.into_iter().collect());
}

#[test]
fn a_wait_for_several_names_what_failed_and_what_is_not_there() {
    let service = service(30, |builder| builder);
    let ids = service.ids()[..3].to_vec();
    set_status(&service, &ids, "Success");
    let until_done = |more: &[&str]| -> Ended {
        let wait = ["--interval", "10ms", "--wait-at-most", "30s"];
        service.reading("watch", &[&wait[..], more].concat()).output().unwrap().into()
    };
    let all = ids.join(",");
    let ended = until_done(&["--until-done", &all]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stdout.lines().count(), 3);
    let statuses: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(statuses.iter().all(|task| task["status"] == "Success"));
    // Each once, however often it is named; blanks and repeated options as well.
    let ended = until_done(&["--until-done", &ids[0], &ids[1], &ids[0]]);
    assert_eq!((ended.code, ended.stdout.lines().count()), (Some(0), 2), "{}", ended.stderr);

    set_status(&service, &ids[1..2], "PartialSuccess");
    let ended = until_done(&["--until-done", &all]);
    assert_eq!((ended.code, ended.stdout.lines().count()), (Some(1), 3));
    assert!(ended.stderr.contains(&format!("the task {} ended as PartialSuccess", ids[1])), "{}", ended.stderr);

    let missing = "5c8ba99030344005c02316ad";
    let ended = until_done(&["--until-done", &format!("{},{missing}", ids[0])]);
    assert_eq!((ended.code, ended.stdout.lines().count()), (Some(1), 1));
    assert!(ended.stderr.contains(&format!("there is no task {missing}")), "{}", ended.stderr);

    set_status(&service, &ids[..2], "Processing");
    let wait = ["--until-done", &all, "--interval", "10ms", "--wait-at-most", "150ms"];
    let ended: Ended = service.reading("watch", &wait).output().unwrap().into();
    assert_eq!((ended.code, ended.stdout.lines().count()), (Some(124), 1));
    assert!(ended.stderr.contains("2 of 3 tasks are not done") && ended.stderr.contains(&ids[0]), "{}", ended.stderr);
}

#[test]
fn a_wait_for_what_filters_select_may_have_nothing_to_wait_for() {
    let service = service(5, |builder| builder);
    let none = ["--until-done", "--name", "no task is called so"];
    let ended: Ended = service.reading("watch", &none).output().unwrap().into();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""));
    assert!(ended.stderr.contains("nothing to wait for"), "{}", ended.stderr);
    let id = service.ids().swap_remove(0);
    for filter in [["--status", "Fail"], ["--name", "x"], ["--created-after", "1d"], ["--created-before", "1d"]] {
        let ended: Ended =
            service.reading("watch", &[&["--until-done", &id][..], &filter].concat()).output().unwrap().into();
        assert_eq!(ended.code, Some(2), "{filter:?}");
        assert!(ended.stderr.contains("with the ids of --until-done"), "{}", ended.stderr);
    }
}
