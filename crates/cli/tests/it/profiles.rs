//! Profiles: one place or several by their names, read as one list.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use iotda_simulator::{Fault, SimulatorBuilder};
use serde_json::Value;

use crate::export::fixture::Folder;
use crate::fixture::{Ended, Service, batchtasks, service};

/// A configuration file in a folder.
pub(crate) struct Config {
    pub(crate) folder: Folder,
}

impl Config {
    pub(crate) fn new(text: &str) -> Self {
        let folder = Folder::new();
        fs::write(folder.path("config.toml"), text).unwrap();
        Self { folder }
    }

    /// A profile for each of the services, in order of these names.
    pub(crate) fn of(services: &[(&str, &Service)]) -> Self {
        let profile = |(name, service): &(&str, &Service)| {
            let endpoint = service.simulator.endpoint();
            format!(
                "[profiles.{name}]\nendpoint = \"{endpoint}\"\nproject-id = \"0\"\ntoken = {{ env = \"TOKEN\" }}\n\
                 [profiles.{name}.defaults]\ntype = [\"softwareUpgrade\"]\n"
            )
        };
        Self::new(&services.iter().map(profile).collect::<String>())
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, &[("TOKEN", "any")])
    }

    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
        let mut command = batchtasks(arguments.iter().copied());
        command.env("BATCHTASKS_CONFIG", self.folder.path("config.toml")).envs(variables.iter().copied());
        command.output().unwrap().into()
    }
}

/// The ids of each profile, in the order of the lines.
fn by_profile(lines: &str) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::<String, Vec<String>>::new();
    for line in lines.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| record[name].as_str().unwrap().to_owned();
        found.entry(text("profile")).or_default().push(text("task_id"));
    }
    found
}

pub(crate) fn several(tasks: usize, seed: u64, knobs: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Service {
    service(tasks, |builder| knobs(builder.seed(seed)))
}

#[test]
fn three_profiles_one_of_which_dies_in_mid_scan_leave_two_complete_and_resume_with_the_rest() {
    let is_dead = Arc::new(AtomicBool::new(true));
    let dies = {
        let is_dead = Arc::clone(&is_dead);
        move |request: &iotda_simulator::SeenRequest| {
            let refused = || Fault::Error { status: 403, code: "IOTDA.000021".into(), message: String::new() };
            (request.number > 5 && is_dead.load(Ordering::SeqCst)).then(refused)
        }
    };
    let north = several(700, 1, |builder| builder.quota(200, Duration::from_secs(1)));
    let middle = several(900, 2, |builder| builder.fault_when(dies));
    let south = several(500, 3, |builder| builder.quota(6, Duration::from_millis(200)).quota_in_text());
    let services = [("north", &north), ("middle", &middle), ("south", &south)];
    let config = Config::of(&services);

    let first = config.run(&["list", "--profile", "north,middle,south"]);
    assert_eq!(first.code, Some(1), "{}", first.stderr);
    let errors: Vec<_> = first.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert!(matches!(errors[..], [error] if error.starts_with("error: middle: ")), "{}", first.stderr);
    let mut found = by_profile(&first.stdout);
    assert_eq!((&found["north"], &found["south"]), (&north.ids(), &south.ids()));
    assert!(found["middle"].len() < 900 && !found["middle"].is_empty());

    is_dead.store(false, Ordering::SeqCst);
    services.iter().for_each(|(_, service)| service.simulator.clear_requests());
    let checkpoint = first.stderr.lines().last().unwrap();
    let second = config.run(&["list", "--all-profiles", "--resume", checkpoint]).complete();
    let rest = by_profile(&second);
    assert_eq!(rest.keys().collect::<Vec<_>>(), ["middle"]);
    found.get_mut("middle").unwrap().extend(rest["middle"].iter().cloned());
    assert_eq!(found["middle"], middle.ids());
    assert_eq!(
        north.simulator.requests().len() + south.simulator.requests().len(),
        0,
        "what is complete is not read again"
    );
}

#[test]
fn records_of_several_profiles_come_newest_first_with_their_profile_in_every_format() {
    let (north, south) = (several(60, 1, |builder| builder), several(40, 2, |builder| builder));
    let config = Config::of(&[("north", &north), ("south", &south)]);
    let list = |format: &str| config.run(&["list", "--all-profiles", "--format", format]).complete();

    let lines = list("ndjson");
    let ids: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["task_id"].as_str().unwrap().into())
        .collect();
    assert!(ids.windows(2).all(|pair| pair[0] >= pair[1]) && ids.len() == 100);
    let found = by_profile(&lines);
    assert_eq!((&found["north"], &found["south"]), (&north.ids(), &south.ids()));

    let array: Vec<Value> = serde_json::from_str(&list("json")).unwrap();
    let of_lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(array, of_lines);

    let csv = list("csv");
    assert!(csv.starts_with("profile,task_id,task_name,"), "{csv}");
    assert_eq!(csv.lines().filter(|line| line.starts_with("south,")).count(), 40);

    let table = list("table");
    let mut rows = table.lines();
    assert!(rows.next().unwrap().starts_with("PROFILE  ID "), "{table}");
    assert_eq!(rows.filter(|row| row.starts_with("north    ")).count(), 60);
    assert_eq!(list("id").lines().count(), 100);

    // One profile is read as without one.
    let one = config.run(&["list", "--profile", "south", "--format", "csv"]).complete();
    assert!(one.starts_with("task_id,"), "{one}");
    // And each once, however often it is named.
    let twice = config.run(&["list", "--profile", "south,south", "--format", "id"]).complete();
    assert_eq!(twice.lines().collect::<Vec<_>>(), south.ids());
    let most = config.run(&["list", "--all-profiles", "--max-items", "7", "--format", "id"]).complete();
    assert_eq!(most.lines().collect::<Vec<_>>(), ids[..7]);
}

#[test]
fn an_export_of_several_profiles_is_complete_once_all_are() {
    let broken = Arc::new(AtomicBool::new(true));
    let fault = {
        let broken = Arc::clone(&broken);
        move |_: &iotda_simulator::SeenRequest| {
            let refused = || Fault::Error { status: 403, code: "IOTDA.000021".into(), message: String::new() };
            broken.load(Ordering::SeqCst).then(refused)
        }
    };
    let (north, south) = (several(120, 1, |builder| builder), several(80, 2, |builder| builder.fault_when(fault)));
    let config = Config::of(&[("north", &north), ("south", &south)]);
    let names: &[&str] =
        if cfg!(feature = "parquet") { &["t.csv", "t.ndjson", "t.parquet"] } else { &["t.csv", "t.ndjson"] };
    for name in names {
        broken.store(true, Ordering::SeqCst);
        let out = config.folder.path(name);
        let export = ["export", "--all-profiles", "--out", out.to_str().unwrap()];
        let first = config.run(&export);
        assert_eq!(first.code, Some(1));
        assert!(first.stderr.contains("error: south: ") && !out.exists(), "{}", first.stderr);
        broken.store(false, Ordering::SeqCst);
        north.simulator.clear_requests();
        assert_eq!(config.run(&export).code, Some(0));
        assert_eq!(north.simulator.requests().len(), 0, "{name}");
        let bytes = fs::read(&out).unwrap();
        match *name {
            "t.ndjson" => {
                let found = by_profile(&String::from_utf8(bytes).unwrap());
                assert_eq!((&found["north"], &found["south"]), (&north.ids(), &south.ids()));
            }
            "t.csv" => {
                let text = String::from_utf8(bytes).unwrap();
                assert!(text.starts_with("profile,task_id,"), "{text}");
                assert_eq!(text.lines().count(), 201);
            }
            _ => assert_profiles_in_parquet(&out),
        }
    }
    // A checkpoint is of its own profiles.
    broken.store(true, Ordering::SeqCst);
    let out = config.folder.path("u.csv");
    let out = out.to_str().unwrap();
    assert_eq!(config.run(&["export", "--all-profiles", "--out", out]).code, Some(1));
    let other = config.run(&["export", "--profile", "north", "--out", out]);
    assert_eq!(other.code, Some(2), "{}", other.stderr);
    assert!(other.stderr.contains("other arguments"), "{}", other.stderr);
}

#[cfg(not(feature = "parquet"))]
fn assert_profiles_in_parquet(_file: &std::path::Path) {}

#[cfg(feature = "parquet")]
fn assert_profiles_in_parquet(file: &std::path::Path) {
    use parquet::file::reader::{FileReader, SerializedFileReader};

    let reader = SerializedFileReader::new(fs::File::open(file).unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(|row| row.unwrap());
    let profiles: Vec<String> = rows
        .map(|row| {
            let (name, field) = row.get_column_iter().last().unwrap();
            assert_eq!(name, "profile");
            field.to_string().trim_matches('"').to_owned()
        })
        .collect();
    let number = |name: &str| profiles.iter().filter(|profile| *profile == name).count();
    assert_eq!((number("north"), number("south")), (120, 80));
}

#[test]
fn a_summary_counts_all_profiles() {
    let (north, south) = (several(60, 1, |builder| builder), several(40, 2, |builder| builder));
    let config = Config::of(&[("north", &north), ("south", &south)]);
    let summary = config.run(&["summary", "--all-profiles", "--format", "json"]).complete();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(summary["tasks"], 100, "{summary}");
}

#[test]
fn what_makes_no_sense_with_profiles_is_refused_and_nothing_is_sent() {
    let service = service(5, |builder| builder);
    let config = Config::of(&[("a", &service), ("b", &service)]);
    for (arguments, words) in [
        (&["list", "--profile", "c"][..], &["\"c\"", "a, b"][..]),
        (&["list", "--all-profiles", "--endpoint", "http://127.0.0.1:9"], &["--endpoint", "several profiles"]),
        (&["list", "--profile", "a,b", "--token", "x"], &["--token", "several profiles"]),
        (&["list", "--profile", "a,b", "--project-id", "0"], &["--project-id"]),
        (&["list", "--profile", "a,b", "--instance-id", "0"], &["--instance-id"]),
        (&["list", "--profile", "a,b", "--region", "cn-north-4"], &["--region"]),
        (&["list", "--profile", "a,b", "--ak", "0", "--sk", "x"], &["--ak"]),
        (&["config", "--profile", "a,b", "--region", "cn-north-4"], &["--region"]),
        (&["show", "5c8ba99030344005c02316ad", "--profile", "a,b"], &["show reads from one place", "not 2"]),
        (&["watch", "--all-profiles"], &["watch reads from one place"]),
        (&["doctor", "--all-profiles"], &["doctor reads from one place"]),
        (&["list", "--profile", "a", "--all-profiles"], &["cannot be used with"]),
        (&["list", "--profile", "a", "--simulate"], &["cannot be used with"]),
    ] {
        let ended = config.run(arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.stderr);
        assert!(words.iter().all(|word| ended.stderr.contains(word)), "{arguments:?}: {}", ended.stderr);
    }
    let none = Config::new("").run(&["list", "--all-profiles"]);
    assert!(none.code == Some(2) && none.stderr.contains("there are no profiles"), "{}", none.stderr);
    let missing = batchtasks(["list", "--all-profiles"]).env("BATCHTASKS_CONFIG", "/no/such/file").output().unwrap();
    assert_eq!(missing.status.code(), Some(2));
    let nowhere: Ended = batchtasks(["list", "--all-profiles"]).output().unwrap().into();
    assert!(nowhere.code == Some(2) && nowhere.stderr.contains("set BATCHTASKS_CONFIG"), "{}", nowhere.stderr);
    let values: Ended = batchtasks(["config"]).output().unwrap().into();
    assert_eq!(values.code, Some(0), "{}", values.stderr);
    assert_eq!(service.simulator.request_count(), 0);
}

/// One variable cannot name the places of two profiles.
#[test]
fn two_profiles_of_the_same_list_are_refused_since_its_records_would_come_twice() {
    let service = service(5, |builder| crate::rows::with_rows(builder, 3));
    let config = Config::of(&[("a", &service), ("b", &service)]);
    let out = config.folder.path("t.csv");
    for command in
        [&["list"][..], &["failures"], &["export", "--out", out.to_str().unwrap()], &["summary"], &["devices", "list"]]
    {
        let ended = config.run(&[command, &["--all-profiles"]].concat());
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{command:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("a and b read the same list"), "{}", ended.stderr);
    }
    assert_eq!(service.simulator.request_count(), 0);
    // Two parts of a place are two lists.
    let text = fs::read_to_string(config.folder.path("config.toml")).unwrap();
    let parts = Config::new(&text.replacen("\"softwareUpgrade\"", "\"freezeDevices\"", 1));
    assert_eq!(parts.run(&["list", "--all-profiles"]).complete().lines().count(), 5);
}
