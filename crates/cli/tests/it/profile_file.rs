//! The configuration file: where it is found, what it may hold, and what wins over it.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::export::fixture::Folder;
use crate::fixture::{Ended, batchtasks, service};
use crate::profiles::{Config, several};

#[test]
fn secrets_come_from_a_variable_a_file_and_a_command_and_reach_the_service() {
    let service = service(5, |builder| builder.token("geheim"));
    let endpoint = service.simulator.endpoint();
    for (reference, is_there) in [
        ("{ env = \"TOKEN\" }", true),
        ("{ file = \"secret\" }", true),
        ("{ command = [\"cat\", \"SECRET\"] }", true),
        ("{ env = \"NO_TOKEN\" }", false),
        ("{ file = \"no-secret\" }", false),
        ("{ command = [\"false\"] }", false),
    ] {
        let folder = Folder::new();
        let secret = folder.path("secret");
        fs::write(&secret, " geheim\n").unwrap();
        let reference = reference.replace("SECRET", secret.to_str().unwrap());
        let text = format!("[profiles.a]\nendpoint = \"{endpoint}\"\nproject-id = \"0\"\ntoken = {reference}\n");
        fs::write(folder.path("config.toml"), text).unwrap();
        let config = Config { folder };
        let ended = config.run_with(
            &["list", "--profile", "a", "--type", "softwareUpgrade"],
            &[("TOKEN", "geheim"), ("PATH", "/usr/bin:/bin")],
        );
        assert_eq!(ended.code, Some(if is_there { 0 } else { 2 }), "{reference}: {}", ended.stderr);
        if !is_there {
            assert!(ended.stderr.contains("profile \"a\": token: "), "{}", ended.stderr);
        }
    }
}

#[test]
fn a_secret_in_the_file_is_refused_whichever_profile_is_read_and_is_not_repeated() {
    let text = "[profiles.a]\nregion = \"cn-north-4\"\n[profiles.b]\ntoken = \"geheim\"\n";
    for command in [&["list", "--profile", "a"][..], &["config"], &["config", "--profile", "a"]] {
        let ended = Config::new(text).run(command);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{command:?}");
        assert!(ended.stderr.contains("profile \"b\": token is a secret"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("geheim"), "{}", ended.stderr);
    }
}

#[test]
fn what_the_command_line_gives_wins_over_a_profile() {
    let service = service(100, |builder| builder);
    let endpoint = service.simulator.endpoint();
    let config = Config::new(
        "[profiles.a]\nendpoint = \"http://127.0.0.1:9\"\nproject-id = \"1\"\ntoken = { env = \"TOKEN\" }\n\
         [profiles.a.defaults]\ntype = [\"softwareUpgrade\"]\npage-size = 7\nprefetch = 0\n",
    );
    let here = ["list", "--profile", "a", "--endpoint", &endpoint];
    config.run(&here).complete();
    let requests = service.simulator.requests();
    assert!(requests.iter().all(|request| request.path.contains("/1/") && request.query("limit") == Some("7")));
    assert!(requests.iter().all(|request| request.query("task_type") == Some("softwareUpgrade")));
    assert_eq!(service.simulator.most_in_flight(), 1);
    service.simulator.clear_requests();
    config.run(&[&here[..], &["--project-id", "2", "--page-size", "9", "--token", "other"]].concat()).complete();
    for request in service.simulator.requests() {
        assert!(request.path.contains("/2/") && request.query("limit") == Some("9"));
        assert_eq!(request.header("x-auth-token"), Some("other"));
    }
}

#[test]
fn the_file_is_found_where_the_xdg_folders_are() {
    let service = service(5, |builder| builder);
    let config = Config::of(&[("a", &service)]);
    let text = fs::read(config.folder.path("config.toml")).unwrap();
    for (variable, place) in [("XDG_CONFIG_HOME", "x/batchtasks"), ("HOME", "h/.config/batchtasks")] {
        let folder = config.folder.path(place);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.toml"), &text).unwrap();
        let top = config.folder.path(&place[..1]);
        let ended: Ended =
            batchtasks(["list", "--profile", "a"]).env("TOKEN", "any").env(variable, top).output().unwrap().into();
        assert_eq!(ended.complete().lines().count(), 5);
    }
}

#[test]
fn variables_that_name_a_place_are_not_of_a_profile_that_names_another() {
    let (own, elsewhere) = (several(5, 1, |builder| builder), several(9, 2, |builder| builder));
    let [own_endpoint, other_endpoint] = [&own, &elsewhere].map(|service| service.simulator.endpoint());
    let config = Config::new(
        "[profiles.a]\nregion = \"cn-north-4\"\nproject-id = \"0\"\ntoken = { env = \"TOKEN\" }\n\
         [profiles.a.defaults]\ntype = [\"softwareUpgrade\"]\n",
    );
    let variables = [
        ("TOKEN", "any"),
        ("HW_IOTDA_ENDPOINT", other_endpoint.as_str()),
        ("HW_INSTANCE_ID", "0a0b"),
        ("HW_CLOUD", "example.com"),
        ("HUAWEICLOUD_SDK_REGION_IOTDA_CN_NORTH_4", own_endpoint.as_str()),
    ];
    let listed = config.run_with(&["list", "--profile", "a", "--format", "id"], &variables).complete();
    assert_eq!(listed.lines().collect::<Vec<_>>(), own.ids());
    assert_eq!(elsewhere.simulator.request_count(), 0);
    assert!(own.simulator.requests().iter().all(|request| request.header("instance-id").is_none()));
    let shown = config.run_with(&["config", "--profile", "a"], &variables).complete();
    assert!(!shown.contains("HW_IOTDA_ENDPOINT") && !shown.contains("HW_INSTANCE_ID"), "{shown}");
    assert!(shown.contains("variable HW_CLOUD"), "{shown}");
}

#[test]
fn config_shows_where_each_value_comes_from_and_no_secret() {
    let config = Config::new(
        "[profiles.north]\nendpoint = \"https://user:geheim@iot.example\"\nak = { env = \"NORTH_AK\" }\n\
         sk = { command = [\"pass\", \"geheim\"] }\nauth = \"aksk\"\n\
         [profiles.north.defaults]\nmax-elapsed = \"10m\"\n\
         [profiles.south]\nregion = \"cn-south-1\"\ntoken = { file = \"token\" }\n",
    );
    let variables = [("NORTH_AK", "geheim"), ("HW_AUTH_TOKEN", "geheim"), ("HW_PROJECT_ID", "0a")];
    let shown = |arguments: &[&str]| {
        let ended = config.run_with(arguments, &variables);
        assert!(!ended.stdout.contains("geheim") && !ended.stderr.contains("geheim"), "{}", ended.stdout);
        ended.complete()
    };
    let values = |arguments: &[&str]| -> BTreeSet<String> {
        let shown: Value =
            serde_json::from_str(&shown(&[&["config", "--format", "json"], arguments].concat())).unwrap();
        assert_eq!(shown["profiles"], serde_json::json!(["north", "south"]));
        let value = |value: &Value| {
            let text = |name: &str| value[name].as_str().unwrap_or("-").to_owned();
            format!("{} {} {} | {}", text("profile"), text("name"), text("value"), text("from"))
        };
        shown["values"].as_array().unwrap().iter().map(value).collect()
    };
    let found = values(&["--profile", "north", "--page-size", "7"]);
    for expected in [
        "north endpoint https://***@iot.example | profile north",
        "north ak (hidden) | profile north, variable NORTH_AK",
        "north sk (hidden) | profile north, command pass",
        "north auth aksk | profile north",
        "north max-elapsed 600s | profile north",
        "north page-size 7 | option --page-size",
        "north project-id 0a | variable HW_PROJECT_ID",
    ] {
        assert!(found.contains(expected), "{expected}: {found:#?}");
    }
    assert!(values(&[]).contains("- token (hidden) | variable HW_AUTH_TOKEN"));
    assert!(values(&["--all-profiles"]).contains("south token (hidden) | profile south, file token"));
    let text = shown(&["config", "--all-profiles"]);
    assert!(text.contains("\n[north]\nendpoint ") && text.contains("\n[south]\nregion "), "{text}");
    let help = crate::fixture::run(["config", "--help"]).complete();
    assert!(help.contains("BATCHTASKS_CONFIG") && help.contains("[profiles.north]"));
}
