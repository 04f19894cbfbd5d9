//! One task and its targets.

use std::collections::BTreeMap;

use iotda_simulator::Simulator;
use serde_json::Value;

use crate::wire::{LIST, Reply, get};

async fn world(targets: usize, status: &str) -> (Simulator, String) {
    let simulator = Simulator::builder().tasks(3).seed(7).targets_per_task(targets).start().await.unwrap();
    let id = simulator.edit(|list| list.ids("softwareUpgrade"))[1].clone();
    simulator.edit(|list| list.set_status(&id, status));
    (simulator, id)
}

async fn details(simulator: &Simulator, id: &str, query: &str) -> Reply {
    get(simulator, &format!("{LIST}/{id}?{query}")).await
}

fn targets(page: &Value) -> Vec<String> {
    page["task_details"].as_array().unwrap().iter().map(|row| row["target"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn markers_lead_through_all_targets_of_a_task() {
    let (simulator, id) = world(333, "Processing").await;
    let mut read = Vec::new();
    let mut states = BTreeMap::new();
    let mut query = "limit=50".to_owned();
    let task = loop {
        let page = details(&simulator, &id, &query).await.json();
        assert_eq!(page["page"]["count"], 333);
        if targets(&page).is_empty() {
            break page["batchtask"].clone();
        }
        read.extend(targets(&page));
        for row in page["task_details"].as_array().unwrap() {
            *states
                .entry(row["status"].as_str().unwrap().to_lowercase().replace("failwaitretry", "fail_wait_retry"))
                .or_insert(0) += 1;
        }
        query = format!("limit=50&marker={}", page["page"]["marker"].as_str().unwrap());
    };
    assert_eq!(task["task_id"], id.as_str());
    assert_eq!(Value::from(read), task["targets"]);
    for (state, number) in states {
        assert_eq!(task["task_progress"][&state], number, "{state}");
    }
}

#[tokio::test]
async fn offsets_and_filters_choose_rows() {
    let (simulator, id) = world(333, "PartialSuccess").await;
    let all = targets(&details(&simulator, &id, "limit=50&offset=100").await.json());
    assert_eq!(targets(&details(&simulator, &id, "limit=5&offset=110").await.json()), all[10..15]);
    let one = details(&simulator, &id, &format!("target={}", all[3])).await.json();
    assert_eq!((targets(&one), &one["page"]["count"]), (vec![all[3].clone()], &Value::from(1)));
    let failed = details(&simulator, &id, "task_detail_status=Fail").await.json();
    assert_eq!(failed["page"]["count"], failed["batchtask"]["task_progress"]["fail"]);
    assert!(failed["task_details"][0]["error"]["error_code"].is_string());
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let (simulator, id) = world(3, "Success").await;
    for (query, status, code) in [
        ("task_detail_status=Failed", 400, "IOTDA.000006"),
        ("target=a%20b", 400, "IOTDA.000006"),
        ("limit=51", 400, "IOTDA.000017"),
        ("marker=x", 400, "IOTDA.000018"),
    ] {
        let reply = details(&simulator, &id, query).await;
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{query}");
    }
    assert_eq!(details(&simulator, "000000000000000000000000", "").await.status, 404);
    assert_eq!(get(&simulator, &format!("{LIST}/{id}/more")).await.code(), "APIGW.0101");
}

#[tokio::test]
async fn a_service_without_the_call_answers_as_for_any_unknown_path() {
    let simulator = Simulator::builder().tasks(3).without_task_details().start().await.unwrap();
    let id = simulator.edit(|list| list.any()).unwrap();
    let reply = details(&simulator, &id, "").await;
    assert_eq!((reply.status, reply.code().as_str()), (404, "APIGW.0101"));
}

#[tokio::test]
async fn a_task_without_targets_has_no_rows() {
    let (simulator, id) = world(0, "Success").await;
    let page = details(&simulator, &id, "").await.json();
    assert_eq!((targets(&page).len(), &page["page"]["count"]), (0, &Value::from(0)));
}
