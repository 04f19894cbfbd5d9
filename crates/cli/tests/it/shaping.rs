//! `--jq`, `--sort`, `--format yaml` and `--color`.

use serde_json::Value;

use crate::fixture::{ids_of_lines, run, service};

const TYPE: [&str; 2] = ["--type", "softwareUpgrade"];

#[test]
fn a_filter_makes_of_each_record_what_it_says() {
    let service = service(120, |builder| builder);
    let list = |more: &[&str]| service.list(&[&TYPE[..], more].concat()).complete();
    let ids: String = service.ids().into_iter().map(|id| id + "\n").collect();
    // Texts have no quotes, and ndjson is the form of filters.
    assert_eq!(list(&["--jq", ".task_id"]), ids);
    let pairs = list(&["--jq", "{task_id, total: .task_progress.total}", "-o", "json"]);
    let pairs: Vec<Value> = serde_json::from_str(&pairs).unwrap();
    assert_eq!(pairs.len(), 120);
    assert!(pairs.iter().all(|pair| pair.as_object().unwrap().len() == 2 && pair["total"].is_u64()));
    let failed = list(&["--jq", r#"select(.status == "Fail") | .task_id"#, "-o", "yaml"]);
    let expected = service.simulator.edit(|list| {
        list.tasks()
            .into_iter()
            .filter(|task| task.status == "Fail")
            .map(|task| format!("- {}\n", task.id))
            .collect::<String>()
    });
    assert!(!expected.is_empty());
    assert_eq!(failed.replace('"', ""), expected);
}

#[test]
fn what_a_filter_cannot_do_ends_the_list_and_a_filter_that_is_wrong_sends_nothing() {
    let service = service(3, |builder| builder);
    let ended = service.list(&[&TYPE[..], &["--jq", ".task_name / 2"]].concat());
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.starts_with("error: --jq: "), "{}", ended.stderr);
    let requests = service.simulator.request_count();
    for (options, part) in [
        (&["--jq", ".a |"][..], "at its end"),
        (&["--jq", ".", "--format", "csv"], "--jq is for ndjson, json and yaml"),
        (&["--jq", ".", "--columns", "id"], "--jq is for ndjson, json and yaml"),
    ] {
        let ended = service.list(options);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
    assert_eq!(service.simulator.request_count(), requests);
}

#[test]
fn yaml_is_one_sequence_with_the_fields_in_the_order_of_the_service() {
    let service = service(60, |builder| builder);
    service.rewrite(1, |id| format!(r#"{{"z":[],"task_id":"{id}","a":{{"b":"1"}}}}"#));
    let id = &service.ids()[1];
    let yaml = service.list(&[&TYPE[..], &["--format", "yaml"]].concat()).complete();
    let id_line = if yaml.contains(&format!("\"{id}\"")) { format!("\"{id}\"") } else { id.clone() };
    assert!(yaml.contains(&format!("- z: []\n  task_id: {id_line}\n  a:\n    b: \"1\"\n")), "{yaml}");
    assert_eq!(yaml.lines().filter(|line| line.starts_with("- ")).count(), 60);
    let none = service.list(&[&TYPE[..], &["--format", "yaml", "--created-before", "2020-01-01"]].concat());
    assert_eq!(none.complete(), "[]\n");
}

#[test]
fn rows_come_in_the_order_of_a_column_once_all_are_read() {
    let service = service(300, |builder| builder);
    let list = |more: &[&str]| service.list(&[&TYPE[..], more].concat()).complete();
    let totals = |text: &str| {
        let record =
            |line: &str| serde_json::from_str::<Value>(line).unwrap()["task_progress"]["total"].as_i64().unwrap();
        text.lines().map(record).collect::<Vec<_>>()
    };
    let rising = totals(&list(&["--sort", "total"]));
    assert!(rising.is_sorted() && rising.len() == 300 && rising[0] < rising[299]);
    assert!(totals(&list(&["--sort", "-total", "--max-items", "50"])).is_sorted_by(|left, right| left >= right));
    let oldest_first = list(&["--sort", "created", "--format", "id"]);
    assert!(oldest_first.lines().rev().eq(service.ids().iter().map(String::as_str)));
    let by_csv = list(&["--sort", "id", "--format", "csv", "--columns", "id"]);
    let rows = by_csv.strip_prefix("task_id\n").unwrap();
    assert!(rows.lines().rev().eq(service.ids().iter().map(String::as_str)));
}

#[test]
fn a_part_of_a_sorted_list_is_not_printed() {
    let fault = iotda_simulator::Fault::Error { status: 403, code: "IOTDA.000021".into(), message: String::new() };
    let service = service(300, |builder| builder.fault_at(3, fault));
    let ended = service.list(&[&TYPE[..], &["--sort", "total", "--prefetch", "0"]].concat());
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(
        ended.stderr.contains("Nothing was printed: --sort") && !ended.stderr.contains("version"),
        "{}",
        ended.stderr
    );
    for options in
        [&["--sort", "colour"][..], &["--sort", "id", "--resume", "last"], &["--sort", "id", "--print-checkpoint"]]
    {
        assert_eq!(service.list(options).code, Some(2), "{options:?}");
    }
    // Of a list that was read, the newest tasks alone make no part of it that one could continue after.
    assert_eq!(
        ids_of_lines(&service.list(&[&TYPE[..], &["--sort", "id", "--max-items", "3"]].concat()).stdout).len(),
        3
    );
}

#[test]
fn colours_are_as_chosen_whatever_stdout_is() {
    let table = |more: &[&str]| {
        let options = ["list", "--simulate", "50", "--columns", "id,status"];
        run(options.iter().chain(more).copied()).complete()
    };
    let has_colours = |text: &str| text.contains("\u{1b}[31mFail\u{1b}[0m");
    assert!(has_colours(&table(&["--color", "always"])));
    assert!(!table(&["--color", "auto"]).contains('\u{1b}') && !table(&[]).contains('\u{1b}'));
}
