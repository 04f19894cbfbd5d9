use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use iotda_batch_tasks::sim::Fault;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::world::{Ended, Service, run, service};

const TYPES: [&str; 3] = ["softwareUpgrade", "createCommands", "freezeDevices"];

/// `summary` of the service.
fn command(service: &Service, more: &[&str]) -> Command {
    service.reading("summary", more)
}

fn summary(service: &Service, more: &[&str]) -> Ended {
    command(service, more).output().unwrap().into()
}

fn json(service: &Service, more: &[&str]) -> Value {
    serde_json::from_str(&summary(service, &[&["--format", "json"], more].concat()).complete()).unwrap()
}

fn text(service: &Service, columns: usize) -> String {
    let ended: Ended = command(service, &[]).env("COLUMNS", columns.to_string()).output().unwrap().into();
    ended.complete()
}

/// A file that goes with the test, in a folder of its own.
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
    let told = json(&service, &[]);
    let tasks = service.simulator.edit(|list| list.tasks());
    assert_eq!(told["tasks"], 3000);
    assert_eq!(tasks_by("status", &told["statuses"]), counted(tasks.iter().map(|task| task.status.clone())));
    assert_eq!(tasks_by("type", &told["types"]), counted(tasks.iter().map(|task| task.task_type.clone())));
    for of_type in told["types"].as_array().unwrap() {
        let same = tasks.iter().filter(|task| of_type["type"] == task.task_type.as_str());
        assert_eq!(tasks_by("status", &of_type["statuses"]), counted(same.map(|task| task.status.clone())));
    }

    let records: Vec<Value> = service.records().iter().map(|record| serde_json::from_str(record).unwrap()).collect();
    for of_type in told["types"].as_array().unwrap().iter().chain([&told]) {
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
    assert_eq!(tasks_by("day", &told["days"]), counted(records.iter().map(day)));
    let order: Vec<&str> = told["days"].as_array().unwrap().iter().map(|day| day["day"].as_str().unwrap()).collect();
    assert!(order.is_sorted() && order.len() > 2);
}

#[test]
fn the_shape_of_the_json_is_the_one_that_the_help_tells() {
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
    assert_eq!(json(&service, &["--type", "softwareUpgrade"]), expected);
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
    let told = json(&service, &["--type", "softwareUpgrade"]);
    assert_eq!((&told["types"][0]["type"], &told["types"][0]["tasks"]), (&json!(null), &json!(2)));
    assert_eq!(told["statuses"], json!([{"status": "", "tasks": 1}, {"status": null, "tasks": 1}]));
    assert_eq!((&told["success_rate"], &told["undated"], &told["days"]), (&json!(null), &json!(2), &json!([])));
    let text = text(&service, 80);
    assert!(text.contains("Success rate  -\n") && text.contains("(none)") && !text.contains("TASKS PER"), "{text}");
}

#[test]
fn text_fits_the_terminal_whatever_its_width() {
    let service = service(900, |builder| builder.mix(TYPES));
    let odd = |name: &str| {
        let (task_type, status) = (format!("{name}{name}"), format!("{name} "));
        move |id: &str| json!({"task_id": id, "task_type": task_type, "status": status}).to_string()
    };
    service.rewrite(3, odd("批量升级华东水表固件"));
    service.rewrite(4, odd("\u{2764}\u{fe0f}a-name-without-an-end"));
    service.rewrite(5, odd("\u{1b}[2J\u{202e}\n"));
    for columns in [40, 80, 200] {
        let text = text(&service, columns);
        for line in text.lines() {
            assert!(line.width() <= columns, "{columns}: {line}");
        }
        for (name, tasks) in tasks_by("type", &json!(known_types(&service))) {
            let row = text.lines().find(|line| line.starts_with(&name[..8])).unwrap();
            assert!(row.split_whitespace().any(|word| word == tasks.to_string()) && row.contains('█'), "{row}");
        }
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{columns}");
        assert!(text.lines().any(|line| line.chars().all(|symbol| "▁▂▃▄▅▆▇█".contains(symbol)) && !line.is_empty()));
    }
}

/// Those whose names are not odd.
fn known_types(service: &Service) -> Vec<Value> {
    let told = json(service, &[]);
    let types = told["types"].as_array().unwrap().iter();
    types.filter(|of_type| TYPES.contains(&of_type["type"].as_str().unwrap_or_default())).cloned().collect()
}

#[test]
fn bars_are_as_long_as_their_numbers() {
    let service = service(2500, |builder| builder);
    let text = text(&service, 120);
    let from = text.lines().position(|line| line.starts_with("STATUS")).unwrap() + 1;
    let rows = text.lines().skip(from).take_while(|line| !line.is_empty());
    let rows: Vec<(f64, f64)> = rows
        .map(|row| {
            let mut words = row.split_whitespace().skip(1);
            let (tasks, bar) = (words.next().unwrap().parse().unwrap(), words.nth(1).unwrap());
            let eighths = bar.chars().map(|block| 8 - (u32::from(block) - u32::from('█')));
            (tasks, f64::from(eighths.sum::<u32>()))
        })
        .collect();
    assert_eq!(rows.len(), 8);
    let most = rows.iter().fold((0.0, 0.0), |most, row| if row.0 > most.0 { *row } else { most });
    assert!(most.1 > 300.0, "{rows:?}");
    for (tasks, eighths) in &rows {
        assert!((eighths - tasks / most.0 * most.1).abs() <= 1.0, "{tasks} {eighths} {most:?}");
    }
}

#[test]
fn an_empty_list_has_a_summary_too() {
    let service = service(0, |builder| builder);
    let told = json(&service, &["--type", "softwareUpgrade"]);
    assert_eq!((&told["tasks"], &told["types"], &told["success_rate"]), (&json!(0), &json!([]), &json!(null)));
    let page = Page::of("empty");
    let text = summary(&service, &["--html", page.path()]).complete();
    assert_eq!(text, "Tasks         0\nDevices       0\nSuccess rate  -\n");
    assert!(page.text().contains("\"tasks\":0"));
}

#[test]
fn max_items_counts_the_newest_and_says_so() {
    let service = service(200, |builder| builder);
    let told = json(&service, &["--max-items", "73"]);
    assert_eq!((&told["tasks"], &told["max_items"]), (&json!(73), &json!(73)));
    let newest = service.records()[..73].iter().filter(|record| record.contains(r#""status":"Success""#)).count();
    assert_eq!(tasks_by("status", &told["statuses"])["Success"], newest as u64);
    let cut = |most| summary(&service, &["--max-items", most]).complete().contains("newest");
    assert!(cut("73") && !cut("201"));
}

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
fn an_interrupted_reading_has_no_summary() {
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
    let told: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&told["tasks"], &told["unreadable"]), (&json!(118), &json!(2)));
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
fn a_full_disk_is_told_wherever_it_is() {
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

/// `script` gives the command a terminal; where there is none of it, nobody looks.
#[cfg(target_os = "linux")]
#[test]
fn colours_are_for_terminals_whose_user_wants_them() {
    use std::io::Write;

    let coloured = |variable: &str| {
        let exe = env!("CARGO_BIN_EXE_batchtasks");
        let told = format!("{exe} summary --simulate 5");
        let mut script = Command::new("script");
        script.args(["-qec", &told, "/dev/null"]).env_remove("NO_COLOR").env("TERM", "xterm");
        if let Some((name, value)) = variable.split_once('=') {
            script.env(name, value);
        }
        let printed = script.output().ok().filter(|output| output.status.success())?;
        let printed = String::from_utf8(printed.stdout).unwrap();
        assert!(printed.contains("Success rate"), "{printed}");
        Some(printed.contains("\x1b[32m"))
    };
    if coloured("").is_none() {
        // Written past the macros, which a test's harness keeps to itself.
        std::io::stderr().write_all(b"SKIPPED: there is no `script` here to make a terminal with\n").unwrap();
        return;
    }
    assert_eq!(["", "NO_COLOR=", "NO_COLOR=1", "TERM=dumb"].map(coloured), [true, true, false, false].map(Some));
    assert!(!run(["summary", "--simulate", "5"]).complete().contains('\x1b'));
}
