//! The programs of `examples/` do what they show.

use std::time::Duration;

use iotda_batch_tasks::Client;
use iotda_simulator::Simulator;

#[path = "../../examples/axum.rs"]
#[allow(dead_code, reason = "its `main` serves for good")]
mod axum;
#[path = "../../examples/combinators.rs"]
mod combinators;
#[path = "../../examples/csv.rs"]
mod csv_file;
#[path = "../../examples/embed.rs"]
mod embed;
#[path = "../../examples/loop.rs"]
mod loop_over_tasks;
#[path = "../../examples/resume.rs"]
mod resume;
#[path = "../../examples/watch.rs"]
mod watch;

const TYPE: &str = "softwareUpgrade";

async fn service(tasks: usize) -> (Simulator, Client) {
    let simulator = Simulator::builder().tasks(tasks).only(TYPE).start().await.unwrap();
    let client = Client::builder().endpoint(simulator.endpoint()).project_id("0a").token("any").build().unwrap();
    (simulator, client)
}

fn failed(simulator: &Simulator) -> usize {
    simulator.edit(|list| list.tasks().iter().filter(|task| task.status == "Fail").count())
}

#[test]
fn each_runs_by_itself() {
    loop_over_tasks::main().unwrap();
    combinators::main().unwrap();
    csv_file::main().unwrap();
    resume::main().unwrap();
    embed::main().unwrap();
    watch::main().unwrap();
}

#[tokio::test]
async fn the_loop_prints_the_failed_upgrades() {
    let (simulator, client) = service(500).await;
    assert_eq!(loop_over_tasks::print_failed(&client).await.unwrap(), failed(&simulator));
}

#[tokio::test]
async fn combinators_inspect_the_failed_tasks_and_store_all_in_chunks() {
    let (simulator, client) = service(250).await;
    assert_eq!(combinators::inspect_failed(&client).await.unwrap(), failed(&simulator));
    assert_eq!(combinators::store_in_chunks(&client).await.unwrap(), [100, 100, 50]);
}

#[tokio::test]
async fn csv_has_a_header_and_a_row_for_each_task() {
    let (simulator, client) = service(250).await;
    let mut file = Vec::new();
    assert_eq!(csv_file::write_csv(&client, &mut file).await.unwrap(), 250);
    let file = String::from_utf8(file).unwrap();
    let mut lines = file.lines();
    assert_eq!(lines.next(), Some("task_id,task_name,status,create_time,success,fail"));
    let ids = simulator.edit(|list| list.ids(TYPE));
    assert!(lines.map(|line| line.split(',').next().unwrap()).eq(ids.iter().map(String::as_str)));
    let empty = file.lines().filter(|line| line.contains(",,")).count();
    assert_eq!(empty, 0, "a column has no value");
}

#[tokio::test]
async fn an_export_that_crashes_twice_has_every_task_once() {
    let (simulator, client) = service(1_234).await;
    let data = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("example-resume.txt");
    for file in [data.clone(), data.with_extension("state")] {
        let _ = std::fs::remove_file(file);
    }
    resume::export(&client, &data, 3).await.unwrap();
    // A crash between the data and the state leaves more data than the state knows of.
    let mut longer = std::fs::read_to_string(&data).unwrap();
    longer += "half a li";
    std::fs::write(&data, longer).unwrap();
    resume::export(&client, &data, 4).await.unwrap();
    resume::export(&client, &data, usize::MAX).await.unwrap();
    let written = std::fs::read_to_string(&data).unwrap();
    assert!(written.lines().eq(simulator.edit(|list| list.ids(TYPE))), "{} lines", written.lines().count());
}

#[tokio::test]
async fn an_embedded_stream_reads_through_the_sdk() {
    let (simulator, _) = service(500).await;
    let ids = embed::ids(embed::Sdk { address: simulator.address() }).await.unwrap();
    assert!(ids == simulator.edit(|list| list.ids(TYPE)));
}

#[tokio::test]
async fn the_web_service_streams_every_task_as_a_line_and_stops_when_its_reader_goes() {
    let (simulator, client) = service(2_000).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/tasks/{TYPE}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { ::axum::serve(listener, axum::app(client)).await });
    let http = reqwest::Client::builder().no_proxy().build().unwrap();

    let body = http.get(&url).send().await.unwrap().text().await.unwrap();
    let id = |line: &str| -> String {
        let task: serde_json::Value = serde_json::from_str(line).unwrap();
        task["task_id"].as_str().unwrap().to_owned()
    };
    assert!(body.lines().map(id).eq(simulator.edit(|list| list.ids(TYPE))));

    simulator.set_fault(Some(iotda_simulator::Fault::Hang));
    let answer = http.get(&url).send().await.unwrap();
    let gone = async |count| {
        while simulator.in_flight() != count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone(1)).await.expect("nothing is requested");
    drop(answer);
    tokio::time::timeout(Duration::from_secs(10), gone(0)).await.expect("requests outlive their reader");
    server.abort();
}

#[tokio::test]
async fn a_watch_prints_what_is_edited() {
    let (simulator, client) = service(100).await;
    let edit = async {
        // The first look has to be over: it is what later ones are compared with.
        while simulator.request_count() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        simulator.edit(|list| {
            let id = list.create(TYPE);
            list.set_status(&id, "Waitting");
            id
        })
    };
    let (lines, id) = tokio::join!(watch::changes(&client, 1), edit);
    assert_eq!(lines.unwrap(), [format!("{id} created")]);
}
