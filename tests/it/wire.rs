//! The stream over HTTP, against the simulator: exact under edits, caps and every form of a page.

use std::collections::HashSet;
use std::time::Duration;

use futures::TryStreamExt;
use iotda_batch_tasks::{
    BatchTask, BatchTaskQuery, BatchTaskStream, Change, Client, Error, FailureKind, TaskStatus, TaskType,
};
use iotda_simulator::{
    CountForm, Fault, MarkerFault, MarkerForm, Markers, SeenRequest, Simulator, SimulatorBuilder, Spread, TaskIds,
};
use jiff::Timestamp;

use crate::fixture::{assert_exactly_once, assert_in_order_of, throughout};

const TYPE: &str = "softwareUpgrade";

async fn start(builder: SimulatorBuilder) -> Simulator {
    builder.start().await.unwrap()
}

fn client(simulator: &Simulator) -> Client {
    Client::builder().endpoint(simulator.endpoint()).project_id("0a1b2c").token("any").build().unwrap()
}

async fn ids(tasks: BatchTaskStream) -> Vec<String> {
    tasks.map_ok(|task| task.task_id).try_collect().await.unwrap()
}

/// How ids and markers may lie: the service's pages, captured answers and the vendor's sample each show another way.
#[derive(Clone, Copy, Debug)]
enum IdForm {
    MarkersAreIds,
    /// Markers two above the ids, several machines, many tasks a second.
    TwoAbove,
    FourDaysAbove,
    /// As [`TwoAbove`](Self::TwoAbove), where ids have no order within a second.
    UnorderedWithinSeconds,
    /// Nothing about a marker follows from an id.
    Unrelated,
}

const ID_FORMS: [IdForm; 5] =
    [IdForm::MarkersAreIds, IdForm::TwoAbove, IdForm::FourDaysAbove, IdForm::UnorderedWithinSeconds, IdForm::Unrelated];

impl IdForm {
    fn builder(self) -> SimulatorBuilder {
        let builder = Simulator::builder().only(TYPE);
        let busy = || Simulator::builder().only(TYPE).spread(Spread::Uneven).machines(3).markers(Markers::TwoAbove);
        match self {
            Self::MarkersAreIds => builder,
            Self::TwoAbove => busy(),
            Self::FourDaysAbove => builder.markers(Markers::FourDaysAbove),
            Self::UnorderedWithinSeconds => busy().task_ids(TaskIds::UnorderedWithinSeconds),
            Self::Unrelated => builder.task_ids(TaskIds::Unordered),
        }
    }
}

/// `before` and `after` are the list as it was at the start and at the end, newest first.
#[track_caller]
fn assert_exact(form: IdForm, arrived: &[String], before: &[String], after: &[String]) {
    assert_in_order_of(before, arrived, form);
    assert_in_order_of(after, arrived, form);
    assert_exactly_once(arrived, &throughout(before, after), form);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_deletion_every_seven_requests_nothing_is_missing_and_nothing_comes_twice() {
    for (form, prefetch) in ID_FORMS.into_iter().flat_map(|form| [(form, 11), (form, 64)]) {
        let simulator = start(form.builder().tasks(20_000).delete_every(7)).await;
        let before = simulator.edit(|list| list.ids(TYPE));
        let arrived =
            ids(client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).prefetch(prefetch).stream().unwrap()).await;
        let after = simulator.edit(|list| list.ids(TYPE));
        assert!(after.len() < before.len() - 50, "{} deleted", before.len() - after.len());
        assert_exact(form, &arrived, &before, &after);
        assert!(simulator.most_in_flight() <= prefetch, "{} in flight", simulator.most_in_flight());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_that_enter_and_leave_the_filter_disturb_nobody() {
    let statuses = ["Fail", "Success"];
    for form in ID_FORMS {
        let builder = form.builder().tasks(6_000).before_each(move |number, list| {
            let id = list.any().unwrap();
            list.set_status(&id, statuses[number as usize % 2]);
        });
        let simulator = start(builder).await;
        let failed = |list: &mut iotda_simulator::List| {
            list.tasks().into_iter().filter(|task| task.status == "Fail").map(|task| task.id).collect::<Vec<_>>()
        };
        let before = simulator.edit(failed);
        let query = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).status(TaskStatus::Fail);
        let arrived = ids(query.stream().unwrap()).await;
        let after = simulator.edit(failed);
        assert!(!before.is_empty() && before != after);
        assert_exact(form, &arrived, &before, &after);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_created_and_deleted_below_the_head_disturb_nobody() {
    for form in ID_FORMS {
        let simulator = start(form.builder().tasks(5_000).create_every(2).delete_every(3)).await;
        let before = simulator.edit(|list| list.ids(TYPE));
        let arrived = ids(client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).stream().unwrap()).await;
        let after = simulator.edit(|list| list.ids(TYPE));
        assert_exact(form, &arrived, &before, &after);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_length_and_every_form_of_the_end_is_read_whole() {
    let forms = [MarkerForm::Normal, MarkerForm::Absent, MarkerForm::Null, MarkerForm::Empty, MarkerForm::Echo];
    let counts = [CountForm::Total, CountForm::BelowMarker, CountForm::Text, CountForm::Absent, CountForm::Fixed(7)];
    for length in [0, 1, 50, 51, 540, 541, 550, 551] {
        for form in forms {
            for (index, (cap, count)) in
                [(50, 0), (20, 3), (50, 0), (20, 1), (50, 4), (50, 2), (20, 0)].into_iter().enumerate()
            {
                let ids_form = ID_FORMS[(length + index) % ID_FORMS.len()];
                let builder = ids_form.builder().tasks(length).page_cap(cap).count(counts[count]);
                // Where ids are unrelated to markers, nothing but the marker of the last page can show that it is the
                // last: an echo could come from a server that ignores markers, and an id does not replace the marker.
                let last_page = if matches!(ids_form, IdForm::Unrelated) { MarkerForm::Normal } else { form };
                let simulator = start(builder.empty_page_marker(form).last_page_marker(last_page)).await;
                let expected = simulator.edit(|list| list.ids(TYPE));
                let arrived = ids(client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).stream().unwrap()).await;
                assert!(arrived == expected, "{length}, {form:?}, cap {cap}, {ids_form:?}, {:?}", counts[count]);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_capped_server_without_counts_is_read_whole() {
    let caps = [(20, CountForm::Absent), (20, CountForm::Total), (1, CountForm::Total), (33, CountForm::Null)];
    for (form, (cap, count)) in ID_FORMS.into_iter().flat_map(|form| caps.map(|cap| (form, cap))) {
        let builder = form.builder().tasks(6_000 / (50 / cap).min(10)).page_cap(cap).count(count);
        let simulator = start(builder.delete_every(20)).await;
        let before = simulator.edit(|list| list.ids(TYPE));
        let arrived = ids(client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).stream().unwrap()).await;
        assert_exact(form, &arrived, &before, &simulator.edit(|list| list.ids(TYPE)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_refuses_markers_of_ours_is_read_whole() {
    for form in ID_FORMS {
        let simulator = start(form.builder().tasks(20_000).refuse_foreign_markers()).await;
        let expected = simulator.edit(|list| list.ids(TYPE));
        let query = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).prefetch(64);
        assert!(ids(query.stream().unwrap()).await == expected, "{form:?}");
        let refused = simulator.requests().iter().filter(|request| request.status == Some(400)).count();
        assert!(refused > 0, "{form:?}: no marker was estimated, so that this shows nothing");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_marker_that_does_not_go_on_is_an_error_at_once() {
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
        let query = || client(&simulator).batch_tasks(TaskType::SoftwareUpgrade);
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
async fn all_types_are_merged_newest_first_and_an_older_service_leaves_two_out() {
    for unknown in [vec![], vec!["moduleUpgrade", "changeGateway"]] {
        let simulator = start(Simulator::builder().tasks(3_000).unknown_task_types(unknown.clone())).await;
        let types: HashSet<&str> =
            TaskType::KNOWN.iter().map(TaskType::as_str).filter(|name| !unknown.contains(name)).collect();
        let tasks = simulator.edit(|list| list.tasks());
        let mut expected: Vec<_> =
            tasks.into_iter().filter(|task| types.contains(task.task_type.as_str())).map(|task| task.id).collect();
        expected.sort_by(|left, right| right.cmp(left));
        let arrived = ids(client(&simulator).all_batch_tasks().stream().unwrap()).await;
        assert!(arrived == expected, "{} of {}", arrived.len(), expected.len());
        assert!(simulator.most_in_flight() <= 11, "{}", simulator.most_in_flight());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_type_that_is_not_new_and_refused_is_an_error_that_names_it() {
    let simulator = start(Simulator::builder().tasks(500).unknown_task_types(["deleteDevices"])).await;
    let error = client(&simulator).all_batch_tasks().stream().unwrap().try_collect::<Vec<_>>().await.unwrap_err();
    assert!(matches!(&error, Error::Page(page) if page.list.as_deref() == Some("deleteDevices")), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreadable_record_is_an_error_in_its_place() {
    for form in ID_FORMS {
        let simulator = start(form.builder().tasks(200)).await;
        let expected = simulator.edit(|list| list.ids(TYPE));
        // The last record of a page, which is also the seam to the next one.
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
                    assert!(error.path.contains("task_name") && error.request.is_some(), "{error}");
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
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("requests go on after their stream");
}

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
async fn a_search_survives_a_service_that_takes_no_marker_of_ours() {
    for builder in [Simulator::builder().refuse_foreign_markers(), Simulator::builder().opaque_markers()] {
        let simulator = start(builder.without_task_details().tasks(500).only(TYPE)).await;
        let ids = simulator.edit(|list| list.ids(TYPE));
        let query = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade);
        assert_eq!(query.find(&ids[321]).await.unwrap().unwrap().task_id, ids[321]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_in_many_lists_ends_with_the_first_that_cannot_be_asked() {
    let simulator = start(Simulator::builder().tasks(10)).await;
    let refusal = Fault::Error { status: 403, code: "IOTDA.000021".to_owned(), message: "not subscribed".to_owned() };
    simulator.set_fault(Some(refusal));
    let error = client(&simulator).all_batch_tasks().find("5c8ba99030344005c02316ad").await.unwrap_err();
    assert_eq!(error.failure().and_then(|failure| failure.status()), Some(403));
    assert_eq!(simulator.request_count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_over_all_types_tells_what_is_edited() {
    let simulator = start(Simulator::builder().tasks(600).unknown_task_types(["changeGateway", "moduleUpgrade"])).await;
    let mut watch = client(&simulator).all_batch_tasks().watch(Duration::from_millis(50)).unwrap();
    let nothing = tokio::time::timeout(Duration::from_millis(500), futures::StreamExt::next(&mut watch)).await;
    assert!(nothing.is_err(), "{nothing:?}");
    let created = simulator.edit(|list| list.create("createCommands"));
    let change = watch.try_next().await.unwrap().unwrap();
    assert!(matches!(&change, Change::Created { task } if task.task_id == created), "{change:?}");
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

/// The tasks of the simulator created in between, by what their records say.
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

    // One that lies far from where its id says: everything is read, and it is found.
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
    // The newest one says that it was created long before.
    let json = format!(r#"{{"task_id":"{}","create_time":"20200101T000000Z"}}"#, all[0]);
    simulator.edit(|list| list.set_json(&all[0], json));
    let expected = created_between(&simulator, after, before);
    let query = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).created_after(after).created_before(before);
    assert!(ids(query.trust_id_time().stream().unwrap()).await == expected && !expected.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_answer_that_says_nothing_does_not_end_the_list() {
    for (form, prefetch) in ID_FORMS.into_iter().flat_map(|form| [(form, 0), (form, 11)]) {
        let nothing = |request: &SeenRequest| (request.number == 13).then(|| Fault::Body("{}".into()));
        let simulator = start(form.builder().tasks(2_000).fault_when(nothing)).await;
        let query = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).prefetch(prefetch);
        assert_eq!(ids(query.stream().unwrap()).await.len(), 2_000, "{form:?}");
    }
}
