//! Which tasks to read, and how. Knows the rules of the list's filters; sends nothing.

use std::time::Duration;

use serde::de::DeserializeOwned;

use super::Client;
use super::http_source::HttpSource;
use crate::decode::ListShape;
use crate::stream::{BatchTaskStream, Checkpoint, NamedSource, RecordStream, StreamOptions};
use crate::task::{TaskStatus, TaskType};
use crate::{ArgumentError, Error, Identity, PageSize};

/// Which batch tasks to read, and how; made by [`Client::batch_tasks`] or [`Client::all_batch_tasks`].
///
/// Nothing is checked before [`stream`](Self::stream), and nothing is sent before the stream is polled.
///
/// ```
/// use iotda_batch_tasks::Client;
/// use iotda_batch_tasks::task::{TaskStatus, TaskType};
///
/// # let client = Client::builder().region("cn-north-4").project_id("a").token("t").build()?;
/// let tasks = client.batch_tasks(TaskType::SoftwareUpgrade).status(TaskStatus::Fail).app_id("app_A-1").stream()?;
///
/// let error = client.batch_tasks(TaskType::SoftwareUpgrade).page_size(51).stream().unwrap_err();
/// assert!(error.to_string().contains("1 to 50"));
/// # Ok::<(), iotda_batch_tasks::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a query does nothing unless streamed"]
pub struct BatchTaskQuery {
    client: Client,
    task_types: Vec<TaskType>,
    /// Whether every known type is to be read, as far as the service knows it too.
    all: bool,
    status: Option<TaskStatus>,
    app_id: Option<String>,
    page_size: Option<usize>,
    scan_timeout: Option<Duration>,
    options: StreamOptions,
}

impl BatchTaskQuery {
    pub(super) fn new(client: Client, task_types: Vec<TaskType>, all: bool) -> Self {
        let options = StreamOptions::new();
        Self { client, task_types, all, status: None, app_id: None, page_size: None, scan_timeout: None, options }
    }

    /// Reads the tasks of one more type, merged with the rest. A type that is there already is not read twice.
    pub fn task_type(mut self, task_type: impl Into<TaskType>) -> Self {
        self.task_types.push(task_type.into());
        self
    }

    /// Only tasks in this status. Tasks enter and leave such a list in the middle while it is read.
    pub fn status(mut self, status: impl Into<TaskStatus>) -> Self {
        self.status = Some(status.into());
        self
    }

    /// Only tasks of this resource space; else of every resource space of the user.
    pub fn app_id(mut self, app_id: impl Into<String>) -> Self {
        self.app_id = Some(app_id.into());
        self
    }

    /// How many tasks a page may hold, 1 to 50; 50 unless told otherwise.
    pub fn page_size(mut self, tasks: usize) -> Self {
        self.page_size = Some(tasks);
        self
    }

    /// How many pages to keep in flight or ready beyond the one being read; 0 is strictly lazy.
    pub fn prefetch(mut self, pages: usize) -> Self {
        self.options = self.options.prefetch(pages);
        self
    }

    /// How many bytes of pages to keep ready at most.
    pub fn prefetch_bytes(mut self, bytes: usize) -> Self {
        self.options = self.options.prefetch_bytes(bytes);
        self
    }

    /// Ends the stream after this many tasks.
    pub fn max_items(mut self, tasks: u64) -> Self {
        self.options = self.options.max_items(tasks);
        self
    }

    /// Goes on where an earlier stream of the same query stopped.
    pub fn resume(mut self, checkpoint: Checkpoint) -> Self {
        self.options = self.options.resume(checkpoint);
        self
    }

    /// How long the whole scan may take, counted from the first poll; without it, as long as it takes.
    pub fn scan_timeout(mut self, limit: Duration) -> Self {
        self.scan_timeout = Some(limit);
        self
    }

    /// The stream of the tasks.
    ///
    /// # Errors
    /// [`Error::Argument`] when an argument breaks a rule of the service. Nothing was sent.
    pub fn stream(self) -> Result<BatchTaskStream, Error> {
        self.stream_as()
    }

    /// The same list with each record read into another type: one with fewer fields, say, or raw JSON.
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub fn stream_as<T>(self) -> Result<RecordStream<T>, Error>
    where
        T: DeserializeOwned + Identity + Send + 'static,
    {
        let (sources, options) = self.checked()?;
        RecordStream::merged(sources, options)
    }

    /// One source a task type.
    fn checked(self) -> Result<(Vec<NamedSource<HttpSource>>, StreamOptions), Error> {
        let mut options = self.options;
        if let Some(tasks) = self.page_size {
            options = options.page_size(PageSize::new(tasks)?);
        }
        if let Some(limit) = self.scan_timeout {
            if limit.is_zero() {
                return Err(ArgumentError::new("scan_timeout", "0s", "longer than nothing").into());
            }
            options = options.scan_timeout(limit);
        }
        let mut fixed = Vec::new();
        if let Some(app_id) = self.app_id {
            fixed.push(("app_id", checked_word("app_id", &app_id, 36)?));
        }
        if let Some(status) = &self.status {
            fixed.push(("status", checked_word("status", status.as_str(), 64)?));
        }
        let known = if self.all { TaskType::KNOWN } else { &[] };
        let mut types = Vec::<(&TaskType, bool)>::new();
        for task_type in self.task_types.iter().chain(known) {
            checked_word("task_type", task_type.as_str(), 64)?;
            if !types.iter().any(|(other, _)| *other == task_type) {
                let asked_for = self.task_types.contains(task_type);
                types.push((task_type, task_type.is_recent() && !asked_for));
            }
        }
        let list = |(task_type, optional): (&TaskType, bool)| {
            let own = ("task_type", task_type.as_str().to_owned());
            let pairs: Vec<_> = fixed.iter().cloned().chain([own]).collect();
            // A checkpoint goes on with the list that it was taken of: the filters are part of the name.
            let filters = fixed.iter().map(|(name, value)| format!(" {name}={value}"));
            let name = std::iter::once(task_type.as_str().to_owned()).chain(filters).collect::<String>();
            let source =
                HttpSource::new(self.client.clone(), name.clone(), "batchtasks", pairs, ListShape::BATCH_TASKS);
            NamedSource { name, source, optional }
        };
        Ok((types.into_iter().map(list).collect(), options))
    }
}

fn checked_word(name: &'static str, text: &str, longest: usize) -> Result<String, ArgumentError> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if (1..=longest).contains(&text.len()) && text.bytes().all(letter) {
        return Ok(text.to_owned());
    }
    Err(ArgumentError::new(name, text, format!("1 to {longest} of A-Z a-z 0-9 _ -")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(query: impl Fn(&Client) -> BatchTaskQuery) -> Vec<String> {
        let client = Client::builder().region("cn-north-4").project_id("a").token("t").build().unwrap();
        query(&client).checked().unwrap().0.iter().map(|source| source.name.clone()).collect()
    }

    #[test]
    fn every_known_type_is_a_list_and_further_ones_are_added_once() {
        let known: Vec<_> = TaskType::KNOWN.iter().map(TaskType::to_string).collect();
        assert_eq!(lists(Client::all_batch_tasks), known);
        let more = lists(|client| client.all_batch_tasks().task_type("deviceJob").task_type("createDevices"));
        assert_eq!(more.len(), known.len() + 1);
        assert!(more.contains(&"deviceJob".to_owned()));
    }

    #[test]
    fn a_type_asked_for_twice_is_read_once() {
        let query = |client: &Client| client.batch_tasks("createDevices").task_type(TaskType::CreateDevices);
        assert_eq!(lists(query), ["createDevices"]);
    }
}
