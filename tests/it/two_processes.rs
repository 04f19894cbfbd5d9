//! Two processes read one list between them, each its part, while the list is edited.

use std::process::{Command, Stdio};

use futures::TryStreamExt;
use iotda_batch_tasks::{BatchTaskQuery, Client, TaskType};
use iotda_simulator::Simulator;

use crate::fixture::assert_exact_scan;

const ENDPOINT: &str = "TWO_PROCESSES_ENDPOINT";
const PART: &str = "TWO_PROCESSES_PART";

fn query(endpoint: &str) -> BatchTaskQuery {
    let client = Client::builder().endpoint(endpoint).project_id("0a").token("any").build().unwrap();
    client.batch_tasks(TaskType::SoftwareUpgrade)
}

/// What each of the processes does: this test alone, with its part in the environment.
#[tokio::test]
#[ignore = "the other test runs it, in separate processes"]
async fn a_process_reads_its_part() {
    let (endpoint, part) = (std::env::var(ENDPOINT).unwrap(), std::env::var(PART).unwrap());
    let mut tasks = query(&endpoint).resume(part.parse().unwrap()).stream().unwrap();
    while let Some(task) = tasks.try_next().await.unwrap() {
        println!("id {}", task.task_id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_read_one_list_between_them() {
    let simulator = Simulator::builder().tasks(5_000).delete_every(5).record_history().start().await.unwrap();
    let parts = query(&simulator.endpoint()).split(2).await.unwrap();
    let processes: Vec<_> = parts
        .iter()
        .map(|part| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "two_processes::a_process_reads_its_part", "--ignored", "--nocapture"])
                .env(ENDPOINT, simulator.endpoint())
                .env(PART, part.to_string())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let outputs = tokio::task::spawn_blocking(move || {
        processes.into_iter().map(|process| process.wait_with_output().unwrap()).collect::<Vec<_>>()
    });
    let mut parts: Vec<Vec<String>> = Vec::new();
    for output in outputs.await.unwrap() {
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        parts.push(text.lines().filter_map(|line| line.strip_prefix("id ")).map(str::to_owned).collect());
    }
    assert!(parts.iter().all(|part| part.len() > 1_500), "{} and {}", parts[0].len(), parts[1].len());
    let verdict = assert_exact_scan(&simulator, &parts.concat(), "one part after the other");
    assert!(verdict.for_a_while > 10, "{verdict}");
}
