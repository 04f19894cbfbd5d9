//! The columns of each kind of record, for tables, CSV, Parquet, SQL and data frames: one list of names, types and
//! accessors that all of them share.
//!
//! | record | [`NAME`](Columns::NAME) | columns |
//! |---|---|---|
//! | [`BatchTask`](crate::BatchTask) | `batch_task` | its fields; the parts of `task_progress` and `task_policy` are columns of their own |
//! | [`TaskDetail`](crate::lists::TaskDetail) | `task_detail` | its fields; `error` is `error_code` and `error_msg` |
//! | [`SubTask`](crate::sub_tasks::SubTask) | `sub_task` | id, name, type and time of creation of its task, then those of a task detail |
//! | [`Device`](crate::lists::Device), [`GroupDevice`](crate::lists::GroupDevice) | `device`, `group_device` | their fields |
//! | [`Product`](crate::lists::Product), [`DeviceGroup`](crate::lists::DeviceGroup) | `product`, `device_group` | their fields |
//! | [`OtaPackage`](crate::lists::OtaPackage), [`Rule`](crate::lists::Rule) | `ota_package`, `rule` | their fields |
//!
//! A field that has parts of its own (a rule's `actions`, a device's `tags`) is one column of JSON text. Columns keep
//! their names, types and order; later versions may add columns at the end.
//!
//! ```
//! use iotda_batch_tasks::BatchTask;
//! use iotda_batch_tasks::columns::{ColumnType, Columns, Value};
//!
//! let task: BatchTask = serde_json::from_str(r#"{"task_id":"a","task_progress":{"fail":3}}"#)?;
//! let fail = BatchTask::column("fail").expect("it is in the table above");
//! assert_eq!((fail.column_type(), fail.is_required()), (ColumnType::Integer, false));
//! assert_eq!(fail.value(&task), Value::Integer(3));
//! let names: Vec<&str> = BatchTask::columns().iter().map(|column| column.name()).collect();
//! assert_eq!(names[..3], ["task_id", "task_name", "task_type"]);
//! # Ok::<(), serde_json::Error>(())
//! ```

// Knows records, not how a value is written anywhere.

mod batch_task;
mod field;
#[cfg(test)]
mod tests;
mod value;

use std::fmt;

pub(crate) use field::{Field, Nested};
pub use value::{TextList, Value};

/// A kind of record that can be laid out in columns.
pub trait Columns: Sized + 'static {
    /// The name of the kind, in the singular: `batch_task`.
    const NAME: &'static str;

    /// All columns, in the order in which a table has them.
    fn columns() -> &'static [Column<Self>];

    /// The column of this name.
    #[must_use]
    fn column(name: &str) -> Option<&'static Column<Self>> {
        Self::columns().iter().find(|column| column.name == name)
    }
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnType {
    /// Text.
    Text,
    /// An integer of 64 bits with a sign.
    Integer,
    /// True or false.
    Boolean,
    /// A point in time, to the second on the wire.
    Timestamp,
    /// A list of texts.
    TextList,
    /// JSON as text.
    Json,
}

/// One column of a kind of record: how it is called, what its values are, and where they come from.
pub struct Column<R> {
    name: &'static str,
    column_type: ColumnType,
    unit: Option<&'static str>,
    is_required: bool,
    value: for<'a> fn(&'a R) -> Value<'a>,
}

impl<R> Column<R> {
    /// A column whose values may be null and have no unit. `value` gives values of that type or [`Value::Null`].
    #[must_use]
    pub const fn new(name: &'static str, column_type: ColumnType, value: for<'a> fn(&'a R) -> Value<'a>) -> Self {
        Self { name, column_type, unit: None, is_required: false, value }
    }

    /// The same column with a unit.
    #[must_use]
    pub const fn with_unit(self, unit: &'static str) -> Self {
        Self { unit: Some(unit), ..self }
    }

    /// The same column, never null.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// The name: the service's name of the field.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What its values are.
    #[must_use]
    pub const fn column_type(&self) -> ColumnType {
        self.column_type
    }

    /// The unit of its values, as a symbol (`min`) or what they count (`sub-tasks`), where they have one.
    #[must_use]
    pub const fn unit(&self) -> Option<&'static str> {
        self.unit
    }

    /// Whether each record has a value: such a column is never null.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        self.is_required
    }

    /// The record's value in this column.
    #[must_use]
    pub fn value<'a>(&self, record: &'a R) -> Value<'a> {
        let value = (self.value)(record);
        debug_assert!(value.column_type().is_none_or(|found| found == self.column_type), "{self:?}: {value:?}");
        value
    }
}

impl<R> fmt::Debug for Column<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Column")
            .field("name", &self.name)
            .field("column_type", &self.column_type)
            .field("unit", &self.unit)
            .field("is_required", &self.is_required)
            .finish_non_exhaustive()
    }
}
