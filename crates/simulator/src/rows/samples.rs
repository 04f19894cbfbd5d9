//! The sibling lists that the service has, with plausible rows.

use serde_json::json;

use super::RowList;

const PRODUCTS: [&str; 4] = ["WaterMeter", "StreetLight", "ColdChainSensor", "智能烟感"];
const STATUSES: [&str; 3] = ["ONLINE", "OFFLINE", "INACTIVE"];

/// One of `choices`, in turn.
fn turn(choices: &[&'static str], number: u64) -> &'static str {
    choices[(number % choices.len() as u64) as usize]
}

/// An id of 24 hexadecimal digits that stands for one of four products.
fn product(number: u64) -> String {
    format!("5f0c{:020x}", 0xabc0 + number % 4)
}

impl RowList {
    /// `devices`: ListDevices.
    #[must_use]
    pub fn devices() -> Self {
        Self::new("devices", "devices", "device_id").written_by(|id, number| {
            json!({
                "app_id": "app_A-1", "app_name": "default", "device_id": id, "node_id": format!("sn-{number:06}"),
                "gateway_id": id, "device_name": format!("{} {number}", turn(&PRODUCTS, number)),
                "node_type": "GATEWAY", "description": null, "fw_version": "2.4.1", "sw_version": "1.1.0",
                "device_sdk_version": "C_v0.5.0", "product_id": product(number),
                "product_name": turn(&PRODUCTS, number), "status": turn(&STATUSES, number),
                "tags": [{"tag_key": "plant", "tag_value": format!("{}", number % 7)}],
            })
            .to_string()
        })
    }

    /// `products`: ListProducts.
    #[must_use]
    pub fn products() -> Self {
        Self::new("products", "products", "product_id").filter("product_name", "name").written_by(|id, number| {
            json!({
                "app_id": "app_A-1", "app_name": "default", "product_id": id,
                "name": format!("{} {number}", turn(&PRODUCTS, number)), "device_type": turn(&PRODUCTS, number),
                "protocol_type": "MQTT", "data_format": "json", "manufacturer_name": "ACME", "industry": null,
                "description": "", "create_time": "20151212T121212Z",
            })
            .to_string()
        })
    }

    /// `device-group`: ListDeviceGroups.
    #[must_use]
    pub fn device_groups() -> Self {
        Self::new("device-group", "device_groups", "group_id").written_by(|id, number| {
            json!({
                "group_id": id, "name": format!("group {number}"), "description": "", "super_group_id": null,
                "group_type": "STATIC",
            })
            .to_string()
        })
    }

    /// `device-group/{group_id}/devices`: ShowDevicesInGroup.
    #[must_use]
    pub fn devices_in_group(group_id: &str) -> Self {
        Self::new(format!("device-group/{group_id}/devices"), "devices", "device_id").written_by(|id, number| {
            json!({
                "device_id": id, "node_id": format!("sn-{number:06}"), "device_name": format!("device {number}"),
                "product_id": product(number),
            })
            .to_string()
        })
    }

    /// `ota-upgrades/packages`: ListOtaPackageInfo.
    #[must_use]
    pub fn ota_packages() -> Self {
        Self::new("ota-upgrades/packages", "packages", "package_id").written_by(|id, number| {
            json!({
                "package_id": id, "app_id": "app_A-1",
                "package_type": turn(&["softwarePackage", "firmwarePackage"], number), "product_id": product(number),
                "product_name": turn(&PRODUCTS, number), "version": format!("2.{number}"),
                "support_source_versions": ["1.0"], "description": "", "custom_info": null,
                "create_time": "20151212T121212Z",
            })
            .to_string()
        })
    }

    /// `rules`: ListRules, with count and marker as siblings of the rows.
    #[must_use]
    pub fn rules() -> Self {
        Self::new("rules", "rules", "rule_id").without_page_object().written_by(|id, number| {
            json!({
                "rule_id": id, "name": format!("rule {number}"), "description": "",
                "condition_group": {"logic": "and", "conditions": [{
                    "type": "DEVICE_DATA",
                    "device_property_condition": {
                        "product_id": product(number),
                        "filters": [{"path": "water/level", "operator": ">", "value": "60"}],
                    },
                }]},
                "actions": [{"type": "DEVICE_ALARM", "device_alarm": {
                    "name": "too high", "alarm_status": "fault", "severity": "warning",
                }}],
                "rule_type": "DEVICE_LINKAGE", "status": "active", "app_id": "app_A-1",
                "last_update_time": "20151212T121212Z",
            })
            .to_string()
        })
    }

    /// `batchtasks/{task_id}`: the targets of one task, which need not exist. It answers in the place of the task's
    /// own details, and its rows can be edited.
    #[must_use]
    pub fn task_details(task_id: &str) -> Self {
        let details = Self::new(format!("batchtasks/{task_id}"), "task_details", "target");
        details.filter("task_detail_status", "status").written_by(|target, number| {
            match number % 5 {
                0 => json!({"target": target, "status": "Fail", "output": "", "error": {
                    "error_code": "IOTDA.014016", "error_msg": "The device is not online.",
                }}),
                _ => json!({"target": target, "status": "Success", "output": "{\"result_code\":0}", "error": null}),
            }
            .to_string()
        })
    }
}
