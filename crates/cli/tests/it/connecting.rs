//! Where the command sends its requests, how they are authorised, and whom it trusts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};

use iotda_simulator::{Fault, SimulatorBuilder};

use crate::fixture::{Ended, Service, batchtasks, ids_of_lines, service};

const SDK: [(&str, &str); 2] = [("HUAWEICLOUD_SDK_AK", "KEY"), ("HUAWEICLOUD_SDK_SK", "geheim")];
const ONE_TYPE: [&str; 3] = ["list", "--type", "softwareUpgrade"];

fn list(options: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = batchtasks(ONE_TYPE.iter().chain(options).copied());
    command.envs(variables.iter().copied()).output().unwrap().into()
}

/// The projects in the requests, each once.
fn projects(service: &Service) -> Vec<String> {
    let of_list = |path: &str| Some(path.strip_prefix("/v5/iot/")?.split('/').next()?.to_owned());
    let mut projects: Vec<_> =
        service.simulator.requests().iter().filter_map(|request| of_list(&request.path)).collect();
    projects.dedup();
    projects
}

/// A server that answers each request with `answer`, made from its head, and keeps the heads.
fn server(answer: impl Fn(&str) -> String + Send + 'static) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, heads) = channel();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = BufReader::new(connection.unwrap());
            let mut head = String::new();
            while connection.read_line(&mut head).unwrap() > 2 {}
            let lower = head.to_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            connection.by_ref().take(length.unwrap_or(0)).read_to_end(&mut Vec::new()).unwrap();
            let reply = answer(&head);
            // Noted first: a client may end with the answer.
            if sender.send(head).is_err() {
                return;
            }
            let _ = connection.get_mut().write_all(reply.as_bytes());
        }
    });
    (url, heads)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn addresses_come_from_the_environment_where_no_option_gives_them() {
    let service = service(5, |builder| builder.instance_id("ab-1"));
    let endpoint = format!(" {}\r", service.simulator.endpoint());
    let authorised = ["--token", "any", "--project-id", "0"];
    let of_region = [&authorised[..], &["--region", "cn-north-4"]].concat();
    let instance = ("HW_INSTANCE_ID", "ab-1\n");
    for (options, variable) in
        [(&authorised[..], "HW_IOTDA_ENDPOINT"), (&of_region, "HUAWEICLOUD_SDK_REGION_IOTDA_CN_NORTH_4")]
    {
        let printed = list(options, &[(variable, &endpoint), instance]).complete();
        assert_eq!(ids_of_lines(&printed), service.ids(), "{variable}");
    }
    let wrong = ("HW_IOTDA_ENDPOINT", "http://127.0.0.1:9");
    let given = [&authorised[..], &["--endpoint", endpoint.trim(), "--instance-id", "ab-1"]].concat();
    list(&given, &[wrong, ("HW_INSTANCE_ID", "cd-2")]).complete();
    let refused = list(&authorised, &[("HW_IOTDA_ENDPOINT", "iot.example"), instance]);
    assert!(refused.code == Some(2) && refused.stderr.contains("HW_IOTDA_ENDPOINT"), "{}", refused.stderr);
    let refused = list(&of_region, &[("HW_CLOUD", "no cloud")]);
    assert!(refused.code == Some(2) && refused.stderr.contains("HW_CLOUD"), "{}", refused.stderr);
}

#[test]
fn a_project_that_is_not_given_is_looked_up_once() {
    let looked_up = |knobs: fn(SimulatorBuilder) -> SimulatorBuilder| {
        let service = service(120, |builder| knobs(builder.key("KEY", "geheim").project_id("0a1b2c")));
        let endpoint = service.simulator.endpoint();
        let iam = [SDK[0], SDK[1], ("HUAWEICLOUD_SDK_IAM_ENDPOINT", endpoint.as_str())];
        let ended = list(&["--endpoint", &endpoint, "--region", "cn-north-4", "--max-elapsed", "5s"], &iam);
        let requests = service.simulator.requests();
        let look_ups = requests.iter().filter(|request| request.path == "/v3/projects");
        (ended, look_ups.count(), projects(&service))
    };
    let (ended, look_ups, projects) = looked_up(|builder| builder);
    assert_eq!(ids_of_lines(&ended.complete()).len(), 120);
    assert_eq!((look_ups, projects), (1, vec!["0a1b2c".to_owned()]));
    let (ended, look_ups, _) = looked_up(|builder| builder.iam_fault_at(1, Fault::Internal));
    assert_eq!((ended.code, look_ups), (Some(0), 2), "{}", ended.stderr);
    let forbidden = Fault::Error { status: 403, code: "no".to_owned(), message: "no".to_owned() };
    let refusing = move |builder: SimulatorBuilder| builder.iam_fault_at(1, forbidden.clone());
    let service = service(5, |builder| refusing(builder.key("KEY", "geheim")));
    let endpoint = service.simulator.endpoint();
    let iam = [SDK[0], SDK[1], ("HUAWEICLOUD_SDK_IAM_ENDPOINT", endpoint.as_str())];
    let ended = list(&["--endpoint", &endpoint, "--region", "cn-north-4"], &iam);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    for word in ["--project-id", "cn-north-4", "403", "IAM"] {
        assert!(ended.stderr.contains(word), "{word}: {}", ended.stderr);
    }
}

#[test]
fn a_list_is_the_same_whether_its_project_was_given_or_looked_up() {
    let fault = Fault::Error { status: 400, code: "x".to_owned(), message: "x".to_owned() };
    let service = service(120, |builder| builder.key("KEY", "geheim").project_id("0a1b2c").fault_at(2, fault));
    let endpoint = service.simulator.endpoint();
    let folder = std::env::temp_dir().join(format!("batchtasks-look-up-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let out = folder.join("tasks.ndjson");
    let export = |more: &[&str]| -> Ended {
        let arguments = ["export", "--type", "softwareUpgrade", "--endpoint", &endpoint, "--region", "cn-north-4"];
        let mut command = batchtasks(arguments.iter().chain(more).copied());
        command.args(["--out"]).arg(&out).envs(SDK).env("HUAWEICLOUD_SDK_IAM_ENDPOINT", &endpoint);
        command.output().unwrap().into()
    };
    assert_eq!(export(&["--prefetch", "0"]).code, Some(1));
    let other = export(&["--project-id", "0b"]);
    assert!(other.code == Some(2) && other.stderr.contains("--project-id was"), "{}", other.stderr);
    assert_eq!(export(&["--project-id", "0a1b2c"]).code, Some(0));
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn each_kind_of_credentials_is_used_by_its_name() {
    let service = service(5, |builder| {
        builder
            .temporary_key("TEMPORARY", "geheim", "passing")
            .require_signature(iotda_simulator::SignatureKind::Derived)
    });
    let endpoint = service.simulator.endpoint();
    let keys = r#"{"credential":{"access":"TEMPORARY","secret":"geheim","securitytoken":"passing","expires_at":"2099-01-01T00:00:00Z"}}"#;
    let (url, heads) = server(move |head| match head.contains("/id-token/") {
        true => answer("201 Created", "X-Subject-Token: subject\r\n", "{}"),
        false => answer("200 OK", "", keys),
    });
    let file = std::env::temp_dir().join(format!("batchtasks-token-{}", std::process::id()));
    std::fs::write(&file, "token\n").unwrap();
    let file = file.to_str().unwrap();
    let oidc = [
        ("HUAWEICLOUD_OIDC_PROVIDER_URN", "provider"),
        ("HUAWEICLOUD_OIDC_AGENCY_URN", "agency"),
        ("HUAWEICLOUD_OIDC_ID_TOKEN", "token"),
        ("HUAWEICLOUD_SDK_STS_ENDPOINT", url.as_str()),
    ];
    let id_token = [
        ("HUAWEICLOUD_SDK_IDP_ID", "idp"),
        ("HUAWEICLOUD_SDK_ID_TOKEN_FILE", file),
        ("HUAWEICLOUD_SDK_IAM_ENDPOINT", &url),
    ];
    let pod = [("HC_CONTAINER_CREDENTIALS_FULL_URI", url.as_str()), ("HC_CONTAINER_AUTHORIZATION_TOKEN_FILE", file)];
    let agency = [
        SDK[0],
        SDK[1],
        ("HW_ASSUME_ROLE_AGENCY_NAME", "reader"),
        ("HW_ASSUME_ROLE_DOMAIN_NAME", "plant"),
        ("HUAWEICLOUD_SDK_IAM_ENDPOINT", url.as_str()),
    ];
    for (kind, variables, asked) in [
        ("oidc", &oidc[..], "/v5/agencies/assume-with-oidc"),
        ("chain", &oidc[..], "/v5/agencies/assume-with-oidc"),
        ("id-token", &id_token[..], "/v3.0/OS-AUTH/id-token/tokens"),
        ("pod", &pod[..], "POST / "),
        ("agency", &agency[..], "/v3.0/OS-CREDENTIAL/securitytokens"),
    ] {
        let here = ["--endpoint", &endpoint, "--region", "cn-north-4", "--project-id", "0", "--auth", kind];
        let ended = list(&here, variables);
        assert_eq!(ended.code, Some(0), "{kind}: {}", ended.stderr);
        let first = heads.try_iter().collect::<Vec<_>>().first().cloned().unwrap_or_default();
        assert!(first.contains(asked), "{kind}: {first}");
        if !["chain", "agency"].contains(&kind) {
            for given in [&["--token", "any"][..], &["--ak", "any", "--sk", "any"]] {
                let refused = list(&[&here[..], given].concat(), variables);
                assert_eq!(refused.code, Some(2), "{kind}: {}", refused.stderr);
                assert!(refused.stderr.contains("leave out --token, --ak and --sk"), "{kind}: {}", refused.stderr);
            }
        }
        // Without its variables it names them.
        let refused = list(&here, &[]);
        if kind != "chain" {
            assert_eq!(refused.code, Some(2), "{kind}: {}", refused.stderr);
            assert!(refused.stderr.contains(kind), "{kind}: {}", refused.stderr);
            let named = if kind == "agency" { variables[2].0 } else { variables[0].0 };
            assert!(refused.stderr.contains(named), "{kind}: {}", refused.stderr);
        }
    }
    let _ = std::fs::remove_file(file);
}

#[test]
fn passwords_and_projects_are_for_the_iam_of_the_cloud() {
    // All that leaves this machine goes to this proxy, which notes where it was to go.
    let (proxy, heads) = server(|_| answer("403 Forbidden", "", ""));
    let user = [("HW_USER_NAME", "u"), ("HW_USER_PASSWORD", "geheim"), ("HW_DOMAIN_NAME", "d")];
    let here = ["--endpoint", "http://127.0.0.1:9", "--region", "eu-west-101"];
    for (options, variable, expected) in [
        (&["--project-id", "0", "--auth", "password"][..], None, "iam.eu-west-101.myhuaweicloud.com:443"),
        (
            &["--project-id", "0", "--auth", "password", "--cloud", "cloud.example"],
            None,
            "iam.eu-west-101.cloud.example:443",
        ),
        (&["--project-id", "0"], Some("cloud.example"), "iam.eu-west-101.cloud.example:443"),
        (&[], Some("cloud.example"), "iam.eu-west-101.cloud.example:443"),
    ] {
        let proxied = [("HTTPS_PROXY", proxy.as_str())];
        let cloud = variable.map(|cloud| ("HW_CLOUD", cloud));
        let variables: Vec<_> = user.into_iter().chain(proxied).chain(cloud).collect();
        let ended = list(&[&here[..], options].concat(), &variables);
        assert_eq!(ended.code, Some(1), "{options:?}: {}", ended.stderr);
        let first = heads.try_iter().collect::<Vec<_>>().first().cloned().unwrap_or_default();
        assert!(first.starts_with(&format!("CONNECT {expected} ")), "{options:?}: {first}: {}", ended.stderr);
        assert!(!ended.stderr.contains("geheim"), "{}", ended.stderr);
        // What the proxy refuses once, it refuses again.
        assert!(ended.stderr.contains("HTTPS_PROXY") && !ended.stderr.contains("trying again"), "{}", ended.stderr);
    }
    // Region and project come with the user's name.
    let from_variables = [("HW_REGION_NAME", "cn-north-4"), ("HW_PROJECT_ID", "0"), ("HTTPS_PROXY", proxy.as_str())];
    let variables: Vec<_> = user.into_iter().chain(from_variables).collect();
    let ended = list(&[], &variables);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(
        heads
            .try_iter()
            .collect::<Vec<_>>()
            .first()
            .cloned()
            .unwrap_or_default()
            .starts_with("CONNECT iam.cn-north-4."),
        "{}",
        ended.stderr
    );
}

#[test]
fn the_agency_of_a_server_is_asked_for_at_its_metadata_service() {
    let here = ["--endpoint", "http://127.0.0.1:9", "--region", "cn-north-4", "--project-id", "0", "--auth", "ecs"];
    // This machine may have one, but none that knows a service on port 9.
    let ended = list(&[&here[..], &["--max-elapsed", "4s", "--verbose"]].concat(), &SDK);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("the metadata service of ECS at http://169.254.169.254/"), "{}", ended.stderr);
}

#[test]
fn the_quota_is_asked_for_only_on_request() {
    let service = service(5, |builder| builder);
    for (options, expected) in [(&[][..], None), (&["--ask-quota"], Some("debug"))] {
        service.simulator.clear_requests();
        service.list(options).complete();
        assert!(service.simulator.requests().iter().all(|request| request.header("x-apig-mode") == expected));
    }
}

#[test]
fn a_refusal_that_is_not_the_service_s_gets_no_advice_on_permissions() {
    let advice = |body: &'static str| {
        let (endpoint, _heads) = server(move |_| answer("403 Forbidden", "", body));
        let ended = list(&["--endpoint", &endpoint, "--project-id", "0", "--token", "x"], &[]);
        assert_eq!(ended.code, Some(1));
        (ended.stderr.contains("iotda:batchtasks:queryList"), ended.stderr.contains("gateway or a proxy in between"))
    };
    assert_eq!(advice("<html>403 Forbidden</html>"), (false, true));
    assert_eq!(advice(""), (false, true));
    assert_eq!(advice(r#"{"error_code":"IOTDA.000021","error_msg":"no"}"#), (true, false));
}

#[test]
#[cfg(unix)]
fn a_signal_ends_a_look_up_and_a_diagnosis() {
    for command in ["list", "watch", "doctor"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let silent = format!("http://{}", listener.local_addr().unwrap());
        let here = [command, "--endpoint", &silent, "--region", "cn-north-4", "--type", "softwareUpgrade"];
        let mut command = batchtasks(here);
        command.envs(SDK).env("HUAWEICLOUD_SDK_IAM_ENDPOINT", &silent).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        // The request is under way, and is never answered.
        let _connection = listener.accept().unwrap();
        crate::simulate::signal(&child, "INT");
        let ended: Ended = child.wait_with_output().unwrap().into();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(130), ""), "{}", ended.stderr);
        assert!(ended.stderr.contains("interrupted"), "{}", ended.stderr);
    }
}
