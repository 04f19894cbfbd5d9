//! The sibling lists.

use iotda_simulator::{CountForm, Fault, RowList, Simulator};
use serde_json::Value;

use crate::wire::{LIST, Reply, get, send};

const PROJECT: &str = "/v5/iot/0123456789abcdef0123456789abcdef";

async fn ask(simulator: &Simulator, list: &str) -> Reply {
    get(simulator, &format!("{PROJECT}/{list}")).await
}

fn ids(page: &Value, rows: &str, id: &str) -> Vec<String> {
    page[rows].as_array().unwrap().iter().map(|row| row[id].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_known_list_is_read_whole_by_its_markers() {
    let simulator = Simulator::builder()
        .seed(7)
        .list(RowList::devices().rows(123))
        .list(RowList::products().rows(60))
        .list(RowList::device_groups().rows(50))
        .list(RowList::devices_in_group("g-1").rows(3))
        .list(RowList::ota_packages().rows(0))
        .list(RowList::rules().rows(101))
        .list(RowList::task_details("0a1b").rows(70))
        .list(RowList::new("certificates", "certificates", "certificate_id").wide_markers().rows(130))
        .start()
        .await
        .unwrap();
    for (path, rows, id, count) in [
        ("devices", "devices", "device_id", 123),
        ("products", "products", "product_id", 60),
        ("device-group", "device_groups", "group_id", 50),
        ("device-group/g-1/devices", "devices", "device_id", 3),
        ("ota-upgrades/packages", "packages", "package_id", 0),
        ("rules", "rules", "rule_id", 101),
        ("batchtasks/0a1b", "task_details", "target", 70),
        ("certificates", "certificates", "certificate_id", 130),
    ] {
        let (mut read, mut query) = (Vec::new(), "?limit=50".to_owned());
        loop {
            let page = ask(&simulator, &format!("{path}{query}")).await.json();
            let summary = if path == "rules" { page.clone() } else { page["page"].clone() };
            assert_eq!(summary["count"], count, "{path}");
            let ids = ids(&page, rows, id);
            if ids.is_empty() {
                break;
            }
            let marker = summary["marker"].as_str().unwrap();
            assert_ne!(marker, ids.last().unwrap());
            assert_eq!(marker.len(), if path == "certificates" { 36 } else { 24 });
            query = format!("?limit=50&marker={marker}");
            read.extend(ids);
        }
        assert_eq!(read, simulator.edit_rows(path, |list| list.ids()), "{path}");
        assert_eq!(read.len(), count, "{path}");
    }
}

#[tokio::test]
async fn rows_come_go_hide_and_change() {
    let simulator = Simulator::builder()
        .list(RowList::devices().rows(10))
        .before_each_of("devices", |number, list| {
            if number == 3 {
                list.create();
            }
        })
        .start()
        .await
        .unwrap();
    let before = simulator.edit_rows("devices", |list| list.ids());
    simulator.edit_rows("devices", |list| {
        assert!(list.delete(&before[0]) && !list.delete(&before[0]));
        assert!(list.set_shown(&before[1], false) && list.set_shown(&before[2], false));
        assert!(list.set_shown(&before[2], true));
        assert!(list.set_json(&before[3], r#"{"device_id":7}"#));
        assert_eq!((list.len(), list.is_empty()), (8, false));
    });
    let page = ask(&simulator, "devices?limit=50").await.json();
    assert_eq!(page["devices"][0]["device_id"], before[2].as_str());
    assert_eq!((&page["devices"][1]["device_id"], &page["page"]["count"]), (&7.into(), &8.into()));
    let json = simulator.edit_rows("devices", |list| list.json(&before[4])).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), page["devices"][2]);
    ask(&simulator, "devices").await;
    assert_eq!(ask(&simulator, "devices").await.json()["page"]["count"], 9);
}

#[tokio::test]
async fn a_field_of_the_rows_filters_and_anything_else_is_passed_over() {
    let simulator = Simulator::builder().list(RowList::devices().rows(90)).start().await.unwrap();
    let online = ask(&simulator, "devices?limit=50&status=ONLINE&is_cascade_query=true").await.json();
    assert_eq!((ids(&online, "devices", "device_id").len(), &online["page"]["count"]), (30, &30.into()));
    let nothing = ask(&simulator, "devices?status=ONLINE&product_name=nothing").await.json();
    assert_eq!(nothing["page"]["count"], 0);
}

#[tokio::test]
async fn the_service_s_rules_hold_for_every_list() {
    let simulator = Simulator::builder()
        .tasks(3)
        .list(RowList::rules().rows(30))
        .list(RowList::new("certificates", "certificates", "certificate_id").wide_markers().rows(30))
        .page_cap(7)
        .count(CountForm::Absent)
        .refuse_foreign_markers()
        .start()
        .await
        .unwrap();
    let page = ask(&simulator, "rules?limit=50").await.json();
    assert_eq!((page["rules"].as_array().unwrap().len(), page.get("count")), (7, None));
    let marker = page["marker"].as_str().unwrap();
    assert_eq!(
        ask(&simulator, &format!("rules?marker={marker}&offset=24")).await.json()["rules"],
        serde_json::json!([])
    );
    for (query, code) in [
        ("rules?limit=51", "IOTDA.000017"),
        ("rules?offset=501", "IOTDA.000006"),
        ("rules?marker=5c8ba99030344005c02316ad", "IOTDA.000018"),
        ("certificates?marker=5c8ba99030344005c02316ad", "IOTDA.000018"),
        ("nothing", "APIGW.0101"),
    ] {
        assert_eq!(ask(&simulator, query).await.code(), code, "{query}");
    }
    let other = send(&simulator, "POST", &format!("{PROJECT}/rules"), &[], "").await.unwrap();
    assert_eq!(other.status, 405);
    assert_eq!(get(&simulator, &format!("{LIST}?task_type=softwareUpgrade")).await.ids().len(), 3);
}

#[tokio::test]
async fn faults_are_those_of_the_requested_list() {
    let simulator = Simulator::builder().list(RowList::devices().rows(3)).start().await.unwrap();
    simulator.fault_next(Fault::DeepNesting);
    assert!(ask(&simulator, "devices").await.body.starts_with(b"{\"devices\":[[[["));
    simulator.fault_next(Fault::InvalidUtf8);
    let misspelt = ask(&simulator, "devices").await;
    assert!(misspelt.body.starts_with(b"{\"devices\":[{") && std::str::from_utf8(&misspelt.body).is_err());
    simulator.fault_next(Fault::Congested);
    assert_eq!(ask(&simulator, "devices").await.code(), "IOTDA.014102");
}
