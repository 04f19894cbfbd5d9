//! Watching a list that is edited between the looks, in paused time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::model::{Random, id};
use futures::StreamExt;
use iotda_batch_tasks::{
    BatchTask, BatchTaskStream, Change, FailureKind, Page, PageRequest, PageSource, SourceError, StreamOptions,
    TaskProgress, TaskStatus, WatchCheckpoint, WatchStream, WatchedList,
};
use tokio::time::Instant;

const INTERVAL: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, PartialEq)]
struct State {
    status: TaskStatus,
    success: i64,
}

#[derive(Default)]
struct World {
    tasks: BTreeMap<u64, State>,
    requests: Vec<Instant>,
    newest: u64,
    /// So many requests fail before the next succeeds.
    failing: usize,
    refuses_foreign: bool,
}

#[derive(Clone, Default)]
struct Service(Arc<Mutex<World>>);

fn status(number: usize) -> TaskStatus {
    [TaskStatus::Processing, TaskStatus::Success, TaskStatus::Waitting, TaskStatus::Fail][number % 4].clone()
}

impl Service {
    fn create(&self, state: State) -> u64 {
        let mut world = self.0.lock().unwrap();
        world.newest += 16;
        let newest = world.newest;
        world.tasks.insert(newest, state);
        newest
    }

    /// One edit of any kind.
    fn edit(&self, random: &mut Random) {
        let mut world = self.0.lock().unwrap();
        let unfinished: Vec<u64> =
            world.tasks.iter().filter(|(_, state)| !state.status.is_final()).map(|(id, _)| *id).collect();
        let any = (!unfinished.is_empty()).then(|| unfinished[random.below(unfinished.len())]);
        match (random.below(6), any) {
            (0, Some(id)) => drop(world.tasks.remove(&id)),
            (1 | 2, Some(id)) => world.tasks.get_mut(&id).unwrap().success += 1,
            (3, Some(id)) => world.tasks.get_mut(&id).unwrap().status = status(random.below(4)),
            _ => {
                drop(world);
                self.create(State { status: status(random.below(4)), success: 0 });
            }
        }
    }

    fn snapshot(&self) -> BTreeMap<u64, State> {
        self.0.lock().unwrap().tasks.clone()
    }

    /// The requests since the last call, look by look.
    fn requests(&self) -> Vec<usize> {
        let requests = std::mem::take(&mut self.0.lock().unwrap().requests);
        // A look takes a fraction of a second, and the next comes a minute later.
        requests.chunk_by(|one, next| *next - *one < INTERVAL / 2).map(<[Instant]>::len).collect()
    }

    fn watch(&self, resume: Option<WatchCheckpoint>) -> WatchStream {
        let service = self.clone();
        let open = move |checkpoint| {
            let mut options = StreamOptions::new().list("tasks");
            if let Some(checkpoint) = checkpoint {
                options = options.resume(checkpoint);
            }
            BatchTaskStream::from_source(service.clone(), options)
        };
        WatchStream::new(vec![WatchedList::new("tasks", open)], INTERVAL, resume)
    }
}

impl PageSource<BatchTask> for Service {
    async fn fetch(&self, request: PageRequest) -> Result<Page<BatchTask>, SourceError> {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let mut world = self.0.lock().unwrap();
        world.requests.push(Instant::now());
        if world.failing > 0 {
            world.failing -= 1;
            return Err(SourceError::new(FailureKind::Timeout, "no answer"));
        }
        let below = request.marker.map_or(u64::MAX, |marker| u64::from_str_radix(marker.as_str(), 16).unwrap());
        if world.refuses_foreign && request.marker.is_some() && !world.tasks.contains_key(&below) {
            return Err(SourceError::new(FailureKind::Status, "marker out of range").with_status(400));
        }
        let rows = world.tasks.range(..below).rev().skip(request.offset.get()).take(request.limit.get());
        let tasks: Vec<_> = rows
            .map(|(number, state)| {
                let mut task = BatchTask::new(id(*number));
                task.status = Some(state.status.clone());
                let mut progress = TaskProgress::default();
                progress.success = Some(state.success);
                task.task_progress = Some(progress);
                Ok(task)
            })
            .collect();
        let marker = tasks.last().map(|task| task.as_ref().unwrap().task_id.parse().unwrap());
        Ok(Page::new(tasks, marker, Some(world.tasks.len() as u64)))
    }
}

/// What a change says: the task, what it was, what it is.
type Told = (u64, Option<State>, Option<State>);

fn told(change: &Change) -> Told {
    let number = u64::from_str_radix(change.task_id(), 16).unwrap();
    let now = |task: &BatchTask| State {
        status: task.status.clone().unwrap(),
        success: task.task_progress.as_ref().unwrap().success.unwrap(),
    };
    let was = |state: &iotda_batch_tasks::TaskState| State {
        status: state.status.clone().unwrap(),
        success: state.progress.as_ref().unwrap().success.unwrap(),
    };
    match change {
        Change::Created { task } => (number, None, Some(now(task))),
        Change::Changed { before, task } => (number, Some(was(before)), Some(now(task))),
        Change::Gone { last, .. } => (number, Some(was(last)), None),
        other => panic!("{other:?}"),
    }
}

/// What a look has to tell: each task that was unfinished or is new, if it is not what it was, oldest first.
fn expected(before: &BTreeMap<u64, State>, after: &BTreeMap<u64, State>, newest: u64) -> Vec<Told> {
    let unfinished = before.iter().filter(|(_, state)| !state.status.is_final());
    let mut told: Vec<Told> = unfinished
        .filter(|(id, state)| after.get(id) != Some(state))
        .map(|(id, state)| (*id, Some(state.clone()), after.get(id).cloned()))
        .collect();
    told.extend(after.range(newest + 1..).map(|(id, state)| (*id, None, Some(state.clone()))));
    told
}

/// Waits for the next look and takes what it tells.
async fn changes(watch: &mut WatchStream, most: usize) -> Vec<Told> {
    let mut all = Vec::new();
    while all.len() < most {
        match tokio::time::timeout(INTERVAL * 3 / 2, watch.next()).await {
            Ok(Some(change)) => all.push(told(&change.unwrap())),
            Ok(None) => panic!("the watch ended"),
            Err(_) => break,
        }
    }
    all
}

#[tokio::test(start_paused = true)]
async fn a_thousand_edits_are_told_completely_in_order_and_once() {
    let (service, mut random) = (Service::default(), Random::new(11));
    for number in 0..400 {
        service.create(State { status: status(number), success: 0 });
    }
    let mut watch = service.watch(None);
    assert_eq!(changes(&mut watch, usize::MAX).await, [], "the first look tells nothing");
    let mut edits = 0;
    while edits < 1000 {
        let (before, newest) = (service.snapshot(), service.0.lock().unwrap().newest);
        let number = random.below(12);
        (0..number).for_each(|_| service.edit(&mut random));
        edits += number;
        assert_eq!(changes(&mut watch, usize::MAX).await, expected(&before, &service.snapshot(), newest));
    }
}

#[tokio::test(start_paused = true)]
async fn a_watch_resumed_anywhere_tells_nothing_twice_and_leaves_nothing_out() {
    let (service, mut random) = (Service::default(), Random::new(5));
    for number in 0..120 {
        service.create(State { status: status(number), success: 0 });
    }
    let mut watch = service.watch(None);
    changes(&mut watch, usize::MAX).await;
    for _ in 0..100 {
        let (before, newest) = (service.snapshot(), service.0.lock().unwrap().newest);
        (0..random.below(9)).for_each(|_| service.edit(&mut random));
        let mut all = changes(&mut watch, random.below(5)).await;
        let checkpoint = serde_json::to_string(&watch.checkpoint()).unwrap();
        watch = service.watch(Some(serde_json::from_str(&checkpoint).unwrap()));
        all.extend(changes(&mut watch, usize::MAX).await);
        assert_eq!(all, expected(&before, &service.snapshot(), newest));
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_reads_the_pages_of_unfinished_tasks_and_the_new_ones_only() {
    let service = Service::default();
    // 5,000 finished ones, and an unfinished one in every thousand, the last of them near the head.
    for number in 0..5_000 {
        let unfinished = number % 1000 == 990;
        service.create(State { status: status(usize::from(!unfinished)), success: 0 });
    }
    let mut watch = service.watch(None);
    changes(&mut watch, usize::MAX).await;
    service.requests();
    assert_eq!(changes(&mut watch, usize::MAX).await, []);
    // The head, with the youngest unfinished one; and the four others.
    assert!(service.requests().iter().all(|look| *look == 5));
    for _ in 0..70 {
        service.create(State { status: TaskStatus::Success, success: 9 });
    }
    assert_eq!(changes(&mut watch, usize::MAX).await.len(), 70);
    let looks = service.requests();
    assert!(looks.len() > 1 && looks[0] <= 7, "{looks:?}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_takes_no_marker_of_ours_is_watched_as_well() {
    let service = Service::default();
    for number in 0..500 {
        service.create(State { status: status(usize::from(number % 200 != 7)), success: 0 });
    }
    let mut watch = service.watch(None);
    changes(&mut watch, usize::MAX).await;
    service.0.lock().unwrap().refuses_foreign = true;
    let (before, newest) = (service.snapshot(), service.0.lock().unwrap().newest);
    service.0.lock().unwrap().tasks.get_mut(&(8 * 16)).unwrap().success = 3;
    let told = changes(&mut watch, usize::MAX).await;
    assert_eq!((told.len(), told), (1, expected(&before, &service.snapshot(), newest)));
}

#[tokio::test(start_paused = true)]
async fn a_look_that_fails_is_told_and_the_next_one_tells_what_happened() {
    let service = Service::default();
    let id = service.create(State { status: TaskStatus::Processing, success: 0 });
    let mut watch = service.watch(None);
    changes(&mut watch, usize::MAX).await;
    service.0.lock().unwrap().failing = 1;
    service.0.lock().unwrap().tasks.get_mut(&id).unwrap().success = 1;
    assert!(watch.next().await.unwrap().is_err());
    let (_, before, after) = told(&watch.next().await.unwrap().unwrap());
    assert_eq!((before.unwrap().success, after.unwrap().success), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_watch_asks_no_more() {
    let service = Service::default();
    let mut watch = service.watch(None);
    changes(&mut watch, usize::MAX).await;
    drop(watch);
    service.requests();
    tokio::time::sleep(INTERVAL * 5).await;
    assert!(service.requests().is_empty());
}
