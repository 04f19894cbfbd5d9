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
fn max_items_ends_the_list_and_its_checkpoint_continues() {
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
    // All of them are of the requested type.
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

/// The ids of the tasks that are in one of these statuses.
fn in_status(service: &Service, statuses: &[&str]) -> Vec<String> {
    let tasks = service.simulator.edit(|list| list.tasks());
    tasks.into_iter().filter(|task| statuses.contains(&task.status.as_str())).map(|task| task.id).collect()
}

#[test]
fn several_statuses_in_any_case_make_one_list_and_one_is_left_to_the_service() {
    let service = service(600, |builder| builder);
    let expected = in_status(&service, &["Fail", "PartialSuccess"]);
    assert!(expected.len() > 20);
    for statuses in [&["--status", "fail,PARTIALSUCCESS"][..], &["--status", "PartialSuccess", "--status", "Fail"]] {
        let printed = service.list(&[&["--type", "SOFTWAREUPGRADE"], statuses].concat()).complete();
        assert_eq!(ids_of_lines(&printed), expected);
    }
    service.simulator.clear_requests();
    let printed = service.list(&["--type", "softwareUpgrade", "--status", "fail,Fail"]).complete();
    assert_eq!(ids_of_lines(&printed), in_status(&service, &["Fail"]));
    assert!(service.simulator.requests().iter().all(|request| request.query("status") == Some("Fail")));
}

#[test]
fn types_come_with_commas_and_in_any_case() {
    let service = service(300, |builder| builder.mix(["freezeDevices", "createCommands", "softwareUpgrade"]));
    let printed = service.list(&["--type", "freezedevices,CreateCommands"]).complete();
    let tasks = service.simulator.edit(|list| list.tasks());
    let expected = tasks.into_iter().filter(|task| task.task_type != "softwareUpgrade").map(|task| task.id);
    assert_eq!(ids_of_lines(&printed), expected.collect::<Vec<_>>());
}

#[test]
fn a_selection_by_the_command_ends_and_resumes_to_the_very_next_task() {
    let service = service(600, |builder| builder);
    let expected = in_status(&service, &["Fail", "Success"]);
    let selected = ["--type", "softwareUpgrade", "--status", "Fail,Success"];
    let mut printed = Vec::new();
    let mut resume: Option<String> = None;
    // Ends in the middle of what comes at once.
    for most in ["7", "0", "1", "101"] {
        let mut options = selected.to_vec();
        options.extend(["--max-items", most, "--print-checkpoint"]);
        options.extend(resume.iter().flat_map(|checkpoint| ["--resume", checkpoint.as_str()]));
        let ended = service.list(&options);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        printed.extend(ids_of_lines(&ended.stdout));
        resume = Some(ended.checkpoint().to_owned());
    }
    assert_eq!(printed, expected[..109]);
    let rest = service.list(&[&selected[..], &["--resume", &resume.unwrap()]].concat()).complete();
    assert_eq!([printed, ids_of_lines(&rest)].concat(), expected);
}

#[test]
fn names_are_chosen_by_a_pattern() {
    let service = service(120, |builder| builder);
    for (place, name) in [(3, "nightly-1"), (50, "nightly-22"), (119, "Nightly-3")] {
        service.rewrite(place, |id| format!(r#"{{"task_id":"{id}","task_name":"{name}"}}"#));
    }
    let ids = service.ids();
    for (pattern, places) in [("nightly-*", &[3, 50][..]), ("?ightly-[13]", &[3, 119]), ("nightly", &[])] {
        let printed = service.list(&["--type", "softwareUpgrade", "--name", pattern, "-o", "id"]).complete();
        assert_eq!(printed.lines().collect::<Vec<_>>(), places.iter().map(|place| &ids[*place]).collect::<Vec<_>>());
    }
    assert_eq!(service.list(&["--name", "[a"]).code, Some(2));
}

#[test]
fn ids_alone_are_for_other_commands() {
    let service = service(70, |builder| builder);
    let printed = service.list(&["--type", "softwareUpgrade", "--format", "id"]).complete();
    assert_eq!(printed.lines().collect::<Vec<_>>(), service.ids());
}

#[test]
fn a_summary_counts_what_is_selected() {
    let service = service(300, |builder| builder);
    let options = ["--type", "softwareUpgrade", "--status", "fail,success", "-o", "json"];
    let ended: Ended = service.reading("summary", &options).output().unwrap().into();
    let summary: serde_json::Value = serde_json::from_str(&ended.complete()).unwrap();
    assert_eq!(summary["tasks"], in_status(&service, &["Fail", "Success"]).len());
    let text: Ended = service.reading("summary", &options[..4]).output().unwrap().into();
    assert!(text.complete().contains("Only --type softwareUpgrade --status Fail, Success\n"));
}
