//! `batchtasks doctor`: the report, its form, and how the command ends.

use iotda_simulator::{MarkerFault, Markers};
use serde_json::Value;

use crate::fixture::{Ended, batchtasks, run, service};

fn doctor(service: &crate::fixture::Service, more: &[&str]) -> Ended {
    service.reading("doctor", more).output().unwrap().into()
}

#[test]
fn a_service_that_behaves_ends_with_success_and_a_report() {
    let service = service(700, |builder| builder);
    let report = doctor(&service, &[]).complete();
    assert!(report.contains("marker-exclusive     holds ") && !report.contains("does not hold"), "{report}");
    assert!(report.trim_end().ends_with("Everything that exactness needs holds."), "{report}");
    let json: Value = serde_json::from_str(&doctor(&service, &["--format", "json"]).complete()).unwrap();
    assert_eq!(json["exact"], true);
    let behaviour = json["behaviour"].as_array().unwrap();
    assert!(behaviour.iter().all(|line| line["finding"] == "holds" && line["note"].is_string()), "{json}");
    assert_eq!(behaviour.iter().filter(|line| line["needed"] == true).count(), 5);
    // Help describes each line.
    let help = run(["doctor", "--help"]).stdout;
    let lines = behaviour.iter().chain(json["connection"].as_array().unwrap());
    for line in lines.map(|line| line["subject"].as_str().unwrap()) {
        assert!(help.contains(line), "{line}");
    }
}

#[test]
fn what_a_scan_needs_decides_how_it_ends() {
    let one_above = service(700, |builder| builder.markers(Markers::TwoAbove));
    let report = doctor(&one_above, &[]).complete();
    assert!(report.contains("marker-is-last-id    does not hold"), "{report}");
    let rising = service(700, |builder| builder.marker_fault(MarkerFault::Rises));
    let ended = doctor(&rising, &[]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
    assert!(ended.stdout.contains("marker-descends      does not hold      needed; "), "{}", ended.stdout);
    let refusing = service(700, |builder| builder.token("another"));
    let ended = doctor(&refusing, &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains("credentials          wrong "), "{}", ended.stdout);
    assert!(ended.stdout.contains("reads-agree          could not be seen"), "{}", ended.stdout);
    let empty = doctor(&service(0, |builder| builder), &[]);
    assert_eq!(empty.code, Some(1), "{}", empty.stdout);
}

#[test]
fn a_service_that_is_away_is_reported_within_its_time() {
    let begun = std::time::Instant::now();
    let here =
        ["doctor", "--endpoint", "http://127.0.0.1:9", "--project-id", "0", "--token", "x", "--max-elapsed", "2s"];
    let ended = run(here);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stdout.contains("connection           wrong "), "{}", ended.stdout);
    // The service's time limit alone would be 120 s.
    assert!(begun.elapsed() < std::time::Duration::from_secs(60));
}

#[test]
fn the_report_names_where_credentials_were_found_and_shows_none() {
    let service = service(90, |builder| builder.key("KEY-0123456789", "geheim").project_id("0a1b2c3d4e5f"));
    let endpoint = service.simulator.endpoint();
    let mut command = batchtasks(["doctor", "--endpoint", &endpoint, "--region", "cn-north-4", "--ask-quota"]);
    let keys = [("HUAWEICLOUD_SDK_AK", "KEY-0123456789"), ("HUAWEICLOUD_SDK_SK", "geheim")];
    let report =
        Ended::from(command.envs(keys).env("HUAWEICLOUD_SDK_IAM_ENDPOINT", &endpoint).output().unwrap()).complete();
    assert!(report.contains("keys, from HUAWEICLOUD_SDK_AK; the service takes them"), "{report}");
    for secret in ["KEY-0123456789", "geheim", "0a1b2c3d4e5f"] {
        assert!(!report.contains(secret), "{report}");
    }
    for task in service.ids() {
        assert!(!report.contains(&task), "{report}");
    }
}

#[test]
fn bad_arguments_are_refused_as_everywhere() {
    let service = service(5, |builder| builder);
    assert_eq!(doctor(&service, &["--type", "softwareUpgrad"]).code, Some(2));
    assert_eq!(doctor(&service, &["--app-id", "a b"]).code, Some(2));
    assert_eq!(run(["doctor"]).code, Some(2));
    assert_eq!(service.simulator.request_count(), 0);
}

#[test]
fn options_that_it_does_not_read_are_refused() {
    for options in
        [&["--page-size", "0"][..], &["--prefetch", "4"], &["--local"], &["--timeout", "9s", "--max-elapsed", "5s"]]
    {
        let here = ["doctor", "--endpoint", "http://127.0.0.1:9", "--project-id", "0", "--token", "x"];
        let ended = run(here.iter().chain(options).copied());
        assert_eq!(ended.code, Some(2), "{options:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(options[0]), "{}", ended.stderr);
    }
}
