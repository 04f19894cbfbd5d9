//! The sibling lists, which page by the same rule as the batch tasks, and their records.
//!
//! | list | method | records |
//! |---|---|---|
//! | devices | `client.devices()` | [`Device`] |
//! | products | `client.products()` | [`Product`] |
//! | device groups | `client.device_groups()` | [`DeviceGroup`] |
//! | the devices of a group | `client.devices_in_group(..)` | [`GroupDevice`] |
//! | upgrade packages | `client.ota_packages()` | [`OtaPackage`] |
//! | rules | `client.rules()` | [`Rule`] |
//! | the targets of a batch task | `client.batch_task_details(..)` | [`TaskDetail`] |
//!
//! Each gives a [`RecordStream`](crate::RecordStream) with all that the stream of batch tasks has: exact under edits,
//! read ahead, resumable. No field but a record's identity is guaranteed, so every other one is an
//! `Option`: absent and `null` are both `None`. Fields that are not known here are passed over; to keep them, read
//! [`WithRaw`](crate::decode::WithRaw) or [`RawRecord`](crate::decode::RawRecord).
//!
//! # One list more
//! The service has more lists under the same rule than have methods here. A [`ListEndpoint`] and a record are all it takes:
//!
//! ```
//! # #[cfg(feature = "client")]
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use iotda_simulator::{RowList, Simulator};
//! # let list = RowList::new("certificates", "certificates", "certificate_id").wide_markers().rows(120);
//! # let simulator = Simulator::builder().list(list).start().await?;
//! # let client = iotda_batch_tasks::Client::builder()
//! #     .endpoint(simulator.endpoint()).project_id("0a").token("any").build()?;
//! use futures::TryStreamExt;
//! use iotda_batch_tasks::{Identity, decode::ListShape, lists::ListEndpoint};
//!
//! const CERTIFICATES: ListEndpoint = ListEndpoint::new(
//!     "certificates",
//!     ListShape::new("certificates").identified_by("certificate_id").with_opaque_markers(),
//! );
//!
//! #[derive(serde::Deserialize)]
//! struct Certificate {
//!     certificate_id: String,
//! }
//!
//! impl Identity for Certificate {
//!     fn identity(&self) -> Option<&str> {
//!         Some(&self.certificate_id)
//!     }
//! }
//!
//! let certificates: Vec<Certificate> = client.list(CERTIFICATES).stream()?.try_collect().await?;
//! # assert_eq!(certificates.len(), 120);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "client"))]
//! # fn main() {}
//! ```
//!
//! Without your own record type, `client.list::<RawRecord>(CERTIFICATES)` reads the same list as JSON.
//!
//! # Rows without an id
//! Where nothing identifies a row ([`TaskDetail`]), pages cannot overlap: they are read one after another, each from the
//! marker of the one before. That is as exact, and as slow as one request after another. A stream that stops in
//! mid-page remembers how many rows of the page were handed out; a resumed one leaves out as many. So an edit to that
//! one page between the two puts it out by one row; edits elsewhere do not matter.

// Knows paths, fields and parameters; must not know pages, markers or HTTP.

mod device;
mod device_group;
mod list_endpoint;
mod ota_package;
mod product;
mod record;
mod rule;
#[cfg(any(feature = "client", feature = "tower"))]
mod selection;
mod task_detail;
#[cfg(test)]
mod tests;
mod time;
#[cfg(any(feature = "client", feature = "tower"))]
pub(crate) mod url;

pub use device::{Device, DeviceTag};
pub use device_group::{DeviceGroup, GroupDevice};
pub use list_endpoint::ListEndpoint;
pub use ota_package::OtaPackage;
pub use product::Product;
pub use rule::{
    ActionDeviceAlarm, ActionDeviceCommand, ActionSmnForwarding, Cmd, ConditionGroup, DailyTimerType,
    DeviceDataCondition, DeviceLinkageStatusCondition, DeviceSide, Rule, RuleAction, RuleCondition, SimpleTimerType,
    TimeRange,
};
#[cfg(feature = "client")]
pub(crate) use selection::checked_word;
#[cfg(any(feature = "client", feature = "tower"))]
pub(crate) use selection::{ResolvedList, Selection};
pub use task_detail::{ErrorInfo, TaskDetail};
