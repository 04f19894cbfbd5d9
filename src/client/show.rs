//! One task by its id: `GET /batchtasks/{task_id}`, which is there for every type.

use std::sync::Arc;

use serde::Deserialize;
use tokio::time::Instant;

use super::attempts::Traced;
use super::own_task::in_own_task;
use super::transport::{Attempt, AttemptStats};
use super::{BatchTaskQuery, Client, Shared};
use crate::decode::WithRaw;
use crate::error::{Error, PageError};
use crate::task::BatchTask;
use crate::{ArgumentError, Offset, PageRequest, PageSize, SourceError};

/// What the service answers for one id.
#[derive(Debug)]
pub(super) enum Shown {
    Task(Box<WithRaw<BatchTask>>),
    /// There is no such task.
    Absent,
    /// This service does not have the call.
    Unsupported,
}

impl Shown {
    /// The task, or that there is none; an error where the service cannot say.
    pub(super) fn known(self) -> Result<Option<BatchTask>, ArgumentError> {
        match self {
            Self::Task(task) => Ok(Some(task.record)),
            Self::Absent => Ok(None),
            Self::Unsupported => Err(ArgumentError::new("call", "GET /batchtasks/{id}", "one that this service has")),
        }
    }
}

/// The part of the answer that is the task; the rest is a page of its targets.
#[derive(Deserialize)]
struct Answer {
    batchtask: Option<WithRaw<BatchTask>>,
}

impl Client {
    /// Requests one task.
    pub(super) async fn show(&self, task_id: &str) -> Result<Shown, Error> {
        let (shared, id) = (Arc::clone(&self.0), task_id.to_owned());
        in_own_task(async move { shared.show(&id).await }).await.map_err(|failure| {
            let request = PageRequest { marker: None, offset: Offset::ZERO, limit: PageSize::MIN };
            Error::Page(Box::new(PageError { list: Some(format!("batchtasks/{task_id}")), request, failure }))
        })
    }
}

impl Shared {
    async fn show(&self, id: &str) -> Result<Shown, SourceError> {
        let (stats, traced, started) = (&AttemptStats::default(), &Traced::new("task"), Instant::now());
        let attempt = |attempt: u32| async move {
            let project_id = self.project.id(&self.transport).await?;
            let segments = ["v5", "iot", project_id, "batchtasks", id];
            let url = traced.url.get_or_init(|| self.endpoint.url(&segments, &[("limit", "1".into())]));
            let span = tracing::debug_span!(
                "task",
                attempt,
                status = tracing::field::Empty,
                bytes = tracing::field::Empty,
                milliseconds = tracing::field::Empty,
            );
            let one = Attempt { url, project_id, stats, span: &span };
            self.transport.body(one).await.map(|body| read(&body, id))
        };
        let answered = self.attempts.run_while_arriving(traced, || stats.arrived(), attempt).await;
        if answered.is_ok() {
            traced.answered(stats, started, None);
        }
        match answered {
            Ok((Some(task), _)) => Ok(Shown::Task(Box::new(task))),
            Ok((None, _)) => Ok(Shown::Unsupported),
            Err(error) if !error.is_service_status() => Err(error),
            Err(error) if error.is_no_such_task() => Ok(Shown::Absent),
            Err(error) => match error.status() {
                // A 404 that does not come from the service itself, or a service that reads ids in another way, or does not
                // show them.
                Some(400 | 404 | 405) => Ok(Shown::Unsupported),
                _ => Err(error),
            },
        }
    }
}

/// The task; `None` where the answer is about none or another, or cannot be read: then the list says what is wrong.
fn read(body: &[u8], id: &str) -> Option<WithRaw<BatchTask>> {
    let answer: Answer = serde_json::from_slice(body).ok()?;
    answer.batchtask.filter(|task| task.record.task_id == id)
}

impl BatchTaskQuery {
    /// The task of this id, if the query selects it. One request: `GET /batchtasks/{task_id}`, where the service has that
    /// call; else, and where a resource space is selected, the lists are searched: see
    /// [`Lists::find`](crate::Lists::find).
    ///
    /// # Errors
    /// When an argument breaks a rule, a request fails, or the task cannot be read.
    ///
    /// # Cancel safety
    /// Dropping the future aborts its requests.
    pub async fn find(self, task_id: &str) -> Result<Option<BatchTask>, Error> {
        let lists = self.clone().lists()?;
        match self.shown(task_id).await? {
            Some(Shown::Task(task)) => Ok(Some(task.record)),
            Some(_) => Ok(None),
            None => lists.find(task_id).await,
        }
    }

    /// As [`find`](Self::find), with its JSON as the service sent it.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub async fn find_with_raw(self, task_id: &str) -> Result<Option<WithRaw<BatchTask>>, Error> {
        let lists = self.clone().lists_with_raw()?;
        match self.shown(task_id).await? {
            Some(Shown::Task(task)) => Ok(Some(*task)),
            Some(_) => Ok(None),
            None => lists.find(task_id).await,
        }
    }

    /// What one request shows of the task, if no other is needed.
    async fn shown(&self, task_id: &str) -> Result<Option<Shown>, Error> {
        // Other ids are in no list, but that is for the service to say.
        let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if !(1..=64).contains(&task_id.len()) || !task_id.bytes().all(is_id) {
            return Ok(None);
        }
        Ok(match self.client.show(task_id).await? {
            Shown::Task(task) if !self.selects(&task.record) => Some(Shown::Absent),
            // A task does not say which resource space it is in.
            Shown::Task(_) if self.is_of_one_app() => None,
            Shown::Unsupported => None,
            shown => Some(shown),
        })
    }
}
