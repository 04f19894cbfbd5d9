//! Count, find, watch and bounds of time.

use std::time::Duration;

use futures::TryStreamExt;
use iotda_batch_tasks::{BatchTask, BatchTaskQuery, Change, TaskStatus, TaskType, conditions};
use iotda_simulator::{Fault, Simulator};
use jiff::Timestamp;

use super::{ID_FORMS, TYPE, client, ids, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_count_and_a_search_take_one_request() {
    let simulator = start(Simulator::builder().tasks(3_000).only(TYPE)).await;
    let query = || client(&simulator).batch_tasks(TaskType::SoftwareUpgrade);
    assert_eq!(query().count().await.unwrap(), Some(3_000));
    let ids = simulator.edit(|list| list.ids(TYPE));
    for place in [0, 1, 49, 50, 1_234, 2_999] {
        let found = query().find(&ids[place]).await.unwrap().unwrap();
        assert_eq!(found.task_id, ids[place]);
    }
    assert_eq!(simulator.request_count(), 1 + 6);
    assert!(query().find("5c8ba99030344005c02316ad").await.unwrap().is_none());
    let all = client(&simulator).all_batch_tasks();
    assert!(all.find("5c8ba99030344005c02316ad").await.unwrap().is_none());
    assert_eq!(simulator.request_count(), 1 + 6 + 2, "an id that is not there costs one request too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_finds_what_the_query_selects_whatever_the_markers_are() {
    for form in ID_FORMS {
        for has_the_call in [true, false] {
            let builder = form.builder().tasks(300);
            let builder = if has_the_call { builder } else { builder.without_task_details() };
            let simulator = start(builder).await;
            let task = simulator.edit(|list| list.tasks()).swap_remove(123);
            let query = || client(&simulator).batch_tasks(TaskType::SoftwareUpgrade);
            let found = |query: BatchTaskQuery| {
                let id = task.id.clone();
                async move { query.find(&id).await.unwrap().map(|task| task.task_id) }
            };
            let is_there = Some(task.id.clone());
            assert_eq!(found(query()).await, is_there, "{form:?}, {has_the_call}");
            assert_eq!(found(query().app_id(&task.app_id)).await, is_there);
            let other = if task.app_id == "app_A-1" { "app_B-2" } else { "app_A-1" };
            assert_eq!(found(query().app_id(other)).await, None);
            let other = if task.status == "Fail" { TaskStatus::Success } else { TaskStatus::Fail };
            assert_eq!(found(query().status(other)).await, None);
            assert_eq!(found(client(&simulator).batch_tasks(TaskType::CreateCommands)).await, None);
            assert!(query().find("no id").await.unwrap().is_none());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_404_of_a_gateway_says_nothing_of_the_task() {
    let no_such_page = || Fault::Error { status: 404, code: String::new(), message: String::new() };
    let builder = Simulator::builder().tasks(300).only(TYPE);
    let builder = builder.fault_when(move |request| request.path.contains("/batchtasks/").then(no_such_page));
    let simulator = start(builder).await;
    let id = simulator.edit(|list| list.ids(TYPE)).swap_remove(123);
    let query = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade);
    assert_eq!(query.find(&id).await.unwrap().map(|task| task.task_id), Some(id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_survives_a_service_that_takes_no_marker_of_ours() {
    for builder in [Simulator::builder().refuse_foreign_markers(), Simulator::builder().opaque_markers()] {
        let simulator = start(builder.without_task_details().tasks(500).only(TYPE)).await;
        let ids = simulator.edit(|list| list.ids(TYPE));
        let query = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade);
        assert_eq!(query.find(&ids[321]).await.unwrap().unwrap().task_id, ids[321]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_in_many_lists_ends_with_the_first_that_fails() {
    let simulator = start(Simulator::builder().tasks(10)).await;
    let refusal = Fault::Error { status: 403, code: "IOTDA.000021".to_owned(), message: "not subscribed".to_owned() };
    simulator.set_fault(Some(refusal));
    let error = client(&simulator).all_batch_tasks().find("5c8ba99030344005c02316ad").await.unwrap_err();
    assert_eq!(error.failure().and_then(|failure| failure.status()), Some(403));
    assert_eq!(simulator.request_count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_over_all_types_reports_what_is_edited() {
    let simulator = start(Simulator::builder().tasks(600).unknown_task_types(["changeGateway", "moduleUpgrade"])).await;
    let mut watch = client(&simulator).all_batch_tasks().watch(Duration::from_millis(50)).unwrap();
    let nothing = tokio::time::timeout(Duration::from_millis(500), futures::StreamExt::next(&mut watch)).await;
    assert!(nothing.is_err(), "{nothing:?}");
    let created = simulator.edit(|list| list.create("createCommands"));
    let change = watch.try_next().await.unwrap().unwrap();
    assert!(matches!(&change, Change::Created { task, .. } if task.task_id == created), "{change:?}");
    simulator.edit(|list| list.set_status(&created, "Processing"));
    let change = watch.try_next().await.unwrap().unwrap();
    assert!(
        matches!(&change, Change::Changed { task, .. } if task.status == Some(TaskStatus::Processing)),
        "{change:?}"
    );
    simulator.edit(|list| list.delete(&created));
    let change = watch.try_next().await.unwrap().unwrap();
    assert!(matches!(&change, Change::Gone { task_id, .. } if *task_id == created), "{change:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_reports_deletions_and_nothing_else_as_gone_however_ids_and_markers_lie() {
    for form in ID_FORMS {
        let simulator = start(form.builder().tasks(300)).await;
        let ids = simulator.edit(|list| {
            let ids = list.ids(TYPE);
            ids.iter().step_by(7).for_each(|id| _ = list.set_status(id, "Processing"));
            ids
        });
        let query = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade);
        let mut watch = query.watch(Duration::from_millis(10)).unwrap();
        let nothing = tokio::time::timeout(Duration::from_millis(300), futures::StreamExt::next(&mut watch)).await;
        assert!(nothing.is_err(), "{form:?}: {nothing:?}");
        let deleted = [&ids[7 * 40], &ids[7 * 2]];
        simulator.edit(|list| deleted.map(|id| list.delete(id)));
        for id in deleted {
            let change = watch.try_next().await.unwrap().unwrap();
            assert!(matches!(&change, Change::Gone { task_id, .. } if task_id == id), "{form:?}: {change:?}");
        }
        let nothing = tokio::time::timeout(Duration::from_millis(100), futures::StreamExt::next(&mut watch)).await;
        assert!(nothing.is_err(), "{form:?}: {nothing:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_is_waited_for_until_it_meets_a_condition() {
    let simulator = start(Simulator::builder().tasks(100).only(TYPE)).await;
    let id = simulator.edit(|list| list.ids(TYPE)).swap_remove(30);
    simulator.edit(|list| list.set_status(&id, "Waitting"));
    let query = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade);
    let every = Duration::from_millis(5);
    let wait = tokio::spawn({
        let (query, id) = (query.clone(), id.clone());
        async move { query.await_condition(&id, every, conditions::is_done()).await }
    });
    while simulator.request_count() < 4 {
        tokio::time::sleep(every).await;
    }
    simulator.edit(|list| list.set_status(&id, "Stopped"));
    assert_eq!(wait.await.unwrap().unwrap().unwrap().status, Some(TaskStatus::Stopped));
    let absent = query.await_condition("5c8ba99030344005c02316ad", every, conditions::is_done()).await;
    assert!(absent.unwrap().is_none());
}

/// The tasks of the simulator created in between, by the times in their records.
fn created_between(simulator: &Simulator, after: Timestamp, before: Timestamp) -> Vec<String> {
    simulator.edit(|list| {
        let ids = list.ids(TYPE);
        let created = |id: &String| {
            let task: BatchTask = serde_json::from_str(&list.json(id).unwrap()).unwrap();
            task.create_time.is_some_and(|created| created > after && created < before)
        };
        ids.iter().filter(|id| created(id)).cloned().collect()
    })
}

fn time_of(id: &str) -> Timestamp {
    Timestamp::from_second(i64::from_str_radix(&id[..8], 16).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_of_a_time_are_exact_and_few_requests_where_ids_are_trusted() {
    let simulator = start(Simulator::builder().tasks(10_000).only(TYPE)).await;
    let ids_of_all = simulator.edit(|list| list.ids(TYPE));
    let (before, after) = (time_of(&ids_of_all[6_000]), time_of(&ids_of_all[6_300]));
    let expected = created_between(&simulator, after, before);
    assert!(expected.len() > 100);
    let query =
        || client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).created_after(after).created_before(before);
    assert!(ids(query().stream().unwrap()).await == expected);
    simulator.clear_requests();
    assert!(ids(query().trust_id_time().stream().unwrap()).await == expected);
    assert!(simulator.requests().len() <= 15, "{} requests", simulator.requests().len());
    assert!(ids(query().max_items(7).stream().unwrap()).await == expected[..7]);

    // One whose time is far from that of its id: everything is read, and it is found.
    let (inside, outside) = (&expected[expected.len() / 2], &ids_of_all[100]);
    let moved = |id: &str, time: Timestamp| {
        format!(r#"{{"task_id":"{id}","create_time":"{}"}}"#, time.strftime("%Y%m%dT%H%M%SZ"))
    };
    let middle = time_of(inside);
    simulator.edit(|list| {
        list.set_json(inside, moved(inside, time_of(outside)));
        list.set_json(outside, moved(outside, middle));
    });
    let mut expected = created_between(&simulator, after, before);
    assert!(expected.contains(outside) && !expected.contains(inside));
    let mut arrived = ids(query().trust_id_time().stream().unwrap()).await;
    arrived.sort();
    expected.sort();
    assert!(arrived == expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_that_tell_no_time_are_not_trusted() {
    let simulator = start(Simulator::builder().tasks(500).only(TYPE)).await;
    let all = simulator.edit(|list| list.ids(TYPE));
    let (before, after) = (time_of(&all[100]), time_of(&all[200]));
    // The newest one has a time of creation long before.
    let json = format!(r#"{{"task_id":"{}","create_time":"20200101T000000Z"}}"#, all[0]);
    simulator.edit(|list| list.set_json(&all[0], json));
    let expected = created_between(&simulator, after, before);
    let query = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).created_after(after).created_before(before);
    assert!(ids(query.trust_id_time().stream().unwrap()).await == expected && !expected.is_empty());
}
