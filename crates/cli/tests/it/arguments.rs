use std::net::TcpListener;

use iotda_simulator::Fault;

use crate::fixture::{Ended, batchtasks, run, service};

/// A port with a listener that no test may connect to.
struct Silence(TcpListener);

impl Silence {
    fn new() -> Self {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn endpoint(&self, host: &str) -> String {
        format!("http://{host}:{}", self.0.local_addr().unwrap().port())
    }

    #[track_caller]
    fn was_kept(&self) {
        assert_eq!(self.0.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    }
}

#[test]
fn what_breaks_a_rule_is_refused_with_its_value_and_the_rule_and_nothing_is_sent() {
    let silence = Silence::new();
    let (here, elsewhere) = (silence.endpoint("127.0.0.1"), silence.endpoint("0.0.0.0"));
    let resume = |after: &str| format!(r#"{{"version":1,"lists":{{"softwareUpgrade":[{{"after":{after}}}]}}}}"#);
    let (bad_marker, other_list) = (resume(r#""5c8ba990 ""#), resume("null").replace("software", "firmware"));
    let short_marker = resume(r#""5c8ba990""#);
    let old_version = resume("null").replace(":1,", ":7,");
    let cases: &[(&[&str], &[&str])] = &[
        (&["--page-size", "0"], &["\"0\"", "1 to 50", "--page-size"]),
        (&["--page-size", "51"], &["\"51\"", "1 to 50", "--page-size"]),
        (&["--page-size", "many"], &["'many'", "--page-size"]),
        (&["--app-id", "app A"], &["\"app A\"", "1 to 36 of A-Z", "--app-id"]),
        (&["--app-id", ""], &["\"\"", "1 to 36 of A-Z", "--app-id"]),
        (&["--status", "Fail;"], &["\"Fail;\"", "A-Z", "--status"]),
        (&["--type", "soft ware"], &["\"soft ware\"", "A-Z", "--type"]),
        (&["--project-id", "a/b"], &["\"a/b\"", "1 to 32 hexadecimal digits", "--project-id", "HW_PROJECT_ID"]),
        (&["--instance-id", "ABC"], &["\"ABC\"", "1 to 36 of a-f 0-9 -", "--instance-id"]),
        (&["--endpoint", "iot.example"], &["\"iot.example\"", "absolute http or https URL", "--endpoint"]),
        (&["--endpoint", &elsewhere], &[&elsewhere, "https beyond this machine", "--allow-plain-http"]),
        (&["--region", "CN North"], &["\"CN North\"", "a-z 0-9", "--region"]),
        (&["--columns", "id,colour"], &["'colour'", "--columns"]),
        (&["--format", "xml"], &["'xml'", "ndjson", "--format"]),
        (&["--max-items", "-1"], &["'-1'"]),
        (&["--prefetch", "1.5"], &["'1.5'", "--prefetch"]),
        (&["--timeout", "30"], &["'30'", "30s", "--timeout"]),
        (&["--timeout", "0s"], &["\"0s\"", "longer than nothing", "--timeout"]),
        (&["--rate-limit", "0"], &["\"0\"", "0.001 to 1000000", "--rate-limit"]),
        (&["--created-after", "yesterday"], &["'yesterday'", "7d", "2026-11-15", "--created-after"]),
        (&["--created-after", "1d", "--created-before", "2d"], &["--created-after", "--created-before"]),
        (&["--created-before", "19998y"], &["--created-before", "calendar"]),
        (&["--sk", "geheim"], &["--token", "cannot be used with", "--sk"]),
        (&["--ak", "A", "--sk", "geheim"], &["--token", "cannot be used with", "--ak"]),
        (&["--security-token", "x"], &["--token", "cannot be used with", "--security-token"]),
        (&["--auth", "basic"], &["'basic'", "aksk", "derived", "--auth"]),
        (&["--auth", "aksk"], &["--auth", "keys", "--ak"]),
        (&["--resume", "yesterday"], &["\"yesterday\"", "line of JSON", "--resume"]),
        (&["--resume", &bad_marker], &["5c8ba990 ", "1 to 36 characters", "--resume"]),
        (&["--resume", &short_marker], &["\"5c8ba990\"", "24 hexadecimal digits", "--resume"]),
        (&["--resume", &other_list], &["firmwareUpgrade", "softwareUpgrade", "--resume"]),
        (&["--resume", &old_version], &["version 7", "--resume"]),
        (&["--simulate", "5"], &["--simulate", "cannot be used with", "--endpoint"]),
        (&["--timeout", "1mo"], &["'1mo'", "30s", "calendar", "--timeout"]),
        (&["--timeout", "-1d"], &["'-1d'", "write 1d", "--timeout"]),
        (&["--created-after", "-7d"], &["'-7d'", "write 7d", "--created-after"]),
        (&["--timeout", "1d12h", "--max-elapsed", "1d"], &["--timeout", "36h", "--max-elapsed", "24h"]),
        (&["--type", "softwareUpgrad"], &["\"softwareUpgrad\"", "did you mean softwareUpgrade?", "--type-unchecked"]),
        (&["--status", "failed"], &["\"failed\"", "did you mean Fail?", "--status"]),
        (&["--tail"], &["'--tail'"]),
        (&["5"], &["'5'"]),
    ];
    for (broken, words) in cases {
        let fine =
            [("--endpoint", here.as_str()), ("--project-id", "0"), ("--token", "x"), ("--type", "softwareUpgrade")];
        let fine = fine.iter().filter(|(name, _)| broken[0] != *name).flat_map(|(name, value)| [*name, *value]);
        let ended = run(["list"].into_iter().chain(fine).chain(broken.iter().copied()));
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{broken:?}: {}", ended.stderr);
        for word in *words {
            assert!(ended.stderr.contains(word), "{broken:?} {word:?}: {}", ended.stderr);
        }
    }
    silence.was_kept();
}

#[test]
fn a_refused_token_is_not_shown() {
    let silence = Silence::new();
    for token in ["", "geheim geheim"] {
        let ended = run(["list", "--endpoint", &silence.endpoint("127.0.0.1"), "--project-id", "0", "--token", token]);
        assert_eq!(ended.code, Some(2));
        assert!(ended.stderr.contains("--token") && !ended.stderr.contains("geheim"), "{}", ended.stderr);
    }
    silence.was_kept();
}

#[test]
fn what_is_missing_is_named_with_its_flag_and_variable() {
    let region = ["list", "--region", "cn-north-4"];
    let project = ["list", "--region", "cn-north-4", "--project-id", "0"];
    let endpoint = ["list", "--endpoint", "http://127.0.0.1:9", "--token", "x"];
    for (arguments, words) in [
        (&region[..1], ["--region", "--endpoint", "HW_REGION_NAME", "--simulate"].as_slice()),
        (&region, &["--token", "HW_AUTH_TOKEN", "--auth"]),
        (&project, &["--token", "HW_AUTH_TOKEN"]),
        (&endpoint, &["--project-id", "HW_PROJECT_ID", "--region"]),
    ] {
        let ended = run(arguments.iter().copied());
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
        assert!(words.iter().all(|word| ended.stderr.contains(word)), "{}", ended.stderr);
    }
}

#[test]
fn the_environment_is_read_where_a_flag_is_not_given() {
    let service = service(5, |builder| builder.token("right"));
    let endpoint = service.simulator.endpoint();
    let ended = |more: &[&str], token: &str| {
        let arguments = ["list", "--endpoint", endpoint.as_str()];
        let mut command = batchtasks(arguments.iter().chain(more).copied());
        command.env("HW_PROJECT_ID", "0").env("HW_AUTH_TOKEN", token).output().unwrap()
    };
    assert_eq!(ended(&[], "right").status.code(), Some(0));
    assert_eq!(ended(&["--token", "right"], "wrong").status.code(), Some(0));
    assert_eq!(ended(&["--token", "wrong"], "right").status.code(), Some(1));
    // Set to nothing is not set.
    assert_eq!(ended(&[], "").status.code(), Some(2));
}

#[test]
fn values_come_with_line_ends_and_blanks_around_them_and_are_taken_without() {
    let service = service(5, |builder| builder.token("right").instance_id("ab-1"));
    let endpoint = format!(" {}\r\n", service.simulator.endpoint());
    let options =
        ["--endpoint", &endpoint, "--instance-id", "ab-1\r", "--type", " softwareUpgrade\r", "--app-id", "app_A-1\n"];
    for (token, variable) in [(Some("right\r\n"), ""), (None, " right\r")] {
        let token = token.map(|token| ["--token", token]);
        let mut command = batchtasks(["list"].into_iter().chain(options).chain(token.into_iter().flatten()));
        let ended: Ended = command.env("HW_PROJECT_ID", "0\r").env("HW_AUTH_TOKEN", variable).output().unwrap().into();
        ended.complete();
    }
    let id = format!("{}\r\n", service.ids()[0]);
    let here = ["--endpoint", &endpoint, "--project-id", "0", "--token", "right", "--instance-id", "ab-1"];
    assert!(run(["show", &id].into_iter().chain(here)).complete().contains(id.trim()));
    for broken in ["5c8b\u{1b}[2J", "5c8b 99", ""] {
        for command in [&["show", broken][..], &["watch", "--until-done", broken]] {
            let refused = service.reading(command[0], &command[1..]).output().unwrap();
            assert_eq!(refused.status.code(), Some(2), "{broken:?}");
        }
    }
}

#[test]
fn keys_project_and_region_come_from_one_place() {
    let service = service(5, |builder| builder.key("KEY", "geheim"));
    let endpoint = service.simulator.endpoint();
    let sdk = [("HUAWEICLOUD_SDK_AK", "KEY"), ("HUAWEICLOUD_SDK_SK", "geheim")];
    let terraform = [("HW_ACCESS_KEY", "KEY"), ("HW_SECRET_KEY", "geheim")];
    let list = |options: &[&str], variables: &[(&str, &str)]| -> Ended {
        service.simulator.clear_requests();
        let mut command = batchtasks(["list", "--type", "softwareUpgrade"].into_iter().chain(options.iter().copied()));
        command.envs(variables.iter().copied()).output().unwrap().into()
    };
    let here = ["--endpoint", endpoint.as_str()];
    let (ours, theirs) = (("HUAWEICLOUD_SDK_PROJECT_ID", "a"), ("HW_PROJECT_ID", "b"));
    for (keys, project) in [(sdk, "a"), (terraform, "b")] {
        list(&here, &[&keys[..], &[ours, theirs]].concat()).complete();
        let paths: Vec<String> = service.simulator.requests().iter().map(|request| request.path.clone()).collect();
        assert!(paths.iter().all(|path| path.contains(&format!("/{project}/"))), "{project}: {paths:?}");
    }
    for (keys, other, option) in [
        (sdk, theirs, "--project-id"),
        (terraform, ours, "--project-id"),
        (sdk, ("HW_REGION_NAME", "cn-north-4"), "--region"),
    ] {
        let options = if option == "--region" { &["--project-id", "0"][..] } else { &here };
        let ended = list(options, &[&keys[..], &[other]].concat());
        assert_eq!((ended.code, service.simulator.requests().len()), (Some(2), 0), "{}", ended.stderr);
        assert!(ended.stderr.contains(other.0) && ended.stderr.contains(option), "{}", ended.stderr);
        assert!(ended.stderr.contains(keys[0].0), "{}", ended.stderr);
    }
    // What the command line says is the user's own choice.
    list(&[&here[..], &["--project-id", "0"]].concat(), &[&sdk[..], &[theirs]].concat()).complete();
}

#[test]
fn lengths_of_time_take_days_and_weeks_everywhere() {
    let service = service(5, |builder| builder);
    for options in
        [&["--timeout", "1d"][..], &["--timeout", "1d12h", "--max-elapsed", "1w"], &["--created-after", "1w"]]
    {
        assert_eq!(service.list(options).code, Some(0), "{options:?}");
    }
    let id = service.ids().swap_remove(0);
    service.simulator.edit(|list| list.set_status(&id, "Success"));
    let waited = ["--until-done", &id, "--wait-at-most", "1d12h", "--interval", "1d"];
    assert_eq!(service.reading("watch", &waited).output().unwrap().status.code(), Some(0));
}

#[test]
fn a_simulated_list_has_two_thousand_tasks_unless_a_number_follows() {
    let listed = run(["list", "--simulate", "--max-items", "1", "--type", "softwareUpgrade"]).complete();
    let id = crate::fixture::ids_of_lines(&listed).swap_remove(0);
    for arguments in [
        &["show", "--simulate", &id, "--type", "softwareUpgrade"][..],
        &["show", &id, "--simulate", "2000", "--type", "softwareUpgrade"],
        &["show", "--type", "softwareUpgrade", "--simulate=2000", &id],
    ] {
        let shown = run(arguments.iter().copied());
        assert_eq!(shown.code, Some(0), "{arguments:?}: {}", shown.stderr);
        assert!(shown.stdout.contains(&id));
    }
    for types in [&["--type", "softwareUpgrad"][..], &["--type", "SoftwareUpgrad,freezeDevices"]] {
        let ended = run(["list", "--simulate", "20"].into_iter().chain(types.iter().copied()));
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{types:?}");
    }
    for unchecked in [&["--type-unchecked", "paintDevices"][..], &["--type", "paintDevices", "--type-unchecked"]] {
        let listed = run(["list", "--simulate", "20"].into_iter().chain(unchecked.iter().copied())).complete();
        assert_eq!(listed.matches("paintDevices").count(), 20);
    }
}

#[test]
fn show_has_no_filters_that_would_not_count() {
    for option in ["--status", "--created-after"] {
        let ended = run(["show", "5c8ba99030344005c02316ad", "--simulate", option, "1d"]);
        assert_eq!(ended.code, Some(2));
        assert!(ended.stderr.contains(&format!("unexpected argument '{option}'")), "{}", ended.stderr);
    }
}

#[test]
fn keys_sign_and_the_algorithm_can_be_chosen() {
    let service = service(5, |builder| builder.key("KEY", "geheim"));
    let endpoint = service.simulator.endpoint();
    let keys = [("HW_ACCESS_KEY", "KEY"), ("HW_SECRET_KEY", "geheim")];
    let both = [keys[0], keys[1], ("HW_AUTH_TOKEN", "token")];
    let given: &[&str] = &["--ak", "KEY", "--sk", "geheim"];
    for (options, variables, expected) in [
        (given, &[][..], "SDK-HMAC-SHA256 "),
        (given, &both[2..], "SDK-HMAC-SHA256 "),
        (&["--auth", "aksk"], &keys, "SDK-HMAC-SHA256 "),
        (&["--auth", "aksk"], &both, "SDK-HMAC-SHA256 "),
        (&["--auth", "derived", "--region", "cn-north-4"], &both, "V11-HMAC-SHA256 "),
        (&["--auth", "token"], &both, "token"),
        (&["--auth", "auto"], &both, "token"),
        (&["--auth", "token", "--token", "other"], &keys, "other"),
    ] {
        service.simulator.clear_requests();
        let arguments = ["list", "--type", "softwareUpgrade", "--endpoint", endpoint.as_str(), "--project-id", "0"];
        let mut command = batchtasks(arguments.iter().chain(options).copied());
        let output = command.envs(variables.iter().copied()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{options:?}: {}", String::from_utf8_lossy(&output.stderr));
        let requests = service.simulator.requests();
        assert!(!requests.is_empty());
        for request in requests {
            let proof = request.header("x-auth-token").or_else(|| request.header("authorization")).unwrap();
            assert!(proof.starts_with(expected), "{options:?} {proof}");
        }
    }
}

#[test]
fn credentials_that_are_not_there_are_named() {
    let here = ["list", "--region", "cn-north-4", "--project-id", "0"];
    for (options, words) in [
        (&["--auth", "token"][..], ["--token", "HW_AUTH_TOKEN"]),
        (&["--auth", "token", "--ak", "A", "--sk", "geheim"], ["--auth", "--token"]),
        (&["--auth", "derived"], ["--ak and --sk", "HUAWEICLOUD_SDK_AK"]),
    ] {
        let mut command = batchtasks(here.iter().chain(options).copied());
        let ended: Ended = command.output().unwrap().into();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
        assert!(words.iter().all(|word| ended.stderr.contains(word)), "{}", ended.stderr);
        assert!(!ended.stderr.contains("geheim"));
    }
}

#[test]
fn a_refused_permission_is_named() {
    let refusal = || Fault::Error { status: 403, code: "IOTDA.000021".to_owned(), message: "forbidden".to_owned() };
    let service = service(5, |builder| builder.fault_when(move |_| Some(refusal())));
    let ended = service.list(&[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("iotda:batchtasks:queryList"), "{}", ended.stderr);
}

#[test]
fn help_has_an_example_for_each_command_and_shows_no_value_of_the_environment() {
    let help = |arguments: &[&str]| {
        let output = batchtasks(arguments.iter().copied()).env("HW_AUTH_TOKEN", "geheim").output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains("Example") && !help.contains("geheim"), "{help}");
        help
    };
    let all = help(&["--help"]);
    let commands = commands_of(&all);
    assert!(commands.contains(&"list") && commands.len() >= 7, "{commands:?}");
    for command in commands {
        for flag in ["-h", "--help"] {
            assert!(help(&[command, flag]).contains(&format!("\n  batchtasks {command} ")), "{command} {flag}");
        }
    }
    assert_eq!(run([]).code, Some(2));
}

/// The commands that the help lists, but for `help` itself.
pub(crate) fn commands_of(help: &str) -> Vec<&str> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").collect()
}
