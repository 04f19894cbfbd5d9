//! The lists that have a method and filters.

// Knows their parameters, nothing of their records.

use jiff::Timestamp;

use super::{Client, ListQuery};
use crate::lists::{Device, DeviceGroup, GroupDevice, ListEndpoint, OtaPackage, Product, Rule, TaskDetail};

impl Client {
    /// The records of any list, newest first: see [`lists`](crate::lists) for how to read one more.
    pub fn list<T>(&self, list: ListEndpoint) -> ListQuery<T> {
        ListQuery::new(self.clone(), list)
    }

    /// The devices, newest first.
    pub fn devices(&self) -> ListQuery<Device> {
        self.list(ListEndpoint::DEVICES)
    }

    /// The products, newest first.
    pub fn products(&self) -> ListQuery<Product> {
        self.list(ListEndpoint::PRODUCTS)
    }

    /// The device groups, newest first.
    pub fn device_groups(&self) -> ListQuery<DeviceGroup> {
        self.list(ListEndpoint::DEVICE_GROUPS)
    }

    /// The devices of one group.
    pub fn devices_in_group(&self, group_id: impl Into<String>) -> ListQuery<GroupDevice> {
        self.list(ListEndpoint::DEVICES_IN_GROUP).path_parameter("group_id", group_id)
    }

    /// The upgrade packages, newest first. The service's page says that it wants a
    /// [`package_type`](ListQuery::package_type).
    pub fn ota_packages(&self) -> ListQuery<OtaPackage> {
        self.list(ListEndpoint::OTA_PACKAGES)
    }

    /// The rules, newest first.
    pub fn rules(&self) -> ListQuery<Rule> {
        self.list(ListEndpoint::RULES)
    }

    /// How one batch task went, target by target. The rows have no id: see [`TaskDetail`] for what follows from it.
    pub fn batch_task_details(&self, task_id: impl Into<String>) -> ListQuery<TaskDetail> {
        self.list(ListEndpoint::BATCH_TASK_DETAILS).path_parameter("task_id", task_id)
    }
}

impl ListQuery<Device> {
    /// Only devices of this product.
    pub fn product_id(self, product_id: impl Into<String>) -> Self {
        self.query("product_id", product_id)
    }

    /// Only devices that are reached through this gateway.
    pub fn gateway_id(self, gateway_id: impl Into<String>) -> Self {
        self.query("gateway_id", gateway_id)
    }

    /// With a [`gateway_id`](Self::gateway_id): whether devices under other devices count as well.
    pub fn is_cascade_query(self, cascade: bool) -> Self {
        self.query("is_cascade_query", cascade.to_string())
    }

    /// Only devices with this identifier, which their owner chose.
    pub fn node_id(self, node_id: impl Into<String>) -> Self {
        self.query("node_id", node_id)
    }

    /// Only devices of this name.
    pub fn device_name(self, name: impl Into<String>) -> Self {
        self.query("device_name", name)
    }

    /// Only devices registered at this time or later; sent to the second.
    pub fn start_time(self, time: Timestamp) -> Self {
        self.query("start_time", on_the_wire(time))
    }

    /// Only devices registered at this time or earlier; sent to the second.
    pub fn end_time(self, time: Timestamp) -> Self {
        self.query("end_time", on_the_wire(time))
    }
}

impl ListQuery<Product> {
    /// Only products of this name.
    pub fn product_name(self, name: impl Into<String>) -> Self {
        self.query("product_name", name)
    }
}

impl ListQuery<DeviceGroup> {
    /// Only groups changed since this time; sent to the second.
    pub fn last_modified_time(self, time: Timestamp) -> Self {
        self.query("last_modified_time", on_the_wire(time))
    }

    /// Only groups of this type: `STATIC` or `DYNAMIC`, say.
    pub fn group_type(self, group_type: impl Into<String>) -> Self {
        self.query("group_type", group_type)
    }

    /// Only groups of this name.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.query("name", name)
    }
}

impl ListQuery<OtaPackage> {
    /// Only packages of this type: `softwarePackage` or `firmwarePackage`.
    pub fn package_type(self, package_type: impl Into<String>) -> Self {
        self.query("package_type", package_type)
    }

    /// Only packages for devices of this product.
    pub fn product_id(self, product_id: impl Into<String>) -> Self {
        self.query("product_id", product_id)
    }

    /// Only packages that bring this version.
    pub fn version(self, version: impl Into<String>) -> Self {
        self.query("version", version)
    }
}

impl ListQuery<Rule> {
    /// Only rules of this kind: `DEVICE_LINKAGE`, say.
    pub fn rule_type(self, rule_type: impl Into<String>) -> Self {
        self.query("rule_type", rule_type)
    }
}

impl ListQuery<TaskDetail> {
    /// Only targets for which it went so: `Success` or `Fail`, say.
    pub fn task_detail_status(self, status: impl Into<String>) -> Self {
        self.query("task_detail_status", status)
    }

    /// Only this target.
    pub fn target(self, target: impl Into<String>) -> Self {
        self.query("target", target)
    }
}

/// As the service writes times.
fn on_the_wire(time: Timestamp) -> String {
    time.strftime(crate::task::time::FORMAT).to_string()
}
