//! Lists that are read between two times of creation, whatever their ids and markers show.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::fixture::assert_exactly_once_in_any_order;
use crate::model::source::named;
use futures::{StreamExt, TryStreamExt};
use iotda_batch_tasks::{
    Checkpoint, Identity, Lists, Marker, Page, PageRequest, PageSource, RecordStream, SourceError, StreamOptions,
};
use jiff::Timestamp;

const LATENCY: Duration = Duration::from_millis(20);

/// A task with an id, a time of creation, and a marker that may be another.
#[derive(Clone, Debug)]
struct Task {
    id: String,
    created: i64,
}

impl Identity for Task {
    fn identity(&self) -> Option<&str> {
        Some(&self.id)
    }
}

const DAY: i64 = 86_400;
const EPOCH: i64 = 1_600_000_000;

fn id_at(second: i64, counter: u32) -> String {
    format!("{second:08x}00000000{counter:08x}")
}

/// A list of tasks, newest first, whose markers lie `marker_offset` above the ids.
#[derive(Clone)]
struct Tasks {
    tasks: Arc<Vec<Task>>,
    marker_offset: i128,
    requests: Arc<AtomicUsize>,
}

impl Tasks {
    /// One task every quarter of an hour, whose ids tell their time.
    fn new(first: u32, length: u32, marker_offset: i128) -> Self {
        let task = |number: u32| {
            let created = EPOCH + i64::from(number) * 900;
            Task { id: id_at(created, 1_000 * first + number), created }
        };
        let tasks = (0..length).rev().map(task).collect();
        Self { tasks: Arc::new(tasks), marker_offset, requests: Arc::default() }
    }

    /// The same, but for some tasks, which say that they were created two days earlier than their ids do.
    fn with_others(mut self, is_other: impl Fn(usize) -> bool) -> Self {
        let tasks = Arc::make_mut(&mut self.tasks);
        let others = tasks.iter_mut().enumerate().filter(|(index, _)| is_other(*index));
        others.for_each(|(_, task)| task.created -= 2 * DAY);
        self
    }

    fn marker(&self, task: &Task) -> Marker {
        let value = u128::from_str_radix(&task.id, 16).unwrap() as i128 + self.marker_offset;
        format!("{value:024x}").parse().unwrap()
    }

    fn between(&self, after: i64, before: i64) -> Vec<String> {
        let tasks = self.tasks.iter().filter(|task| task.created > after && task.created < before);
        tasks.map(|task| task.id.clone()).collect()
    }
}

impl PageSource<Task> for Tasks {
    async fn fetch(&self, request: PageRequest) -> Result<Page<Task>, SourceError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(LATENCY).await;
        let below = self.tasks.iter().filter(|task| request.marker.is_none_or(|marker| self.marker(task) < marker));
        let page: Vec<_> = below.skip(request.offset.get()).take(request.limit.get()).cloned().collect();
        let marker = page.last().map(|task| self.marker(task));
        Ok(Page::new(page.into_iter().map(Ok).collect(), marker, Some(self.tasks.len() as u64)))
    }
}

fn bounded(lists: &[Tasks], options: StreamOptions, after: Option<i64>, before: Option<i64>) -> Lists<Task> {
    let time = |second: i64| Timestamp::from_second(second).unwrap();
    let created = |task: &Task| Timestamp::from_second(task.created).ok();
    let lists = Lists::new(named(lists.to_vec()), options).unwrap();
    lists.created_between(created, after.map(time), before.map(time), true)
}

async fn task_ids(records: RecordStream<Task>) -> Vec<String> {
    records.map_ok(|task| task.id).try_collect().await.unwrap()
}

fn sorted(lists: &[Tasks], after: i64, before: i64) -> Vec<String> {
    let mut ids: Vec<_> = lists.iter().flat_map(|list| list.between(after, before)).collect();
    ids.sort_by(|left, right| right.cmp(left));
    ids
}

const SECOND: i128 = 1 << 64;

#[tokio::test(start_paused = true)]
async fn ids_are_trusted_only_where_each_list_shows_that_they_are_its_markers() {
    let (after, before) = (EPOCH + 10 * DAY, EPOCH + 20 * DAY);
    for offsets in [
        [0, 0],
        [2, 2],
        [i128::from(4 * DAY) * SECOND, i128::from(4 * DAY) * SECOND],
        [-i128::from(4 * DAY) * SECOND, -i128::from(4 * DAY) * SECOND],
        [0, 2],
        [0, i128::from(4 * DAY) * SECOND],
        [i128::from(30 * DAY) * SECOND, 0],
    ] {
        for (after, before) in [(Some(after), Some(before)), (Some(after), None), (None, Some(before))] {
            let lists = [Tasks::new(0, 3_000, offsets[0]), Tasks::new(1, 2_999, offsets[1])];
            let expected = sorted(&lists, after.unwrap_or(0), before.unwrap_or(i64::MAX));
            // Deeper, what is skipped is still counted as to come, and read in vain.
            let options = StreamOptions::new().prefetch(11);
            let arrived = task_ids(bounded(&lists, options, after, before).stream().unwrap()).await;
            assert!(arrived == expected, "{} of {}: {offsets:?}", arrived.len(), expected.len());
            for (list, offset) in lists.iter().zip(offsets) {
                let requests = list.requests.load(Ordering::Relaxed);
                assert_eq!(requests < 50, offset == 0, "{requests} requests, markers {offset} off");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_skipped_and_is_needed_comes_last_and_newest_first_within_itself() {
    let (after, before) = (EPOCH + 10 * DAY, EPOCH + 20 * DAY);
    // The middle of the window is beyond its first page, so that something was handed out before.
    let other = |index: usize| index == 1_500;
    for (count, others) in [(1, vec![0]), (2, vec![0]), (2, vec![1]), (2, vec![0, 1])] {
        for bounds in [(Some(after), Some(before)), (None, Some(before)), (Some(after), None)] {
            let list = |first: usize| {
                let list = Tasks::new(first as u32, 3_000, 0);
                // One deep within the window refutes that ids tell the time; others lie where was skipped.
                if others.contains(&first) {
                    list.with_others(|index| other(index) || index < 100 || index == 2_900)
                } else {
                    list
                }
            };
            let lists: Vec<_> = (0..count).map(list).collect();
            let (low, high) = (bounds.0.unwrap_or(0), bounds.1.unwrap_or(i64::MAX));
            let expected = sorted(&lists, low, high);
            let arrived = task_ids(bounded(&lists, StreamOptions::new(), bounds.0, bounds.1).stream().unwrap()).await;
            assert_exactly_once_in_any_order(&arrived, &expected, (count, &others, bounds));
            assert_eq!(arrived.len(), expected.len(), "{count} {others:?} {bounds:?}");
            let rises = arrived.windows(2).filter(|pair| pair[0] < pair[1]).count();
            assert!(rises <= usize::from(bounds.1.is_some()), "{rises} rises: {count} {others:?} {bounds:?}");

            // And so it does when the stream is stopped and resumed after any number of items.
            for piece in [1, 300, 700, arrived.len().saturating_sub(5)] {
                let mut records = bounded(&lists, StreamOptions::new(), bounds.0, bounds.1).stream().unwrap();
                let mut pieces: Vec<_> =
                    records.by_ref().take(piece).map_ok(|task| task.id).try_collect().await.unwrap();
                let checkpoint: Checkpoint = records.checkpoint().to_string().parse().unwrap();
                let options = StreamOptions::new().resume(checkpoint);
                pieces.extend(task_ids(bounded(&lists, options, bounds.0, bounds.1).stream().unwrap()).await);
                assert!(pieces == arrived, "after {piece}: {} of {}", pieces.len(), arrived.len());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_of_a_bounded_stream_resumes_without_its_bounds_too() {
    let lists = [Tasks::new(0, 2_000, 0)];
    let (after, before) = (EPOCH + 5 * DAY, EPOCH + 15 * DAY);
    let mut records = bounded(&lists, StreamOptions::new(), Some(after), Some(before)).stream().unwrap();
    let mut arrived: Vec<_> = records.by_ref().take(70).map_ok(|task| task.id).try_collect().await.unwrap();
    let options = StreamOptions::new().resume(records.checkpoint());
    let rest = Lists::new(named(lists.to_vec()), options.clone()).unwrap().stream().unwrap();
    let rest: Vec<_> = task_ids(rest).await;
    arrived.extend(rest);
    // The one created at the bound itself was passed over before.
    let expected = [lists[0].between(0, before), lists[0].between(before, i64::MAX)].concat();
    assert_exactly_once_in_any_order(&arrived, &expected, "without bounds");
    assert_eq!(arrived.len(), expected.len());

    let wider = bounded(&lists, options, Some(after - 2 * DAY), Some(before));
    let rest = task_ids(wider.stream().unwrap()).await;
    assert_exactly_once_in_any_order(&rest, &lists[0].between(after - 2 * DAY, after), "wider");
}
