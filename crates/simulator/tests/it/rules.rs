//! The paging rules and what is refused.

use iotda_simulator::{
    CountForm, MarkerFault, MarkerForm, Markers, SimulatedTask, Simulator, Spread, TASK_TYPES, TaskIds,
};

use crate::wire::{LIST, get, page, send};

async fn simulator(tasks: usize) -> Simulator {
    Simulator::builder().tasks(tasks).seed(7).start().await.unwrap()
}

#[tokio::test]
async fn markers_lead_through_the_whole_list_newest_first() {
    for builder in [
        Simulator::builder(),
        Simulator::builder().spread(Spread::Uneven),
        Simulator::builder().opaque_markers(),
        Simulator::builder().spread(Spread::Uneven).machines(3).markers(Markers::TwoAbove),
        Simulator::builder().spread(Spread::Uneven).task_ids(TaskIds::UnorderedWithinSeconds),
        Simulator::builder().task_ids(TaskIds::Unordered),
    ] {
        let simulator = builder.tasks(123).seed(7).start().await.unwrap();
        let mut read = Vec::new();
        let mut query = "limit=50".to_owned();
        loop {
            let reply = page(&simulator, &query).await;
            assert_eq!(reply.json()["page"]["count"], 123);
            if reply.ids().is_empty() {
                break;
            }
            query = format!("limit=50&marker={}", reply.marker().unwrap());
            read.extend(reply.ids());
        }
        assert_eq!(read, simulator.edit(|list| list.ids("softwareUpgrade")));
        assert_eq!(simulator.request_count(), 4);
    }
}

#[tokio::test]
async fn a_marker_is_exclusive_and_offset_skips_below_it() {
    let simulator = simulator(600).await;
    let ids = simulator.edit(|list| list.ids("softwareUpgrade"));
    let next = page(&simulator, &format!("limit=3&marker={}", ids[9])).await;
    assert_eq!(next.ids(), ids[10..13]);
    let skipped = page(&simulator, &format!("limit=3&offset=500&marker={}", ids[9])).await;
    assert_eq!(skipped.ids(), ids[510..513]);
    let upper = page(&simulator, &format!("limit=1&marker={}", ids[9].to_uppercase())).await;
    assert_eq!(upper.ids(), ids[10..11]);
    let default = page(&simulator, "limit=2&marker=ffffffffffffffffffffffff").await;
    assert_eq!(default.ids(), ids[..2]);
    assert_eq!(page(&simulator, "").await.ids(), ids[..10]);
    let between = format!("{}{:016x}", &ids[99][..8], u64::MAX);
    assert_eq!(page(&simulator, &format!("limit=1&marker={between}")).await.ids(), ids[99..100]);
    assert!(page(&simulator, &format!("offset=500&marker={}", ids[200])).await.ids().is_empty());
}

#[tokio::test]
async fn a_page_holds_the_records_that_the_list_holds() {
    let simulator = simulator(20).await;
    let reply = page(&simulator, "limit=20").await;
    let records = reply.json()["batchtasks"].as_array().unwrap().clone();
    for record in records {
        let id = record["task_id"].as_str().unwrap();
        let json = simulator.edit(|list| list.json(id)).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), record);
    }
}

#[tokio::test]
async fn filters_by_type_status_and_resource_space() {
    let simulator =
        Simulator::builder().tasks(900).seed(7).mix(["createCommands", "freezeDevices"]).start().await.unwrap();
    let tasks = simulator.edit(|list| list.tasks());
    let expected = |matches: &dyn Fn(&SimulatedTask) -> bool| -> Vec<String> {
        tasks.iter().filter(|task| matches(task)).map(|task| task.id.clone()).collect()
    };
    let commands = get(&simulator, &format!("{LIST}?task_type=createCommands&limit=20&status=Fail")).await;
    let fails = expected(&|task| task.task_type == "createCommands" && task.status == "Fail");
    assert_eq!(commands.ids(), fails[..20]);
    assert_eq!(commands.json()["page"]["count"], fails.len());

    let target = format!("{LIST}?task_type=freezeDevices&limit=5&app_id=app_B-2&status=Success&offset=7");
    let frozen = get(&simulator, &target).await;
    let matching =
        expected(&|task| task.task_type == "freezeDevices" && task.status == "Success" && task.app_id == "app_B-2");
    assert_eq!(frozen.ids(), matching[7..12]);
    assert_eq!(frozen.json()["page"]["count"], matching.len());
    assert!(!String::from_utf8_lossy(&frozen.body).contains("app_"));

    let nothing = get(&simulator, &format!("{LIST}?task_type=deviceJob")).await;
    assert_eq!((nothing.status, nothing.json()["page"]["count"].as_u64()), (200, Some(0)));
}

#[tokio::test]
async fn broken_rules_are_refused_with_the_services_codes() {
    let simulator = Simulator::builder()
        .tasks(5)
        .mix(TASK_TYPES)
        .unknown_task_types(["moduleUpgrade", "changeGateway"])
        .start()
        .await
        .unwrap();
    let refused = [
        ("limit=10", 400, "IOTDA.000006"),
        ("task_type=nothing", 400, "IOTDA.000006"),
        ("task_type=moduleUpgrade", 400, "IOTDA.000006"),
        ("task_type=softwareUpgrade&status=Waiting", 400, "IOTDA.000006"),
        ("task_type=softwareUpgrade&limit=51", 400, "IOTDA.000017"),
        ("task_type=softwareUpgrade&limit=0", 400, "IOTDA.000017"),
        ("task_type=softwareUpgrade&offset=501", 400, "IOTDA.000006"),
        ("task_type=softwareUpgrade&marker=xyz", 400, "IOTDA.000018"),
        ("task_type=softwareUpgrade&app_id=a%20b", 400, "IOTDA.000006"),
        ("task_type=softwareUpgrade&app_id=elsewhere", 403, "IOTDA.001000"),
    ];
    for (query, status, code) in refused {
        let reply = get(&simulator, &format!("{LIST}?{query}")).await;
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{query}");
        assert!(!reply.json()["error_msg"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn paths_methods_and_ids_are_checked() {
    let simulator = Simulator::builder().tasks(5).instance_id("b9ab-1").start().await.unwrap();
    let target = format!("{LIST}?task_type=softwareUpgrade");
    let own = [("Instance-Id", "b9ab-1")];
    assert_eq!(send(&simulator, "GET", &target, &own, "").await.unwrap().status, 200);
    for headers in [&[][..], &[("Instance-Id", "b9ab-2")], &[("Instance-Id", "B9AB-1")]] {
        let reply = send(&simulator, "GET", &target, headers, "").await.unwrap();
        assert_eq!((reply.status, reply.code().as_str()), (400, "IOTDA.000006"), "{headers:?}");
    }
    for path in ["/", "/v5/iot/0/batchtask", "/v5/iot/0/batchtasks/", "/v5/iot//0/batchtasks"] {
        let reply = send(&simulator, "GET", path, &own, "").await.unwrap();
        assert_eq!((reply.status, reply.code().as_str()), (404, "APIGW.0101"), "{path}");
        assert_eq!(reply.json()["request_id"].as_str(), reply.header("x-request-id"));
    }
    let outside = send(&simulator, "GET", "/v5/iot/xyz/batchtasks?task_type=softwareUpgrade", &own, "").await.unwrap();
    assert_eq!(outside.status, 400);
    let other = send(&simulator, "DELETE", &target, &own, "").await.unwrap();
    assert_eq!((other.status, other.header("allow")), (405, Some("GET")));
    assert!(!other.code().is_empty());
}

#[tokio::test]
async fn every_answer_has_a_date_and_its_own_request_id() {
    let simulator = simulator(1).await;
    let (first, second) = (page(&simulator, "").await, get(&simulator, "/nowhere").await);
    for reply in [&first, &second] {
        assert!(reply.header("date").unwrap().ends_with(" GMT"));
        assert_eq!(reply.header("x-request-id").unwrap().len(), 32);
    }
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn a_cap_makes_pages_shorter_than_requested() {
    let simulator = Simulator::builder().tasks(30).page_cap(7).start().await.unwrap();
    assert_eq!(page(&simulator, "limit=50").await.ids().len(), 7);
    assert_eq!(page(&simulator, "limit=5").await.ids().len(), 5);
    assert_eq!(page(&simulator, "limit=50&offset=28").await.ids().len(), 2);
}

#[tokio::test]
async fn a_cap_by_bytes_makes_pages_of_varying_length() {
    let simulator = Simulator::builder().tasks(300).page_cap_bytes(10_000).start().await.unwrap();
    let (mut lengths, mut read, mut query) = (Vec::new(), Vec::new(), "limit=50".to_owned());
    loop {
        let reply = page(&simulator, &query).await;
        let ids = reply.ids();
        if ids.is_empty() {
            break;
        }
        query = format!("limit=50&marker={}", reply.marker().unwrap());
        lengths.push(ids.len());
        read.extend(ids);
    }
    assert_eq!(read, simulator.edit(|list| list.ids("softwareUpgrade")));
    assert!(lengths.iter().all(|length| *length < 50) && lengths.iter().any(|length| *length != lengths[0]));
    let tiny = Simulator::builder().tasks(3).page_cap_bytes(1).start().await.unwrap();
    assert_eq!(page(&tiny, "limit=50").await.ids().len(), 1);
}

#[tokio::test]
async fn a_marker_can_lie_above_its_record() {
    for (markers, seconds) in [(Markers::TaskIds, 0), (Markers::TwoAbove, 0), (Markers::FourDaysAbove, 348_397)] {
        let simulator = Simulator::builder().tasks(30).markers(markers).start().await.unwrap();
        let reply = page(&simulator, "limit=10").await;
        let (marker, ids) = (reply.marker().unwrap(), reply.ids());
        assert_eq!(marker == ids[9], markers == Markers::TaskIds);
        let second = |text: &str| u32::from_str_radix(&text[..8], 16).unwrap();
        // The digits below may carry.
        assert!((seconds..=seconds + 1).contains(&(second(&marker) - second(&ids[9]))));
        let next = page(&simulator, &format!("limit=10&marker={marker}")).await;
        assert_eq!(next.ids(), simulator.edit(|list| list.ids("softwareUpgrade"))[10..20]);
    }
}

#[tokio::test]
async fn with_several_machines_a_created_task_may_lie_below_the_head() {
    let simulator = Simulator::builder().tasks(5).machines(3).start().await.unwrap();
    let created: Vec<String> = (0..50).map(|_| simulator.edit(|list| list.create("softwareUpgrade"))).collect();
    let listed = simulator.edit(|list| list.ids("softwareUpgrade"));
    assert_eq!(listed.len(), 55);
    assert!(listed.windows(2).all(|pair| pair[0] > pair[1]));
    assert!(created.windows(2).any(|pair| pair[0] > pair[1]) && created.iter().all(|id| listed.contains(id)));
}

#[tokio::test]
async fn an_empty_page_can_be_answered_with_any_text() {
    let simulator = Simulator::builder().tasks(30).empty_page_body("{}").start().await.unwrap();
    assert_eq!(page(&simulator, "offset=30").await.body, b"{}");
    assert_eq!(page(&simulator, "limit=50").await.ids().len(), 30);
}

#[tokio::test]
async fn a_count_can_be_wrong() {
    for (count, expected) in
        [(CountForm::OfPage, 7), (CountForm::TenTimes, 300), (CountForm::Tenth, 3), (CountForm::Fixed(0), 0)]
    {
        let simulator = Simulator::builder().tasks(30).count(count).start().await.unwrap();
        assert_eq!(page(&simulator, "limit=7").await.json()["page"]["count"], expected);
    }
}

#[tokio::test]
async fn the_unverified_forms_can_be_chosen() {
    let simulator = Simulator::builder()
        .tasks(30)
        .count(CountForm::Text)
        .last_page_marker(MarkerForm::Null)
        .empty_page_marker(MarkerForm::Empty)
        .start()
        .await
        .unwrap();
    let first = page(&simulator, "limit=29").await;
    assert_eq!(first.json()["page"]["count"], "30");
    assert!(first.marker().is_some());
    assert!(page(&simulator, "limit=30").await.json()["page"]["marker"].is_null());
    assert_eq!(page(&simulator, "offset=30").await.json()["page"]["marker"], "");

    let below = Simulator::builder().tasks(30).count(CountForm::BelowMarker).start().await.unwrap();
    let ids = below.edit(|list| list.ids("softwareUpgrade"));
    assert_eq!(page(&below, &format!("marker={}", ids[9])).await.json()["page"]["count"], 20);

    let rises = Simulator::builder().tasks(30).marker_fault(MarkerFault::Rises).start().await.unwrap();
    let second = page(&rises, &format!("marker={}", ids[9])).await;
    assert!(second.marker().unwrap() > ids[9]);
}

#[tokio::test]
async fn only_markers_that_were_handed_out_are_taken() {
    let simulator = Simulator::builder().tasks(30).refuse_foreign_markers().start().await.unwrap();
    let ids = simulator.edit(|list| list.ids("softwareUpgrade"));
    let foreign = page(&simulator, &format!("marker={}", ids[9])).await;
    assert_eq!((foreign.status, foreign.code().as_str()), (400, "IOTDA.000018"));
    let first = page(&simulator, "marker=FFFFFFFFFFFFFFFFFFFFFFFF").await;
    assert_eq!(first.marker().unwrap(), ids[9]);
    assert_eq!(page(&simulator, &format!("marker={}", ids[9])).await.ids(), ids[10..20]);
}

#[tokio::test]
async fn markers_that_were_not_handed_out_can_be_answered_with_nothing() {
    let simulator = Simulator::builder().tasks(30).ignore_foreign_markers().start().await.unwrap();
    let ids = simulator.edit(|list| list.ids("softwareUpgrade"));
    let foreign = page(&simulator, &format!("marker={}", ids[9])).await;
    assert_eq!(foreign.json(), serde_json::json!({ "batchtasks": [], "page": { "count": 0 } }));
    assert_eq!(page(&simulator, "").await.marker().unwrap(), ids[9]);
    assert_eq!(page(&simulator, &format!("marker={}", ids[9])).await.ids(), ids[10..20]);
}
