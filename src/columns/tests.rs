use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use super::*;
use crate::BatchTask;
use crate::lists::{Device, DeviceGroup, GroupDevice, OtaPackage, Product, Rule, TaskDetail};

fn read<T: DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap()
}

/// The names and values of the record, as text.
fn values<T: Columns + DeserializeOwned>(json: &str) -> Vec<(&'static str, String)> {
    let record: T = read(json);
    let text = |value: Value<'_>| match value {
        Value::Null => "null".to_owned(),
        Value::Text(text) | Value::Json(text) => text.into_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Timestamp(time) => time.to_string(),
        Value::TextList(list) => list.iter().collect::<Vec<_>>().join("+"),
    };
    T::columns().iter().map(|column| (column.name(), text(column.value(&record)))).collect()
}

#[test]
fn every_field_of_a_batch_task_is_in_its_column() {
    let found = values::<BatchTask>(
        r#"{"task_id":"a","task_name":"n","task_type":"changeGateway","task_mode":"GATEWAY","need_confirm":true,
            "task_ext_info":[1, {"x":null}],"targets":["d","e"],"targets_filter":{"group_ids":["g"],"tag":"t"},
            "document":"text","task_policy":{"schedule_time":"20240229T235959Z","retry_count":1,"retry_interval":1440},
            "status":"Waitting","status_desc":"why","task_progress":{"total":8,"processing":1,"success":2,"fail":3,
            "waitting":4,"fail_wait_retry":5,"stopped":6,"removed":7},"create_time":"20240301T000000Z"}"#,
    );
    let expected = [
        ("task_id", "a"),
        ("task_name", "n"),
        ("task_type", "changeGateway"),
        ("status", "Waitting"),
        ("create_time", "2024-03-01T00:00:00Z"),
        ("total", "8"),
        ("success", "2"),
        ("fail", "3"),
        ("processing", "1"),
        ("waitting", "4"),
        ("fail_wait_retry", "5"),
        ("stopped", "6"),
        ("removed", "7"),
        ("targets", "d+e"),
        ("status_desc", "why"),
        ("task_mode", "GATEWAY"),
        ("need_confirm", "true"),
        ("schedule_time", "2024-02-29T23:59:59Z"),
        ("retry_count", "1"),
        ("retry_interval", "1440"),
        ("targets_filter", r#"{"group_ids":["g"],"tag":"t"}"#),
        ("document", r#""text""#),
        ("task_ext_info", r#"[1, {"x":null}]"#),
    ];
    assert_eq!(found, expected.map(|(name, value)| (name, value.to_owned())));
    let unit = |name| BatchTask::column(name).unwrap().unit();
    assert_eq!((unit("retry_interval"), unit("fail"), unit("task_id")), (Some("min"), Some("sub-tasks"), None));
}

#[test]
fn a_sub_task_shows_the_parts_of_its_error() {
    let found = values::<TaskDetail>(r#"{"target":"d","status":"Fail","error":{"error_code":"c","error_msg":"m"}}"#);
    let expected = [("target", "d"), ("status", "Fail"), ("output", "null"), ("error_code", "c"), ("error_msg", "m")];
    assert_eq!(found, expected.map(|(name, value)| (name, value.to_owned())));
}

#[test]
fn listed_records_have_a_column_a_field_and_one_required() {
    #[track_caller]
    fn check<T: Columns + DeserializeOwned>(name: &str, id: &str, others: &[&str]) {
        assert_eq!(T::NAME, name);
        let required: Vec<_> = T::columns().iter().filter(|column| column.is_required()).map(Column::name).collect();
        assert_eq!(required, [id]);
        let all: BTreeSet<_> = T::columns().iter().map(Column::name).collect();
        assert_eq!(all.len(), T::columns().len());
        assert!(others.iter().all(|other| all.contains(other)), "{all:?}");
        let bare = values::<T>(&format!(r#"{{"{id}":"x"}}"#));
        assert!(bare.iter().all(|(name, value)| if *name == id { value == "x" } else { value == "null" }), "{bare:?}");
    }
    check::<BatchTask>("batch_task", "task_id", &["document"]);
    check::<Device>("device", "device_id", &["app_id", "status", "tags"]);
    check::<Product>("product", "product_id", &["create_time"]);
    check::<DeviceGroup>("device_group", "group_id", &["super_group_id"]);
    check::<GroupDevice>("group_device", "device_id", &["node_id"]);
    check::<OtaPackage>("ota_package", "package_id", &["support_source_versions", "create_time"]);
    check::<Rule>("rule", "rule_id", &["condition_group", "actions", "edge_node_ids"]);
}

#[test]
fn fields_with_parts_are_json_and_lists_of_texts_are_lists() {
    let rule: Rule =
        read(r#"{"rule_id":"r","actions":[{"type":"DEVICE_CMD"}],"edge_node_ids":["e","f"],"condition_group":{}}"#);
    let value = |name| Rule::column(name).unwrap().value(&rule);
    assert_eq!(value("actions"), Value::Json(r#"[{"type":"DEVICE_CMD"}]"#.into()));
    assert_eq!(value("condition_group"), Value::Json("{}".into()));
    assert_eq!(value("edge_node_ids"), ["e".to_owned(), "f".to_owned()][..].into());
    assert_eq!(Rule::column("edge_node_ids").unwrap().column_type(), ColumnType::TextList);
    assert_eq!(Rule::column("last_update_time").unwrap().column_type(), ColumnType::Timestamp);
    assert!(Rule::column("colour").is_none());
}
