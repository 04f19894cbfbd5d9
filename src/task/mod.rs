//! STAND-IN, to be dropped on merge: just enough of the task types for `client` to compile.
#![allow(missing_docs)]

use serde::Deserialize;

use crate::Identity;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskType {
    SoftwareUpgrade,
    FirmwareUpgrade,
    Other(String),
}

impl TaskType {
    pub const KNOWN: &'static [Self] = &[Self::FirmwareUpgrade, Self::SoftwareUpgrade];

    pub fn as_str(&self) -> &str {
        match self {
            Self::SoftwareUpgrade => "softwareUpgrade",
            Self::FirmwareUpgrade => "firmwareUpgrade",
            Self::Other(text) => text,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskStatus {
    Fail,
    Other(String),
}

impl TaskStatus {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Fail => "Fail",
            Self::Other(text) => text,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct BatchTask {
    pub task_id: String,
}

impl Identity for BatchTask {
    fn identity(&self) -> Option<&str> {
        Some(&self.task_id)
    }
}
