//! From the options of a list to its query.

use std::collections::BTreeMap;

use iotda_batch_tasks::lists::{Device, DeviceGroup, GroupDevice, OtaPackage, Product, Rule};
use iotda_batch_tasks::{Client, ListQuery};
use jiff::tz::TimeZone;

use super::subject::RowRecord;
use crate::arguments::{DeviceFilters, GroupDeviceFilters, GroupFilters, PackageFilters, ProductFilters, RuleFilters};
use crate::checkpoints::Identity;
use crate::connect::Refusal;
use crate::opening::Bounds;

/// The filters of one list.
pub(crate) trait Filters {
    type Record: RowRecord;

    /// What the options of time mean now.
    fn bounds(&self) -> Result<Bounds, Refusal> {
        Ok(Bounds::default())
    }

    /// The query of the list, as the options have it, with the times as they were found.
    fn query(&self, client: &Client, bounds: Bounds) -> ListQuery<Self::Record>;

    /// The options that decide what is read.
    fn identity(&self) -> Identity;
}

fn given(options: &[(&str, Option<String>)]) -> Identity {
    let given = options.iter().filter_map(|(option, value)| Some(((*option).to_owned(), value.clone()?)));
    given.collect::<BTreeMap<_, _>>()
}

/// Applies a filter where its option is given.
fn with<Q>(query: Q, value: &Option<String>, apply: impl FnOnce(Q, String) -> Q) -> Q {
    match value {
        Some(value) => apply(query, value.clone()),
        None => query,
    }
}

impl Filters for DeviceFilters {
    type Record = Device;

    fn bounds(&self) -> Result<Bounds, Refusal> {
        Bounds::between(self.created_after, self.created_before, &TimeZone::UTC)
    }

    fn query(&self, client: &Client, bounds: Bounds) -> ListQuery<Device> {
        let mut query = with(client.devices(), &self.product_id, ListQuery::<Device>::product_id);
        query = with(query, &self.gateway_id, ListQuery::<Device>::gateway_id);
        if self.cascade {
            query = query.is_cascade_query(true);
        }
        query = with(query, &self.node_id, ListQuery::<Device>::node_id);
        query = with(query, &self.name, ListQuery::<Device>::device_name);
        if let Some(time) = bounds.created_after {
            query = query.start_time(time);
        }
        if let Some(time) = bounds.created_before {
            query = query.end_time(time);
        }
        with(query, &self.of.app_id, ListQuery::app_id)
    }

    fn identity(&self) -> Identity {
        given(&[
            ("--product-id", self.product_id.clone()),
            ("--gateway-id", self.gateway_id.clone()),
            ("--cascade", self.cascade.then(|| "given".to_owned())),
            ("--node-id", self.node_id.clone()),
            ("--name", self.name.clone()),
            ("--created-after", self.created_after.map(|time| time.to_string())),
            ("--created-before", self.created_before.map(|time| time.to_string())),
            ("--app-id", self.of.app_id.clone()),
        ])
    }
}

impl Filters for ProductFilters {
    type Record = Product;

    fn query(&self, client: &Client, _bounds: Bounds) -> ListQuery<Product> {
        let query = with(client.products(), &self.name, ListQuery::<Product>::product_name);
        with(query, &self.of.app_id, ListQuery::app_id)
    }

    fn identity(&self) -> Identity {
        given(&[("--name", self.name.clone()), ("--app-id", self.of.app_id.clone())])
    }
}

impl Filters for GroupFilters {
    type Record = DeviceGroup;

    fn bounds(&self) -> Result<Bounds, Refusal> {
        Bounds::between(self.modified_after, None, &TimeZone::UTC)
    }

    fn query(&self, client: &Client, bounds: Bounds) -> ListQuery<DeviceGroup> {
        let mut query = with(client.device_groups(), &self.name, ListQuery::<DeviceGroup>::name);
        query = with(query, &self.group_type, ListQuery::<DeviceGroup>::group_type);
        if let Some(time) = bounds.created_after {
            query = query.last_modified_time(time);
        }
        with(query, &self.of.app_id, ListQuery::app_id)
    }

    fn identity(&self) -> Identity {
        given(&[
            ("--name", self.name.clone()),
            ("--group-type", self.group_type.clone()),
            ("--modified-after", self.modified_after.map(|time| time.to_string())),
            ("--app-id", self.of.app_id.clone()),
        ])
    }
}

impl Filters for GroupDeviceFilters {
    type Record = GroupDevice;

    fn query(&self, client: &Client, _bounds: Bounds) -> ListQuery<GroupDevice> {
        client.devices_in_group(&self.group_id)
    }

    fn identity(&self) -> Identity {
        given(&[("GROUP_ID", Some(self.group_id.clone()))])
    }
}

impl Filters for PackageFilters {
    type Record = OtaPackage;

    fn query(&self, client: &Client, _bounds: Bounds) -> ListQuery<OtaPackage> {
        let mut query = with(client.ota_packages(), &self.package_type, ListQuery::<OtaPackage>::package_type);
        query = with(query, &self.product_id, ListQuery::<OtaPackage>::product_id);
        query = with(query, &self.package_version, ListQuery::<OtaPackage>::version);
        with(query, &self.of.app_id, ListQuery::app_id)
    }

    fn identity(&self) -> Identity {
        given(&[
            ("--package-type", self.package_type.clone()),
            ("--product-id", self.product_id.clone()),
            ("--package-version", self.package_version.clone()),
            ("--app-id", self.of.app_id.clone()),
        ])
    }
}

impl Filters for RuleFilters {
    type Record = Rule;

    fn query(&self, client: &Client, _bounds: Bounds) -> ListQuery<Rule> {
        let query = with(client.rules(), &self.rule_type, ListQuery::<Rule>::rule_type);
        with(query, &self.of.app_id, ListQuery::app_id)
    }

    fn identity(&self) -> Identity {
        given(&[("--rule-type", self.rule_type.clone()), ("--app-id", self.of.app_id.clone())])
    }
}
