use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::*;
use crate::decode::{self, ListShape, RawRecord};
use crate::{Identity, Page};

fn read<T: DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap()
}

/// A record with every field of its list survives both ways, to the byte.
#[track_caller]
fn there_and_back<T: DeserializeOwned + Serialize>(json: &str) -> T {
    let record: T = read(json);
    assert_eq!(serde_json::to_string(&record).unwrap(), json);
    record
}

const DEVICE: &str = r#"{"app_id":"a","app_name":"n","device_id":"d","node_id":"n","gateway_id":"d","device_name":"n","node_type":"GATEWAY","description":"","fw_version":"1","sw_version":"2","device_sdk_version":"3","product_id":"p","product_name":"n","status":"ONLINE","tags":[{"tag_key":"k","tag_value":"v"},{}]}"#;
const PRODUCT: &str = r#"{"app_id":"a","app_name":"n","product_id":"p","name":"n","device_type":"WaterMeter","protocol_type":"MQTT","data_format":"json","manufacturer_name":"m","industry":"i","description":"d","create_time":"20151212T121212Z"}"#;
const GROUP: &str = r#"{"group_id":"g","name":"n","description":"d","super_group_id":"s","group_type":"STATIC"}"#;
const GROUP_DEVICE: &str = r#"{"device_id":"d","node_id":"n","device_name":"n","product_id":"p"}"#;
const PACKAGE: &str = r#"{"package_id":"p","app_id":"a","package_type":"softwarePackage","product_id":"p","product_name":"n","module_name":"m","version":"2","support_source_versions":["1"],"description":"d","custom_info":"c","create_time":"20151212T121212Z"}"#;
const DETAIL: &str =
    r#"{"target":"d","status":"Fail","output":"o","error":{"error_code":"IOTDA.014016","error_msg":"m"}}"#;
const RULE: &str = r#"{"rule_id":"r","name":"n","description":"d","condition_group":{"conditions":[{"type":"DEVICE_DATA","device_property_condition":{"device_id":"d","product_id":"p","filters":[{"path":"a/b","operator":">","value":"1"}]},"simple_timer_condition":{"start_time":"20151212T121212Z","repeat_interval":1,"repeat_count":2},"daily_timer_condition":{"time":"19:02","days_of_week":"1,2"},"device_linkage_status_condition":{"device_id":"d","product_id":"p","status_list":["ONLINE"],"duration":0}}],"logic":"and","time_range":{"start_time":"19:01","end_time":"19:02","days_of_week":"1"}},"actions":[{"type":"DEVICE_CMD","device_command":{"device_id":"d","cmd":{"command_name":"c","command_body":{"value": 1.50},"service_id":"s","buffer_timeout":1,"response_timeout":2,"mode":"ACTIVE"}},"smn_forwarding":{"region_name":"r","project_id":"p","theme_name":"t","topic_urn":"u","message_content":"c","message_template_name":"t","message_title":"t"},"device_alarm":{"name":"n","alarm_status":"fault","severity":"warning","dimension":"device","description":"d"}}],"rule_type":"DEVICE_LINKAGE","status":"active","app_id":"a","edge_node_ids":["e"],"last_update_time":"20151212T121212Z","device_side":{"device_ids":["d"]}}"#;

#[test]
fn every_field_of_every_list_survives_both_ways() {
    there_and_back::<Device>(DEVICE);
    let product: Product = there_and_back(PRODUCT);
    assert_eq!(product.create_time.unwrap().to_string(), "2015-12-12T12:12:12Z");
    there_and_back::<DeviceGroup>(GROUP);
    there_and_back::<GroupDevice>(GROUP_DEVICE);
    there_and_back::<OtaPackage>(PACKAGE);
    there_and_back::<TaskDetail>(DETAIL);
    let rule: Rule = there_and_back(RULE);
    let command = rule.actions.unwrap().remove(0).device_command.unwrap().cmd.unwrap();
    assert_eq!(command.command_body.unwrap().get(), r#"{"value": 1.50}"#);
}

/// Of `json`, the records whose every field but the id is absent, and null.
fn bare(json: &str, id: Option<&str>) -> [String; 2] {
    let mut fields: serde_json::Map<String, serde_json::Value> = read(json);
    fields.iter_mut().filter(|(name, _)| Some(name.as_str()) != id).for_each(|(_, value)| *value = ().into());
    let nulls = serde_json::to_string(&fields).unwrap();
    fields.retain(|name, _| Some(name.as_str()) == id);
    [nulls, serde_json::to_string(&fields).unwrap()]
}

#[track_caller]
fn needs_its_id_alone<T>(endpoint: ListEndpoint, json: &str, id: Option<&'static str>)
where
    T: DeserializeOwned + Serialize + Identity + Default + PartialEq + Debug,
{
    let record: T = read(json);
    assert_eq!(record.identity().is_some(), id.is_some());
    for bare in bare(json, id) {
        let record: T = read(&bare);
        assert!(!serde_json::to_string(&record).unwrap().contains("null"));
        assert_eq!(record.identity().is_some(), id.is_some());
    }
    assert_eq!(serde_json::from_str::<T>("{}").is_ok(), id.is_none());
    // The layout names the same field, so a row without it is unreadable and not taken for another.
    let body = |row: &str| format!(r#"{{"{}":[{row},{{}}]}}"#, endpoint.shape().rows());
    let page: Page<T> = decode::page(body(json).as_bytes(), &endpoint.shape()).unwrap();
    assert_eq!(page.records[0].as_ref().unwrap(), &record);
    assert_eq!(page.records[1].is_err(), id.is_some());
    let raw: Page<RawRecord> = decode::page(body(json).as_bytes(), &endpoint.shape()).unwrap();
    assert_eq!(raw.records[0].as_ref().unwrap().identity(), record.identity());
}

#[test]
fn no_field_but_the_id_is_needed() {
    needs_its_id_alone::<Device>(ListEndpoint::DEVICES, DEVICE, Some("device_id"));
    needs_its_id_alone::<Product>(ListEndpoint::PRODUCTS, PRODUCT, Some("product_id"));
    needs_its_id_alone::<DeviceGroup>(ListEndpoint::DEVICE_GROUPS, GROUP, Some("group_id"));
    needs_its_id_alone::<GroupDevice>(ListEndpoint::DEVICES_IN_GROUP, GROUP_DEVICE, Some("device_id"));
    needs_its_id_alone::<OtaPackage>(ListEndpoint::OTA_PACKAGES, PACKAGE, Some("package_id"));
    needs_its_id_alone::<Rule>(ListEndpoint::RULES, RULE, Some("rule_id"));
    needs_its_id_alone::<TaskDetail>(ListEndpoint::BATCH_TASK_DETAILS, DETAIL, None);
}

#[test]
fn an_odd_time_is_none_and_spoils_no_record() {
    for time in [r#""yesterday""#, r#""""#, "null", "1449922332", "{}", r#""20151312T121212Z""#] {
        let product: Product = read(&format!(r#"{{"product_id":"p","name":"n","create_time":{time}}}"#));
        assert_eq!((product.create_time, product.name.as_deref()), (None, Some("n")), "{time}");
    }
    for time in [r#""20151212T121212Z""#, r#""2015-12-12T12:12:12.000Z""#] {
        let product: Product = read(&format!(r#"{{"product_id":"p","create_time":{time}}}"#));
        assert_eq!(product.create_time.unwrap().as_second(), 1_449_922_332, "{time}");
    }
}

#[test]
fn a_raw_record_is_what_came_and_is_identified_whatever_is_in_it() {
    const SHAPE: ListShape = ListShape::new("queues").identified_by("queue_id");
    let rows = [r#"{ "queue_id" : "a" }"#, r#"{"queue_id":7,"x":[[1.50]]}"#, r#"{"name":"b"}"#, r#""text""#, "null"];
    let body = format!(r#"{{"queues":[{}],"page":{{"count":5}}}}"#, rows.join(","));
    let page = decode::page::<RawRecord>(body.as_bytes(), &SHAPE).unwrap();
    let read: Vec<_> = page.records.iter().map(|record| record.as_ref().unwrap()).collect();
    assert_eq!(read.iter().map(|record| record.json.get()).collect::<Vec<_>>(), rows);
    assert_eq!(serde_json::to_string(read[0]).unwrap(), rows[0]);
    let mut identities: Vec<_> = read.iter().map(|record| record.identity().unwrap()).collect();
    assert_eq!(identities[..2], ["a", "7"]);
    identities.sort_unstable();
    identities.dedup();
    assert_eq!(identities.len(), 5);

    let body = b"{\"queues\":[{\"queue_id\":\"a\",\"name\":\"\xff\"},{\"queue_id\":\"b\"}]}";
    let page = decode::page::<RawRecord>(body, &SHAPE).unwrap();
    let error = page.records[0].as_ref().unwrap_err();
    assert_eq!((&*error.path, error.identity.as_deref()), ("queues[0]", Some("a")));
    assert_eq!(page.records[1].as_ref().unwrap().identity(), Some("b"));
}
