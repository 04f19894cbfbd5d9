#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use futures::TryStreamExt;
use iotda_batch_tasks::Client;

use crate::fixture::{Ended, batchtasks, ids_of_lines, run};

/// `batchtasks simulate` in a separate process.
pub(crate) struct Simulating {
    child: Child,
    pub(crate) endpoint: String,
}

pub(crate) fn simulating(arguments: &[&str]) -> Simulating {
    let mut command = batchtasks(["simulate"].iter().chain(arguments).copied());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    Simulating { child, endpoint: line.trim_end().to_owned() }
}

impl Simulating {
    pub(crate) fn list(&self, more: &[&str]) -> Ended {
        let here = ["list", "--endpoint", &self.endpoint, "--project-id", "0", "--token", "any"];
        run(here.iter().chain(more).copied())
    }

    /// Ends it as Ctrl-C does; returns its exit code and its stderr.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
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
    let serving = simulating(&[
        "--tasks",
        "300",
        "--page-cap",
        "20",
        "--seed",
        "7",
        "--count",
        "absent",
        "--markers",
        "four-days-above",
    ]);
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
fn the_list_changes_between_requests_where_that_is_set() {
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

/// A `GET` by hand: what a mode changes shows in the answer as it is.
fn get(serving: &Simulating, query: &str, headers: &[(&str, &str)]) -> (u16, Vec<(String, String)>, String) {
    let url = format!("{}/v5/iot/0/batchtasks{query}", serving.endpoint);
    let request =
        headers.iter().fold(reqwest::Client::new().get(url), |request, (name, value)| request.header(*name, *value));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let answer = request.send().await.unwrap();
        let headers = answer.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        (answer.status().as_u16(), headers, answer.text().await.unwrap())
    })
}

const ALL: &str = "?task_type=softwareUpgrade&limit=50";

/// The ids of a page, and its marker.
fn page(serving: &Simulating, query: &str) -> (Vec<String>, Option<String>) {
    let body: serde_json::Value = serde_json::from_str(&get(serving, query, &[]).2).unwrap();
    let tasks = body["batchtasks"].as_array().cloned().unwrap_or_default();
    let ids = tasks.iter().map(|task| task["task_id"].as_str().unwrap().to_owned()).collect();
    (ids, body["page"]["marker"].as_str().map(str::to_owned))
}

#[test]
fn markers_and_ids_take_each_form() {
    let value = |text: &str| u128::from_str_radix(text, 16).unwrap();
    let of = |more: &[&str]| {
        let serving = simulating(&[&["--tasks", "60", "--type", "softwareUpgrade"], more].concat());
        page(&serving, ALL)
    };
    let distance = |more: &[&str]| {
        let (ids, marker) = of(more);
        value(&marker.unwrap()) - value(ids.last().unwrap())
    };
    assert_eq!(distance(&["--markers", "task-ids"]), 0);
    assert_eq!(distance(&["--markers", "two-above"]), 2);
    assert!(distance(&["--markers", "four-days-above"]) > 1 << 64);
    let descends = |ids: &[String]| ids.windows(2).all(|pair| pair[0] > pair[1]);
    assert!(descends(&of(&["--task-ids", "in-order"]).0));
    assert!(!descends(&of(&["--task-ids", "unordered"]).0));
    let (within, _) = of(&["--uneven", "--task-ids", "unordered-within-seconds"]);
    let seconds: Vec<&str> = within.iter().map(|id| &id[..8]).collect();
    assert!(!descends(&within) && seconds.windows(2).all(|pair| pair[0] >= pair[1]), "{within:?}");
    let machines = |more: &[&str]| {
        let (ids, _) = of(&[&["--uneven"], more].concat());
        ids.into_iter().map(|id| id[8..18].to_owned()).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!((machines(&[]), machines(&["--machines", "3"])), (1, 3));
}

#[test]
fn a_quota_is_counted_and_stated_in_each_way() {
    let of = |more: &[&str], headers: &[(&str, &str)]| {
        let quota = ["--tasks", "60", "--type", "softwareUpgrade", "--quota", "2", "--quota-per", "10m"];
        let serving = simulating(&[&quota, more].concat());
        let answers = [(); 3].map(|()| get(&serving, ALL, headers));
        assert_eq!([200, 200, 429], [0, 1, 2].map(|at: usize| answers[at].0), "{more:?}");
        let stated = |headers: &[(String, String)]| {
            headers.iter().find(|(name, _)| name == "x-apig-ratelimit-user").map(|(_, value)| value.clone())
        };
        (stated(&answers[0].1), answers[2].2.clone())
    };
    let (header, text) = of(&["--quota-window", "--quota-in-text"], &[]);
    assert_eq!(header, None);
    assert!(text.contains("limit:2,time:10 minute"), "{text}");
    let stated = Some("remain:1,limit:2,time:10 minute".to_owned());
    assert_eq!(of(&["--quota-in-headers"], &[]).0, stated);
    assert_eq!(of(&["--quota-in-headers=if-asked"], &[]).0, None);
    assert_eq!(of(&["--quota-in-headers=if-asked"], &[("X-Apig-Mode", "debug")]).0, stated);
    // A window is full again all at once, a bucket bit by bit.
    let flows = |more: &[&str]| {
        let quota = ["--tasks", "9", "--type", "softwareUpgrade", "--quota", "2", "--quota-per", "2s"];
        let serving = simulating(&[&quota, more].concat());
        let refused = || get(&serving, ALL, &[]).0 == 429;
        let begun = std::time::Instant::now();
        while !refused() {}
        while refused() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        begun.elapsed() > std::time::Duration::from_millis(1600)
    };
    assert_eq!((flows(&[]), flows(&["--quota-window"])), (false, true));
}

#[test]
fn pages_and_single_tasks_are_answered_as_options_have_it() {
    let serving = simulating(&[
        "--tasks",
        "60",
        "--type",
        "softwareUpgrade",
        "--page-cap-bytes",
        "4000",
        "--empty-page-body",
        "{}",
        "--no-task-details",
        "--ignore-foreign-markers",
        "--count",
        "of-page",
    ]);
    let (ids, _) = page(&serving, ALL);
    assert!((1..=5).contains(&ids.len()), "{ids:?}");
    let body = get(&serving, ALL, &[]).2;
    assert!(body.contains(&format!("\"count\":{}", ids.len())), "{body}");
    assert_eq!(
        get(&serving, &format!("{ALL}&marker=000000000000000000000000"), &[]).2.trim(),
        r#"{"batchtasks":[],"page":{"count":0}}"#
    );
    assert_eq!(get(&serving, &format!("{ALL}&offset=400"), &[]).2.trim(), "{}");
    let (status, _, body) = get(&serving, &format!("/{}", ids[0]), &[]);
    assert!(status == 404 && body.contains("APIGW.0101"), "{status} {body}");
    for (count, expected) in [("ten-times", "\"count\":600"), ("tenth", "\"count\":6,")] {
        let serving = simulating(&["--tasks", "60", "--type", "softwareUpgrade", "--count", count]);
        assert!(get(&serving, ALL, &[]).2.contains(expected));
    }
    for wrong in [&["--markers", "any"][..], &["--task-ids", "any"], &["--quota-window"], &["--quota-in-text"]] {
        assert_eq!(run(["simulate"].into_iter().chain(wrong.iter().copied())).code, Some(2), "{wrong:?}");
    }
}
