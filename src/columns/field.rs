//! The column that a field of a listed record makes, by the field's type.

use jiff::Timestamp;
use serde::Serialize;

use super::{ColumnType, Value};

/// A field of a listed record.
pub(crate) trait Field {
    const COLUMN_TYPE: ColumnType;
    const IS_REQUIRED: bool = false;

    fn value(&self) -> Value<'_>;
}

/// The only field that is not an `Option`: the identity.
impl Field for String {
    const COLUMN_TYPE: ColumnType = ColumnType::Text;
    const IS_REQUIRED: bool = true;

    fn value(&self) -> Value<'_> {
        self.as_str().into()
    }
}

impl Field for Option<String> {
    const COLUMN_TYPE: ColumnType = ColumnType::Text;

    fn value(&self) -> Value<'_> {
        self.as_deref().into()
    }
}

impl Field for Option<Timestamp> {
    const COLUMN_TYPE: ColumnType = ColumnType::Timestamp;

    fn value(&self) -> Value<'_> {
        (*self).into()
    }
}

impl Field for Option<Vec<String>> {
    const COLUMN_TYPE: ColumnType = ColumnType::TextList;

    fn value(&self) -> Value<'_> {
        self.as_deref().into()
    }
}

/// A part of a record that has fields itself: one column of JSON.
pub(crate) trait Nested: Serialize {}

impl<T: Nested> Nested for Vec<T> {}

impl<T: Nested> Field for Option<T> {
    const COLUMN_TYPE: ColumnType = ColumnType::Json;

    fn value(&self) -> Value<'_> {
        Value::json_of(self.as_ref())
    }
}

impl Value<'_> {
    /// The part as JSON. What serde_json cannot write, which no part of a record is, counts as absent.
    pub(super) fn json_of(part: Option<&impl Serialize>) -> Self {
        part.and_then(|part| serde_json::to_string(part).ok()).map_or(Self::Null, |text| Self::Json(text.into()))
    }
}
