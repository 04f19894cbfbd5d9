//! What a query gives besides a stream: parts, a count, changes.

use std::time::Duration;

use super::{BatchTaskQuery, Client};
use crate::Error;
use crate::stream::{BatchTaskStream, Checkpoint};
use crate::task::BatchTask;
use crate::watch::{StoreStream, TaskStore, WatchCheckpoint, WatchStream, WatchedList, await_condition, conditions};

impl BatchTaskQuery {
    /// Splits the list into `parts` for several readers: see [`Lists::split`](crate::Lists::split). Give
    /// each part to [`resume`](Self::resume) of the same query, in any process.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let simulator = iotda_simulator::Simulator::builder().tasks(500).start().await?;
    /// # let client = iotda_batch_tasks::Client::builder()
    /// #     .endpoint(simulator.endpoint()).project_id("0a").token("any").build()?;
    /// use futures::TryStreamExt;
    /// use iotda_batch_tasks::TaskType;
    ///
    /// let query = client.batch_tasks(TaskType::SoftwareUpgrade);
    /// let mut number = 0;
    /// for part in query.clone().split(4).await? {
    ///     // In another process or on another machine, for example.
    ///     let tasks: Vec<_> = query.clone().resume(part).stream()?.try_collect().await?;
    ///     number += tasks.len();
    /// }
    /// assert_eq!(number, 500);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an argument breaks a rule or a request fails.
    pub async fn split(self, parts: usize) -> Result<Vec<Checkpoint>, Error> {
        self.lists()?.split(parts).await
    }

    /// Reads the list in `parts` side by side, each task once, in no order: see
    /// [`Lists::unordered`](crate::Lists::unordered).
    ///
    /// # Errors
    /// As [`split`](Self::split).
    pub async fn unordered(self, parts: usize) -> Result<BatchTaskStream, Error> {
        self.lists()?.unordered(parts).await
    }

    /// How many tasks the service says there are, without reading them. A hint: see
    /// [`Lists::count`](crate::Lists::count).
    ///
    /// # Errors
    /// When an argument breaks a rule or a request fails.
    pub async fn count(self) -> Result<Option<u64>, Error> {
        self.lists()?.count().await
    }

    /// Looks for a task every `interval` until it meets `condition`: see [`await_condition`]. The task as it then is;
    /// `None` when it is not there.
    ///
    /// ```no_run
    /// # async fn wait(client: iotda_batch_tasks::Client) -> Result<(), iotda_batch_tasks::Error> {
    /// use std::time::Duration;
    ///
    /// use iotda_batch_tasks::conditions;
    ///
    /// let tasks = client.all_batch_tasks();
    /// let every = Duration::from_secs(30);
    /// if let Some(task) = tasks.await_condition("5c8ba99030344005c02316ad", every, conditions::is_done()).await? {
    ///     println!("{:?}", task.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`find`](Self::find), and when the interval is zero.
    pub async fn await_condition(
        self,
        task_id: &str,
        interval: Duration,
        condition: impl FnMut(&BatchTask) -> bool,
    ) -> Result<Option<BatchTask>, Error> {
        await_condition(|| self.clone().find(task_id), interval, condition).await
    }

    /// A table of the tasks, and the stream that fills it and keeps it current by looking every `interval`: see [`TaskStore`].
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let simulator = iotda_simulator::Simulator::builder().tasks(120).start().await?;
    /// # let client = iotda_batch_tasks::Client::builder()
    /// #     .endpoint(simulator.endpoint()).project_id("0a").token("any").build()?;
    /// use std::time::Duration;
    ///
    /// use futures::StreamExt;
    /// use iotda_batch_tasks::TaskType;
    ///
    /// let tasks = client.batch_tasks(TaskType::SoftwareUpgrade);
    /// let (mut store, mut changes) = tasks.store(Duration::from_secs(30))?;
    /// let keeping = tokio::spawn(async move { while changes.next().await.is_some() {} });
    /// assert!(store.changed().await); // it is filled
    /// let reader = store.clone();
    /// assert_eq!(reader.len(), 120);
    /// # keeping.abort();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`watch`](Self::watch).
    pub fn store(self, interval: Duration) -> Result<(TaskStore, StoreStream), Error> {
        Ok(TaskStore::new(self.watched_lists()?, interval)?)
    }

    /// Looks at the list every `interval` and reports what changed: see [`WatchStream`].
    ///
    /// ```no_run
    /// # async fn watch(client: iotda_batch_tasks::Client) -> Result<(), iotda_batch_tasks::Error> {
    /// use std::time::Duration;
    ///
    /// use futures::TryStreamExt;
    /// use iotda_batch_tasks::{Change, TaskType};
    ///
    /// let mut changes = client.batch_tasks(TaskType::SoftwareUpgrade).watch(Duration::from_secs(30))?;
    /// while let Some(change) = changes.try_next().await? {
    ///     match change {
    ///         Change::Created { task, .. } => println!("new: {}", task.task_id),
    ///         Change::Changed { before, task, .. } => println!("{}: {:?} was {:?}", task.task_id, task.status, before.status),
    ///         other => println!("{other:?}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an argument breaks a rule, the interval is zero, or a status is selected: a watch sees every status.
    pub fn watch(self, interval: Duration) -> Result<WatchStream, Error> {
        self.watch_from(interval, None)
    }

    /// As [`watch`](Self::watch), resumed from the checkpoint of another watch of the same query.
    ///
    /// # Errors
    /// As [`watch`](Self::watch), and when the checkpoint is of other lists.
    pub fn watch_from(self, interval: Duration, resume: Option<WatchCheckpoint>) -> Result<WatchStream, Error> {
        Ok(WatchStream::new(self.watched_lists()?, interval, resume)?)
    }

    fn watched_lists(self) -> Result<Vec<WatchedList>, Error> {
        let filter = self.created.filter();
        let retried_within = self.retried_within;
        let client = self.client.clone();
        let lists = self.one_by_one()?.into_iter().map(|(name, optional, query)| {
            let open = move |checkpoint| query.clone().resume_from(checkpoint).stream();
            let client = client.clone();
            let lookup = move |id: String| {
                let client = client.clone();
                async move { Ok(client.show(&id).await?.known()?) }
            };
            let mut list = WatchedList::new(name, open).optional(optional).lookup(lookup);
            if let Some(age) = retried_within {
                list = list.retried_within(age);
            }
            match filter.clone() {
                Some(filter) => list.filter(filter),
                None => list,
            }
        });
        Ok(lists.collect())
    }
}

impl Client {
    /// Looks for a task every `interval` until it is in a [final status](crate::TaskStatus::is_final); `None` when it is not
    /// there. One request a look, where the service has a call for one task.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let simulator = iotda_simulator::Simulator::builder().tasks(3).start().await?;
    /// # let id = simulator.edit(|list| list.tasks()[0].id.clone());
    /// # simulator.edit(|list| list.set_status(&id, "Success"));
    /// # let client = iotda_batch_tasks::Client::builder()
    /// #     .endpoint(simulator.endpoint()).project_id("0a").token("any").build()?;
    /// use std::time::Duration;
    ///
    /// use iotda_batch_tasks::TaskStatus;
    ///
    /// let task = client.await_done(&id, Duration::from_secs(30)).await?;
    /// assert_eq!(task.and_then(|task| task.status), Some(TaskStatus::Success));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`BatchTaskQuery::await_condition`].
    ///
    /// # Cancel safety
    /// Dropping the future ends the wait; a later wait looks anew.
    pub async fn await_done(&self, task_id: &str, interval: Duration) -> Result<Option<BatchTask>, Error> {
        self.await_condition(task_id, interval, conditions::is_done()).await
    }

    /// As [`await_done`](Self::await_done), for any condition: see [`conditions`].
    ///
    /// # Errors
    /// As [`BatchTaskQuery::await_condition`].
    pub async fn await_condition(
        &self,
        task_id: &str,
        interval: Duration,
        condition: impl FnMut(&BatchTask) -> bool,
    ) -> Result<Option<BatchTask>, Error> {
        self.all_batch_tasks().await_condition(task_id, interval, condition).await
    }
}
