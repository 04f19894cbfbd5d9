mod ends;
mod text;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::fixture::{Ended, Service, run, service};

const TYPES: [&str; 3] = ["softwareUpgrade", "createCommands", "freezeDevices"];

/// `summary` of the service.
fn command(service: &Service, more: &[&str]) -> Command {
    service.reading("summary", more)
}

fn summary(service: &Service, more: &[&str]) -> Ended {
    command(service, more).output().unwrap().into()
}

fn read_json(service: &Service, more: &[&str]) -> Value {
    serde_json::from_str(&summary(service, &[&["--format", "json"], more].concat()).complete()).unwrap()
}

fn text(service: &Service, columns: usize) -> String {
    let ended: Ended = command(service, &[]).env("COLUMNS", columns.to_string()).output().unwrap().into();
    ended.complete()
}

/// A file that goes with the test, in a new folder.
struct Page(PathBuf);

impl Page {
    fn of(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("batchtasks-{test}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder.join("page.html"))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.0).unwrap()
    }

    fn folder(&self) -> Vec<String> {
        let files = fs::read_dir(self.0.parent().unwrap()).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0.parent().unwrap());
    }
}

/// How many of each text there are.
fn counted(texts: impl Iterator<Item = String>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    texts.for_each(|text| *counts.entry(text).or_default() += 1);
    counts
}

/// An array of the summary as a map from its names to its numbers of tasks.
fn tasks_by(name: &str, array: &Value) -> BTreeMap<String, u64> {
    let entry = |entry: &Value| (entry[name].as_str().unwrap().to_owned(), entry["tasks"].as_u64().unwrap());
    array.as_array().unwrap().iter().map(entry).collect()
}

#[test]
fn the_numbers_are_those_of_the_list() {
    let service = service(3000, |builder| builder.mix(TYPES));
    let report = read_json(&service, &[]);
    let tasks = service.simulator.edit(|list| list.tasks());
    assert_eq!(report["tasks"], 3000);
    assert_eq!(tasks_by("status", &report["statuses"]), counted(tasks.iter().map(|task| task.status.clone())));
    assert_eq!(tasks_by("type", &report["types"]), counted(tasks.iter().map(|task| task.task_type.clone())));
    for of_type in report["types"].as_array().unwrap() {
        let same = tasks.iter().filter(|task| of_type["type"] == task.task_type.as_str());
        assert_eq!(tasks_by("status", &of_type["statuses"]), counted(same.map(|task| task.status.clone())));
    }

    let records: Vec<Value> = service.records().iter().map(|record| serde_json::from_str(record).unwrap()).collect();
    for of_type in report["types"].as_array().unwrap().iter().chain([&report]) {
        let same =
            || records.iter().filter(|record| of_type.get("type").is_none_or(|name| *name == record["task_type"]));
        let sum = |state: &str| same().map(|record| record["task_progress"][state].as_u64().unwrap()).sum::<u64>();
        let devices = of_type["devices"].as_object().unwrap();
        assert_eq!(devices.len(), 8);
        for (state, devices) in devices {
            assert_eq!(devices.as_u64(), Some(sum(state)), "{state}");
        }
        let rate = sum("success") as f64 / sum("total") as f64;
        assert_eq!(of_type["success_rate"].as_f64(), Some(rate));
    }
    let day = |record: &Value| {
        let time = record["create_time"].as_str().unwrap();
        format!("{}-{}-{}", &time[..4], &time[4..6], &time[6..8])
    };
    assert_eq!(tasks_by("day", &report["days"]), counted(records.iter().map(day)));
    let order: Vec<&str> = report["days"].as_array().unwrap().iter().map(|day| day["day"].as_str().unwrap()).collect();
    assert!(order.is_sorted() && order.len() > 2);
}

#[test]
fn the_shape_of_the_json_is_that_of_the_help() {
    let service = service(1, |builder| builder);
    service.rewrite(0, |id| {
        format!(
            r#"{{"task_id":"{id}","task_type":"paintDevices","status":"Painted","create_time":"20260831T233000Z",
                "task_progress":{{"total":8,"success":2,"fail":5,"processing":1}}}}"#
        )
    });
    let devices = json!({"total": 8, "success": 2, "fail": 5, "fail_wait_retry": 0, "processing": 1, "waitting": 0,
        "stopped": 0, "removed": 0});
    let statuses = json!([{"status": "Painted", "tasks": 1}]);
    let mut expected = json!({
        "tasks": 1, "unreadable": 0, "undated": 0, "max_items": null, "time_zone": "UTC", "devices": devices,
        "success_rate": 0.25, "statuses": statuses, "days": [{"day": "2026-08-31", "tasks": 1}],
        "types": [
            {"type": "paintDevices", "tasks": 1, "statuses": statuses, "devices": devices, "success_rate": 0.25}
        ],
    });
    assert_eq!(read_json(&service, &["--type", "softwareUpgrade"]), expected);
    let help = run(["summary", "--help"]).complete();
    for field in expected.as_object().unwrap().keys() {
        assert!(help.contains(&format!("\n  {field} ")), "{field}");
    }
    // The same moment is of the next day eight hours to the east.
    let mut there = command(&service, &["--format", "json", "--local"]);
    let there: Ended = there.env("TZ", "CST-8").output().unwrap().into();
    expected["time_zone"] = json!("local");
    expected["days"][0]["day"] = json!("2026-09-01");
    assert_eq!(serde_json::from_str::<Value>(&there.complete()).unwrap(), expected);
}

#[test]
fn what_a_task_does_not_say_is_null_and_in_words_none() {
    let service = service(2, |builder| builder);
    service.rewrite(0, |id| format!(r#"{{"task_id":"{id}"}}"#));
    service.rewrite(1, |id| format!(r#"{{"task_id":"{id}","task_type":null,"status":"","create_time":""}}"#));
    let report = read_json(&service, &["--type", "softwareUpgrade"]);
    assert_eq!((&report["types"][0]["type"], &report["types"][0]["tasks"]), (&json!(null), &json!(2)));
    assert_eq!(report["statuses"], json!([{"status": "", "tasks": 1}, {"status": null, "tasks": 1}]));
    assert_eq!((&report["success_rate"], &report["undated"], &report["days"]), (&json!(null), &json!(2), &json!([])));
    let text = text(&service, 80);
    assert!(text.contains("Success rate  -\n") && text.contains("(none)") && !text.contains("TASKS PER"), "{text}");
}

#[test]
fn an_empty_list_has_a_summary_too() {
    let service = service(0, |builder| builder);
    let report = read_json(&service, &["--type", "softwareUpgrade"]);
    assert_eq!((&report["tasks"], &report["types"], &report["success_rate"]), (&json!(0), &json!([]), &json!(null)));
    let page = Page::of("empty");
    let text = summary(&service, &["--html", page.path()]).complete();
    assert_eq!(text, "Tasks         0\nDevices       0\nSuccess rate  -\n");
    assert!(page.text().contains("\"tasks\":0"));
}

#[test]
fn max_items_counts_the_newest_and_says_so() {
    let service = service(200, |builder| builder);
    let report = read_json(&service, &["--max-items", "73"]);
    assert_eq!((&report["tasks"], &report["max_items"]), (&json!(73), &json!(73)));
    let newest = service.records()[..73].iter().filter(|record| record.contains(r#""status":"Success""#)).count();
    assert_eq!(tasks_by("status", &report["statuses"])["Success"], newest as u64);
    let cut = |most| summary(&service, &["--max-items", most]).complete().contains("newest");
    assert!(cut("73") && !cut("201"));
}
