//! Lists whose answers are JSON, as the service sends them.

use std::sync::Arc;

use futures::Stream;
use iotda_batch_tasks::{BatchTask, Page, PageRequest, PageSize, PageSource, SourceError};

use crate::body;
use crate::plain::{Answer, Task};
use crate::reading::list_of;

/// The device ids of a task: about 950 bytes a task.
const TARGETS: usize = 7;

/// Tasks as JSON, newest first, each with its id in front.
#[derive(Clone)]
pub(crate) struct JsonList(Arc<[(String, String)]>);

impl JsonList {
    /// So many tasks, scattered over so many lists.
    pub(crate) fn several(lists: usize, tasks: usize) -> Vec<Self> {
        let mut rows = vec![Vec::new(); lists];
        for number in (0..tasks).rev() {
            rows[list_of(number, lists)].push((body::task_id(number), body::row(number, TARGETS)));
        }
        rows.into_iter().map(|rows| Self(rows.into())).collect()
    }

    fn body(&self, request: &PageRequest) -> Vec<u8> {
        let above = |marker: &str| self.0.partition_point(|(id, _)| &**id >= marker);
        let first = request.marker.as_ref().map_or(0, |marker| above(marker.as_str())) + request.offset.get();
        let rest = &self.0[first.min(self.0.len())..];
        let rows = &rest[..rest.len().min(request.limit.get())];
        let marker = rows.last().map(|(id, _)| &**id);
        body::page_of(rows.iter().map(|(_, row)| &**row), self.0.len(), marker)
    }
}

impl PageSource<BatchTask> for JsonList {
    async fn fetch(&self, request: PageRequest) -> Result<Page<BatchTask>, SourceError> {
        Page::from_json(&self.body(&request))
    }
}

/// What one writes by hand: a loop over markers that decodes into derived structs.
pub(crate) fn marker_loop(list: JsonList) -> impl Stream<Item = Result<Task, serde_json::Error>> {
    async_stream::try_stream! {
        let mut marker = None;
        loop {
            let body = list.body(&PageRequest::after(marker, PageSize::MAX));
            let answer: Answer = serde_json::from_slice(&body)?;
            if answer.batchtasks.is_empty() {
                return;
            }
            marker = answer.page.marker.and_then(|marker| marker.parse().ok());
            for task in answer.batchtasks {
                yield task;
            }
        }
    }
}
