//! The lists beside the batch tasks that page by the same rule, and their records.
//!
//! Knows paths, fields and parameters; must not know pages, markers or HTTP.
//!
//! No field but the one that a record is told apart by is guaranteed, so every other one is an `Option`: absent and
//! `null` are both `None`. Fields that are not known here are passed over; to keep them, read
//! [`WithRaw`](crate::decode::WithRaw) or [`RawRecord`](crate::decode::RawRecord).

mod device;
mod device_group;
mod listing;
mod ota_package;
mod product;
mod record;
mod rule;
#[cfg(feature = "client")]
mod selection;
mod task_detail;
#[cfg(test)]
mod tests;
mod time;

pub use device::{Device, DeviceTag};
pub use device_group::{DeviceGroup, GroupDevice};
pub use listing::Listing;
pub use ota_package::OtaPackage;
pub use product::Product;
pub use rule::{
    ActionDeviceAlarm, ActionDeviceCommand, ActionSmnForwarding, Cmd, ConditionGroup, DailyTimerType,
    DeviceDataCondition, DeviceLinkageStatusCondition, DeviceSide, Rule, RuleAction, RuleCondition, SimpleTimerType,
    TimeRange,
};
#[cfg(feature = "client")]
pub(crate) use selection::{Selection, Target, checked_word};
pub use task_detail::{ErrorInfo, TaskDetail};
