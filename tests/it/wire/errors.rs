//! Pages that fail, records that cannot be decoded, and streams that are dropped.

use std::time::Duration;

use futures::TryStreamExt;
use iotda_batch_tasks::{Error, FailureKind, TaskType};
use iotda_simulator::{Fault, MarkerFault, SeenRequest, Simulator};

use super::{ID_FORMS, TYPE, client, ids, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_marker_that_does_not_advance_is_an_error_at_once() {
    for fault in [MarkerFault::Repeats, MarkerFault::Rises] {
        let simulator = start(Simulator::builder().tasks(2_000).only(TYPE).opaque_markers().marker_fault(fault)).await;
        let mut tasks = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).prefetch(1).stream().unwrap();
        let error = loop {
            match tasks.try_next().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("{fault:?}: the list ended"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.failure().map(|failure| failure.kind()), Some(FailureKind::Paging), "{error}");
        assert!(simulator.request_count() <= 4, "{fault:?}: {} requests", simulator.request_count());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_fails_for_good_comes_in_its_turn_and_a_checkpoint_reads_the_rest() {
    let refusal = || Fault::Error { status: 400, code: "IOTDA.000006".into(), message: "no".into() };
    for form in ID_FORMS {
        let simulator = start(form.builder().tasks(3_000).fault_at(20, refusal())).await;
        let expected = simulator.edit(|list| list.ids(TYPE));
        // One window alone: a failing page of an estimated window is done without.
        let query = || client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).prefetch(11);
        let mut tasks = query().stream().unwrap();
        let mut arrived = Vec::new();
        let error = loop {
            match tasks.try_next().await {
                Ok(Some(task)) => arrived.push(task.task_id),
                Ok(None) => panic!("no error"),
                Err(error) => break error,
            }
        };
        let failure = error.failure().unwrap();
        assert_eq!((failure.status(), failure.error_code()), (Some(400), Some("IOTDA.000006")));
        assert!(failure.request_id().is_some() && !error.is_retryable());
        assert!(error.request().unwrap().marker.is_some() && error.to_string().contains(TYPE), "{error}");
        assert!(tasks.try_next().await.unwrap().is_none());
        assert!(arrived.len() >= 50 && arrived.len() < 3_000 && arrived == expected[..arrived.len()]);
        arrived.extend(ids(query().resume(tasks.checkpoint()).stream().unwrap()).await);
        assert!(arrived == expected, "{form:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_type_that_is_not_new_and_refused_is_an_error_that_names_it() {
    let simulator = start(Simulator::builder().tasks(500).unknown_task_types(["deleteDevices"])).await;
    let error = client(&simulator).all_batch_tasks().stream().unwrap().try_collect::<Vec<_>>().await.unwrap_err();
    assert!(matches!(&error, Error::Page(page) if page.list() == Some("deleteDevices")), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreadable_record_is_an_error_in_its_place() {
    for form in ID_FORMS {
        let simulator = start(form.builder().tasks(200)).await;
        let expected = simulator.edit(|list| list.ids(TYPE));
        // The last record of a page, which is also the overlap with the next one.
        let broken = [expected[49].clone(), expected[98].clone(), expected[120].clone()];
        simulator.edit(|list| {
            for id in &broken {
                assert!(list.set_json(id, format!(r#"{{"task_id":"{id}","task_name":["no","name"]}}"#)));
            }
        });
        let tasks = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).stream().unwrap();
        let mut places = Vec::new();
        let items: Vec<_> = futures::StreamExt::collect::<Vec<_>>(tasks).await;
        assert_eq!(items.len(), 200);
        for (place, item) in items.into_iter().enumerate() {
            match item {
                Ok(task) => assert_eq!(task.task_id, expected[place]),
                Err(Error::Record(error)) => {
                    assert!(error.path().contains("task_name") && error.request().is_some(), "{error}");
                    places.push(place);
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(places, [49, 98, 120]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_the_stream_aborts_its_requests() {
    let hang = |request: &SeenRequest| {
        let offset = request.query.iter().find(|(name, _)| name == "offset")?.1.parse::<usize>().ok()?;
        (offset >= 98).then_some(Fault::Hang)
    };
    let simulator = start(Simulator::builder().tasks(5_000).only(TYPE).fault_when(hang)).await;
    let mut tasks = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).stream().unwrap();
    // The first page, and the two of the window that answer.
    for _ in 0..50 + 50 + 49 {
        tasks.try_next().await.unwrap();
    }
    assert!(tokio::time::timeout(Duration::from_millis(50), tasks.try_next()).await.is_err(), "nothing hangs");
    assert!(simulator.in_flight() > 0);
    drop(tasks);
    // They hang until the client goes.
    let gone = async {
        while simulator.in_flight() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("requests outlive their stream");
}
