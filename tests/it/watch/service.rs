//! A list that is edited between the looks, whatever its markers look like.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures::StreamExt;
use iotda_batch_tasks::{
    BatchTask, BatchTaskStream, Change, Error, FailureKind, Marker, Page, PageRequest, PageSource, RecordError,
    SourceError, StreamOptions, TaskProgress, TaskState, TaskStatus, WatchCheckpoint, WatchStream, WatchedList,
};
use tokio::time::Instant;

use crate::model::id;

pub(crate) const INTERVAL: Duration = Duration::from_secs(60);

/// The watched part of a task.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State {
    pub(crate) status: TaskStatus,
    pub(crate) success: i64,
}

pub(crate) fn state(status: TaskStatus) -> State {
    State { status, success: 0 }
}

/// What the markers of the list are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Markers {
    /// The ids.
    Ids,
    /// Values two above the ids, as captured answers of a sibling list show.
    TwoAbove,
    /// Values four days away from the ids, as in the vendor's sample.
    DaysOff,
    /// Texts without an order.
    Opaque,
}

impl Markers {
    pub(crate) const ALL: [Self; 4] = [Self::Ids, Self::TwoAbove, Self::DaysOff, Self::Opaque];

    fn of(self, number: u64) -> Marker {
        const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
        let value = match self {
            Self::Opaque => return Marker::opaque(&format!("row-{:x}", number.wrapping_mul(FACTOR))).unwrap(),
            Self::Ids => u128::from(number),
            Self::TwoAbove => u128::from(number) + 2,
            Self::DaysOff => (345_600 << 64) + u128::from(number),
        };
        format!("{value:024x}").parse().unwrap()
    }
}

/// What is odd about an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Odd {
    /// 200, and nothing in it.
    Empty,
    /// 200, with the first records of the page alone, as if the list ended with them.
    Cut,
    /// An error that passes.
    Failure,
    /// Status 400.
    Refusal,
}

/// What happens to the list.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// A task is created in this status, now or without a time.
    Create(usize, bool),
    /// The task of this rank is deleted.
    Delete(usize),
    /// The task of this rank comes into this status.
    Status(usize, usize),
    /// The task of this rank makes progress.
    Progress(usize),
    /// The next answer is odd.
    Odd(Odd),
}

pub(crate) const STATUSES: [TaskStatus; 5] =
    [TaskStatus::Processing, TaskStatus::Success, TaskStatus::Waitting, TaskStatus::Fail, TaskStatus::Stopped];

/// How a task appears in the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoilt {
    /// All but its id.
    WithId,
    /// Its id too.
    WithoutId,
}

pub(crate) struct World {
    pub(crate) tasks: BTreeMap<u64, State>,
    pub(crate) created: BTreeMap<u64, jiff::Timestamp>,
    pub(crate) spoilt: BTreeMap<u64, Spoilt>,
    pub(crate) requests: Vec<(Instant, PageRequest)>,
    pub(crate) newest: u64,
    /// So many answers are odd, in this way, before the next is as it should be.
    pub(crate) odd: (usize, Option<Odd>),
    /// What happens after so many requests more.
    pub(crate) later: Vec<(usize, Event)>,
    markers: Markers,
    /// Whether the last page carries a marker.
    pub(crate) last_has_marker: bool,
    /// The markers handed out, where the service takes no others.
    pub(crate) handed_out: Option<HashSet<Marker>>,
}

#[derive(Clone)]
pub(crate) struct Service(Arc<Mutex<World>>);

impl Service {
    pub(crate) fn new(markers: Markers) -> Self {
        Self(Arc::new(Mutex::new(World {
            tasks: BTreeMap::new(),
            created: BTreeMap::new(),
            spoilt: BTreeMap::new(),
            requests: Vec::new(),
            newest: 0,
            odd: (0, None),
            later: Vec::new(),
            markers,
            last_has_marker: true,
            handed_out: None,
        })))
    }

    /// A list of so many tasks, each in the status that `status` says of its number.
    pub(crate) fn of(markers: Markers, length: usize, status: impl Fn(usize) -> TaskStatus) -> Self {
        let service = Self::new(markers);
        (0..length).for_each(|number| _ = service.create(state(status(number))));
        service
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    pub(crate) fn create(&self, state: State) -> u64 {
        let mut world = self.world();
        world.newest += 16;
        let newest = world.newest;
        world.tasks.insert(newest, state);
        newest
    }

    pub(crate) fn set(&self, number: u64, status: TaskStatus) {
        self.world().tasks.get_mut(&number).unwrap().status = status;
    }

    pub(crate) fn delete(&self, number: u64) {
        assert!(self.world().tasks.remove(&number).is_some());
    }

    pub(crate) fn next_answers_are(&self, odd: Odd, number: usize) {
        self.world().odd = (number, Some(odd));
    }

    pub(crate) fn snapshot(&self) -> BTreeMap<u64, State> {
        self.world().tasks.clone()
    }

    /// How many requests each look since the last call took.
    pub(crate) fn requests(&self) -> Vec<usize> {
        let requests = std::mem::take(&mut self.world().requests);
        // A look takes a fraction of a second, and the next comes a minute later.
        requests.chunk_by(|(one, _), (next, _)| *next - *one < INTERVAL / 2).map(<[_]>::len).collect()
    }

    pub(crate) fn list(&self) -> WatchedList {
        self.list_named("tasks")
    }

    pub(crate) fn list_named(&self, name: &'static str) -> WatchedList {
        let service = self.clone();
        WatchedList::new(name, move |checkpoint| {
            let mut options = StreamOptions::new().list(name);
            if let Some(checkpoint) = checkpoint {
                options = options.resume(checkpoint);
            }
            BatchTaskStream::from_source(service.clone(), options)
        })
    }

    pub(crate) fn watch(&self) -> Watch {
        self.resume(None)
    }

    pub(crate) fn resume(&self, checkpoint: Option<WatchCheckpoint>) -> Watch {
        Watch::new(vec![self.list()], checkpoint)
    }
}

impl PageSource<BatchTask> for Service {
    async fn fetch(&self, request: PageRequest) -> Result<Page<BatchTask>, SourceError> {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let mut world = self.world();
        world.requests.push((Instant::now(), request));
        world.catch_up();
        let odd = world.odd.1.filter(|_| world.odd.0 > 0);
        world.odd.0 = world.odd.0.saturating_sub(1);
        let is_foreign = |known: &HashSet<Marker>| request.marker.is_some_and(|marker| !known.contains(&marker));
        match odd {
            Some(Odd::Empty) => return Ok(Page::new(Vec::new(), None, Some(0))),
            Some(Odd::Failure) => return Err(SourceError::new(FailureKind::Timeout, "no answer")),
            _ if odd == Some(Odd::Refusal) || world.handed_out.as_ref().is_some_and(is_foreign) => {
                return Err(SourceError::new(FailureKind::Status, "marker out of range").with_status(400));
            }
            _ => {}
        }
        let markers = world.markers;
        let is_below = |number: u64| match (request.marker, markers) {
            (None, _) => true,
            (Some(marker), Markers::Opaque) => {
                let text = marker.as_str().strip_prefix("row-").expect("a marker of this list");
                // The inverse of what hid the number.
                number < u64::from_str_radix(text, 16).unwrap().wrapping_mul(0xF1DE_83E1_9937_733D)
            }
            (Some(marker), _) => markers.of(number) < marker,
        };
        let mut rows = world.tasks.iter().rev().filter(|(number, _)| is_below(**number)).skip(request.offset.get());
        let limit = if odd == Some(Odd::Cut) { request.limit.get().min(10) } else { request.limit.get() };
        let page: Vec<_> = rows.by_ref().take(limit).collect();
        let is_last = rows.next().is_none() || odd == Some(Odd::Cut);
        let marker = page.last().filter(|_| !is_last || world.last_has_marker).map(|(number, _)| markers.of(**number));
        let tasks: Vec<_> = page.iter().enumerate().map(|(index, row)| world.record(index, *row.0, row.1)).collect();
        let count = if odd == Some(Odd::Cut) { tasks.len() } else { world.tasks.len() };
        if let (Some(handed_out), Some(marker)) = (&mut world.handed_out, marker) {
            handed_out.insert(marker);
        }
        Ok(Page::new(tasks, marker, Some(count as u64)))
    }
}

impl World {
    pub(crate) fn happen(&mut self, event: Event) {
        // Low ranks are near the head, where most happens.
        let numbers: Vec<u64> = self.tasks.keys().rev().copied().collect();
        let at = |rank: usize| numbers.get(rank % numbers.len().max(1)).copied();
        match event {
            Event::Create(status, has_time) => {
                self.newest += 16;
                self.tasks.insert(self.newest, state(STATUSES[status % 5].clone()));
                self.created.extend(has_time.then(|| (self.newest, jiff::Timestamp::now())));
            }
            Event::Delete(rank) => drop(at(rank).map(|number| self.tasks.remove(&number))),
            Event::Status(rank, status) => {
                let task = at(rank).and_then(|number| self.tasks.get_mut(&number));
                task.into_iter().for_each(|task| task.status = STATUSES[status % 5].clone());
            }
            Event::Progress(rank) => {
                let task = at(rank).and_then(|number| self.tasks.get_mut(&number));
                task.into_iter().for_each(|task| task.success += 1);
            }
            Event::Odd(odd) => self.odd = (1, Some(odd)),
        }
    }

    /// Everything that was to happen later happens now, except for odd answers.
    pub(crate) fn settle(&mut self) {
        self.odd = (0, None);
        for (_, event) in std::mem::take(&mut self.later) {
            if !matches!(event, Event::Odd(_)) {
                self.happen(event);
            }
        }
    }

    /// What was to happen by now.
    fn catch_up(&mut self) {
        for (requests, event) in std::mem::take(&mut self.later) {
            match requests.checked_sub(1) {
                Some(left) => self.later.push((left, event)),
                None => self.happen(event),
            }
        }
    }

    fn record(&self, index: usize, number: u64, state: &State) -> Result<BatchTask, RecordError> {
        let error = RecordError::new(index, "task_progress", "not a number");
        match self.spoilt.get(&number) {
            Some(Spoilt::WithId) => return Err(error.with_identity(id(number))),
            Some(Spoilt::WithoutId) => return Err(error.with_identity(format!("unreadable:{number}"))),
            None => {}
        }
        let mut task = BatchTask::new(id(number));
        task.status = Some(state.status.clone());
        task.create_time = self.created.get(&number).copied();
        let mut progress = TaskProgress::default();
        progress.success = Some(state.success);
        task.task_progress = Some(progress);
        Ok(task)
    }
}

pub(crate) fn state_of(task: &BatchTask) -> State {
    State { status: task.status.clone().unwrap(), success: task.task_progress.as_ref().unwrap().success.unwrap() }
}

/// A change in short: the task, what it was, what it is.
pub(crate) type Short = (u64, Option<State>, Option<State>);

pub(crate) fn short(change: &Change) -> Short {
    let number = u64::from_str_radix(change.task_id(), 16).unwrap();
    let was = |state: &TaskState| State {
        status: state.status.clone().unwrap(),
        success: state.progress.as_ref().unwrap().success.unwrap(),
    };
    match change {
        Change::Created { task, .. } => (number, None, Some(state_of(task))),
        Change::Changed { before, task, .. } => (number, Some(was(before)), Some(state_of(task))),
        Change::Gone { last, .. } => (number, Some(was(last)), None),
        other => panic!("{other:?}"),
    }
}

/// A watch, look by look.
pub(crate) struct Watch {
    pub(crate) stream: WatchStream,
    /// Half an interval behind the look that is due.
    until: Option<Instant>,
}

impl Watch {
    pub(crate) fn new(lists: Vec<WatchedList>, checkpoint: Option<WatchCheckpoint>) -> Self {
        Self { stream: WatchStream::new(lists, INTERVAL, checkpoint).unwrap(), until: None }
    }

    /// What the next look reports.
    pub(crate) async fn look(&mut self) -> Vec<Short> {
        self.take(usize::MAX).await
    }

    /// The first changes that the next look reports.
    pub(crate) async fn take(&mut self, most: usize) -> Vec<Short> {
        let items = self.items(most).await;
        items.into_iter().map(|item| short(&item.unwrap())).collect()
    }

    /// The first items that the next look brings.
    pub(crate) async fn items(&mut self, most: usize) -> Vec<Result<Change, Error>> {
        let until = *self.until.get_or_insert_with(|| Instant::now() + INTERVAL / 2);
        let mut items = Vec::new();
        while items.len() < most {
            match tokio::time::timeout_at(until, self.stream.next()).await {
                Ok(Some(item)) => items.push(item),
                Ok(None) => panic!("the watch ended"),
                Err(_) => {
                    self.until = Some(until + INTERVAL);
                    break;
                }
            }
        }
        items
    }

    /// Stops, and resumes from the text of its checkpoint.
    pub(crate) fn restart(self, service: &Service) -> Self {
        let checkpoint = self.stream.checkpoint().to_string();
        drop(self);
        service.resume(Some(checkpoint.parse().unwrap()))
    }
}
