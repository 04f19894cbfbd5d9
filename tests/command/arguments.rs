use std::net::TcpListener;

use crate::world::{batchtasks, run, service};

/// A port where somebody listens, and nobody must call.
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
        (&["--format", "xml"], &["'xml'", "ndjson", "--format"]),
        (&["--max-items", "-1"], &["'-1'"]),
        (&["--prefetch", "1.5"], &["'1.5'", "--prefetch"]),
        (&["--resume", "yesterday"], &["\"yesterday\"", "line of JSON", "--resume"]),
        (&["--resume", &bad_marker], &["5c8ba990 ", "1 to 36 characters", "--resume"]),
        (&["--resume", &short_marker], &["\"5c8ba990\"", "24 hexadecimal digits", "--resume"]),
        (&["--resume", &other_list], &["firmwareUpgrade", "softwareUpgrade", "--resume"]),
        (&["--resume", &old_version], &["version 7", "--resume"]),
        (&["--simulate", "5"], &["--simulate", "cannot be used with", "--endpoint"]),
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
    for (arguments, words) in [
        (&region[..1], ["--region", "--endpoint", "HW_REGION_NAME", "--simulate"].as_slice()),
        (&region, &["--project-id", "HW_PROJECT_ID"]),
        (&project, &["--token", "HW_AUTH_TOKEN"]),
    ] {
        let ended = run(arguments.iter().copied());
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
        assert!(words.iter().all(|word| ended.stderr.contains(word)), "{}", ended.stderr);
    }
}

#[test]
fn the_environment_is_asked_where_a_flag_is_not_given() {
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
fn help_has_an_example_and_shows_no_value_of_the_environment() {
    for arguments in [vec!["--help"], vec!["list", "--help"], vec!["list", "-h"], vec!["simulate", "--help"]] {
        let output = batchtasks(arguments).env("HW_AUTH_TOKEN", "geheim").output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains("Example") && help.contains("batchtasks list "), "{help}");
        assert!(!help.contains("geheim"));
        assert_eq!(output.status.code(), Some(0));
    }
    assert_eq!(run([]).code, Some(2));
}
