use iotda_batch_tasks::BatchTask;
use iotda_simulator::TASK_TYPES;
use jiff::{SignedDuration, Timestamp};

use crate::fixture::{Ended, Service, ids_of_lines, run, service};

#[test]
fn without_a_type_all_described_types_come_merged() {
    let service = service(700, |builder| builder.mix(TASK_TYPES));
    let described = service.simulator.edit(|list| {
        let only_in_the_pattern = ["sendEmails", "sendSmss", "addDevicesToGroup", "deviceConfig", "deviceJob"];
        let tasks = list.tasks().into_iter();
        let described = tasks.filter(|task| !only_in_the_pattern.contains(&task.task_type.as_str()));
        described.map(|task| task.id).collect::<Vec<_>>()
    });
    assert_eq!(ids_of_lines(&service.list(&[]).complete()), described);
}

#[test]
fn filters_reach_the_service() {
    let service = service(600, |builder| builder);
    let matching = service.simulator.edit(|list| {
        let tasks = list.tasks().into_iter();
        let matching = tasks.filter(|task| task.status == "Fail" && task.app_id == "app_A-1");
        matching.map(|task| task.id).collect::<Vec<_>>()
    });
    assert!(!matching.is_empty());
    let filters = ["--type", "softwareUpgrade", "--status", "Fail", "--app-id", "app_A-1"];
    assert_eq!(ids_of_lines(&service.list(&filters).complete()), matching);
}

#[test]
fn page_size_and_prefetch_reach_the_requests() {
    let service = service(100, |builder| builder);
    service.list(&["--type", "softwareUpgrade", "--page-size", "7", "--prefetch", "0"]).complete();
    assert!(service.simulator.requests().iter().all(|request| request.query("limit") == Some("7")));
    assert_eq!(service.simulator.most_in_flight(), 1);
}

#[test]
fn max_items_ends_the_list_and_its_checkpoint_goes_on() {
    let service = service(200, |builder| builder);
    let first = service.list(&["--type", "softwareUpgrade", "--max-items", "73", "--print-checkpoint"]);
    assert_eq!(first.code, Some(0));
    assert_eq!(ids_of_lines(&first.stdout), service.ids()[..73]);
    let rest = service.list(&["--type", "softwareUpgrade", "--resume", first.checkpoint()]).complete();
    assert_eq!(ids_of_lines(&rest), service.ids()[73..]);
}

#[test]
fn max_items_alone_leaves_stderr_empty() {
    let service = service(200, |builder| builder);
    let printed = service.list(&["--type", "softwareUpgrade", "--max-items", "2"]).complete();
    assert_eq!(ids_of_lines(&printed), service.ids()[..2]);
    assert_eq!(service.list(&["--type", "softwareUpgrade", "--max-items", "0"]).complete(), "");
}

#[test]
fn a_simulated_list_needs_nothing_else() {
    let ids = ids_of_lines(&run(["list", "--simulate", "150"]).complete());
    assert_eq!(ids.len(), 150);
    assert!(ids.windows(2).all(|pair| pair[0] > pair[1]));
    assert_eq!(run(["list", "--simulate", "--format", "csv"]).complete().lines().count(), 2001);
    // All of them are of the type that was asked for.
    let printed = run(["list", "--simulate", "90", "--type", "freezeDevices"]).complete();
    assert_eq!(printed.matches(r#""task_type":"freezeDevices""#).count(), 90);
}

/// The ids of the list, and when each of its tasks was created.
fn created(service: &Service) -> Vec<(String, Timestamp)> {
    let time = |json: String| serde_json::from_str::<BatchTask>(&json).unwrap().create_time.unwrap();
    service.ids().into_iter().zip(service.records().into_iter().map(time)).collect()
}

#[test]
fn times_of_creation_bound_the_list() {
    let service = service(300, |builder| builder);
    let created = created(&service);
    let (newest, oldest) = (created[100].1, created[200].1);
    let between: Vec<&str> =
        created.iter().filter(|(_, time)| (oldest..newest).contains(time)).map(|(id, _)| id.as_str()).collect();
    let bounds = ["--created-after", &oldest.to_string(), "--created-before", &newest.to_string()];
    let printed = service.list(&[&["--type", "softwareUpgrade"][..], &bounds].concat()).complete();
    assert_eq!(ids_of_lines(&printed), between);
}

#[test]
fn a_date_is_of_this_machines_zone_with_local() {
    let service = service(300, |builder| builder);
    let created = created(&service);
    let middle = created[150].1;
    // As a clock shows it eight hours to the east.
    let shown = (middle + SignedDuration::from_hours(8)).strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let mut command = service.command(&["--type", "softwareUpgrade", "--created-after", &shown, "--local"]);
    let ended: Ended = command.env("TZ", "CST-8").output().unwrap().into();
    let since: Vec<&str> = created.iter().filter(|(_, time)| *time >= middle).map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids_of_lines(&ended.complete()), since);
}
