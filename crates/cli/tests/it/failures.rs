//! `batchtasks failures`: the failed sub-tasks of many tasks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::TryStreamExt;
use iotda_batch_tasks::Client;
use iotda_simulator::{Fault, List};
use serde_json::Value;

use crate::export::fixture::Folder;
use crate::fixture::{Ended, Service, run, service};
use crate::profiles::Config;

/// Each failed sub-task as its task and its device, in the order of tasks: read task by task, one page after another.
fn failed(service: &Service, ids: &[String]) -> Vec<(String, String)> {
    let endpoint = service.simulator.endpoint();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = Client::builder().endpoint(endpoint).project_id("0").token("any").build().unwrap();
        let mut failed = Vec::new();
        for id in ids {
            let rows: Vec<_> = client.batch_task_details(id).prefetch(0).stream().unwrap().try_collect().await.unwrap();
            let rows = rows.into_iter().filter(|row| row.status.as_deref() == Some("Fail"));
            failed.extend(rows.map(|row| (id.clone(), row.target.unwrap())));
        }
        failed
    })
}

fn read(lines: &str) -> Vec<(String, String)> {
    let text = |record: &Value, name: &str| record[name].as_str().unwrap().to_owned();
    let records = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    records.map(|record| (text(&record, "task_id"), text(&record, "target"))).collect()
}

const TYPE: [&str; 2] = ["--type", "softwareUpgrade"];

fn failures(service: &Service, more: &[&str]) -> Ended {
    service.reading("failures", &[&TYPE[..], more].concat()).output().unwrap().into()
}

#[test]
fn every_failed_sub_task_of_every_selected_task_is_a_row() {
    let service = service(120, |builder| builder.targets_per_task(130));
    let expected = failed(&service, &service.ids());
    assert!(expected.len() > 500);
    assert_eq!(read(&failures(&service, &[]).complete()), expected);
    let mut as_they_come = read(&failures(&service, &["--as-they-come"]).complete());
    as_they_come.sort();
    let mut sorted = expected.clone();
    sorted.sort();
    assert_eq!(as_they_come, sorted);
    // Filters select tasks, and no request is made for others.
    let selected: Vec<String> = service.simulator.edit(|list| {
        let wanted = |status: &str| ["Fail", "PartialSuccess"].contains(&status);
        list.tasks().into_iter().filter(|task| wanted(&task.status)).map(|task| task.id).collect()
    });
    service.simulator.clear_requests();
    let found = read(&failures(&service, &["--status", "Fail,PartialSuccess"]).complete());
    assert_eq!(found, failed(&service, &selected));
    let asked: BTreeSet<String> = service
        .simulator
        .requests()
        .iter()
        .filter_map(|request| request.path.split("/batchtasks/").nth(1).map(str::to_owned))
        .collect();
    assert_eq!(asked, selected.into_iter().collect());
}

#[test]
fn rows_come_in_every_format() {
    let service = service(10, |builder| builder.targets_per_task(60));
    let expected = failed(&service, &service.ids());
    let csv = failures(&service, &["--format", "csv"]).complete();
    let header = "task_id,task_name,task_type,create_time,target,status,output,error_code,error_msg\n";
    assert!(csv.starts_with(header) && csv.lines().count() == expected.len() + 1, "{csv}");
    assert!(csv.contains(",Fail,,IOTDA.014016,The device is not online. 设备不在线。\n"), "{csv}");
    let columns = failures(&service, &["--columns", "device,error_code", "--format", "csv", "--no-header"]).complete();
    assert_eq!(columns.lines().next().unwrap(), format!("{},IOTDA.014016", expected[0].1));
    let ids = failures(&service, &["--format", "id"]).complete();
    assert_eq!(ids.lines().collect::<Vec<_>>(), expected.iter().map(|(_, device)| device).collect::<Vec<_>>());
    let table = failures(&service, &["--format", "table"]).complete();
    assert!(table.starts_with("DEVICE ") && table.lines().count() == expected.len() + 1, "{table}");
    let array: Vec<Value> = serde_json::from_str(&failures(&service, &["--format", "json"]).complete()).unwrap();
    assert_eq!(array.len(), expected.len());
    let three = failures(&service, &["--max-items", "3"]).complete();
    assert_eq!(read(&three), expected[..3]);
}

#[test]
fn counts_are_by_reason_by_device_and_by_task() {
    let service = service(40, |builder| builder.targets_per_task(60));
    let expected = failed(&service, &service.ids());
    let counted = |group_by: &str, key: &str| -> BTreeMap<String, u64> {
        let lines = failures(&service, &["--group-by", group_by]).complete();
        let records: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(records.is_sorted_by_key(|record| std::cmp::Reverse(record["count"].as_u64())));
        records.iter().map(|row| (row[key].as_str().unwrap().to_owned(), row["count"].as_u64().unwrap())).collect()
    };
    let by = |key: fn(&(String, String)) -> &String| {
        let mut counts = BTreeMap::<String, u64>::new();
        expected.iter().for_each(|row| *counts.entry(key(row).clone()).or_default() += 1);
        counts
    };
    assert_eq!(counted("task", "task_id"), by(|row| &row.0));
    assert_eq!(counted("device", "target"), by(|row| &row.1));
    let reasons = counted("reason", "error_code");
    assert_eq!(reasons, BTreeMap::from([("IOTDA.014016".to_owned(), expected.len() as u64)]));
    let csv = failures(&service, &["--group-by", "reason", "--format", "csv"]).complete();
    assert!(csv.starts_with("error_code,error_msg,count\nIOTDA.014016,"), "{csv}");
}

#[test]
fn a_run_that_fails_leaves_a_checkpoint_that_continues_with_the_very_next_row() {
    for fails_at in [3, 20, 61] {
        let service = service(30, |builder| builder.targets_per_task(400));
        let expected = failed(&service, &service.ids());
        service.simulator.clear_requests();
        let refused = || Fault::Error { status: 403, code: "IOTDA.000021".into(), message: String::new() };
        // Everything from that request on is refused.
        let stopped = {
            let from = service.simulator.request_count() + fails_at;
            service.simulator.set_fault(None);
            let first = failures(&service, &["--max-items", &(fails_at * 11).to_string(), "--print-checkpoint"]);
            assert!(service.simulator.request_count() > 0 && from > 0);
            first
        };
        assert_eq!(stopped.code, Some(0), "{}", stopped.stderr);
        let mut found = read(&stopped.stdout);
        service.simulator.set_fault(Some(refused()));
        let checkpoint = stopped.stderr.lines().last().unwrap();
        let broken = failures(&service, &["--resume", checkpoint]);
        assert_eq!(broken.code, Some(1));
        found.extend(read(&broken.stdout));
        service.simulator.set_fault(None);
        let checkpoint = broken.stderr.lines().last().unwrap();
        found.extend(read(&failures(&service, &["--resume", checkpoint]).complete()));
        assert_eq!(found, expected, "{fails_at}");
    }
}

#[test]
fn failures_of_tasks_that_stay_come_once_and_in_order_while_others_come_and_go() {
    let is_edited = Arc::new(AtomicBool::new(true));
    let edit = {
        let is_edited = Arc::clone(&is_edited);
        move |number: u64, list: &mut List| {
            if is_edited.load(Ordering::SeqCst) && number.is_multiple_of(9) {
                list.any().map(|id| list.delete(&id));
                list.create("softwareUpgrade");
            }
        }
    };
    let service = service(500, |builder| builder.targets_per_task(60).before_each(edit));
    let before = service.ids();
    let rows = read(&failures(&service, &[]).complete());
    is_edited.store(false, Ordering::SeqCst);
    let after: BTreeSet<String> = service.ids().into_iter().collect();
    let throughout: Vec<String> = before.into_iter().filter(|id| after.contains(id)).collect();
    assert!(throughout.len() < 490, "{}", throughout.len());
    let stayed: BTreeSet<&String> = throughout.iter().collect();
    let of_those: Vec<_> = rows.iter().filter(|(task, _)| stayed.contains(task)).cloned().collect();
    assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), rows.len(), "twice");
    let expected = failed(&service, &throughout);
    assert!(of_those == expected, "{} of {}", of_those.len(), expected.len());
}

/// A page of 50 tasks with 30,000 targets each has 55 MB.
#[cfg(target_os = "linux")]
#[test]
fn the_targets_of_tasks_are_not_held() {
    use std::process::Stdio;

    let service = service(60, |builder| builder.targets_per_task(30_000));
    service.simulator.edit(|list| {
        list.tasks().iter().skip(1).for_each(|task| assert!(list.set_status(&task.id, "Success")));
        let id = list.tasks().swap_remove(0).id;
        assert!(list.set_status(&id, "PartialSuccess"));
    });
    let mut command = service.reading("failures", &TYPE);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak = kibibytes.unwrap_or(peak);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(peak > 0 && peak < 100 * 1024, "{peak} KiB");
}

#[cfg(unix)]
#[test]
fn a_file_is_complete_however_often_the_command_is_killed() {
    use std::process::Stdio;
    use std::time::Duration;

    let service = service(150, |builder| builder.targets_per_task(130).latency(Duration::from_millis(4)));
    let expected = failed(&service, &service.ids());
    let names: &[&str] = if cfg!(feature = "parquet") { &["f.ndjson", "f.parquet"] } else { &["f.ndjson"] };
    for name in names {
        let folder = Folder::new();
        let out = folder.path(name);
        let arguments = [&TYPE[..], &["--out", out.to_str().unwrap(), "--checkpoint-every", "10ms"]].concat();
        for milliseconds in [60, 90, 150, 200] {
            let mut command = service.reading("failures", &arguments);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(milliseconds));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let ended: Ended = service.reading("failures", &arguments).output().unwrap().into();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(rows_of(&out), expected, "{name}");
        assert_eq!(folder.names(), [*name]);
    }
}

#[test]
fn the_checkpoint_of_a_file_is_where_it_is_asked_for_and_can_be_discarded() {
    let service = service(60, |builder| builder.targets_per_task(60));
    let expected = failed(&service, &service.ids());
    let folder = Folder::new();
    let (out, checkpoint) = (folder.path("f.ndjson"), folder.path("elsewhere"));
    let (out, checkpoint) = (out.to_str().unwrap(), checkpoint.to_str().unwrap());
    let run = |more: &[&str]| failures(&service, &[&["--out", out, "--checkpoint", checkpoint][..], more].concat());
    let refused = Fault::Error { status: 403, code: "IOTDA.000021".into(), message: String::new() };
    service.simulator.set_fault(Some(refused));
    assert_eq!(run(&[]).code, Some(1));
    service.simulator.set_fault(None);
    assert!(folder.names().contains(&"elsewhere".to_owned()), "{:?}", folder.names());
    let other = run(&["--max-items", "3"]);
    assert!(other.code == Some(2) && other.stderr.contains("--restart"), "{}", other.stderr);
    assert_eq!(run(&["--max-items", "3", "--restart"]).code, Some(0));
    assert_eq!(rows_of(std::path::Path::new(out)), expected[..3]);
    assert_eq!(folder.names(), ["f.ndjson"]);
}

#[test]
fn a_csv_file_has_the_requested_columns() {
    let service = service(20, |builder| builder);
    let folder = Folder::new();
    let out = folder.path("tasks.csv");
    let arguments = ["--out", out.to_str().unwrap(), "--columns", "status,id"];
    let ended: Ended = service.reading("export", &[&TYPE[..], &arguments].concat()).output().unwrap().into();
    ended.complete();
    let text = fs::read_to_string(&out).unwrap();
    let ids: Vec<String> = text.lines().skip(1).map(|line| line.split_once(',').unwrap().1.to_owned()).collect();
    assert!(text.starts_with("status,task_id\n"), "{text}");
    assert_eq!(ids, service.ids());
    let ndjson: Ended = service.reading("export", &["--out", "t.ndjson", "--columns", "id"]).output().unwrap().into();
    assert!(ndjson.code == Some(2) && ndjson.stderr.contains("--columns is for csv"), "{}", ndjson.stderr);
}

fn rows_of(file: &std::path::Path) -> Vec<(String, String)> {
    if file.extension().is_some_and(|end| end == "ndjson") {
        return read(&fs::read_to_string(file).unwrap());
    }
    rows_of_parquet(file)
}

#[cfg(not(feature = "parquet"))]
fn rows_of_parquet(_file: &std::path::Path) -> Vec<(String, String)> {
    Vec::new()
}

#[cfg(feature = "parquet")]
fn rows_of_parquet(file: &std::path::Path) -> Vec<(String, String)> {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    let reader = SerializedFileReader::new(fs::File::open(file).unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(|row| row.unwrap());
    rows.map(|row| (row.get_string(0).unwrap().clone(), row.get_string(4).unwrap().clone())).collect()
}

#[test]
fn several_profiles_are_read_as_one_and_each_row_names_its_own() {
    let north = service(20, |builder| builder.targets_per_task(60).seed(1));
    let south = service(30, |builder| builder.targets_per_task(60).seed(2));
    let config = Config::of(&[("north", &north), ("south", &south)]);
    let lines = config.run(&["failures", "--all-profiles"]).complete();
    for (name, service) in [("north", &north), ("south", &south)] {
        let own: String = lines
            .lines()
            .filter(|line| line.contains(&format!(r#""profile":"{name}""#)))
            .fold(String::new(), |own, line| own + line + "\n");
        assert_eq!(read(&own), failed(service, &service.ids()), "{name}");
    }
    let three = config.run(&["failures", "--all-profiles", "--max-items", "30", "--print-checkpoint"]);
    let rest = config.run(&["failures", "--all-profiles", "--resume", three.stderr.lines().last().unwrap()]).complete();
    let mut all: Vec<_> = read(&three.stdout).into_iter().chain(read(&rest)).collect();
    let mut expected = read(&lines);
    all.sort();
    expected.sort();
    assert_eq!(all, expected);
}

#[test]
fn a_checkpoint_of_more_profiles_is_refused_since_their_rows_would_be_missing() {
    let services = [1, 2, 3].map(|seed| service(20, |builder| builder.targets_per_task(60).seed(seed)));
    let [a, b, c] = &services;
    let config = Config::of(&[("a", a), ("b", b), ("c", c)]);
    for command in ["failures", "list"] {
        let first = config.run(&[command, "--profile", "a,b,c", "--max-items", "5", "--print-checkpoint"]);
        let checkpoint = first.stderr.lines().last().unwrap();
        for profiles in ["a,b", "c"] {
            let ended = config.run(&[command, "--profile", profiles, "--resume", checkpoint]);
            assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{command} {profiles}: {}", ended.stderr);
        }
        assert_eq!(config.run(&[command, "--all-profiles", "--resume", checkpoint]).code, Some(0));
    }
}

#[test]
fn answers_that_say_nothing_are_no_proof_that_nothing_failed() {
    let silent = service(5, |builder| builder.fault_when(|_| Some(Fault::Body("{}".to_owned()))));
    let good = service(5, |builder| builder.targets_per_task(60));
    let printed = failures(&silent, &[]);
    assert!(printed.stderr.contains("none of the expected fields"), "{}", printed.stderr);
    let counted = failures(&silent, &["--group-by", "task"]);
    assert!(counted.stderr.contains("none of the expected fields"), "{}", counted.stderr);
    let folder = Folder::new();
    let out = folder.path("f.csv");
    let written = failures(&silent, &["--out", out.to_str().unwrap()]);
    assert_eq!(written.code, Some(1), "{}", written.stderr);
    assert!(written.stderr.contains("none of the expected fields") && !out.exists(), "{}", written.stderr);
    // One of several profiles is enough, and it is named.
    let config = Config::of(&[("good", &good), ("silent", &silent)]);
    for command in ["failures", "list"] {
        let both = config.run(&[command, "--all-profiles"]);
        assert!(both.stderr.contains("silent: the answers have no tasks"), "{command}: {}", both.stderr);
    }
    // A list without tasks is one, and so is a task without failed sub-tasks.
    assert_eq!(failures(&service(0, |builder| builder), &[]).complete(), "");
    let none = service(5, |builder| builder.targets_per_task(60));
    none.simulator.edit(|list| list.tasks().iter().for_each(|task| assert!(list.set_status(&task.id, "Success"))));
    assert_eq!(failures(&none, &[]).complete(), "");
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (arguments, words) in [
        (&["--group-by", "reason", "--columns", "device"][..], &["--group-by", "--columns"][..]),
        (&["--group-by", "colour"], &["'colour'", "reason, device, task"]),
        (&["--group-by", "reason", "--crlf"], &["--crlf and --bom are for csv"]),
        (&["--out", "f.csv", "--resume", "x"], &["--out", "--resume"]),
        (&["--out", "f.csv", "--format", "table"], &["--out takes --format ndjson and csv"]),
        (&["--out", "f.txt"], &["--format"]),
        (&["--restart"], &["--out"]),
        (&["--checkpoint", "f"], &["--out"]),
        (&["--checkpoint-every", "1s"], &["--out"]),
        (&["--columns", "colour"], &["'colour'"]),
        (&["--resume", "x"], &["--resume", "of sub-tasks"]),
    ] {
        let ended = run(["failures", "--simulate", "5"].into_iter().chain(arguments.iter().copied()));
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{arguments:?}: {}", ended.stderr);
        assert!(words.iter().all(|word| ended.stderr.contains(word)), "{arguments:?}: {}", ended.stderr);
    }
}

#[test]
fn show_prints_failed_sub_tasks_alone_and_csv() {
    let service = service(3, |builder| builder.targets_per_task(260));
    let id = service.ids().swap_remove(1);
    let fail_partly =
        |service: &Service| service.simulator.edit(|list| assert!(list.set_status(&id, "PartialSuccess")));
    fail_partly(&service);
    let expected: Vec<String> =
        failed(&service, std::slice::from_ref(&id)).into_iter().map(|(_, device)| device).collect();
    assert!((1..260).contains(&expected.len()));
    let show = |more: &[&str]| -> String {
        let ended: Ended = service.reading("show", &[&[id.as_str()], more].concat()).output().unwrap().into();
        ended.complete()
    };
    let lines = show(&["--failed-only", "--format", "ndjson"]);
    let devices = lines.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap()["target"].clone());
    assert_eq!(devices.collect::<Vec<_>>(), expected);
    let csv = show(&["--failed-only", "--format", "csv"]);
    assert!(csv.starts_with("target,status,output,error_code,error_msg\n"), "{csv}");
    assert_eq!(csv.lines().count(), expected.len() + 1);
    assert_eq!(show(&["--format", "csv"]).lines().count(), 261);
    // A service that does not choose by status gives all.
    let refused = |request: &iotda_simulator::SeenRequest| {
        let fault = || Fault::Error { status: 400, code: "IOTDA.000006".into(), message: String::new() };
        request.query("task_detail_status").map(|_| fault())
    };
    let service = crate::fixture::service(3, |builder| builder.targets_per_task(260).fault_when(refused));
    fail_partly(&service);
    let ended: Ended = service.reading("show", &[&id, "--failed-only", "--format", "csv"]).output().unwrap().into();
    assert_eq!(ended.complete(), csv);
}
