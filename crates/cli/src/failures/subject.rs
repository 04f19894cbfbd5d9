//! Failed sub-tasks, as a list that can be printed and exported.

use std::borrow::Cow;
use std::sync::Arc;

use iotda_batch_tasks::columns::{Columns, Value};
use iotda_batch_tasks::lists::{ErrorInfo, TaskDetail};
use iotda_batch_tasks::sub_tasks::{SubTask, SubTaskOrder, SubTaskQuery};
use iotda_batch_tasks::{ArgumentError, BatchTask, Error};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::FAIL;
use crate::checkpoints::Identity;
use crate::console::Counted;
use crate::opening::Opened;
use crate::output::{Selectable, Shown};
use crate::queries::Queries;
use crate::records::{Position, Records};
use crate::selection::Selection;
use crate::subject::{AsJson, FromLine, Subject};

/// The failed sub-tasks of the selected tasks.
pub(super) struct Failures {
    opened: Opened,
    queries: Queries<SubTaskQuery>,
    identity: Identity,
    /// All sub-tasks are: tasks are selected, and their sub-tasks by the query.
    selection: Selection,
}

impl Failures {
    pub(super) fn new(opened: Opened, order: SubTaskOrder) -> Self {
        let selection = Arc::new(opened.selection.clone());
        let queries = opened.queries_of(|tasks, pace| {
            let selection = Arc::clone(&selection);
            let query = tasks.sub_tasks().status(FAIL).order(order);
            let query = query.filter_tasks(move |task| selection.takes(task));
            match pace.prefetch {
                Some(pages) => query.prefetch(pages),
                None => query,
            }
        });
        let mut identity = opened.identity().clone();
        if order == SubTaskOrder::AsTheyCome {
            identity.insert("--as-they-come".to_owned(), "given".to_owned());
        }
        Self { opened, queries, identity, selection: Selection::default() }
    }
}

impl Subject for Failures {
    type Record = SubTask;
    type Line = SubTask;

    const WORDS: [&'static str; 2] = ["failed sub-task", "failed sub-tasks"];
    /// No task may have a failed sub-task, but a list of tasks says so if it is empty.
    const ROWS: &'static str = "batchtasks";
    const COUNTED: [Counted; 2] = [Counted::SubTasks, Counted::WrittenSubTasks];

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn selection(&self) -> &Selection {
        &self.selection
    }

    fn zone(&self) -> &TimeZone {
        &self.opened.zone
    }

    fn profiles(&self) -> Vec<&str> {
        self.queries.profiles()
    }

    /// What is read ahead is not printed.
    fn at_most(&mut self, _sub_tasks: Option<u64>) {}

    fn position(&self, text: &str) -> Result<Position, ArgumentError> {
        Position::parse_sub_tasks(text, self.queries.has_profiles())
    }

    fn resume(&mut self, position: &Position) -> Result<(), Error> {
        self.queries = self.queries.clone().resume(position)?;
        Ok(())
    }

    fn records(&self) -> Result<Box<dyn Records<SubTask>>, Error> {
        self.queries.clone().open_sub_tasks()
    }

    fn lines(&self) -> Result<Box<dyn Records<SubTask>>, Error> {
        self.records()
    }
}

impl Selectable for SubTask {
    fn is_selected(&self, _selection: &Selection) -> bool {
        true
    }
}

impl Shown for SubTask {
    const ID: &'static str = "target";
    const GLANCE: &'static [&'static str] =
        &["target", "error_code", "error_msg", "task_id", "task_name", "create_time"];
    const LEFT_OUT_FIRST: &'static [&'static str] = &["task_name", "create_time", "error_code", "task_id"];
    const SHORT: &'static [(&'static str, &'static str)] = &[("device", "target"), ("created", "create_time")];
}

/// The columns as fields; what is null is left out.
impl AsJson for SubTask {
    fn json(&self) -> Cow<'_, str> {
        let mut fields = serde_json::Map::new();
        for column in Self::columns() {
            let value = match column.value(self) {
                Value::Text(text) => text.into(),
                Value::Timestamp(time) => time.to_string().into(),
                _ => continue,
            };
            fields.insert(column.name().to_owned(), value);
        }
        serde_json::Value::from(fields).to_string().into()
    }
}

/// What [`AsJson`] writes.
#[derive(Deserialize)]
#[cfg_attr(not(feature = "parquet"), allow(dead_code, reason = "Parquet alone is made of lines"))]
struct Fields {
    task_id: String,
    task_name: Option<String>,
    task_type: Option<String>,
    create_time: Option<Timestamp>,
    target: Option<String>,
    status: Option<String>,
    output: Option<String>,
    error_code: Option<String>,
    error_msg: Option<String>,
}

impl FromLine for SubTask {
    fn from_line(line: &[u8]) -> Result<Self, serde_json::Error> {
        let fields: Fields = serde_json::from_slice(line)?;
        let mut task = BatchTask::new(fields.task_id);
        (task.task_name, task.create_time) = (fields.task_name, fields.create_time);
        task.task_type = fields.task_type.as_deref().map(Into::into);
        let mut detail = TaskDetail::default();
        (detail.target, detail.status, detail.output) = (fields.target, fields.status, fields.output);
        if fields.error_code.is_some() || fields.error_msg.is_some() {
            let mut error = ErrorInfo::default();
            (error.error_code, error.error_msg) = (fields.error_code, fields.error_msg);
            detail.error = Some(error);
        }
        Ok(Self::new(task, detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sub_task_survives_its_line() {
        let task = r#"{"task_id":"a","task_name":"n","task_type":"t","create_time":"20240301T000000Z"}"#;
        let detail = r#"{"target":"d","status":"Fail","output":"o","error":{"error_code":"c","error_msg":"m"}}"#;
        let task: BatchTask = serde_json::from_str(task).unwrap();
        let full = SubTask::new(task, serde_json::from_str(detail).unwrap());
        assert_eq!(SubTask::from_line(full.json().as_bytes()).unwrap(), full);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&full.json()).unwrap().as_object().unwrap().len(), 9);
        let bare = SubTask::new(BatchTask::new("a"), TaskDetail::default());
        assert_eq!(bare.json(), r#"{"task_id":"a"}"#);
        assert_eq!(SubTask::from_line(bare.json().as_bytes()).unwrap(), bare);
    }
}
