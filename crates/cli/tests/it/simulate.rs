#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use futures::TryStreamExt;
use iotda_batch_tasks::Client;

use crate::fixture::{Ended, batchtasks, ids_of_lines, run};

/// `batchtasks simulate` in a separate process.
struct Simulating {
    child: Child,
    endpoint: String,
}

fn simulating(arguments: &[&str]) -> Simulating {
    let mut command = batchtasks(["simulate"].iter().chain(arguments).copied());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    Simulating { child, endpoint: line.trim_end().to_owned() }
}

impl Simulating {
    fn list(&self, more: &[&str]) -> Ended {
        let here = ["list", "--endpoint", &self.endpoint, "--project-id", "0", "--token", "any"];
        run(here.iter().chain(more).copied())
    }

    /// Ends it as Ctrl-C does; returns its exit code and its stderr.
    fn end(mut self) -> (Option<i32>, String) {
        signal(&self.child, "INT");
        let mut stderr = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (self.child.wait().unwrap().code(), stderr)
    }
}

/// A failed test leaves no process behind.
impl Drop for Simulating {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn one_process_serves_what_another_lists() {
    let serving =
        simulating(&["--tasks", "300", "--page-cap", "20", "--seed", "7", "--count", "absent", "--opaque-markers"]);
    assert!(serving.endpoint.starts_with("http://127.0.0.1:"), "{}", serving.endpoint);
    let ids = ids_of_lines(&serving.list(&[]).complete());
    assert_eq!(ids.len(), 300);
    assert!(ids.windows(2).all(|pair| pair[0] > pair[1]));
    // Ctrl-C is how it ends, so it is no failure.
    let (code, stderr) = serving.end();
    assert_eq!(code, Some(0));
    assert!(stderr.starts_with("serving 300 tasks of 13 types") && stderr.contains("--token any"), "{stderr}");
}

#[test]
fn the_list_changes_between_requests_when_told_to() {
    let serving = simulating(&["--tasks", "300", "--type", "freezeDevices", "--delete-every", "1"]);
    let first = ids_of_lines(&serving.list(&["--type", "freezeDevices"]).complete());
    let second = ids_of_lines(&serving.list(&["--type", "freezeDevices"]).complete());
    assert!(second.len() < first.len(), "{} {}", first.len(), second.len());
    assert!(second.iter().all(|id| first.contains(id)));
}

#[test]
fn other_lists_are_served_beside_the_tasks() {
    let serving = simulating(&["--tasks", "0", "--list", "devices=130", "--list", "rules=7"]);
    let client = Client::builder().endpoint(&serving.endpoint).project_id("0").token("any").build().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (devices, rules) = runtime.block_on(async {
        let devices = client.devices().stream().unwrap().try_collect::<Vec<_>>().await.unwrap();
        (devices, client.rules().stream().unwrap().try_collect::<Vec<_>>().await.unwrap())
    });
    assert_eq!((devices.len(), rules.len()), (130, 7));
}

#[test]
fn a_token_can_be_required() {
    let serving = simulating(&["--tasks", "3", "--token", "secret"]);
    let refused = serving.list(&[]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    assert!(refused.stderr.contains("401") && refused.stderr.contains("HW_AUTH_TOKEN"), "{}", refused.stderr);
    let here = ["list", "--endpoint", &serving.endpoint, "--project-id", "0", "--token", "secret"];
    assert_eq!(run(here).complete().lines().count(), 3);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let serving = simulating(&["--tasks", "0"]);
    let port = serving.endpoint.rsplit(':').next().unwrap();
    let second = run(["simulate", "--port", port]);
    assert_eq!((second.code, second.stdout.as_str()), (Some(1), ""));
    assert!(second.stderr.contains(port) && second.stderr.contains("--port"), "{}", second.stderr);
}

#[test]
fn what_goes_wrong_goes_wrong_with_the_requests_it_is_meant_for() {
    let serving = simulating(&["--tasks", "300", "--type", "freezeDevices", "--fault", "error:403:IOTDA.000021:no@3"]);
    let broken = serving.list(&["--type", "freezeDevices", "--prefetch", "0"]);
    assert_eq!(broken.code, Some(1));
    assert!(broken.stderr.contains("IOTDA.000021"), "{}", broken.stderr);
    let printed = ids_of_lines(&broken.stdout).len();
    assert!((1..300).contains(&printed), "{printed}");
    assert_eq!(ids_of_lines(&serving.list(&["--type", "freezeDevices"]).complete()).len(), 300);
}

#[test]
fn a_signature_can_be_required() {
    let serving = simulating(&["--tasks", "3", "--require-signature", "derived", "--ak", "KEY", "--sk", "geheim"]);
    let keys = ["--ak", "KEY", "--sk", "geheim"];
    let signed = |more: &[&str]| {
        let here = ["list", "--endpoint", &serving.endpoint, "--project-id", "0", "--region", "cn-north-4"];
        run(here.iter().chain(&keys).chain(more).copied())
    };
    assert_eq!(signed(&["--auth", "derived"]).complete().lines().count(), 3);
    assert_eq!(signed(&["--auth", "aksk"]).code, Some(1));
    assert_eq!(serving.list(&[]).code, Some(1));
    let wrong = run(["simulate", "--fault", "fire=0.1"]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (Some(2), ""));
    assert!(wrong.stderr.contains("no fault named fire"), "{}", wrong.stderr);
}
