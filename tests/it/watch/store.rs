//! A table of tasks that a watch keeps current.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt;
use iotda_batch_tasks::{Client, StoreStream, TaskStore, TaskType, conditions};
use iotda_simulator::{Fault, Simulator};

const TYPE: &str = "softwareUpgrade";

fn client(simulator: &Simulator) -> Client {
    Client::builder().endpoint(simulator.endpoint()).project_id("0a").token("any").build().unwrap()
}

/// Ids and statuses, as the service has them and as the table does.
fn in_service(simulator: &Simulator) -> BTreeMap<String, String> {
    simulator.edit(|list| list.tasks().into_iter().map(|task| (task.id, task.status)).collect())
}

fn in_store(store: &TaskStore) -> BTreeMap<String, String> {
    let status = |task: &iotda_batch_tasks::BatchTask| task.status.as_ref().unwrap().to_string();
    store.tasks().iter().map(|task| (task.task_id.clone(), status(task))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_readers_see_one_table_that_follows_the_list() {
    let simulator = Simulator::builder().tasks(300).only(TYPE).start().await.unwrap();
    let ids = simulator.edit(|list| list.ids(TYPE));
    for id in &ids[..20] {
        simulator.edit(|list| list.set_status(id, "Processing"));
    }
    let query = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade);
    let (mut store, mut changes) = query.store(Duration::from_millis(20)).unwrap();
    let mut reader = store.clone();
    assert!(store.is_empty() && !store.is_filled() && format!("{store:?}{changes:?}").contains("TaskStore"));
    let keeping = tokio::spawn(async move { while changes.next().await.is_some() {} });
    assert!(store.changed().await && reader.changed().await && store.is_filled());
    assert_eq!(in_store(&store), in_service(&simulator));
    assert!(store.tasks().windows(2).all(|pair| pair[0].task_id > pair[1].task_id));

    let created = simulator.edit(|list| list.create(TYPE));
    simulator.edit(|list| list.set_status(&ids[3], "Success"));
    simulator.edit(|list| list.delete(&ids[7]));
    while in_store(&reader) != in_service(&simulator) {
        assert!(reader.changed().await);
    }
    assert_eq!(store.len(), 300);
    assert!(store.get(&created).is_some() && store.get(&ids[7]).is_none());
    keeping.abort();
    while reader.changed().await {}
    assert_eq!(in_store(&reader), in_service(&simulator));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_is_filled_by_the_next_look_after_a_failure_which_is_reported() {
    let builder = Simulator::builder().tasks(400).only(TYPE);
    let simulator =
        builder.fault_at(4, Fault::Error { status: 403, code: "IOTDA.000021".into(), message: String::new() });
    let simulator = simulator.start().await.unwrap();
    let query = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).prefetch(0);
    let (mut store, mut changes) = query.store(Duration::from_millis(20)).unwrap();
    let mut errors = 0;
    loop {
        tokio::select! {
            item = changes.next() => errors += usize::from(item.unwrap().is_err()),
            filled = store.changed() => {
                assert!(filled);
                break;
            }
        }
    }
    assert_eq!(errors, 1);
    assert_eq!(in_store(&store), in_service(&simulator));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_continues_where_a_table_was_left() {
    let simulator = Simulator::builder().tasks(120).only(TYPE).start().await.unwrap();
    let ids = simulator.edit(|list| list.ids(TYPE));
    simulator.edit(|list| list.set_status(&ids[5], "Processing"));
    let query = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade);
    let every = Duration::from_millis(20);
    let (mut store, mut changes) = query.clone().store(every).unwrap();
    tokio::select! {
        item = changes.next() => panic!("{item:?}"),
        filled = store.changed() => assert!(filled),
    }
    simulator.edit(|list| list.set_status(&ids[5], "Success"));
    assert_eq!(changes.next().await.unwrap().unwrap().task_id(), ids[5]);
    let checkpoint = changes.checkpoint();
    drop(changes);
    let created = simulator.edit(|list| list.create(TYPE));
    let mut changes = query.watch_from(every, Some(checkpoint)).unwrap();
    assert_eq!(changes.next().await.unwrap().unwrap().task_id(), created);
}

#[tokio::test]
async fn a_wait_for_a_task_takes_a_condition() {
    let simulator = Simulator::builder().tasks(3).only(TYPE).start().await.unwrap();
    let id = simulator.edit(|list| list.ids(TYPE)).swap_remove(1);
    let client = client(&simulator);
    let every = Duration::from_millis(5);
    simulator.edit(|list| list.set_status(&id, "Stopped"));
    let done = client.await_done(&id, every).await.unwrap().unwrap();
    assert_eq!((done.task_id.as_str(), done.status.unwrap().as_str()), (id.as_str(), "Stopped"));
    simulator.edit(|list| list.set_status(&id, "Processing"));
    assert!(client.await_condition(&id, every, conditions::has_status("Processing")).await.unwrap().is_some());
    simulator.edit(|list| {
        list.set_json(&id, format!(r#"{{"task_id":"{id}","status":"Processing","task_progress":{{"fail":3}}}}"#))
    });
    assert!(client.await_condition(&id, every, conditions::has_failed_more_than(2)).await.unwrap().is_some());
    let more = client.await_condition(&id, every, conditions::has_failed_more_than(3));
    assert!(tokio::time::timeout(Duration::from_millis(60), more).await.is_err());
    assert!(client.await_done("5c8ba99030344005c02316ad", every).await.unwrap().is_none());
}

#[test]
fn tables_can_be_sent_and_shared() {
    fn check<T: Send + Sync + Unpin + 'static>() {}
    fn check_stream<T: Send + Unpin + 'static>() {}
    check::<TaskStore>();
    check_stream::<StoreStream>();
}
