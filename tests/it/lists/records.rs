//! The fields of the records of each list.

use futures::{StreamExt, TryStreamExt};
use iotda_batch_tasks::Error;
use iotda_batch_tasks::decode::WithRaw;
use iotda_batch_tasks::lists::{Device, ListEndpoint};
use iotda_simulator::{RowList, Simulator};

use super::fixture::{Shape, client, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_are_what_the_service_sent_typed_or_raw() {
    let builder = Simulator::builder()
        .list(RowList::devices().rows(120))
        .list(RowList::products().rows(3))
        .list(RowList::device_groups().rows(3))
        .list(RowList::devices_in_group("g-1").rows(3))
        .list(RowList::ota_packages().rows(4))
        .list(RowList::rules().rows(3))
        .list(RowList::task_details("5c8ba99030344005c02316ad").rows(5));
    let simulator = start(builder).await;
    let client = client(&simulator);

    let devices: Vec<WithRaw<Device>> =
        client.list(ListEndpoint::DEVICES).stream().unwrap().try_collect().await.unwrap();
    for device in &devices {
        let sent = simulator.edit_rows("devices", |list| list.json(&device.record.device_id)).unwrap();
        assert_eq!(device.raw.get(), sent);
        assert_eq!(device.record, serde_json::from_str(&sent).unwrap());
    }
    let online: Vec<_> = client
        .devices()
        .query("status", "ONLINE")
        .product_id("5f0c0000000000000000abc0")
        .stream()
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    let of_all = |device: &&WithRaw<Device>| {
        device.record.status.as_deref() == Some("ONLINE")
            && device.record.product_id.as_deref() == Some("5f0c0000000000000000abc0")
    };
    assert_eq!(online, devices.iter().filter(of_all).map(|device| device.record.clone()).collect::<Vec<_>>());
    assert_eq!(online.len(), 10);

    let products: Vec<_> = client.products().stream().unwrap().try_collect().await.unwrap();
    assert_eq!((products.len(), products[0].create_time.unwrap().as_second()), (3, 1_449_922_332));
    let groups: Vec<_> = client.device_groups().group_type("STATIC").stream().unwrap().try_collect().await.unwrap();
    assert_eq!((groups.len(), groups[0].name.as_deref()), (3, Some("group 3")));
    let in_group: Vec<_> = client.devices_in_group("g-1").stream().unwrap().try_collect().await.unwrap();
    assert_eq!(in_group[2].node_id.as_deref(), Some("sn-000001"));
    let packages: Vec<_> =
        client.ota_packages().package_type("firmwarePackage").stream().unwrap().try_collect().await.unwrap();
    assert_eq!((packages.len(), packages[0].version.as_deref()), (2, Some("2.3")));
    let rules: Vec<_> = client.rules().app_id("app_A-1").stream().unwrap().try_collect().await.unwrap();
    let action = &rules[0].actions.as_ref().unwrap()[0];
    assert_eq!((rules.len(), action.r#type.as_deref()), (3, Some("DEVICE_ALARM")));
    let details = client.batch_task_details("5c8ba99030344005c02316ad").task_detail_status("Fail");
    let details: Vec<_> = details.stream().unwrap().try_collect().await.unwrap();
    assert_eq!(details[0].error.as_ref().unwrap().error_code.as_deref(), Some("IOTDA.014016"));
    assert_eq!(details.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_targets_of_a_task_of_the_simulator_are_read_whole() {
    let builder = Simulator::builder().tasks(1).only("softwareUpgrade").targets_per_task(333);
    let simulator = start(builder).await;
    let task = simulator.edit(|list| list.tasks().remove(0));
    let record: serde_json::Value = simulator.edit(|list| serde_json::from_str(&list.json(&task.id).unwrap())).unwrap();
    let details = client(&simulator).batch_task_details(&task.id).stream().unwrap();
    let targets: Vec<_> = details.map_ok(|detail| detail.target.unwrap()).try_collect().await.unwrap();
    assert_eq!(serde_json::Value::from(targets), record["targets"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_cannot_be_read_is_an_error_in_its_place() {
    let simulator = start(Simulator::builder().list(RowList::devices().rows(120))).await;
    let ids = Shape::Devices.ids(&simulator);
    // The last of a page, which is also the overlap with the next.
    let spoiled = format!(r#"{{"device_id":"{}","tags":7}}"#, ids[49]);
    simulator.edit_rows("devices", |list| assert!(list.set_json(&ids[49], spoiled)));
    let items: Vec<_> = client(&simulator).devices().stream().unwrap().collect().await;
    assert_eq!(items.len(), 120);
    for (place, item) in items.into_iter().enumerate() {
        match item {
            Ok(device) => assert_eq!(device.device_id, ids[place]),
            Err(Error::Record(error)) => assert_eq!((place, error.path()), (49, "devices[49].tags")),
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_names_the_list() {
    let simulator = start(Simulator::builder()).await;
    let nowhere = client(&simulator).devices_in_group("g 1").query("x", "y").stream().unwrap();
    let error = nowhere.try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(error.failure().unwrap().error_code(), Some("APIGW.0101"));
    assert!(error.to_string().starts_with("device-group/g 1/devices?x=y: page marker=none"), "{error}");
}
