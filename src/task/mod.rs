//! What the service says of a task: its fields, their units, their values.
//!
//! No field but [`BatchTask::task_id`] is guaranteed, so every other one is an `Option`: absent and `null` are both
//! `None`. Fields that are not known here are passed over. Serialising gives the service's own form back and leaves
//! out what is `None`. The JSON parts ([`Json`]) keep the very text of the answer, which `serde_json` alone can carry:
//! read and write tasks with `serde_json`.

// Knows the service's JSON names and spellings; must not know pages, markers or HTTP.

mod document;
mod json;
mod policy;
mod progress;
mod targets;
mod targets_filter;
pub(crate) mod time;
mod values;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use document::{CommandDocument, ShadowDocument, ShadowState, UpgradeDocument};
pub use json::Json;
pub use policy::TaskPolicy;
pub use progress::TaskProgress;
pub use targets::{Targets, TargetsIter};
pub use targets_filter::TargetsFilter;
pub use values::{OtherValue, TaskStatus, TaskType};

/// One batch task, as the list of batch tasks shows it.
///
/// A task does not say which resource space (`app_id`) it belongs to.
///
/// ```
/// use iotda_batch_tasks::task::{BatchTask, TaskStatus, UpgradeDocument};
///
/// let task: BatchTask = serde_json::from_str(
///     r#"{"task_id":"5c8ba99030344005c02316ad","status":"Success","targets":["e495cf17-ff79-4294-8f64-4d367919d665"],
///         "document":{"package_id":"32822e5744a45ede319d2c50"},"create_time":"20151212T121212Z"}"#,
/// )?;
/// assert_eq!(task.status, Some(TaskStatus::Success));
/// assert_eq!(task.create_time.map(|time| time.to_string()).as_deref(), Some("2015-12-12T12:12:12Z"));
/// assert_eq!(task.targets.iter().flatten().count(), 1);
/// let document: UpgradeDocument = task.document.as_ref().expect("it has one").decode()?;
/// assert_eq!(document.package_id.as_deref(), Some("32822e5744a45ede319d2c50"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BatchTask {
    /// The id of the task: 24 hexadecimal digits in every sample, though no rule says so.
    pub task_id: String,
    /// The name that its creator gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_name: Option<String>,
    /// What the task does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_type: Option<TaskType>,
    /// How the task is carried out: `GATEWAY`, through the devices' gateways, is the only documented value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_mode: Option<String>,
    /// Whether the devices must confirm before the task is carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need_confirm: Option<bool>,
    /// Further information whose shape depends on the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_ext_info: Option<Json>,
    /// The ids of the devices that the task is for, up to 30,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<Targets>,
    /// What the devices were chosen by, where they were not named one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets_filter: Option<TargetsFilter>,
    /// What to do, in a shape that depends on the type: see [`UpgradeDocument`], [`CommandDocument`] and
    /// [`ShadowDocument`] for those that are documented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Json>,
    /// When the task starts and how often it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_policy: Option<TaskPolicy>,
    /// How far the task has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<TaskStatus>,
    /// What the service says about the status, a reason for a failure for instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_desc: Option<String>,
    /// How many of the task's executions are in which state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_progress: Option<TaskProgress>,
    /// When the task was created, to the second. An empty text on the wire is `None`.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub create_time: Option<Timestamp>,
}

impl BatchTask {
    /// A task of which nothing but its id is known.
    #[must_use]
    pub fn new(task_id: impl Into<String>) -> Self {
        Self {
            task_id: task_id.into(),
            task_name: None,
            task_type: None,
            task_mode: None,
            need_confirm: None,
            task_ext_info: None,
            targets: None,
            targets_filter: None,
            document: None,
            task_policy: None,
            status: None,
            status_desc: None,
            task_progress: None,
            create_time: None,
        }
    }
}

impl crate::Identity for BatchTask {
    fn identity(&self) -> Option<&str> {
        Some(&self.task_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Identity;

    const SAMPLE: &str = r#"{"task_id":"5c8ba99030344005c02316ad","task_name":"testname","task_type":"softwareUpgrade","targets":["e495cf17-ff79-4294-8f64-4d367919d665"],"targets_filter":{"group_ids":["e495cf17-ff79-4294-8f64-4d367919d665"]},"document":{"package_id":"32822e5744a45ede319d2c50"},"task_policy":{"schedule_time":"20151212T121212Z","retry_count":5,"retry_interval":60},"status":"Success","status_desc":"string","task_progress":{"total":0,"processing":0,"success":0,"fail":0,"waitting":0,"fail_wait_retry":0,"stopped":0},"create_time":"20151212T121212Z"}"#;

    fn read(json: &str) -> BatchTask {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_sample_is_read_and_written_back_to_the_byte() {
        let task = read(SAMPLE);
        assert_eq!(task.identity(), Some("5c8ba99030344005c02316ad"));
        assert_eq!(task.task_type, Some(TaskType::SoftwareUpgrade));
        assert_eq!(task.targets.as_ref().unwrap(), &["e495cf17-ff79-4294-8f64-4d367919d665"][..]);
        let policy = task.task_policy.as_ref().unwrap();
        assert_eq!((policy.retry_count, policy.retry_interval), (Some(5), Some(60)));
        assert_eq!(policy.schedule_time, task.create_time);
        assert_eq!(task.task_progress.as_ref().unwrap().removed, None);
        assert_eq!(serde_json::to_string(&task).unwrap(), SAMPLE);
    }

    #[test]
    fn every_field_survives_both_ways() {
        let json = r#"{"task_id":"a","task_name":"n","task_type":"changeGateway","task_mode":"GATEWAY","need_confirm":true,"task_ext_info":[1, {"x":null}],"targets":[],"targets_filter":{"group_ids":[],"tag":"t"},"document":"text","task_policy":{"schedule_time":"20240229T235959Z","retry_count":1,"retry_interval":1440},"status":"Waitting","status_desc":"","task_progress":{"total":8,"processing":1,"success":2,"fail":3,"waitting":4,"fail_wait_retry":5,"stopped":6,"removed":7},"create_time":"20240301T000000Z"}"#;
        assert_eq!(serde_json::to_string(&read(json)).unwrap(), json);
    }

    #[test]
    fn nothing_but_the_id_is_needed() {
        assert_eq!(read(r#"{"task_id":"a"}"#), BatchTask::new("a"));
        let nulls = r#"{"task_id":"a","task_name":null,"task_type":null,"task_mode":null,"need_confirm":null,
            "task_ext_info":null,"targets":null,"targets_filter":null,"document":null,"task_policy":null,"status":null,
            "status_desc":null,"task_progress":null,"create_time":null,"brand_new":{"unknown":[1]}}"#;
        assert_eq!(read(nulls), BatchTask::new("a"));
        assert_eq!(serde_json::to_string(&BatchTask::new("a")).unwrap(), r#"{"task_id":"a"}"#);
        for without in ["{}", r#"{"task_id":null}"#, r#"{"task_id":7}"#] {
            assert!(serde_json::from_str::<BatchTask>(without).is_err(), "{without}");
        }
    }

    #[test]
    fn parts_without_fields_are_parts_all_the_same() {
        let task = read(r#"{"task_id":"a","task_policy":{"retry_count":null},"task_progress":{}}"#);
        assert_eq!(task.task_policy, Some(TaskPolicy::default()));
        assert_eq!(task.task_progress, Some(TaskProgress::default()));
    }

    #[test]
    fn a_task_survives_a_detour_through_a_value() {
        let value: serde_json::Value = serde_json::from_str(SAMPLE).unwrap();
        assert_eq!(serde_json::from_value::<BatchTask>(value.clone()).unwrap(), read(SAMPLE));
        assert_eq!(serde_json::to_value(read(SAMPLE)).unwrap(), value);
    }
}
