//! What a history records on the wire, checked with a client of a few lines.

use iotda_simulator::{
    CheckOptions, Fault, History, RowList, SimulatedTask, Simulator, SimulatorBuilder, TaskIds, Verdict,
};

use crate::wire::{LIST, get, page};

const TYPE: &str = "softwareUpgrade";

async fn start(builder: SimulatorBuilder) -> Simulator {
    builder.seed(7).record_history().start().await.unwrap()
}

/// Follows the markers to the end, page by page.
async fn scan(simulator: &Simulator, filter: &str) -> Vec<String> {
    let mut delivered = Vec::new();
    let mut marker = String::new();
    loop {
        let reply = page(simulator, &format!("limit=10&{filter}{marker}")).await;
        if reply.status != 200 {
            continue;
        }
        if reply.ids().is_empty() {
            return delivered;
        }
        delivered.extend(reply.ids());
        marker = format!("&marker={}", reply.marker().unwrap());
    }
}

fn check(simulator: &Simulator, delivered: &[String]) -> Verdict {
    let history = simulator.history();
    let verdict = history.check(&CheckOptions::new(), delivered).unwrap();
    // A text says the same.
    let read = History::read(history.to_string().as_bytes()).unwrap();
    assert_eq!(read.check(&CheckOptions::new(), delivered).unwrap(), verdict);
    verdict
}

fn edited() -> SimulatorBuilder {
    Simulator::builder().tasks(300).create_every(2).delete_every(3).set_status_every(1)
}

#[tokio::test]
async fn a_client_that_follows_markers_is_exact_while_tasks_come_and_go() {
    for task_ids in [TaskIds::InOrder, TaskIds::UnorderedWithinSeconds, TaskIds::Unordered] {
        for filter in ["", "status=Success", "app_id=app_A-1&status=Success"] {
            let simulator = start(edited().task_ids(task_ids)).await;
            let delivered = scan(&simulator, filter).await;
            let verdict = check(&simulator, &delivered);
            assert!(verdict.is_exact() && verdict.throughout > 10 && verdict.for_a_while > 0, "{filter}: {verdict}");
            assert_eq!(verdict.pages, simulator.request_count());
        }
    }
}

#[tokio::test]
async fn what_a_client_does_wrong_is_found() {
    let simulator = start(edited()).await;
    let delivered = scan(&simulator, "").await;
    let still = simulator.edit(|list| list.ids(TYPE));
    let place = delivered.iter().position(|id| still.contains(id)).unwrap();
    let id = delivered[place].clone();

    let mut lost = delivered.clone();
    lost.remove(place);
    assert_eq!(check(&simulator, &lost).lost, [id.as_str()]);

    let mut doubled = delivered.clone();
    doubled.push(id.clone());
    assert_eq!(check(&simulator, &doubled).doubled, [id.as_str()]);

    let mut swapped = delivered.clone();
    swapped.swap(20, 21);
    assert_eq!(check(&simulator, &swapped).out_of_order, [delivered[20].clone()]);
    assert!(simulator.history().check(&CheckOptions::new().unordered(), &swapped).unwrap().is_exact());

    // It is in the list, but was not before the scan was over.
    let late = simulator.edit(|list| list.create(TYPE));
    let mut foreign = delivered.clone();
    foreign.insert(0, late.clone());
    assert_eq!(check(&simulator, &foreign).never_there, [late]);
}

#[tokio::test]
async fn a_loop_over_offsets_loses_tasks() {
    let simulator = start(Simulator::builder().tasks(200).delete_every(1)).await;
    let mut delivered = Vec::new();
    for offset in (0..200).step_by(10) {
        delivered.extend(page(&simulator, &format!("limit=10&offset={offset}")).await.ids());
    }
    let verdict = check(&simulator, &delivered);
    assert!(!verdict.lost.is_empty() && verdict.doubled.is_empty(), "{verdict}");
}

#[tokio::test]
async fn an_edit_by_hand_falls_between_two_answers() {
    let simulator = start(Simulator::builder().tasks(30)).await;
    let ids = simulator.edit(|list| list.ids(TYPE));
    let task = simulator.edit(|list| list.task(&ids[25])).unwrap();
    let first = page(&simulator, "limit=20").await;
    // The id in capitals is the same id.
    simulator.edit(|list| assert!(list.delete(&ids[21].to_uppercase()) && list.delete(&ids[25])));
    page(&simulator, "limit=20").await;
    simulator.edit(|list| assert!(list.insert(&SimulatedTask { status: "Fail".to_owned(), ..task })));
    let rest = page(&simulator, &format!("limit=20&marker={}", first.marker().unwrap())).await;
    let delivered = [first.ids(), rest.ids()].concat();
    let verdict = check(&simulator, &delivered);
    assert!(verdict.is_exact(), "{verdict}");
    assert_eq!((verdict.throughout, verdict.for_a_while, verdict.delivered), (28, 2, 29));
}

#[tokio::test]
async fn answers_without_a_page_of_the_list_do_not_lengthen_the_scan() {
    let refusal = Fault::Error { status: 403, code: "IOTDA.000021".to_owned(), message: "no".to_owned() };
    for fault in [Fault::Internal, Fault::Reset, Fault::Close, Fault::Body("{}".to_owned()), refusal] {
        let simulator = start(Simulator::builder().tasks(10).delete_every(1).fault_at(1, fault.clone())).await;
        // The first request is spoilt, and a task that was there before it need not come.
        let _ = crate::wire::send(&simulator, "GET", &format!("{LIST}?task_type={TYPE}"), &[], "").await;
        let delivered = page(&simulator, "limit=50").await.ids();
        assert_eq!(page(&simulator, "limit=51").await.status, 400);
        let verdict = check(&simulator, &delivered);
        assert!(verdict.is_exact(), "{fault:?}: {verdict}");
        assert_eq!((verdict.pages, verdict.throughout), (1, 8), "{fault:?}");
    }
    // Of a half a client can have read records.
    let simulator = start(Simulator::builder().tasks(10).delete_every(1).fault_at(1, Fault::HalfBody)).await;
    let _ = crate::wire::send(&simulator, "GET", &format!("{LIST}?task_type={TYPE}"), &[], "").await;
    let delivered = page(&simulator, "limit=50").await.ids();
    assert_eq!(check(&simulator, &delivered).for_a_while, 1);
}

#[tokio::test]
async fn every_type_is_a_list_of_its_own() {
    let simulator = start(Simulator::builder().tasks(60).mix(["freezeDevices", "createCommands"])).await;
    let mut delivered = Vec::new();
    for task_type in ["freezeDevices", "createCommands"] {
        delivered.extend(get(&simulator, &format!("{LIST}?task_type={task_type}&limit=50")).await.ids());
    }
    let verdict = check(&simulator, &delivered);
    assert!(verdict.is_exact() && verdict.throughout == 60, "{verdict}");
    let one = CheckOptions::new().list("batchtasks?task_type=freezeDevices");
    let verdict = simulator.history().check(&one, &delivered).unwrap();
    assert!(verdict.lost.is_empty() && !verdict.never_there.is_empty(), "{verdict}");
}

#[tokio::test]
async fn other_lists_are_recorded_with_their_filters() {
    let written = |id: &str, number: u64| format!(r#"{{"queue_id":"{id}","odd":{},"of":{{}}}}"#, number % 2 == 1);
    let queues = RowList::new("amqp-queues", "queues", "queue_id").rows(20).written_by(written);
    let simulator = start(Simulator::builder().list(queues)).await;
    let path = LIST.replace("batchtasks", "amqp-queues");
    let ids = simulator.edit_rows("amqp-queues", |list| list.ids());
    let first = get(&simulator, &format!("{path}?limit=4&odd=true&foreign=1")).await.json();
    simulator.edit_rows("amqp-queues", |list| {
        assert!(list.set_shown(&ids[9], false) && list.delete(&ids[11]));
        assert!(list.set_json(&ids[13], r#"{"odd":false}"#));
    });
    let rest =
        get(&simulator, &format!("{path}?limit=50&odd=true&marker={}", first["page"]["marker"].as_str().unwrap()))
            .await;
    simulator.edit_rows("amqp-queues", |list| assert!(list.set_shown(&ids[9], true)));
    let rows = [first, rest.json()].map(|reply| reply["queues"].as_array().unwrap().clone()).concat();
    let delivered: Vec<String> = rows.iter().map(|row| row["queue_id"].as_str().unwrap().to_owned()).collect();
    let verdict = check(&simulator, &delivered);
    assert!(verdict.is_exact(), "{verdict}");
    assert_eq!(verdict.lists, ["amqp-queues?odd=true"]);
    assert_eq!((verdict.throughout, verdict.for_a_while), (7, 3));
}

#[tokio::test]
async fn parts_make_up_the_history() {
    let simulator = start(edited()).await;
    let other = start(edited()).await;
    page(&simulator, "").await;
    page(&other, "").await;
    let mut text = simulator.take_history().to_string();
    let delivered = [scan(&simulator, "").await, scan(&other, "").await];
    text.push_str(&simulator.take_history().to_string());
    assert_eq!(simulator.take_history().to_string(), "");
    let without_times = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split(",\"ms\":").next().unwrap().to_owned()).collect()
    };
    assert_eq!(without_times(&text), without_times(&other.history().to_string()));
    let verdict = History::read(text.as_bytes()).unwrap().check(&CheckOptions::new(), &delivered[0]).unwrap();
    assert!(verdict.is_exact(), "{verdict}");
}

#[tokio::test]
async fn nothing_is_recorded_without_request() {
    let simulator = Simulator::builder().tasks(10).delete_every(1).start().await.unwrap();
    page(&simulator, "").await;
    assert_eq!(simulator.history().to_string(), "");
}
