//! `export --update`: a file that is kept current.

use std::fs;
use std::path::Path;

use iotda_simulator::{Fault, List};
use serde_json::Value;

use super::fixture::{Export, Folder, assert_refused, failing};
use crate::fixture::{Service, ids_of_lines, service};
use crate::profiles::Config;

const TASKS: usize = 900;
/// So many are open, and those below are done, but for what a test changes. The simulator makes one a minute.
const OPEN: usize = 90;
/// Old failures do not count as open, whatever the clock of this machine says.
const UPDATE: [&str; 3] = ["--update", "--retried-within", "0s"];

fn settled() -> Service {
    let service = service(TASKS, |builder| builder);
    settle(&service);
    service
}

fn settle(service: &Service) {
    service.simulator.edit(|list| {
        for (place, task) in list.tasks().into_iter().enumerate() {
            assert!(list.set_status(&task.id, if place < OPEN { "Processing" } else { "Success" }));
        }
    });
}

/// A day of the service: tasks come, go and end.
fn pass_a_day(service: &Service) {
    service.simulator.edit(|list: &mut List| {
        let is_open = |status: &str| ["Processing", "Waitting"].contains(&status);
        let open: Vec<String> =
            list.tasks().into_iter().filter(|task| is_open(&task.status)).map(|task| task.id).collect();
        (0..30).for_each(|_| drop(list.create("softwareUpgrade")));
        open.iter().step_by(3).for_each(|id| assert!(list.set_status(id, "PartialSuccess")));
        open.iter().skip(1).step_by(9).for_each(|id| assert!(list.delete(id)));
    });
}

/// What is to be seen of a file: the text, or each row.
pub(super) fn content(path: &Path) -> Vec<String> {
    match path.extension().and_then(|end| end.to_str()) {
        Some("parquet") => rows_of_parquet(path),
        _ => fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect(),
    }
}

#[cfg(feature = "parquet")]
fn rows_of_parquet(path: &Path) -> Vec<String> {
    use parquet::file::reader::{FileReader, SerializedFileReader};

    let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
    reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect()
}

#[cfg(not(feature = "parquet"))]
fn rows_of_parquet(_path: &Path) -> Vec<String> {
    Vec::new()
}

/// What an export of the whole list writes into a file of this name.
fn whole(service: &Service, name: &'static str, more: &[&str]) -> Vec<String> {
    let export = Export::new(service, name, more);
    assert_eq!(export.run(&[]).code, Some(0));
    content(&export.file())
}

#[track_caller]
fn assert_same(found: &[String], expected: &[String], case: &str) {
    let same = found.iter().zip(expected).take_while(|(one, other)| one == other).count();
    assert!(found == expected, "{case}: {} and {} rows, the same up to {same}", found.len(), expected.len());
}

const NAMES: &[&str] = if cfg!(feature = "parquet") {
    &["tasks.ndjson", "tasks.csv", "tasks.parquet"]
} else {
    &["tasks.ndjson", "tasks.csv"]
};

#[test]
fn an_update_makes_what_a_whole_export_would_for_a_few_requests() {
    for name in NAMES {
        let service = settled();
        let export = Export::new(&service, name, &UPDATE);
        assert_eq!(export.run(&[]).code, Some(0));
        assert_eq!(export.folder.names(), [(*name).to_owned(), format!("{name}.manifest")]);
        let of_the_first = service.simulator.request_count();
        assert!(of_the_first >= 18);
        for day in 0..3 {
            pass_a_day(&service);
            let before = service.simulator.request_count();
            let ended = export.run(&[]);
            assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{name}");
            let requests = service.simulator.request_count() - before;
            assert!(requests * 2 < of_the_first, "{name}, day {day}: {requests} requests, {of_the_first} at first");
            assert_same(&content(&export.file()), &whole(&service, name, &[]), name);
        }
        assert_eq!(export.folder.names(), [(*name).to_owned(), format!("{name}.manifest")]);
    }
}

#[test]
fn columns_and_the_form_of_csv_are_kept() {
    let service = settled();
    let form = ["--columns", "status,id", "--crlf", "--bom"];
    let export = Export::new(&service, "tasks.csv", &[&UPDATE[..], &form].concat());
    assert_eq!(export.run(&[]).code, Some(0));
    pass_a_day(&service);
    assert_eq!(export.run(&[]).code, Some(0));
    let other = Export::new(&service, "tasks.csv", &form);
    assert_eq!(other.run(&[]).code, Some(0));
    export.assert_file(&fs::read(other.file()).unwrap());
}

#[test]
fn a_task_that_was_deleted_is_gone_where_the_list_is_read_again_and_kept_below() {
    let service = settled();
    let export = Export::new(&service, "tasks.ndjson", &UPDATE);
    assert_eq!(export.run(&[]).code, Some(0));
    let ids = service.ids();
    let (open, done) = (&ids[10], &ids[TASKS - 10]);
    service.simulator.edit(|list| assert!(list.delete(open) && list.delete(done)));
    assert_eq!(export.run(&[]).code, Some(0));
    let found = ids_of_lines(&fs::read_to_string(export.file()).unwrap());
    let expected: Vec<String> = ids.iter().filter(|id| *id != open).cloned().collect();
    assert!(found == expected, "{} tasks", found.len());
}

#[test]
fn a_failed_task_is_read_again_for_as_long_as_it_may_be_retried() {
    for (within, is_seen) in [("5000w", true), ("0s", false)] {
        let service = settled();
        let id = service.ids().swap_remove(400);
        service.simulator.edit(|list| assert!(list.set_status(&id, "Fail")));
        let export = Export::new(&service, "tasks.csv", &["--update", "--retried-within", within]);
        assert_eq!(export.run(&[]).code, Some(0));
        service.simulator.edit(|list| assert!(list.set_status(&id, "Success")));
        assert_eq!(export.run(&[]).code, Some(0));
        let lines = content(&export.file());
        let line = lines.iter().find(|line| line.starts_with(&id)).unwrap();
        assert_eq!(line.contains(",Success,"), is_seen, "{within}: {line}");
    }
}

#[test]
fn a_list_whose_ids_do_not_tell_the_time_is_updated_as_well() {
    let service = service(TASKS, |builder| builder.opaque_markers());
    settle(&service);
    let export = Export::new(&service, "tasks.ndjson", &UPDATE);
    assert_eq!(export.run(&[]).code, Some(0));
    pass_a_day(&service);
    assert_eq!(export.run(&[]).code, Some(0));
    assert_same(&content(&export.file()), &whole(&service, "tasks.ndjson", &[]), "opaque");
}

#[test]
fn a_task_that_cannot_be_read_or_has_no_time_is_read_again_each_time() {
    let service = settled();
    let unreadable = service.rewrite(500, |id| format!(r#"{{"task_id":"{id}","task_name":7}}"#));
    let export = Export::new(&service, "tasks.ndjson", &UPDATE);
    assert_eq!(export.run(&[]).code, Some(1));
    assert_eq!(ids_of_lines(&fs::read_to_string(export.file()).unwrap()).len(), TASKS - 1);
    let created = jiff::Timestamp::from_second(i64::from_str_radix(&unreadable[..8], 16).unwrap()).unwrap();
    let created = created.strftime("%Y%m%dT%H%M%SZ");
    let json = format!(r#"{{"task_id":"{unreadable}","status":"Success","create_time":"{created}"}}"#);
    service.simulator.edit(|list| assert!(list.set_json(&unreadable, json)));
    assert_eq!(export.run(&[]).code, Some(0));
    assert!(ids_of_lines(&fs::read_to_string(export.file()).unwrap()).contains(&unreadable));

    let service = settled();
    let timeless = service.rewrite(500, |id| format!(r#"{{"task_id":"{id}","status":"Success"}}"#));
    let export = Export::new(&service, "tasks.ndjson", &UPDATE);
    for status in ["Success", "Stopped"] {
        let json = format!(r#"{{"task_id":"{timeless}","status":"{status}"}}"#);
        service.simulator.edit(|list| assert!(list.set_json(&timeless, json)));
        assert_eq!(export.run(&[]).code, Some(0));
        assert_same(&content(&export.file()), &whole(&service, "tasks.ndjson", &[]), status);
    }
}

#[test]
fn what_cannot_be_updated_is_refused_and_restart_writes_it_anew() {
    let service = settled();
    // A file that was not made by it.
    let export = Export::new(&service, "tasks.csv", &[]);
    assert_eq!(export.run(&[]).code, Some(0));
    assert_refused(&export, &["--update"], &["tasks.csv was not written with --update", "--restart"]);
    assert_eq!(export.run(&["--update", "--restart"]).code, Some(0));
    assert_eq!(export.run(&["--update"]).code, Some(0));
    // Other filters, columns or form.
    for (more, words) in [
        (&["--app-id", "app_A-1"][..], &["--app-id was not given and is \"app_A-1\""][..]),
        (&["--columns", "id"], &["--columns was not given"]),
        (&["--no-header"], &["--no-header"]),
        (&["--crlf"], &["--crlf"]),
        (&["--format", "ndjson"], &["--format was \"csv\" and is \"ndjson\""]),
        (&["--type", "createCommands"], &["--type was"]),
        (&["--created-after", "7d"], &["--created-after"]),
        (&["--name", "a*"], &["--name"]),
        (&["--instance-id", "abc"], &["--instance-id"]),
        (&["--status", "Fail"], &["cannot be used with", "--status"]),
        (&["--max-items", "5"], &["cannot be used with", "--max-items"]),
    ] {
        assert_refused(&export, &[&["--update"][..], more].concat(), words);
    }
    assert_refused(&export, &["--retried-within", "1d"], &["--update"]);
    // A file, or what is known of it, that is not as it was left.
    let (file, manifest) = (fs::read(export.file()).unwrap(), export.folder.path("tasks.csv.manifest"));
    let known = fs::read_to_string(&manifest).unwrap();
    for changed in [&file[..file.len() - 1], &[&file[..file.len() - 1], b" "].concat(), b""] {
        fs::write(export.file(), changed).unwrap();
        assert_refused(&export, &["--update"], &["tasks.csv has changed since --update wrote it", "--restart"]);
    }
    fs::write(export.file(), &file).unwrap();
    for (text, words) in [
        ("my notes", ["tasks.csv.manifest is no manifest of an export", "--restart"]),
        (&known[..known.len() / 2], ["is damaged", "--restart"]),
        (&known.replacen("\"version\":1", "\"version\":2", 1), ["is of version 2", "--restart"]),
    ] {
        fs::write(&manifest, text).unwrap();
        assert_refused(&export, &["--update"], &words);
    }
    pass_a_day(&service);
    assert_eq!(export.run(&["--update", "--restart"]).code, Some(0));
    export.assert_file(export.listed("csv").as_bytes());
}

#[test]
fn a_half_finished_export_is_not_continued_as_an_update_nor_the_other_way_round() {
    for (first, second, words) in [
        (&[][..], &["--update"][..], "--update was not given and is \"given\""),
        (&["--update"], &[], "--update was \"given\" and is not given"),
    ] {
        let (service, heal) = failing(TASKS);
        let export = Export::new(&service, "tasks.csv", &[]);
        assert_eq!(export.run(first).code, Some(1));
        heal();
        assert_refused(&export, second, &[words, "--restart"]);
        assert_eq!(export.run(first).code, Some(0));
        export.assert_file(export.listed("csv").as_bytes());
    }
}

#[test]
fn a_half_finished_update_continues_with_the_file_that_it_began_with_alone() {
    for name in NAMES {
        let service = settled();
        let export = Export::new(&service, name, &UPDATE);
        assert_eq!(export.run(&[]).code, Some(0));
        let old = fs::read(export.file()).unwrap();
        pass_a_day(&service);
        service.simulator.set_fault(Some(super::fixture::refusal()));
        assert_eq!(export.run(&[]).code, Some(1));
        assert!(fs::read(export.file()).unwrap() == old, "{name}: the file stays as it is");
        service.simulator.set_fault(None);
        fs::write(export.file(), [&old[..], b"x"].concat()).unwrap();
        assert_refused(&export, &[], &["has changed since --update wrote it"]);
        fs::write(export.file(), &old).unwrap();
        assert_eq!(export.run(&[]).code, Some(0));
        assert_same(&content(&export.file()), &whole(&service, name, &[]), name);
        // A file that is gone is written anew.
        fs::remove_file(export.file()).unwrap();
        assert_eq!(export.run(&[]).code, Some(0));
        assert_same(&content(&export.file()), &whole(&service, name, &[]), name);
    }
}

#[test]
fn answers_that_say_nothing_leave_the_file_as_it_is() {
    let service = settled();
    let export = Export::new(&service, "tasks.csv", &UPDATE);
    assert_eq!(export.run(&[]).code, Some(0));
    let old = fs::read(export.file()).unwrap();
    service.simulator.set_fault(Some(Fault::Body("{}".to_owned())));
    let ended = export.run(&[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("none of the expected fields"), "{}", ended.stderr);
    assert!(fs::read(export.file()).unwrap() == old);
    service.simulator.set_fault(None);
    assert_eq!(export.run(&[]).code, Some(0));
    export.assert_file(export.listed("csv").as_bytes());
}

#[test]
fn several_profiles_are_updated_as_one_file_once_all_are_read() {
    let (north, south) = (settled(), service(TASKS, |builder| builder.seed(2)));
    settle(&south);
    let config = Config::of(&[("north", &north), ("south", &south)]);
    let folder = Folder::new();
    let out = folder.path("tasks.csv");
    let update = [&["export", "--all-profiles", "--out", out.to_str().unwrap()], &UPDATE[..]].concat();
    assert_eq!(config.run(&update).code, Some(0));
    [&north, &south].into_iter().for_each(pass_a_day);
    let old = fs::read(&out).unwrap();
    south.simulator.set_fault(Some(super::fixture::refusal()));
    let broken = config.run(&update);
    assert!(broken.code == Some(1) && broken.stderr.contains("error: south: "), "{}", broken.stderr);
    assert!(fs::read(&out).unwrap() == old);
    south.simulator.set_fault(None);
    assert_eq!(config.run(&update).code, Some(0));
    // What was missing comes after the rest.
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    let listed = || config.run(&["list", "--all-profiles", "--format", "csv"]).complete();
    assert_same(&sorted(content(&out)), &sorted(listed().lines().map(str::to_owned).collect()), "profiles");
    [&north, &south].into_iter().for_each(pass_a_day);
    assert_eq!(config.run(&update).code, Some(0));
    assert_same(&sorted(content(&out)), &sorted(listed().lines().map(str::to_owned).collect()), "the next day");
}

#[cfg(feature = "parquet")]
#[test]
fn many_updates_leave_few_row_groups() {
    use parquet::file::reader::{FileReader, SerializedFileReader};

    let service = settled();
    let export = Export::new(&service, "tasks.parquet", &UPDATE);
    for _ in 0..6 {
        assert_eq!(export.run(&[]).code, Some(0));
        service.simulator.edit(|list| (0..3).for_each(|_| drop(list.create("softwareUpgrade"))));
    }
    let groups = SerializedFileReader::new(fs::File::open(export.file()).unwrap()).unwrap().num_row_groups();
    assert!(groups <= 2, "{groups}");
}

#[test]
fn the_manifest_holds_no_secret() {
    let service = settled();
    let export = Export::new(&service, "tasks.csv", &["--update"]);
    assert_eq!(export.run(&[]).code, Some(0));
    let manifest: Value =
        serde_json::from_str(&fs::read_to_string(export.folder.path("tasks.csv.manifest")).unwrap()).unwrap();
    assert_eq!(manifest["arguments"]["--project-id"], "0");
    assert!(!manifest["arguments"].as_object().unwrap().contains_key("--token"));
}
