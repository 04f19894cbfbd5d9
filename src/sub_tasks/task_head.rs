//! A task as its list shows it, without its targets.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::Identity;
use crate::task::{BatchTask, Json, TargetsFilter, TaskPolicy, TaskProgress, TaskStatus, TaskType, time};

/// A task whose targets were passed over: a page of 50 tasks with 30,000 targets each takes some 50 MB, and sub-tasks
/// name their targets themselves.
#[derive(Debug)]
pub(crate) struct TaskHead(pub(super) BatchTask);

impl TaskHead {
    pub(crate) fn create_time(&self) -> Option<Timestamp> {
        self.0.create_time
    }
}

impl Identity for TaskHead {
    fn identity(&self) -> Option<&str> {
        self.0.identity()
    }
}

impl<'de> Deserialize<'de> for TaskHead {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The fields of a task, but for its targets.
        #[derive(Deserialize)]
        struct Head {
            task_id: String,
            task_name: Option<String>,
            task_type: Option<TaskType>,
            task_mode: Option<String>,
            need_confirm: Option<bool>,
            task_ext_info: Option<Json>,
            targets_filter: Option<TargetsFilter>,
            document: Option<Json>,
            task_policy: Option<TaskPolicy>,
            status: Option<TaskStatus>,
            status_desc: Option<String>,
            task_progress: Option<TaskProgress>,
            #[serde(default, with = "time")]
            create_time: Option<Timestamp>,
        }

        let head = Head::deserialize(deserializer)?;
        Ok(Self(BatchTask {
            task_id: head.task_id,
            task_name: head.task_name,
            task_type: head.task_type,
            task_mode: head.task_mode,
            need_confirm: head.need_confirm,
            task_ext_info: head.task_ext_info,
            targets: None,
            targets_filter: head.targets_filter,
            document: head.document,
            task_policy: head.task_policy,
            status: head.status,
            status_desc: head.status_desc,
            task_progress: head.task_progress,
            create_time: head.create_time,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_but_the_targets_is_there() {
        let json = r#"{"task_id":"a","task_name":"n","task_type":"changeGateway","task_mode":"GATEWAY","need_confirm":true,
            "task_ext_info":[1],"targets":["x","y"],"targets_filter":{"group_ids":["g"]},"document":{"x":1},
            "task_policy":{"retry_count":1},"status":"Waitting","status_desc":"d","task_progress":{"total":8},
            "create_time":"20240301T000000Z","brand_new":1}"#;
        let mut whole: BatchTask = serde_json::from_str(json).unwrap();
        assert!(whole.targets.take().is_some());
        assert_eq!(serde_json::from_str::<TaskHead>(json).unwrap().0, whole);
        assert_eq!(serde_json::from_str::<TaskHead>(r#"{"task_id":"a"}"#).unwrap().0, BatchTask::new("a"));
        assert!(serde_json::from_str::<TaskHead>(r#"{"task_name":"a"}"#).is_err());
    }
}
