//! What tables of the other lists have, and what differs from list to list.

use iotda_batch_tasks::lists::{Device, DeviceGroup, GroupDevice, OtaPackage, Product, Rule};

use super::subject::RowRecord;
use crate::output::{Selectable, Shown};
use crate::selection::Selection;
use crate::subject::FromLine;

/// Declares how a record of a list is shown: the array of its rows, its identity, and the columns of a table.
macro_rules! shown {
    ($($name:ident in $rows:literal by $id:literal: $($column:literal)+;)+) => {
        $(
            impl Shown for $name {
                const ID: &'static str = $id;
                const GLANCE: &'static [&'static str] = &[$id $(, $column)+];
            }

            impl Selectable for $name {
                fn is_selected(&self, _selection: &Selection) -> bool {
                    true
                }
            }

            impl FromLine for $name {
                fn from_line(line: &[u8]) -> Result<Self, serde_json::Error> {
                    serde_json::from_slice(line)
                }
            }

            impl RowRecord for $name {
                const ROWS: &'static str = $rows;
            }
        )+
    };
}

shown! {
    Device in "devices" by "device_id": "device_name" "status" "node_type" "product_name" "fw_version" "sw_version";
    Product in "products" by "product_id": "name" "device_type" "protocol_type" "create_time";
    DeviceGroup in "device_groups" by "group_id": "name" "group_type" "super_group_id";
    GroupDevice in "devices" by "device_id": "device_name" "node_id" "product_id";
    OtaPackage in "packages" by "package_id": "package_type" "version" "product_name" "create_time";
    Rule in "rules" by "rule_id": "name" "rule_type" "status" "last_update_time";
}
