//! Which tasks to read, and how.

// Knows the rules of the list's filters; sends nothing.

use std::time::Duration;

use jiff::Timestamp;

use super::Client;
use super::creation_time::CreationTime;
use super::http_source::HttpSource;
use super::read_options::{ReadOptions, read_options_methods};
use crate::decode::{Row, WithRaw};
use crate::lists::{ListEndpoint, ResolvedList, Selection, checked_word};
use crate::stream::{BatchTaskStream, Lists, NamedSource, RecordStream, StreamOptions};
use crate::task::{BatchTask, TaskStatus, TaskType};
use crate::{ArgumentError, Error};

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
    pub(super) client: Client,
    task_types: Vec<TaskType>,
    /// Whether every known type is to be read, as far as the service knows it too.
    all: bool,
    status: Option<TaskStatus>,
    app_id: Option<String>,
    /// A filter that was set twice, to different values.
    set_twice: Option<(&'static str, String)>,
    pub(super) created: CreatedBetween,
    /// For how long a watch looks at failed tasks again, where that is set.
    pub(super) retried_within: Option<Duration>,
    read: ReadOptions,
}

/// Which time of creation to read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct CreatedBetween {
    after: Option<Timestamp>,
    before: Option<Timestamp>,
    trust_id_time: bool,
}

impl CreatedBetween {
    /// The filter for a single task; `None` where every task passes.
    pub(super) fn filter(self) -> Option<impl Fn(&BatchTask) -> bool + Clone> {
        let Self { after, before, .. } = self;
        after.or(before)?;
        Some(move |task: &BatchTask| {
            task.create_time.is_some_and(|created| {
                after.is_none_or(|after| created > after) && before.is_none_or(|before| created < before)
            })
        })
    }
}

impl BatchTaskQuery {
    pub(super) fn new(client: Client, task_types: Vec<TaskType>, all: bool) -> Self {
        Self {
            client,
            task_types,
            all,
            status: None,
            app_id: None,
            set_twice: None,
            created: CreatedBetween::default(),
            retried_within: None,
            read: ReadOptions::new(),
        }
    }

    /// Reads the tasks of one more type, merged with the rest. A type that is there already is not read twice.
    pub fn task_type(mut self, task_type: impl Into<TaskType>) -> Self {
        self.task_types.push(task_type.into());
        self
    }

    /// Only tasks in this status. Tasks enter and leave such a list in the middle while it is read.
    ///
    /// The service filters by one status. A second, different one is refused by [`stream`](Self::stream): for several,
    /// filter the stream.
    pub fn status(mut self, status: impl Into<TaskStatus>) -> Self {
        let status = status.into();
        if let Some(before) = self.status.replace(status.clone()).filter(|before| *before != status) {
            self.set_twice = Some(("status", format!("{before} and {status}")));
        }
        self
    }

    /// Only tasks of this resource space; else of every resource space of the user. A second, different one is refused by
    /// [`stream`](Self::stream).
    pub fn app_id(mut self, app_id: impl Into<String>) -> Self {
        let app_id = app_id.into();
        if let Some(before) = self.app_id.replace(app_id.clone()).filter(|before| *before != app_id) {
            self.set_twice = Some(("app_id", format!("{before} and {app_id}")));
        }
        self
    }

    read_options_methods!();

    /// Only tasks created after `time`, by their `create_time`; those without one are left out.
    ///
    /// A [`jiff::Timestamp`] or a [`SystemTime`](std::time::SystemTime): see [`CreationTime`].
    pub fn created_after(mut self, time: impl Into<CreationTime>) -> Self {
        self.created.after = Some(time.into().into());
        self
    }

    /// Only tasks created before `time`, by their `create_time`; those without one are left out.
    ///
    /// A [`jiff::Timestamp`] or a [`SystemTime`](std::time::SystemTime): see [`CreationTime`].
    pub fn created_before(mut self, time: impl Into<CreationTime>) -> Self {
        self.created.before = Some(time.into().into());
        self
    }

    /// Skips straight to the requested time by a marker made from it, instead of looking at every task.
    ///
    /// That the first 4 bytes of an id are the seconds of its creation is inferred from samples and documented nowhere.
    /// So it is held against the newest task first, and against each task read; where it does not hold, everything
    /// is read, and what was skipped comes last.
    pub fn trust_id_time(mut self) -> Self {
        self.created.trust_id_time = true;
        self
    }

    /// For how long after its creation a [`watch`](Self::watch) looks at a failed task again, since it may be retried: see
    /// [`WatchedList::retried_within`](crate::WatchedList::retried_within). 7 days by default.
    pub fn retried_within(mut self, age: Duration) -> Self {
        self.retried_within = Some(age);
        self
    }

    /// The stream of the tasks.
    ///
    /// # Errors
    /// [`Error::Argument`] when an argument breaks a rule of the service. Nothing was sent.
    pub fn stream(self) -> Result<BatchTaskStream, Error> {
        self.lists()?.stream()
    }

    /// The same stream, each task with its JSON as the service sent it.
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub fn stream_with_raw(self) -> Result<RecordStream<WithRaw<BatchTask>>, Error> {
        self.lists_with_raw()?.stream()
    }

    /// The lists to read, one a task type, for operations beyond a stream.
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub fn lists(self) -> Result<Lists<BatchTask>, Error> {
        self.lists_of(|task: &BatchTask| task.create_time)
    }

    /// As [`lists`](Self::lists), each task with its JSON as the service sent it.
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub fn lists_with_raw(self) -> Result<Lists<WithRaw<BatchTask>>, Error> {
        self.lists_of(|task: &WithRaw<BatchTask>| task.record.create_time)
    }

    pub(crate) fn lists_of<T: Row + Send + 'static>(
        self,
        created: fn(&T) -> Option<Timestamp>,
    ) -> Result<Lists<T>, Error> {
        let CreatedBetween { after, before, trust_id_time } = self.created;
        let (sources, options) = self.checked()?;
        let lists = Lists::new(sources, options)?;
        Ok(match after.or(before) {
            Some(_) => lists.created_between(created, after, before, trust_id_time),
            None => lists,
        })
    }

    /// The same list with each record read into another type: one with fewer fields, say, or
    /// [raw JSON](crate::decode::RawRecord).
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub fn stream_as<T>(self) -> Result<RecordStream<T>, Error>
    where
        T: Row + Send + 'static,
    {
        if let Some(time) = self.created.after.or(self.created.before) {
            let rule = "absent: when a record of another type was created is not known; read tasks by `stream`";
            return Err(ArgumentError::new("created_after or created_before", time, rule).into());
        }
        let (sources, options) = self.checked()?;
        RecordStream::merged(sources, options)
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The page size, where it was given.
    pub(crate) fn records_a_page(&self) -> Option<usize> {
        self.read.page_size
    }

    /// Whether the filters that show in a task let it through.
    pub(super) fn selects(&self, task: &BatchTask) -> bool {
        let of_type = |task_type: &TaskType| self.all || self.task_types.contains(task_type);
        let of_status = |status: &TaskStatus| task.status.as_ref() == Some(status);
        let CreatedBetween { after, before, .. } = self.created;
        let is_after = after.is_none_or(|after| task.create_time.is_some_and(|created| created > after));
        let is_before = before.is_none_or(|before| task.create_time.is_some_and(|created| created < before));
        task.task_type.as_ref().is_none_or(of_type)
            && self.status.as_ref().is_none_or(of_status)
            && is_after
            && is_before
    }

    /// Whether the tasks of one resource space alone are selected.
    pub(super) fn is_of_one_app(&self) -> bool {
        self.app_id.is_some()
    }

    /// A separate query for each list, with its name and whether it may be left out; for one who reads each list
    /// again and again, from positions that it keeps.
    pub(super) fn one_by_one(self) -> Result<Vec<(String, bool, Self)>, Error> {
        if let Some(status) = &self.status {
            return Err(ArgumentError::new("status", status, "absent: a watch sees every status").into());
        }
        let mut query = self;
        // A watch has its own bounds: what it reads again has to be whole pages.
        query.created = CreatedBetween::default();
        query.read.options = query.read.options.of_the_whole();
        let (lists, _) = query.clone().checked()?;
        let types = query.types().into_iter().map(|(task_type, _)| task_type.clone());
        let own = |task_type| Self { task_types: vec![task_type], all: false, ..query.clone() };
        let lists = lists.into_iter().zip(types.map(own));
        Ok(lists.map(|(list, query)| (list.name, list.optional, query)).collect())
    }

    /// The types to read, each once, and whether a type may be left out if the service does not know it.
    fn types(&self) -> Vec<(&TaskType, bool)> {
        let known = if self.all { TaskType::KNOWN } else { &[] };
        let mut types = Vec::<(&TaskType, bool)>::new();
        for task_type in self.task_types.iter().chain(known) {
            if !types.iter().any(|(other, _)| *other == task_type) {
                let asked_for = self.task_types.contains(task_type);
                types.push((task_type, task_type.is_recent() && !asked_for));
            }
        }
        types
    }

    /// One source a task type.
    fn checked(self) -> Result<(Vec<NamedSource<HttpSource>>, StreamOptions), Error> {
        let options = self.read.clone().checked()?;
        options.check_markers()?;
        let optional: Vec<bool> = self.types().into_iter().map(|(_, optional)| optional).collect();
        let source = |(list, optional): (ResolvedList, bool)| {
            let name = list.name();
            let source = HttpSource::new(self.client.clone(), name.clone(), list);
            NamedSource { name, source, optional }
        };
        Ok((self.resolved()?.into_iter().zip(optional).map(source).collect(), options))
    }

    /// The list of each task type.
    pub(super) fn resolved(&self) -> Result<Vec<ResolvedList>, Error> {
        if let Some((name, values)) = &self.set_twice {
            return Err(ArgumentError::new(name, values, "one: the service filters by one").into());
        }
        let mut fixed = Vec::new();
        if let Some(app_id) = &self.app_id {
            checked_word("app_id", app_id, 36)?;
            fixed.push(("app_id", app_id.clone()));
        }
        if let Some(status) = &self.status {
            checked_word("status", status.as_str(), 64)?;
            fixed.push(("status", status.to_string()));
        }
        let types = self.types();
        for (task_type, _) in &types {
            checked_word("task_type", task_type.as_str(), 64)?;
        }
        let list = |(task_type, _): (&TaskType, bool)| {
            let mut selection = Selection::new(ListEndpoint::BATCH_TASKS);
            selection.filter("task_type".into(), task_type.to_string());
            fixed.iter().for_each(|(name, value)| selection.filter((*name).into(), value.clone()));
            Ok(selection.checked()?)
        };
        types.into_iter().map(list).collect()
    }
}

#[cfg(test)]
mod tests;
