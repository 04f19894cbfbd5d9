//! Runs that were stopped in a way that lets them say so, and the states that a crash can leave.

use std::fs;

use serde_json::json;

use super::fixture::{Export, failing, refusal};
use crate::fixture::{ids_of_lines, service};

#[test]
fn after_a_failure_the_same_command_continues() {
    for (name, format) in [("tasks.ndjson", "ndjson"), ("tasks.csv", "csv")] {
        let (service, heal) = failing(1000);
        let export = Export::new(&service, name, &[]);
        let failed = export.run(&[]);
        assert_eq!(failed.code, Some(1));
        for word in ["IOTDA.000021", "iotda:batchtasks:queryList", "tasks so far", "same command"] {
            assert!(failed.stderr.contains(word), "{word}: {}", failed.stderr);
        }
        assert_eq!(export.folder.names(), [format!("{name}.checkpoint"), format!("{name}.part")]);
        heal();
        let expected = export.listed(format);
        let part = fs::read(export.part()).unwrap();
        assert!(!part.is_empty() && expected.as_bytes().starts_with(&part));
        let went_on = export.run(&[]);
        assert_eq!(went_on.code, Some(0));
        assert!(went_on.stderr.starts_with("continuing after "), "{}", went_on.stderr);
        export.assert_whole(expected.as_bytes());
    }
}

/// An export of `name` that has failed on the way, of a service that works again.
fn stopped(name: &'static str, more: &[&str], act: impl FnOnce(&Export<'_>)) {
    let (service, heal) = failing(1000);
    let export = Export::new(&service, name, more);
    assert_eq!(export.run(&[]).code, Some(1));
    heal();
    act(&export);
}

#[test]
fn what_was_written_after_the_checkpoint_is_written_again() {
    stopped("tasks.ndjson", &[], |export| {
        let part = fs::read(export.part()).unwrap();
        fs::write(export.part(), [&part, &b"{\"task_id\":\"half a rec"[..]].concat()).unwrap();
        export.assert_continues_to(export.listed("ndjson").as_bytes());
    });
}

#[test]
fn a_checkpoint_that_was_not_put_in_its_place_does_not_count() {
    stopped("tasks.csv", &[], |export| {
        fs::write(export.folder.path("tasks.csv.checkpoint.new"), "{\"version\":1,\"arg").unwrap();
        export.assert_continues_to(export.listed("csv").as_bytes());
    });
}

#[test]
fn the_last_steps_can_be_done_again() {
    stopped("tasks.csv", &[], |export| {
        let whole = export.listed("csv").into_bytes();
        export.set_state("stage", "read");
        export.set_state("bytes", whole.len());
        fs::write(export.part(), &whole).unwrap();
        let (requests, checkpoint) = (export.service.simulator.request_count(), fs::read(export.checkpoint()).unwrap());
        // The list was read, and the part was not renamed.
        export.assert_continues_to(&whole);
        // It was renamed, and the checkpoint was not removed.
        fs::write(export.checkpoint(), checkpoint).unwrap();
        export.assert_continues_to(&whole);
        assert_eq!(export.service.simulator.request_count(), requests);
    });
}

#[test]
fn an_empty_list_that_had_ended_before_a_stop_needs_no_further_proof() {
    let service = service(0, |builder| builder);
    let export = Export::new(&service, "tasks.ndjson", &["--type", "createCommands"]);
    service.simulator.set_fault(Some(refusal()));
    assert_eq!(export.run(&[]).code, Some(1));
    service.simulator.set_fault(None);
    let positions = json!({"createCommands": [{"ended": true}], "softwareUpgrade": [{}]});
    export.set_state("stream", json!({"version": 1, "lists": positions}));
    export.assert_continues_to(b"");
}

#[test]
fn max_items_counts_over_all_runs() {
    stopped("tasks.ndjson", &["--max-items", "900"], |export| {
        let whole = export.listed("ndjson");
        let expected: String = whole.split_inclusive('\n').take(900).collect();
        export.assert_continues_to(expected.as_bytes());
    });
}

#[test]
fn tasks_that_could_not_be_read_are_counted_over_all_runs() {
    let (service, heal) = failing(1000);
    service.rewrite(3, |_| "[]".to_owned());
    service.rewrite(990, |_| "[]".to_owned());
    let export = Export::new(&service, "tasks.ndjson", &[]);
    assert_eq!(export.run(&[]).code, Some(1));
    heal();
    let ended = export.run(&[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("error: 2 tasks could not be read"), "{}", ended.stderr);
    assert_eq!(ids_of_lines(&fs::read_to_string(export.file()).unwrap()).len(), 998);
}

#[test]
fn an_age_counts_back_from_the_first_run() {
    stopped("tasks.ndjson", &["--created-after", "90y"], |export| {
        let since = export.state().unwrap()["created_after"].as_str().unwrap().to_owned();
        // What a clock would have done meanwhile.
        let records: Vec<serde_json::Value> =
            export.service.records().iter().map(|record| serde_json::from_str(record).unwrap()).collect();
        let time: jiff::civil::DateTime =
            jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", records[800]["create_time"].as_str().unwrap()).unwrap();
        let later = time.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().to_string();
        assert!(since < later, "{since} {later}");
        export.set_state("created_after", later);
        assert_eq!(export.run(&[]).code, Some(0));
        let written = ids_of_lines(&fs::read_to_string(export.file()).unwrap());
        assert!((801..900).contains(&written.len()) && export.service.ids().starts_with(&written), "{}", written.len());
    });
}

#[test]
fn pace_and_proof_may_change_between_runs() {
    stopped("tasks.ndjson", &[], |export| {
        let expected = export.listed("ndjson");
        let ended = export.run(&["--page-size", "7", "--prefetch", "0", "--timeout", "9s", "--checkpoint-every", "0s"]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        export.assert_whole(expected.as_bytes());
    });
}

#[test]
fn the_way_to_the_file_may_be_written_in_another_way() {
    stopped("tasks.ndjson", &[], |export| {
        let expected = export.listed("ndjson");
        let mut arguments = export.arguments(&[]);
        let out = arguments.iter().position(|argument| argument == "--out").unwrap();
        arguments[out + 1] = "tasks.ndjson".to_owned();
        let mut command = crate::fixture::batchtasks(arguments.iter().map(String::as_str));
        assert_eq!(command.current_dir(export.folder.path("")).status().unwrap().code(), Some(0));
        export.assert_whole(expected.as_bytes());
    });
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_what_the_same_command_continues_from() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let service = service(3000, |builder| builder.latency(std::time::Duration::from_millis(10)));
        let export = Export::new(&service, "tasks.csv", &["--prefetch", "1", "--checkpoint-every", "0s"]);
        let child = export.spawn();
        super::fixture::eventually(|| export.state().is_some_and(|state| state["tasks"] != 0));
        let pid = child.id().to_string();
        assert!(std::process::Command::new("kill").args([format!("-{name}"), pid]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert!(stderr.starts_with("interrupted") && stderr.contains("same command"), "{stderr}");
        let left = export.state().unwrap();
        assert_eq!(left["bytes"], fs::metadata(export.part()).unwrap().len());
        export.assert_continues_to(export.listed("csv").as_bytes());
    }
}
