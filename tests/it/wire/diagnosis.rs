//! What a diagnosis finds, against the simulator in each of its modes.

use std::sync::Mutex;

use iotda_batch_tasks::diagnosis::{Assumption, ConnectionCheck, Diagnosis, Finding};
use iotda_batch_tasks::{Client, ClientBuilder, Credentials, RetryPolicy, SigningAlgorithm, TaskType};
use iotda_simulator::{
    CountForm, Fault, MarkerFault, MarkerForm, Markers, SignatureKind, SimulatedTask, Simulator, SimulatorBuilder,
    Spread, TaskIds,
};

const PROJECT: &str = "0123456789abcdef0123456789abcdef";
const INSTANCE: &str = "5aa73e0f-9c2e";

fn tasks(number: usize) -> SimulatorBuilder {
    Simulator::builder().tasks(number).only("softwareUpgrade")
}

fn client(simulator: &Simulator) -> ClientBuilder {
    let builder = Client::builder().endpoint(simulator.endpoint()).project_id(PROJECT).instance_id(INSTANCE);
    builder.token("very-secret-token").retry(RetryPolicy::none())
}

async fn diagnosed(builder: SimulatorBuilder) -> Diagnosis {
    let simulator = builder.start().await.unwrap();
    let diagnosis =
        client(&simulator).build().unwrap().batch_tasks(TaskType::SoftwareUpgrade).diagnose().await.unwrap();
    let shown = format!("{diagnosis}\n{}", serde_json::to_string(&diagnosis).unwrap());
    let ids = simulator.edit(|list| list.tasks().into_iter().map(|task| task.id).collect::<Vec<_>>());
    for secret in ids.iter().map(String::as_str).chain([PROJECT, INSTANCE, "very-secret-token"]) {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    diagnosis
}

fn fails(diagnosis: &Diagnosis) -> Vec<Assumption> {
    let fails = |assumption: &Assumption| diagnosis.finding(*assumption) == Finding::DoesNotHold;
    Assumption::ALL.iter().copied().filter(fails).collect()
}

fn note(diagnosis: &Diagnosis, assumption: Assumption) -> &str {
    &diagnosis.behaviour.iter().find(|observation| observation.subject == assumption).unwrap().note
}

#[tokio::test]
async fn a_service_as_documented_shows_every_assumption() {
    let diagnosis = diagnosed(tasks(700)).await;
    for assumption in Assumption::ALL {
        assert_eq!(diagnosis.finding(*assumption), Finding::Holds, "{diagnosis}");
    }
    assert!(diagnosis.is_exact() && diagnosis.requests <= 8, "{diagnosis}");
    assert_eq!(diagnosis.list.as_deref(), Some("softwareUpgrade"));
}

#[tokio::test]
async fn what_exactness_needs_shows_on_short_lists_too() {
    let ends = [MarkerForm::Normal, MarkerForm::Absent, MarkerForm::Null, MarkerForm::Empty, MarkerForm::Echo];
    for number in [2, 3, 4, 7, 30, 50, 51, 120] {
        for end in ends {
            let diagnosis = diagnosed(tasks(number).last_page_marker(end).empty_page_marker(end)).await;
            assert!(diagnosis.is_exact(), "{number} {end:?} {diagnosis}");
            assert_eq!(fails(&diagnosis), [], "{number} {end:?} {diagnosis}");
        }
    }
    for number in [0, 1] {
        let diagnosis = diagnosed(tasks(number)).await;
        assert!(!diagnosis.is_exact() && fails(&diagnosis).is_empty(), "{diagnosis}");
        assert_eq!(diagnosis.finding(Assumption::NewestFirst), Finding::NotSeen);
    }
}

#[tokio::test]
async fn each_assumption_fails_where_the_service_breaks_it() {
    use Assumption::{
        CountOfWholeList, EmptyPageFields, EstimatedMarker, FullPages, MarkerDescends, MarkerIsLastId, OffsetTo500,
    };
    let many = || tasks(700);
    let bad_request =
        || Fault::Error { status: 400, code: "IOTDA.000017".to_owned(), message: "out of range".to_owned() };
    let no_500 = many().fault_when(move |request| (request.query("offset") == Some("500")).then(bad_request));
    let silent = many().empty_page_marker(MarkerForm::Null).count(CountForm::Absent);
    // Nine tasks in pages without a marker, whatever marker is sent.
    let no_markers = tasks(9).fault_when(|request| {
        let number = |name, usual| request.query(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
        let rows = (0..9_usize).skip(number("offset", 0)).take(number("limit", 10));
        let rows: Vec<_> =
            rows.map(|row| serde_json::json!({ "task_id": format!("{:024x}", 900 - 50 * row) })).collect();
        Some(Fault::Body(serde_json::json!({ "batchtasks": rows, "page": { "count": 9 } }).to_string()))
    });
    for (case, builder, expected) in [
        ("no markers", no_markers, &[MarkerDescends, EstimatedMarker][..]),
        ("page_cap", many().page_cap(20), &[FullPages]),
        ("page_cap, short", tasks(30).page_cap(20), &[FullPages]),
        ("page_cap_bytes", many().page_cap_bytes(9_000), &[FullPages]),
        ("two above", many().markers(Markers::TwoAbove), &[MarkerIsLastId]),
        ("four days above", many().markers(Markers::FourDaysAbove), &[MarkerIsLastId, EstimatedMarker]),
        ("foreign markers refused", many().refuse_foreign_markers(), &[EstimatedMarker]),
        ("foreign markers ignored", many().ignore_foreign_markers(), &[EstimatedMarker]),
        ("count below the marker", many().count(CountForm::BelowMarker), &[CountOfWholeList]),
        ("count of the page", many().count(CountForm::OfPage), &[CountOfWholeList]),
        ("a tenth", tasks(600).count(CountForm::Tenth), &[CountOfWholeList]),
        ("ten times", tasks(30).count(CountForm::TenTimes), &[CountOfWholeList]),
        ("a text", many().count(CountForm::Text), &[]),
        ("null", many().count(CountForm::Null).empty_page_marker(MarkerForm::Null), &[EmptyPageFields]),
        ("no number", many().count(CountForm::Fixed(-1)), &[EmptyPageFields]),
        ("empty pages without fields", silent, &[EmptyPageFields]),
        ("an empty object", many().empty_page_body("{}"), &[EmptyPageFields]),
        ("markers that repeat", many().marker_fault(MarkerFault::Repeats), &[MarkerDescends]),
        ("markers that rise", many().marker_fault(MarkerFault::Rises), &[MarkerDescends]),
        ("no offset of 500", no_500, &[OffsetTo500]),
    ] {
        let diagnosis = diagnosed(builder).await;
        assert_eq!(fails(&diagnosis), expected, "{case} {diagnosis}");
        let is_needed = expected.iter().any(|assumption| assumption.is_needed());
        assert_eq!(diagnosis.is_exact(), !is_needed, "{case} {diagnosis}");
    }
    let two_above = diagnosed(many().markers(Markers::TwoAbove)).await;
    assert!(note(&two_above, MarkerIsLastId).contains("2 above"), "{two_above}");
}

#[tokio::test]
async fn the_order_shows_in_times_where_ids_have_none() {
    let busy = || tasks(700).spread(Spread::Uneven).machines(3);
    for (builder, expected) in [
        (busy(), "ids descend"),
        (busy().task_ids(TaskIds::UnorderedWithinSeconds), "times of creation descend"),
        (busy().task_ids(TaskIds::Unordered), "times of creation descend"),
    ] {
        let diagnosis = diagnosed(builder).await;
        assert_eq!(diagnosis.finding(Assumption::NewestFirst), Finding::Holds, "{diagnosis}");
        assert!(note(&diagnosis, Assumption::NewestFirst).contains(expected), "{diagnosis}");
        assert!(diagnosis.is_exact(), "{diagnosis}");
    }
}

fn page(ids_and_times: &[(u32, &str)], marker: u32) -> Fault {
    let task = |(id, time): &(u32, &str)| format!(r#"{{"task_id":"{id:024x}","create_time":"{time}"}}"#);
    let tasks = ids_and_times.iter().map(task).collect::<Vec<_>>().join(",");
    Fault::Body(format!(r#"{{"batchtasks":[{tasks}],"page":{{"count":700,"marker":"{marker:024x}"}}}}"#))
}

#[tokio::test]
async fn an_order_from_the_oldest_is_seen() {
    let times = ["20260101T000000Z", "20260102T000000Z"];
    let oldest_first = move |marker: Option<&str>| match marker {
        None => page(&[(100, times[0]), (200, times[1])], 200),
        Some(_) => page(&[(300, times[1])], 300),
    };
    let diagnosis = diagnosed(tasks(9).fault_when(move |request| Some(oldest_first(request.query("marker"))))).await;
    assert_eq!(diagnosis.finding(Assumption::NewestFirst), Finding::DoesNotHold, "{diagnosis}");
    assert!(!diagnosis.is_exact());
}

#[tokio::test]
async fn a_marker_that_is_inclusive_is_seen() {
    let at = "20260101T000000Z";
    let inclusive = move |marker: Option<&str>| match marker.and_then(|marker| u32::from_str_radix(marker, 16).ok()) {
        Some(marker) => page(&[(marker, at), (marker.saturating_sub(50), at)], marker.saturating_sub(50)),
        None => page(&[(900, at), (800, at)], 800),
    };
    let diagnosis = diagnosed(tasks(9).fault_when(move |request| Some(inclusive(request.query("marker"))))).await;
    assert_eq!(diagnosis.finding(Assumption::MarkerExclusive), Finding::DoesNotHold, "{diagnosis}");
    assert!(!diagnosis.is_exact());
}

#[tokio::test]
async fn a_read_that_misses_a_task_for_a_moment_is_seen() {
    let hidden = Mutex::new(None::<SimulatedTask>);
    let diagnosis = diagnosed(tasks(700).before_each(move |number, list| {
        let mut hidden = hidden.lock().unwrap();
        if number == 2 {
            let task = list.tasks().swap_remove(10);
            list.delete(&task.id);
            *hidden = Some(task);
        } else if let Some(task) = hidden.take() {
            list.insert(&task);
        }
    }))
    .await;
    assert_eq!(diagnosis.finding(Assumption::ReadsAgree), Finding::DoesNotHold, "{diagnosis}");
    assert!(!diagnosis.is_exact());
}

#[tokio::test]
async fn a_list_that_changes_meanwhile_is_no_fault() {
    for seed in 0..12 {
        for number in [20, 700] {
            let changing =
                tasks(number).seed(seed).create_every(1 + seed % 3).delete_every(1 + seed % 2).set_status_every(1);
            let diagnosis = diagnosed(changing).await;
            assert_eq!(fails(&diagnosis), [], "{number} {seed} {diagnosis}");
        }
    }
}

#[tokio::test]
async fn the_longest_list_is_looked_at() {
    let simulator = Simulator::builder().tasks(90).only("freezeDevices").start().await.unwrap();
    let diagnosis = client(&simulator).build().unwrap().diagnose().await;
    assert_eq!(diagnosis.list.as_deref(), Some("freezeDevices"));
    assert!(diagnosis.is_exact() && diagnosis.requests <= 20, "{diagnosis}");
    let unknown = TaskType::KNOWN.iter().map(|known| known.as_str()).filter(|known| *known != "freezeDevices");
    let simulator =
        Simulator::builder().tasks(90).only("freezeDevices").unknown_task_types(unknown).start().await.unwrap();
    let diagnosis = client(&simulator).build().unwrap().diagnose().await;
    assert!(diagnosis.is_exact(), "{diagnosis}");
    assert!(diagnosis.connection.iter().all(|check| check.finding != Finding::DoesNotHold), "{diagnosis}");
}

fn connection(diagnosis: &Diagnosis, check: ConnectionCheck) -> (Finding, &str) {
    let found = diagnosis.connection.iter().find(|observation| observation.subject == check).unwrap();
    (found.finding, &found.note)
}

#[tokio::test]
async fn what_is_wrong_with_a_connection_is_named_and_what_is_right_holds() {
    use ConnectionCheck::{Answer, Connection, Credentials as Taken, Permission};
    let error = |status, code: &str| Fault::Error { status, code: code.to_owned(), message: "no".to_owned() };
    let always = |fault: Fault| tasks(9).fault_when(move |_| Some(fault.clone()));
    for (builder, wrong, right) in [
        (tasks(9).token("another"), Taken, &[Connection][..]),
        (always(error(403, "IOTDA.000021")), Permission, &[Connection, Taken]),
        (always(error(500, "IOTDA.000001")), Answer, &[Connection]),
        (always(Fault::Body("{}".to_owned())), Answer, &[Connection, Taken, Permission]),
        (always(Fault::Body("<html>login</html>".to_owned())), Answer, &[Connection, Taken, Permission]),
        (always(Fault::Close), Connection, &[]),
    ] {
        let diagnosis = diagnosed(builder).await;
        assert_eq!(connection(&diagnosis, wrong).0, Finding::DoesNotHold, "{diagnosis}");
        for check in right {
            assert_eq!(connection(&diagnosis, *check).0, Finding::Holds, "{check:?} {diagnosis}");
        }
        for check in [Connection, Taken, Permission, Answer] {
            if check != wrong && !right.contains(&check) {
                assert_eq!(connection(&diagnosis, check).0, Finding::NotSeen, "{check:?} {diagnosis}");
            }
        }
        assert!(!diagnosis.is_exact());
    }
}

#[tokio::test]
async fn clock_signature_and_quota_are_read_from_the_answers() {
    let keys = || Credentials::aksk("AKIDEXAMPLE0123456", "SecretKeyExample/0123456789+abcdefghijkl");
    let of = async |builder: SimulatorBuilder, credentials: Credentials| {
        let simulator = builder.start().await.unwrap();
        let client = client(&simulator).credentials(credentials).region("cn-north-4").build().unwrap();
        client.batch_tasks(TaskType::SoftwareUpgrade).diagnose().await.unwrap()
    };
    let signed = || tasks(90).require_signature(SignatureKind::Derived);
    let right = of(signed().quota(1000, std::time::Duration::from_secs(60)).quota_in_headers(), keys()).await;
    assert_eq!(connection(&right, ConnectionCheck::Signature).1, "V11-HMAC-SHA256 (derived) for cn-north-4");
    assert_eq!(connection(&right, ConnectionCheck::Clock), (Finding::Holds, "the same as the service's"));
    let (finding, quota) = connection(&right, ConnectionCheck::Quota);
    assert!(finding == Finding::Holds && quota.contains("1000 requests in 60 s"), "{right}");
    assert_eq!(connection(&right, ConnectionCheck::Credentials).0, Finding::Holds);
    let late = of(signed().clock_ahead(3600), keys()).await;
    let (finding, clock) = connection(&late, ConnectionCheck::Clock);
    assert!(finding == Finding::DoesNotHold && clock.contains("ahead"), "{late}");
    let basic = of(signed(), keys().algorithm(SigningAlgorithm::Basic)).await;
    assert_eq!(connection(&basic, ConnectionCheck::Signature).1, "SDK-HMAC-SHA256 (basic)");
    let (finding, why) = connection(&basic, ConnectionCheck::Credentials);
    assert!(finding == Finding::DoesNotHold && why.contains("--auth derived"), "{basic}");
    assert!(!basic.to_string().contains("AKIDEXAMPLE0123456"), "{basic}");
}

#[tokio::test]
async fn names_of_accounts_and_their_hosts_are_hashed_in_errors_too() {
    let simulator = tasks(9).iam_user("another-account", "reader-of-plant-7", "right").start().await.unwrap();
    let of = async |credentials: Credentials| {
        let client = Client::builder().endpoint(simulator.endpoint()).region("cn-north-4").credentials(credentials);
        let diagnosis = client.retry(RetryPolicy::none()).build().unwrap().diagnose().await;
        format!("{diagnosis}\n{}", serde_json::to_string(&diagnosis).unwrap())
    };
    let login = || Credentials::password("reader-of-plant-7", "account-of-works", "geheim");
    for (credentials, shown) in [
        (login().iam_endpoint(simulator.endpoint()), "answered 401"),
        (login().iam_endpoint("https://iam.works.invalid"), "cannot be reached"),
        (
            Credentials::aksk("AKIDEXAMPLE0123456", "geheim")
                .assume_agency("agency-of-works", "account-of-works")
                .iam_endpoint("https://iam.works.invalid"),
            "cannot be reached",
        ),
    ] {
        let report = of(credentials).await;
        assert!(report.contains(shown), "{report}");
        for name in ["reader-of-plant-7", "account-of-works", "agency-of-works", "works.invalid", "geheim"] {
            assert!(!report.contains(name), "{name}: {report}");
        }
    }
}

#[tokio::test]
async fn a_project_that_cannot_be_looked_up_is_blamed_by_its_kind() {
    let keys = ("AKIDEXAMPLE0123456", "SecretKeyExample/0123456789+abcdefghijkl");
    let simulator = tasks(9).key(keys.0, keys.1).project_id("0a1b").start().await.unwrap();
    let of = async |credentials: Credentials| {
        let client = Client::builder().endpoint(simulator.endpoint()).region("cn-south-9");
        client.credentials(credentials).retry(RetryPolicy::none()).build().unwrap().diagnose().await
    };
    let iam = simulator.endpoint();
    let wrong_keys = of(Credentials::aksk(keys.0, "project").iam_endpoint(&iam)).await;
    assert_eq!(connection(&wrong_keys, ConnectionCheck::Credentials).0, Finding::DoesNotHold, "{wrong_keys}");
    assert_eq!(connection(&wrong_keys, ConnectionCheck::Project).0, Finding::NotSeen, "{wrong_keys}");
    let page = Fault::Body("<html>".to_owned());
    let other = tasks(9).iam_fault_at(1, page).start().await.unwrap();
    let no_project = of(Credentials::aksk(keys.0, keys.1).iam_endpoint(other.endpoint())).await;
    assert_eq!(connection(&no_project, ConnectionCheck::Project).0, Finding::DoesNotHold, "{no_project}");
    assert_eq!(connection(&no_project, ConnectionCheck::Credentials).0, Finding::Holds, "{no_project}");
}

#[tokio::test]
async fn an_endpoint_that_refuses_connections_is_reported() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let builder = Client::builder().endpoint(format!("http://127.0.0.1:{port}")).project_id(PROJECT).token("t");
    let diagnosis = builder.retry(RetryPolicy::none()).build().unwrap().diagnose().await;
    assert_eq!(connection(&diagnosis, ConnectionCheck::Connection).0, Finding::DoesNotHold, "{diagnosis}");
    assert_eq!(connection(&diagnosis, ConnectionCheck::Credentials).0, Finding::NotSeen, "{diagnosis}");
    assert_eq!((diagnosis.list.as_deref(), diagnosis.requests), (None, 1));
}
