//! On a paused clock, over lists in memory.

use std::collections::{BTreeMap, HashSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::stream::Parts;
use super::*;
use crate::decode::{self, ListShape};
use crate::stream::{Checkpoint, RecordStream, StreamOptions};
use crate::{Error, FailureKind, Page, PageRequest, PageSource, SourceError};

const LATENCY: Duration = Duration::from_millis(20);

/// The sub-tasks of all tasks, by the task and by their hidden ids.
#[derive(Default)]
struct Service {
    tasks: Vec<String>,
    rows: BTreeMap<String, BTreeMap<u64, (String, &'static str)>>,
    requests: usize,
    in_flight: usize,
    most_in_flight: usize,
    filters: bool,
    /// Takes away a row with each request.
    edits: bool,
    fails: Option<(usize, u16)>,
}

type Shared = Arc<Mutex<Service>>;

fn service(rows: impl IntoIterator<Item = usize>) -> Shared {
    let mut service = Service { filters: true, ..Service::default() };
    for (task, rows) in rows.into_iter().enumerate() {
        let id = format!("{:024x}", 1_000_000 - task);
        let status = |row: usize| if row.is_multiple_of(3) { "Fail" } else { "Success" };
        let of_task = (0..rows).map(|row| ((rows - row) as u64 * 16, (format!("{task}-{row}"), status(row))));
        service.rows.insert(id.clone(), of_task.collect());
        service.tasks.push(id);
    }
    Arc::new(Mutex::new(service))
}

struct Rows {
    service: Shared,
    task: String,
    status: Option<String>,
}

struct Tasks(Shared);

struct UnderWay(Shared);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.lock().unwrap().in_flight -= 1;
    }
}

impl PageSource<TaskDetail> for Rows {
    async fn fetch(&self, request: PageRequest) -> Result<Page<TaskDetail>, SourceError> {
        let _under_way = {
            let mut service = self.service.lock().unwrap();
            service.requests += 1;
            service.in_flight += 1;
            service.most_in_flight = service.most_in_flight.max(service.in_flight);
            if service.edits {
                let number = service.requests as u64;
                let rows = service.rows.get_mut(&self.task).unwrap();
                let gone = rows.keys().copied().nth(number as usize * 7 % rows.len().max(1));
                gone.map(|gone| rows.remove(&gone));
            }
            UnderWay(Arc::clone(&self.service))
        };
        tokio::time::sleep(LATENCY).await;
        let service = self.service.lock().unwrap();
        let failed = |status| {
            let code = Some("IOTDA.000006".to_owned());
            SourceError::new(FailureKind::Status, "refused").with_status(status).with_service_error(code, None)
        };
        if let Some((from, status)) = service.fails
            && service.requests >= from
        {
            return Err(failed(status));
        }
        if self.status.is_some() && !service.filters {
            return Err(failed(400));
        }
        let Some(rows) = service.rows.get(&self.task) else { return Err(failed(404)) };
        let below = request.marker.map_or(u64::MAX, |marker| marker.value().unwrap() as u64);
        let has = |status: &str| self.status.as_ref().is_none_or(|wanted| wanted == status);
        let mut found = rows.range(..below).rev().filter(|(_, (_, status))| has(status));
        let page: Vec<_> = found.by_ref().skip(request.offset.get()).take(request.limit.get()).collect();
        let marker = page.last().map(|(id, _)| format!("{id:024x}").parse().unwrap());
        let row = |(_, (target, status)): (&u64, &(String, &str))| {
            Ok(TaskDetail { target: Some(target.clone()), status: Some((*status).to_owned()), ..TaskDetail::default() })
        };
        Ok(Page::new(page.into_iter().map(row).collect(), marker, None))
    }
}

impl PageSource<BatchTask> for Tasks {
    async fn fetch(&self, request: PageRequest) -> Result<Page<BatchTask>, SourceError> {
        tokio::time::sleep(LATENCY).await;
        let service = self.0.lock().unwrap();
        let below = |id: &&String| request.marker.is_none_or(|marker| ***id < *marker.as_str());
        let ids = service.tasks.iter().filter(below).skip(request.offset.get()).take(request.limit.get());
        let rows: Vec<String> = ids.map(|id| format!(r#"{{"task_id":"{id}","targets":["x"]}}"#)).collect();
        let marker = rows.last().map(|row| format!(r#""marker":"{}","#, &row[12..36])).unwrap_or_default();
        let count = service.tasks.len();
        let body = format!(r#"{{"batchtasks":[{}],"page":{{{marker}"count":{count}}}}}"#, rows.join(","));
        Ok(decode::page(body.as_bytes(), &ListShape::BATCH_TASKS).unwrap())
    }
}

struct How {
    status: Option<&'static str>,
    order: SubTaskOrder,
    prefetch: usize,
    bytes: usize,
}

const ALL: How = How { status: None, order: SubTaskOrder::OfTasks, prefetch: 11, bytes: 1 << 26 };
const ORDERS: [SubTaskOrder; 2] = [SubTaskOrder::OfTasks, SubTaskOrder::AsTheyCome];

fn stream(service: &Shared, how: &How, resume: Option<SubTaskCheckpoint>) -> SubTaskStream {
    let tasks = StreamOptions::new().list("tasks");
    let tasks = match &resume {
        Some(resume) => tasks.resume(resume.tasks.clone()),
        None => tasks,
    };
    let tasks = RecordStream::from_source(Tasks(Arc::clone(service)), tasks).unwrap();
    let status = how.status.map(str::to_owned);
    let (shared, wanted) = (Arc::clone(service), status.clone());
    let open = move |task: &str, is_filtered: bool, resume: Option<Checkpoint>| -> Result<_, Error> {
        let status = wanted.clone().filter(|_| is_filtered);
        let mut options = StreamOptions::new().prefetch(0).list(format!("{task} {status:?}"));
        if let Some(checkpoint) = resume {
            options = options.resume(checkpoint);
        }
        RecordStream::from_source(Rows { service: Arc::clone(&shared), task: task.to_owned(), status }, options)
    };
    let How { order, prefetch, bytes: prefetch_bytes, .. } = *how;
    let parts = Parts { open: Box::new(open), selected: None, status, order, prefetch, prefetch_bytes };
    SubTaskStream::new(tasks, parts, resume).unwrap()
}

async fn next(stream: &mut SubTaskStream) -> Option<Result<String, Error>> {
    let item = std::future::poll_fn(|cx| futures_core::Stream::poll_next(Pin::new(&mut *stream), cx)).await?;
    Some(item.map(|row| row.detail.target.unwrap()))
}

async fn take(stream: &mut SubTaskStream, most: usize) -> Vec<String> {
    let mut rows = Vec::new();
    while rows.len() < most
        && let Some(row) = next(stream).await
    {
        rows.push(row.unwrap());
    }
    rows
}

/// The targets of all rows, in the order of tasks.
fn expected(service: &Shared, status: Option<&str>) -> Vec<String> {
    let service = service.lock().unwrap();
    let rows = service.tasks.iter().filter_map(|task| service.rows.get(task)).flat_map(|rows| rows.values().rev());
    rows.filter(|(_, found)| status.is_none_or(|status| status == *found)).map(|(target, _)| target.clone()).collect()
}

/// Rows of one task stay in their order.
fn by_task(rows: &[String]) -> BTreeMap<&str, Vec<&str>> {
    let mut tasks = BTreeMap::<&str, Vec<&str>>::new();
    rows.iter().for_each(|row| tasks.entry(row.split_once('-').unwrap().0).or_default().push(row));
    tasks
}

#[track_caller]
fn assert_exact(order: SubTaskOrder, found: &[String], expected: &[String], case: impl std::fmt::Debug) {
    let is_exact = match order {
        SubTaskOrder::OfTasks => found == expected,
        SubTaskOrder::AsTheyCome => by_task(found) == by_task(expected),
    };
    let wrong = found.iter().zip(expected).find(|(found, expected)| found != expected);
    assert!(is_exact, "{order:?}, {case:?}: {} of {}, first {wrong:?}", found.len(), expected.len());
}

#[tokio::test(start_paused = true)]
async fn every_sub_task_of_every_task_comes_once() {
    for order in ORDERS {
        for rows in [vec![], vec![0, 0], vec![1], vec![3, 0, 120, 50, 0, 700, 51], vec![10; 130]] {
            for prefetch in [0, 1, 3, 11] {
                let service = service(rows.clone());
                let found = take(&mut stream(&service, &How { order, prefetch, ..ALL }, None), usize::MAX).await;
                assert_exact(order, &found, &expected(&service, None), (&rows, prefetch));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_after_any_sub_task_continues_with_the_next() {
    let rows = [70, 3, 0, 120, 50, 51, 200, 1, 1, 99, 40, 130, 7];
    let number: usize = rows.iter().sum();
    for order in ORDERS {
        for step in [1, 49, 50, 51, 97, 333] {
            let service = service(rows);
            let (mut found, mut checkpoint) = (Vec::new(), None);
            loop {
                let how = How { order, prefetch: 5, ..ALL };
                let mut part = stream(&service, &how, checkpoint.take());
                // Many short runs at the start and at the end of tasks; then on to the next.
                let rows = take(&mut part, step).await;
                if rows.is_empty() {
                    break;
                }
                found.extend(rows);
                let taken = part.checkpoint();
                assert_eq!(taken.to_string().parse(), Ok(taken.clone()));
                checkpoint = Some(taken);
                if step == 1 && found.len() > 150 {
                    found.extend(take(&mut stream(&service, &how, checkpoint), usize::MAX).await);
                    break;
                }
            }
            assert_eq!(found.len(), number, "{order:?}, {step}");
            assert_exact(order, &found, &expected(&service, None), step);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn it_takes_no_longer_than_the_requests_in_flight_allow() {
    // 500 tasks of 1 to 12 pages, the long ones first and last.
    let rows = || (0..500).map(|task| if task % 97 == 0 { 590 } else { 30 + task % 110 });
    for order in ORDERS {
        let service = service(rows());
        let started = tokio::time::Instant::now();
        let found = take(&mut stream(&service, &How { order, ..ALL }, None), usize::MAX).await;
        assert_exact(order, &found, &expected(&service, None), "time");
        let took = started.elapsed();
        let service = service.lock().unwrap();
        assert_eq!(service.most_in_flight, 11, "{order:?}");
        let floor = LATENCY * u32::try_from(service.requests.div_ceil(11)).unwrap();
        assert!(took <= floor.mul_f64(1.2), "{order:?}: {took:?}, floor {floor:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_ready_stays_within_the_byte_budget() {
    for order in ORDERS {
        let service = service([2_000; 40]);
        let budget = 100_000;
        let mut stream = stream(&service, &How { order, bytes: budget, ..ALL }, None);
        let mut most = 0;
        for _ in 0..3_000 {
            next(&mut stream).await.unwrap().unwrap();
            // All that can come without another poll has come.
            tokio::time::sleep(LATENCY * 3).await;
            most = most.max(stream.begun().1);
        }
        // A page of 50 rows takes some 10 kB.
        assert!(most > budget / 2 && most <= budget + 11 * 15_000, "{order:?}: {most}");
    }
}

#[tokio::test(start_paused = true)]
async fn rows_that_are_there_throughout_come_once_while_others_go() {
    for order in ORDERS {
        let service = service([400, 90, 700, 260, 51]);
        service.lock().unwrap().edits = true;
        let mut stream = stream(&service, &How { order, ..ALL }, None);
        let found = take(&mut stream, usize::MAX).await;
        let unique: HashSet<&String> = found.iter().collect();
        assert_eq!(unique.len(), found.len(), "{order:?}: twice");
        let throughout = expected(&service, None);
        assert!(throughout.len() < 1_501 && throughout.iter().all(|row| unique.contains(row)), "{order:?}: lost");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_is_the_last_item_and_a_later_stream_continues_there() {
    for order in ORDERS {
        let service = service([120, 300, 80, 260, 51]);
        service.lock().unwrap().fails = Some((9, 500));
        let mut first = stream(&service, &How { order, ..ALL }, None);
        let mut found = Vec::new();
        let error = loop {
            match next(&mut first).await.unwrap() {
                Ok(row) => found.push(row),
                Err(error) => break error,
            }
        };
        assert_eq!(error.failure().unwrap().status(), Some(500));
        assert!(next(&mut first).await.is_none() && !found.is_empty());
        service.lock().unwrap().fails = None;
        let rest = take(&mut stream(&service, &How { order, ..ALL }, Some(first.checkpoint())), usize::MAX).await;
        found.extend(rest);
        assert_exact(order, &found, &expected(&service, None), "failed");
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_is_deleted_meanwhile_ends_quietly() {
    for order in ORDERS {
        let service = service([120, 300, 80]);
        {
            let service = &mut *service.lock().unwrap();
            service.rows.remove(&service.tasks[1]);
        }
        let found = take(&mut stream(&service, &How { order, ..ALL }, None), usize::MAX).await;
        assert_exact(order, &found, &expected(&service, None), "deleted");
    }
}

#[tokio::test(start_paused = true)]
async fn sub_tasks_of_one_status_come_whether_or_not_the_service_chooses_by_it() {
    for order in ORDERS {
        let mut requests = Vec::new();
        for filters in [true, false] {
            let service = service([120, 300, 0, 80, 51, 2]);
            service.lock().unwrap().filters = filters;
            let how = How { order, status: Some("Fail"), prefetch: 2, ..ALL };
            let mut first = stream(&service, &how, None);
            let mut found = take(&mut first, 70).await;
            found.extend(take(&mut stream(&service, &how, Some(first.checkpoint())), usize::MAX).await);
            assert_exact(order, &found, &expected(&service, Some("Fail")), filters);
            requests.push(service.lock().unwrap().requests);
        }
        assert!(requests[0] < requests[1], "{requests:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_sub_tasks_cost_one_request_beside_that_for_the_tasks() {
    let service = service([120; 60]);
    let mut stream = stream(&service, &ALL, None);
    take(&mut stream, 10).await;
    assert_eq!(service.lock().unwrap().requests, 1);
}

#[test]
fn the_stream_can_be_sent_and_kept() {
    fn check<T: Send + Unpin + 'static>() {}
    check::<SubTaskStream>();
    check::<SubTaskCheckpoint>();
    #[cfg(feature = "client")]
    check::<SubTaskQuery>();
}
