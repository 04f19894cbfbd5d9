//! An argument that breaks a rule.

use std::fmt;

/// An argument that breaks a rule of the service or of this crate: its name, its value, and the rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {value:?} is not allowed: it must be {rule}")]
#[non_exhaustive]
pub struct ArgumentError {
    /// The argument's name.
    pub name: &'static str,
    /// The value that was given.
    pub value: String,
    /// What the value must be.
    pub rule: String,
}

impl ArgumentError {
    /// An error that says that `name` must be `rule` and not `value`.
    ///
    /// Never pass a secret as `value`: it is shown.
    pub fn new(name: &'static str, value: impl fmt::Display, rule: impl Into<String>) -> Self {
        Self { name, value: value.to_string(), rule: rule.into() }
    }
}
