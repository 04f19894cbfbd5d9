//! Device groups, and the devices of one: ListDeviceGroups and ShowDevicesInGroup.

use super::ListEndpoint;
use super::record::record;
use crate::decode::ListShape;

impl ListEndpoint {
    /// The device groups: [`DeviceGroup`].
    pub const DEVICE_GROUPS: Self =
        Self::new("device-group", ListShape::new("device_groups").identified_by("group_id"));

    /// The devices of one group, its `group_id` in the path: [`GroupDevice`].
    pub const DEVICES_IN_GROUP: Self =
        Self::new("device-group/{group_id}/devices", ListShape::new("devices").identified_by("device_id"));
}

record! {
    /// A device group, as the list of device groups shows it.
    DeviceGroup identified by group_id as "device_group" {
        /// The group's identity.
        group_id: String,
        /// Its name.
        name: Option<String>,
        /// What its creator says of it.
        description: Option<String>,
        /// The group that it lies in.
        super_group_id: Option<String>,
        /// How devices come into it: `STATIC` by hand or `DYNAMIC` by a rule, say.
        group_type: Option<String>,
    }
}

record! {
    /// A device of a group, as the list of a group's devices shows it.
    GroupDevice identified by device_id as "group_device" {
        /// The device's identity.
        device_id: String,
        /// The identifier that the device itself bears: a serial number, say.
        node_id: Option<String>,
        /// The name that its creator gave it.
        device_name: Option<String>,
        /// The product that it is one of.
        product_id: Option<String>,
    }
}
