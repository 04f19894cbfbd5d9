//! The records of the other lists as objects of Python.

use iotda_batch_tasks::decode::WithRaw;
use iotda_batch_tasks::jiff::Timestamp;
use iotda_batch_tasks::lists;
use pyo3::prelude::*;

use crate::values;

/// The methods of a record's class: an attribute for each function, and what all records have.
macro_rules! record_class_methods {
    (
        $class:ident, $library:ty, identified by $id:ident;
        $($(#[doc = $doc:literal])* fn $name:ident($record:ident, $py:ident) -> $type:ty { $value:expr })+
    ) => {
        #[pymethods]
        impl $class {
            $(
                $(#[doc = $doc])*
                #[getter]
                #[allow(unused_variables, clippy::unnecessary_wraps)]
                fn $name<'py>(&self, $py: Python<'py>) -> PyResult<$type> {
                    let $record = &self.0;
                    Ok($value)
                }
            )+

            /// The record as the service sent it, as a `dict`.
            #[getter]
            fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                $crate::values::loads(py, self.0.raw.get())
            }

            /// The record as the service sent it, as JSON text.
            #[getter]
            fn json(&self) -> &str {
                self.0.raw.get()
            }

            /// The record that this JSON text is.
            #[staticmethod]
            fn from_json(py: Python<'_>, text: &str) -> PyResult<Self> {
                serde_json::from_str::<WithRaw<$library>>(text).map(Self).map_err(|error| {
                    let error = iotda_batch_tasks::RecordError::new(0, "", error.to_string());
                    $crate::errors::Raise::raise(&iotda_batch_tasks::Error::from(error), py)
                })
            }

            fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
                other.cast::<Self>().is_ok_and(|other| other.get().0.raw == self.0.raw)
            }

            fn __hash__(&self) -> u64 {
                use std::hash::{DefaultHasher, Hash, Hasher};
                let mut hasher = DefaultHasher::new();
                self.0.raw.get().hash(&mut hasher);
                hasher.finish()
            }

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                use pyo3::IntoPyObjectExt;
                let id = self.$id(py)?.into_bound_py_any(py)?;
                Ok(format!(concat!(stringify!($class), "(", stringify!($id), "={})"), id.repr()?))
            }

            fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (&str,))> {
                Ok((py.get_type::<Self>().getattr("from_json")?, (self.0.raw.get(),)))
            }
        }
    };
}

pub(crate) use record_class_methods;

/// A record's class: its fields are texts, times or JSON.
macro_rules! record_class {
    (@type text) => { Option<&str> };
    (@type id) => { &str };
    (@type time) => { Option<Timestamp> };
    (@type json) => { Option<Bound<'py, PyAny>> };
    (@value $record:ident, $py:ident, $field:ident, text) => { $record.record.$field.as_deref() };
    (@value $record:ident, $py:ident, $field:ident, id) => { &$record.record.$field };
    (@value $record:ident, $py:ident, $field:ident, time) => { $record.record.$field };
    (@value $record:ident, $py:ident, $field:ident, json) => {
        values::field($py, &$record.raw, stringify!($field))?
    };
    ($(#[doc = $about:literal])* $class:ident, $library:ty, identified by $id:ident { $($field:ident: $kind:tt,)+ }) => {
        $(#[doc = $about])*
        #[pyclass(frozen, module = "iotda")]
        pub(crate) struct $class(WithRaw<$library>);

        impl From<WithRaw<$library>> for $class {
            fn from(record: WithRaw<$library>) -> Self {
                Self(record)
            }
        }

        record_class_methods! {
            $class, $library, identified by $id;
            $(fn $field(record, py) -> record_class!(@type $kind) { record_class!(@value record, py, $field, $kind) })+
        }
    };
}

record_class! {
    /// A device, as the list of devices shows it.
    Device, lists::Device, identified by device_id {
        app_id: text, app_name: text, device_id: id, node_id: text, gateway_id: text, device_name: text,
        node_type: text, description: text, fw_version: text, sw_version: text, device_sdk_version: text,
        product_id: text, product_name: text, status: text, tags: json,
    }
}

record_class! {
    /// A product, which is a kind of device.
    Product, lists::Product, identified by product_id {
        app_id: text, app_name: text, product_id: id, name: text, device_type: text, protocol_type: text,
        data_format: text, manufacturer_name: text, industry: text, description: text, create_time: time,
    }
}

record_class! {
    /// A device group.
    DeviceGroup, lists::DeviceGroup, identified by group_id {
        group_id: id, name: text, description: text, super_group_id: text, group_type: text,
    }
}

record_class! {
    /// A device of a group.
    GroupDevice, lists::GroupDevice, identified by device_id {
        device_id: id, node_id: text, device_name: text, product_id: text,
    }
}

record_class! {
    /// An upgrade package.
    OtaPackage, lists::OtaPackage, identified by package_id {
        package_id: id, app_id: text, package_type: text, product_id: text, product_name: text, module_name: text,
        version: text, support_source_versions: json, description: text, custom_info: text, create_time: time,
    }
}

record_class! {
    /// A rule: what is to be done when something is the case.
    Rule, lists::Rule, identified by rule_id {
        rule_id: id, name: text, description: text, condition_group: json, actions: json, rule_type: text,
        status: text, app_id: text, edge_node_ids: json, last_update_time: time, device_side: json,
    }
}

record_class! {
    /// How a batch task went for one of its targets.
    SubTask, lists::TaskDetail, identified by target {
        target: text, status: text, output: text, error: json,
    }
}
