//! The sibling lists. Only their paths and filters are here.

use iotda_batch_tasks::ListQuery;
use iotda_batch_tasks::decode::WithRaw;
use iotda_batch_tasks::lists::{self, ListEndpoint};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::PyClient;
use crate::arguments::Arguments;
use crate::query::{self, Query};
use crate::stream::PyRecordStream;

#[pymethods]
impl PyClient {
    /// How a batch task went, target by target.
    #[pyo3(signature = (task_id, **options), text_signature = "($self, task_id, *, task_detail_status=None, \
        target=None, page_size=None, prefetch=None, prefetch_bytes=None, max_items=None, scan_timeout=None, resume=None)")]
    fn sub_tasks(
        &self,
        py: Python<'_>,
        task_id: String,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyRecordStream> {
        let options = Arguments::new(py, "sub_tasks", options)?;
        let query = self.list::<lists::TaskDetail>(py, ListEndpoint::BATCH_TASK_DETAILS)?;
        opened(query.path_parameter("task_id", task_id), options, &["task_detail_status", "target"])
    }

    /// The devices, newest first.
    #[pyo3(signature = (**options), text_signature = "($self, *, product_id=None, gateway_id=None, \
        is_cascade_query=None, node_id=None, device_name=None, start_time=None, end_time=None, app_id=None, \
        page_size=None, prefetch=None, prefetch_bytes=None, max_items=None, scan_timeout=None, resume=None)")]
    fn devices(&self, py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<PyRecordStream> {
        const FILTERS: [&str; 8] = [
            "product_id",
            "gateway_id",
            "is_cascade_query",
            "node_id",
            "device_name",
            "start_time",
            "end_time",
            "app_id",
        ];
        let options = Arguments::new(py, "devices", options)?;
        opened(self.list::<lists::Device>(py, ListEndpoint::DEVICES)?, options, &FILTERS)
    }

    /// The products, newest first.
    #[pyo3(signature = (**options), text_signature = "($self, *, product_name=None, app_id=None, page_size=None, \
        prefetch=None, prefetch_bytes=None, max_items=None, scan_timeout=None, resume=None)")]
    fn products(&self, py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<PyRecordStream> {
        let options = Arguments::new(py, "products", options)?;
        opened(self.list::<lists::Product>(py, ListEndpoint::PRODUCTS)?, options, &["product_name", "app_id"])
    }

    /// The device groups, newest first.
    #[pyo3(signature = (**options), text_signature = "($self, *, last_modified_time=None, group_type=None, name=None, \
        app_id=None, page_size=None, prefetch=None, prefetch_bytes=None, max_items=None, scan_timeout=None, resume=None)")]
    fn device_groups(&self, py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<PyRecordStream> {
        const FILTERS: [&str; 4] = ["last_modified_time", "group_type", "name", "app_id"];
        let options = Arguments::new(py, "device_groups", options)?;
        opened(self.list::<lists::DeviceGroup>(py, ListEndpoint::DEVICE_GROUPS)?, options, &FILTERS)
    }

    /// The devices of one group.
    #[pyo3(signature = (group_id, **options), text_signature = "($self, group_id, *, page_size=None, prefetch=None, \
        prefetch_bytes=None, max_items=None, scan_timeout=None, resume=None)")]
    fn devices_in_group(
        &self,
        py: Python<'_>,
        group_id: String,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyRecordStream> {
        let options = Arguments::new(py, "devices_in_group", options)?;
        let query = self.list::<lists::GroupDevice>(py, ListEndpoint::DEVICES_IN_GROUP)?;
        opened(query.path_parameter("group_id", group_id), options, &[])
    }

    /// The upgrade packages, newest first.
    #[pyo3(signature = (**options), text_signature = "($self, *, package_type=None, product_id=None, version=None, \
        app_id=None, page_size=None, prefetch=None, prefetch_bytes=None, max_items=None, scan_timeout=None, resume=None)")]
    fn ota_packages(&self, py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<PyRecordStream> {
        const FILTERS: [&str; 4] = ["package_type", "product_id", "version", "app_id"];
        let options = Arguments::new(py, "ota_packages", options)?;
        opened(self.list::<lists::OtaPackage>(py, ListEndpoint::OTA_PACKAGES)?, options, &FILTERS)
    }

    /// The rules, newest first.
    #[pyo3(signature = (**options), text_signature = "($self, *, rule_type=None, app_id=None, page_size=None, \
        prefetch=None, prefetch_bytes=None, max_items=None, scan_timeout=None, resume=None)")]
    fn rules(&self, py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<PyRecordStream> {
        let options = Arguments::new(py, "rules", options)?;
        opened(self.list::<lists::Rule>(py, ListEndpoint::RULES)?, options, &["rule_type", "app_id"])
    }
}

impl PyClient {
    fn list<T>(&self, py: Python<'_>, endpoint: ListEndpoint) -> PyResult<ListQuery<WithRaw<T>>> {
        Ok(self.client(py)?.list(endpoint))
    }
}

/// The stream of a list. The filters are keyword arguments, as the service calls them.
fn opened<T: 'static>(
    query: ListQuery<WithRaw<T>>,
    options: Arguments<'_>,
    filters: &[&'static str],
) -> PyResult<PyRecordStream>
where
    ListQuery<WithRaw<T>>: Query,
{
    let py = options.py();
    PyRecordStream::new(py, query::list(query, options, filters)?)
}
