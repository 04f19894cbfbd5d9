//! How the records of lists are declared.

// Knows what all of them have in common, no list.

/// Declares a record of a list, or a part of one. What is `None` is left out when it is written.
macro_rules! record {
    ($(#[$about:meta])* $name:ident $(told apart by $key:ident)? { $($(#[$doc:meta])* $field:ident: $type:ty,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$doc])* #[serde(skip_serializing_if = "crate::lists::record::is_absent")] pub $field: $type,)+
        }

        $(impl crate::Identity for $name {
            fn identity(&self) -> Option<&str> {
                Some(&self.$key)
            }
        })?
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
