//! A watch of the lists that are read, resumed from its checkpoint at each look.

use std::collections::HashSet;
use std::time::Duration;

use crate::model::List;
use crate::model::source::{ModelSource, World};
use futures::StreamExt;
use iotda_batch_tasks::{
    BatchTask, BatchTaskStream, Change, Error, Page, PageRequest, PageSource, SourceError, StreamOptions, TaskStatus,
    WatchCheckpoint, WatchStream, WatchedList,
};
use tokio::time::Instant;

const INTERVAL: Duration = Duration::from_secs(60);

/// The records of the model as tasks, all of them under way.
#[derive(Clone)]
struct Tasks(ModelSource);

impl PageSource<BatchTask> for Tasks {
    async fn fetch(&self, request: PageRequest) -> Result<Page<BatchTask>, SourceError> {
        let page = PageSource::fetch(&self.0, request).await?;
        let task = |id: &str| {
            let mut task = BatchTask::new(id);
            task.status = Some(TaskStatus::Processing);
            task
        };
        let name = |id: &str| self.0.world().list.name_of(id).expect("records of combinations have names");
        let tasks = page.records.into_iter().map(|record| record.map(|record| task(&name(&record.0))));
        Ok(Page::new(tasks.collect(), page.marker, page.count))
    }
}

/// What the looks reported.
pub(super) struct Looks {
    sources: Vec<ModelSource>,
    checkpoint: Option<WatchCheckpoint>,
    /// The newest number of each list once the first look was over.
    began: Option<Vec<u64>>,
    created: HashSet<String>,
}

impl Looks {
    pub(super) fn new(sources: Vec<ModelSource>) -> Self {
        Self { sources, checkpoint: None, began: None, created: HashSet::new() }
    }

    /// Looks once, again after an error, and stops after so many changes.
    pub(super) async fn look(&mut self, most: usize) {
        let list = |(index, source): (usize, &ModelSource)| {
            let (source, name) = (source.clone(), index.to_string());
            WatchedList::new(name.clone(), move |checkpoint| {
                let mut options = StreamOptions::new().list(name.clone());
                if let Some(checkpoint) = checkpoint {
                    options = options.resume(checkpoint);
                }
                BatchTaskStream::from_source(Tasks(source.clone()), options)
            })
        };
        let lists = self.sources.iter().enumerate().map(list).collect();
        let mut changes = WatchStream::new(lists, INTERVAL, self.checkpoint.take()).unwrap();
        let mut until = Instant::now() + INTERVAL / 2;
        let mut taken = 0;
        while taken < most {
            match tokio::time::timeout_at(until, changes.next()).await {
                Ok(Some(Ok(change))) => {
                    self.judge(&change);
                    taken += 1;
                }
                Ok(Some(Err(Error::Page(_)))) => until += INTERVAL,
                Ok(Some(Err(error))) => panic!("{error}"),
                Ok(None) => panic!("the watch ended"),
                Err(_) => {
                    let newest = || self.sources.iter().map(|source| source.world().list.newest());
                    self.began.get_or_insert_with(|| newest().collect());
                    break;
                }
            }
        }
        self.checkpoint = Some(changes.checkpoint().to_string().parse().unwrap());
    }

    fn judge(&mut self, change: &Change) {
        let is_among = |ids: fn(&List) -> Vec<String>| {
            let mut lists = self.sources.iter().map(|source| source.world());
            lists.any(|world| {
                ids(&world.list).iter().any(|id| world.list.name_of(id).as_deref() == Some(change.task_id()))
            })
        };
        assert!(!is_among(List::throughout), "{change:?} of a task that was there throughout");
        let has_stayed = is_among(|list| list.arrived_above(0).collect());
        match change {
            Change::Created { task, .. } => {
                let is_first = self.created.insert(task.task_id.clone());
                assert!(is_first || !has_stayed, "{} is reported as new twice", task.task_id);
            }
            Change::Gone { task_id, .. } => assert!(!has_stayed, "{task_id} is there"),
            other => panic!("nothing changes its state: {other:?}"),
        }
    }

    /// Once nothing more happens, everything that was created is reported.
    pub(super) async fn finish(&mut self) {
        let Some(began) = self.began.clone() else { return };
        for source in &self.sources {
            let World { list, edits, .. } = &mut *source.world();
            edits.drain(..).for_each(|edit| list.apply(edit));
        }
        self.look(usize::MAX).await;
        self.look(usize::MAX).await;
        for (source, began) in self.sources.iter().zip(began) {
            let list = &source.world().list;
            let names = list.arrived_above(began).map(|id| list.name_of(&id).unwrap());
            let missing: Vec<_> = names.filter(|name| !self.created.contains(name)).collect();
            assert_eq!(missing, [""; 0], "created and never reported");
        }
    }
}
