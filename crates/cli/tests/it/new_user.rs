//! The first steps of a new user: everything that the README and the help show.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::arguments::commands_of;
use crate::fixture::{Ended, Service, ids_of_lines, run, service};
use crate::rows::with_rows;
use crate::terminal::{On, start};

/// An empty folder to work in.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("batchtasks-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The id of a task that is in this status.
fn id_of(service: &Service, status: &str) -> String {
    let tasks = service.simulator.edit(|list| list.tasks());
    tasks.into_iter().find(|task| task.status == status).unwrap().id
}

/// Runs a line of a shell as it is, with the command on the path, where the environment and two profiles name the service.
fn shell(line: &str, service: &Service, folder: &Path) -> Ended {
    let programs = Path::new(env!("CARGO_BIN_EXE_batchtasks")).parent().unwrap();
    let endpoint = service.simulator.endpoint();
    let profile = |name: &str, project_id: &str| {
        format!(
            "[profiles.{name}]\nendpoint = \"{endpoint}\"\nproject-id = \"{project_id}\"\ntoken = {{ env = \"TOKEN\" }}\n"
        )
    };
    let profiles = folder.join("config.toml");
    fs::write(&profiles, profile("north", "0123abcd") + &profile("south", "0123abce")).unwrap();
    let mut command = Command::new("sh");
    command.env_clear().env("PATH", format!("{}:/usr/bin:/bin", programs.display()));
    command.env("HW_AUTH_TOKEN", "any").env("TOKEN", "any").env("HW_IOTDA_ENDPOINT", &endpoint);
    command.env("HW_PROJECT_ID", "0123abcd").env("BATCHTASKS_CONFIG", &profiles);
    command.args(["-c", line]).current_dir(folder).stdin(Stdio::null()).output().unwrap().into()
}

/// The examples of a help, one a line, with the placeholders for an account filled in.
fn examples(help: &str, service: &Service, id: &str) -> Vec<String> {
    let endpoint = format!("--endpoint {} --project-id 0123abcd", service.simulator.endpoint());
    let text = help.replace("\\\n", " ").replace("||\n", "|| ").replace("&&\n", "&& ");
    let lines = text.lines().skip_while(|line| !line.starts_with("Example")).skip(1);
    let lines =
        lines.take_while(|line| line.starts_with("  ")).map(str::trim).filter(|line| line.contains("batchtasks "));
    let fill = |line: &str| {
        let line = line.replace("HW_AUTH_TOKEN=...", "HW_AUTH_TOKEN=any");
        let line = line.replace("--region cn-north-4 --project-id 0123abcd", &endpoint);
        let line = line.replace(" ... ", &format!(" {endpoint} "));
        let line = line.replace("0c7fa0c2-4d1b-4a1b-9d5e-3e2f1a0b9c8d", "g-1");
        line.replace("http://127.0.0.1:8080", &service.simulator.endpoint()).replace("5c8ba99030344005c02316ad", id)
    };
    lines.map(fill).collect()
}

#[test]
fn the_first_command_of_the_readme_lists_two_thousand_tasks() {
    let readme = include_str!("../../../../README.md");
    let line = readme.lines().find_map(|line| line.strip_prefix("cargo run --release -- ")).unwrap();
    let printed = run(line.split(' ')).complete();
    assert_eq!(ids_of_lines(&printed).len(), 2000);
}

#[test]
fn every_example_of_the_help_works() {
    let service = service(230, |builder| with_rows(builder, 3));
    let folder = Folder::new("examples");
    let help = run(["--help"]).stdout;
    let mut ran = 0;
    for command in commands_of(&help).into_iter().chain(["--help"]) {
        let help = if command == "--help" { help.clone() } else { run([command, "--help"]).stdout };
        let id = id_of(&service, if command == "show" { "PartialSuccess" } else { "Success" });
        for example in examples(&help, &service, &id) {
            // Both run until a signal ends them, and have other tests; where the others write is not here.
            let is_endless = example.starts_with("batchtasks simulate")
                || (example.starts_with("batchtasks watch") && !example.contains("--until-done"));
            if is_endless {
                continue;
            }
            let is_page = command == "man" || command == "completions";
            let line = if is_page { example.split(['|', '>']).next().unwrap() } else { &example };
            let ended = shell(line, &service, &folder.0);
            assert_eq!(ended.code, Some(0), "{line}: {}", ended.stderr);
            ran += 1;
        }
    }
    assert!(ran >= 12, "{ran}");
    let written = |name: &str| fs::read_to_string(folder.0.join(name)).unwrap();
    assert_eq!(written("tasks.csv").lines().count(), 20_001);
    assert!(written("tasks.html").starts_with("<!doctype html>"));
}

#[test]
fn every_command_on_a_terminal_leaves_stdout_to_data() {
    let service = service(230, |builder| with_rows(builder, 3));
    let folder = Folder::new("terminal");
    let out = folder.0.join("tasks.ndjson");
    let id = id_of(&service, "Success");
    for command in commands_of(&run(["--help"]).stdout) {
        let more: &[&str] = match command {
            "list" | "failures" => &["--type", "softwareUpgrade"],
            "devices" | "products" | "groups" | "packages" | "rules" => &["list"],
            "group-devices" => &["list", "g-1"],
            "show" => &[&id],
            "watch" => &["--type", "softwareUpgrade", "--until-done", &id],
            "summary" | "doctor" | "config" => &["--format", "json"],
            "export" => &["--out", out.to_str().unwrap()],
            "completions" | "man" => continue,
            "simulate" => {
                // It runs until it is ended.
                let session = start(crate::fixture::batchtasks(["simulate"]), 100, On::Stderr);
                session.wait_for("until Ctrl-C");
                crate::simulate::signal(session.child(), "INT");
                let ended = session.end();
                assert_eq!((ended.code, ended.stdout.lines().count()), (Some(0), 1));
                continue;
            }
            other => panic!("{other} has no test on a terminal"),
        };
        let endpoint = service.simulator.endpoint();
        let here = ["--endpoint", &endpoint, "--project-id", "0", "--token", "any"];
        let line = [&[command][..], more, &here].concat();
        let mut batchtasks = crate::fixture::batchtasks(line);
        batchtasks.env("HOME", &folder.0);
        let ended = start(batchtasks, 100, On::Stderr).end();
        assert_eq!(ended.code, Some(0), "{command}: {}", ended.stderr);
        assert!(!ended.stdout.contains(['\u{1b}', '\r']), "{command}: {}", ended.stdout);
        let values = serde_json::Deserializer::from_str(&ended.stdout).into_iter::<serde_json::Value>();
        let values: Result<Vec<_>, _> = values.collect();
        assert_eq!(values.unwrap_or_else(|error| panic!("{command}: {error}")).is_empty(), command == "export");
    }
    let written = fs::read_to_string(&out).unwrap();
    assert_eq!(ids_of_lines(&written), service.ids());
}
