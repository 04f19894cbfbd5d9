use std::fs;

use super::fixture::{Export, assert_refused, failing};
use crate::fixture::{Ended, batchtasks, service};

#[test]
fn an_export_of_other_arguments_is_not_gone_on_with() {
    let (service, heal) = failing(1000);
    let export = Export::new(&service, "tasks.csv", &[]);
    assert_eq!(export.run(&[]).code, Some(1));
    heal();
    for (more, words) in [
        (&["--status", "Fail"][..], &["--status was not given and is \"Fail\""][..]),
        (&["--format", "ndjson"], &["--format was \"csv\" and is \"ndjson\""]),
        (&["--type", "createCommands"], &["--type was \"softwareUpgrade\"", "createCommands"]),
        (&["--max-items", "5", "--no-header"], &["--max-items", "--no-header"]),
        (&["--created-after", "7d"], &["--created-after was not given and is \"7d\""]),
        (&["--instance-id", "abc"], &["--instance-id"]),
        (&["--app-id", "app_A-1"], &["--app-id"]),
    ] {
        assert_refused(&export, more, words);
        assert_refused(&export, more, &["--restart", "tasks.csv.checkpoint"]);
    }
    // The way out that was named.
    let expected =
        export.service.list(&["--type", "softwareUpgrade", "--format", "csv", "--status", "Fail"]).complete();
    assert_eq!(export.run(&["--status", "Fail", "--restart"]).code, Some(0));
    export.assert_whole(expected.as_bytes());
}

#[test]
fn what_differs_in_the_environment_differs_too() {
    let (service, heal) = failing(1000);
    let export = Export::new(&service, "tasks.csv", &[]);
    assert_eq!(export.run(&[]).code, Some(1));
    heal();
    let mut arguments = export.arguments(&[]);
    let project = arguments.iter().position(|argument| argument == "--project-id").unwrap();
    arguments.drain(project..project + 2);
    let run_in = |project: &str| -> Ended {
        let mut command = batchtasks(arguments.iter().map(String::as_str));
        command.env("HW_PROJECT_ID", project).output().unwrap().into()
    };
    let refused = run_in("1");
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("--project-id was \"0\" and is \"1\""), "{}", refused.stderr);
    assert_eq!(run_in("0").code, Some(0));
}

#[test]
fn a_checkpoint_that_is_damaged_or_of_another_version_is_named_and_kept() {
    let (service, heal) = failing(1000);
    let export = Export::new(&service, "tasks.csv", &[]);
    assert_eq!(export.run(&[]).code, Some(1));
    heal();
    let good = fs::read(export.checkpoint()).unwrap();
    let text = String::from_utf8(good.clone()).unwrap();
    for (checkpoint, words) in [
        (&good[..good.len() / 2], ["is damaged", "--restart"]),
        (b"", ["is damaged", "--restart"]),
        (b"my notes", ["is no checkpoint", "--restart"]),
        (
            text.replace("\"version\":1,\"arguments\"", "\"version\":2,\"arguments\"").as_bytes(),
            ["version 2", "--restart"],
        ),
        (text.replace("\"bytes\":", "\"bytes\":-").as_bytes(), ["is damaged", "--restart"]),
        (text.replace("{\"softwareUpgrade\"", "{\"freezeDevices\"").as_bytes(), ["of another list", "--restart"]),
    ] {
        fs::write(export.checkpoint(), checkpoint).unwrap();
        assert_refused(&export, &[], &words);
    }
    fs::write(export.checkpoint(), &good).unwrap();
    let part = fs::read(export.part()).unwrap();
    fs::write(export.part(), &part[1..]).unwrap();
    assert_refused(&export, &[], &["tasks.csv.part has", "it must have"]);
    fs::remove_file(export.part()).unwrap();
    assert_refused(&export, &[], &["tasks.csv.part is gone"]);
    fs::write(export.part(), &part).unwrap();
    fs::remove_file(export.checkpoint()).unwrap();
    assert_refused(&export, &[], &["tasks.csv.part is there without its checkpoint"]);
    let ended = export.run(&["--restart"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    export.assert_whole(export.listed("csv").as_bytes());
}

#[test]
fn an_argument_that_breaks_a_rule_leaves_no_file() {
    let service = service(10, |builder| builder);
    let export = Export::new(&service, "tasks.txt", &[]);
    assert_refused(&export, &[], &["tasks.txt", "--format"]);
    let export = Export::new(&service, "tasks.csv", &[]);
    assert_refused(&export, &["--page-size", "51"], &["\"51\"", "--page-size"]);
    assert_refused(&export, &["--app-id", "app A"], &["\"app A\"", "--app-id"]);
    assert_refused(&export, &["--checkpoint-every", "7"], &["'7'", "--checkpoint-every"]);
    assert_refused(&export, &["--checkpoint", export.file().to_str().unwrap()], &["--checkpoint"]);
    assert_refused(&export, &["--checkpoint", export.part().to_str().unwrap()], &["--checkpoint"]);
    assert_refused(&export, &["--checkpoint", "/"], &["--checkpoint"]);
    fs::create_dir(export.file()).unwrap();
    assert_eq!(export.run(&[]).code, Some(2));
    fs::remove_dir(export.file()).unwrap();
    let nowhere = Export::new(&service, "no folder/tasks.csv", &[]);
    let ended = nowhere.run(&[]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("no folder/tasks.csv"), "{}", ended.stderr);
    assert_eq!(service.simulator.request_count(), 0);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn parquet_names_the_feature_that_it_needs() {
    let service = service(10, |builder| builder);
    for (name, more) in [("tasks.parquet", &[][..]), ("tasks.csv", &["--format", "parquet"])] {
        assert_refused(&Export::new(&service, name, more), &[], &["the feature `parquet`", "--features parquet"]);
    }
}

#[test]
fn a_checkpoint_elsewhere_is_used_and_removed() {
    let (service, heal) = failing(1000);
    let export = Export::new(&service, "tasks.csv", &[]);
    let elsewhere = export.folder.path("here.json");
    let more = ["--checkpoint", elsewhere.to_str().unwrap()];
    assert_eq!(export.run(&more).code, Some(1));
    assert_eq!(export.folder.names(), ["here.json", "tasks.csv.part"]);
    heal();
    let other = export.folder.path("other.csv");
    let as_other = ["--out", other.to_str().unwrap(), more[0], more[1]];
    let mut arguments = export.arguments(&[]);
    arguments.truncate(arguments.iter().position(|argument| argument == "--out").unwrap());
    let ended = crate::fixture::run(arguments.iter().map(String::as_str).chain(as_other));
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("--out was \"") && ended.stderr.contains("other.csv"), "{}", ended.stderr);
    // Without it, the part has no owner.
    assert_refused(&export, &[], &["without its checkpoint"]);
    assert_eq!(export.run(&more).code, Some(0));
    export.assert_whole(export.listed("csv").as_bytes());
}
