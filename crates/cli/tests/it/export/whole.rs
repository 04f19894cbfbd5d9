use std::fs;

use super::fixture::{Export, Folder};
use crate::fixture::{ids_of_lines, run, service};

#[test]
fn the_file_is_what_list_prints() {
    let service = service(1234, |builder| builder);
    for (name, format) in [("tasks.ndjson", "ndjson"), ("tasks.jsonl", "ndjson"), ("tasks.csv", "csv")] {
        let export = Export::new(&service, name, &[]);
        let expected = export.listed(format);
        assert_eq!(export.run(&[]).complete(), "");
        export.assert_whole(expected.as_bytes());
    }
    let export = Export::new(&service, "tasks.txt", &["--format", "csv", "--no-header"]);
    let expected = export.listed("csv");
    export.run(&[]).complete();
    export.assert_whole(expected.split_once('\n').unwrap().1.as_bytes());
}

#[test]
fn an_empty_list_is_a_file_too() {
    let service = service(0, |builder| builder);
    for (name, lines) in [("tasks.ndjson", 0), ("tasks.csv", 1)] {
        let export = Export::new(&service, name, &[]);
        export.run(&[]).complete();
        assert_eq!(fs::read_to_string(export.file()).unwrap().lines().count(), lines);
    }
}

#[test]
fn all_types_come_merged() {
    let service = service(700, |builder| builder.mix(["freezeDevices", "createCommands", "softwareUpgrade"]));
    let types = ["--type", "freezeDevices", "--type", "createCommands"];
    let export = Export::new(&service, "tasks.ndjson", &types);
    export.run(&[]).complete();
    assert_eq!(ids_of_lines(&fs::read_to_string(export.file()).unwrap()), service.ids());
}

#[test]
fn a_simulated_list_can_be_exported() {
    let folder = Folder::new();
    let out = folder.path("tasks.csv");
    assert_eq!(run(["export", "--simulate", "150", "--out", out.to_str().unwrap()]).complete(), "");
    assert_eq!(fs::read_to_string(out).unwrap().lines().count(), 151);
}

#[test]
fn max_items_ends_the_file() {
    let service = service(300, |builder| builder);
    for most in [0, 1, 73, 300, 1000] {
        let export = Export::new(&service, "tasks.ndjson", &["--max-items", &most.to_string()]);
        export.run(&[]).complete();
        let written = ids_of_lines(&fs::read_to_string(export.file()).unwrap());
        assert_eq!(written, service.ids()[..most.min(300)]);
    }
}

#[test]
fn the_old_file_stays_until_the_new_one_is_whole() {
    let service = service(500, |builder| builder);
    let export = Export::new(&service, "tasks.csv", &[]);
    fs::write(export.file(), "old").unwrap();
    service.simulator.set_fault(Some(iotda_simulator::Fault::Error {
        status: 403,
        code: "IOTDA.000021".to_owned(),
        message: "not subscribed".to_owned(),
    }));
    assert_eq!(export.run(&[]).code, Some(1));
    export.assert_file(b"old");
    service.simulator.set_fault(None);
    export.assert_continues_to(export.listed("csv").as_bytes());
}

#[test]
fn a_task_that_cannot_be_read_is_named_and_all_others_are_in_the_file() {
    let service = service(120, |builder| builder);
    let mut ids = service.ids();
    service.rewrite(0, |id| format!(r#"{{"task_id":"{id}","targets":7}}"#));
    service.rewrite(77, |_| "[]".to_owned());
    let export = Export::new(&service, "tasks.ndjson", &[]);
    let ended = export.run(&[]);
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.stderr.lines().filter(|line| line.starts_with("warning: ")).count(), 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("error: 2 tasks could not be read"), "{}", ended.stderr);
    ids.remove(77);
    ids.remove(0);
    assert_eq!(ids_of_lines(&fs::read_to_string(export.file()).unwrap()), ids);
    assert_eq!(export.folder.names(), ["tasks.ndjson"]);
}

#[test]
fn help_has_an_example_the_formats_and_the_exit_codes() {
    let help = run(["export", "--help"]).complete();
    for word in ["Example", "batchtasks export ", "FILE.part", "parquet", "Exit codes", "130"] {
        assert!(help.contains(word), "{word}: {help}");
    }
    assert!(run(["export", "-h"]).complete().contains("batchtasks export "));
}
