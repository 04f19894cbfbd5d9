//! What one writes down first: the fields as the service lists them, texts as `String`, open parts as `Value`.

#![allow(dead_code, reason = "fields that are never read are decoded all the same")]

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
pub(crate) struct Answer {
    pub(crate) batchtasks: Vec<Task>,
    pub(crate) page: PageInfo,
}

#[derive(Deserialize)]
pub(crate) struct PageInfo {
    pub(crate) count: Option<i64>,
    pub(crate) marker: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Task {
    pub(crate) task_id: String,
    pub(crate) task_name: Option<String>,
    pub(crate) task_type: Option<String>,
    pub(crate) task_mode: Option<String>,
    pub(crate) need_confirm: Option<bool>,
    pub(crate) task_ext_info: Option<Value>,
    pub(crate) targets: Option<Vec<String>>,
    pub(crate) targets_filter: Option<Value>,
    pub(crate) document: Option<Value>,
    pub(crate) task_policy: Option<Policy>,
    pub(crate) status: Option<String>,
    pub(crate) status_desc: Option<String>,
    pub(crate) task_progress: Option<Progress>,
    pub(crate) create_time: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Policy {
    pub(crate) schedule_time: Option<String>,
    pub(crate) retry_count: Option<i64>,
    pub(crate) retry_interval: Option<i64>,
}

#[derive(Deserialize)]
pub(crate) struct Progress {
    pub(crate) total: Option<i64>,
    pub(crate) processing: Option<i64>,
    pub(crate) success: Option<i64>,
    pub(crate) fail: Option<i64>,
    pub(crate) waitting: Option<i64>,
    pub(crate) fail_wait_retry: Option<i64>,
    pub(crate) stopped: Option<i64>,
    pub(crate) removed: Option<i64>,
}
