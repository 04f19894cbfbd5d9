//! Devices: ListDevices.

use super::ListEndpoint;
use super::record::record;
use crate::decode::ListShape;

impl ListEndpoint {
    /// The devices: [`Device`].
    pub const DEVICES: Self = Self::new("devices", ListShape::new("devices").identified_by("device_id"));
}

record! {
    /// A device, as the list of devices shows it.
    Device identified by device_id as "device" {
        /// The resource space that it belongs to.
        app_id: Option<String>,
        /// The name of that resource space.
        app_name: Option<String>,
        /// The device's identity.
        device_id: String,
        /// The identifier that the device itself bears: a serial number, say.
        node_id: Option<String>,
        /// The gateway that it is reached through; its own id where it is reached directly.
        gateway_id: Option<String>,
        /// The name that its creator gave it.
        device_name: Option<String>,
        /// Its place between others: `GATEWAY` or `ENDPOINT`, say.
        node_type: Option<String>,
        /// What its creator says of it.
        description: Option<String>,
        /// The version of its firmware.
        fw_version: Option<String>,
        /// The version of its software.
        sw_version: Option<String>,
        /// The version of the SDK that it runs.
        device_sdk_version: Option<String>,
        /// The product that it is one of.
        product_id: Option<String>,
        /// The name of that product.
        product_name: Option<String>,
        /// Whether it is there: `ONLINE` or `OFFLINE`, say.
        status: Option<String>,
        /// What it is labelled with.
        #[serde(default, deserialize_with = "super::record::few")]
        tags: Option<Vec<DeviceTag>>,
    }
}

record! {
    /// A label of a device.
    DeviceTag {
        /// The label's name.
        tag_key: Option<String>,
        /// The label's value.
        tag_value: Option<String>,
    }
}
