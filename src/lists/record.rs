//! How the records of lists are declared.

// Knows what all of them have in common, no list.

use serde::{Deserialize, Deserializer};

use crate::decode::at_most;

/// Declares a record of a list (`identified by` a field, `as` the name of its kind), or a part of one. A record has a
/// column a field; a part is JSON in the column of its record. What is `None` is left out when it is written.
macro_rules! record {
    ($(#[$about:meta])* $name:ident identified by $key:ident as $kind:literal {
        $($(#[$doc:meta])* $field:ident: $type:ty,)+
    }) => {
        record! { $(#[$about])* $name without columns { $($(#[$doc])* $field: $type,)+ } }

        impl crate::Identity for $name {
            fn identity(&self) -> Option<&str> {
                Some(&self.$key)
            }
        }

        impl crate::columns::Columns for $name {
            const NAME: &'static str = $kind;

            fn columns() -> &'static [crate::columns::Column<Self>] {
                use crate::columns::{Column, Field};

                const {
                    &[$({
                        let column: Column<$name> =
                            Column::new(stringify!($field), <$type as Field>::COLUMN_TYPE, |record| record.$field.value());
                        if <$type as Field>::IS_REQUIRED { column.required() } else { column }
                    },)+]
                }
            }
        }
    };
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)+ }) => {
        record! { $(#[$about])* $name without columns { $($(#[$doc])* $field: $type,)+ } }

        impl crate::columns::Nested for $name {}
    };
    ($(#[$about:meta])* $name:ident without columns { $($(#[$doc:meta])* $field:ident: $type:ty,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$doc])* #[serde(skip_serializing_if = "crate::lists::record::is_absent")] pub $field: $type,)+
        }
    };
}

pub(super) use record;

/// What a field of a record is: there, or maybe not.
pub(super) trait Field {
    fn is_absent(&self) -> bool;
}

impl Field for String {
    fn is_absent(&self) -> bool {
        false
    }
}

impl<T> Field for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

pub(super) fn is_absent(field: &impl Field) -> bool {
    field.is_absent()
}

/// Reads a list of parts of a record, of which the service allows some ten.
pub(super) fn few<'de, D: Deserializer<'de>, T: Deserialize<'de>>(list: D) -> Result<Option<Vec<T>>, D::Error> {
    at_most::<D, T, 100>(list)
}

/// Reads a list of ids or the like.
pub(super) fn many<'de, D: Deserializer<'de>, T: Deserialize<'de>>(list: D) -> Result<Option<Vec<T>>, D::Error> {
    at_most::<D, T, 1_000>(list)
}
